//! Secrets.

mod access;
mod base64;
mod clouds;
mod code;
mod key_files;
mod messaging;
mod models;
mod payments;
mod services;
mod structural;

pub(crate) use base64::{STANDARD, URL_SAFE, encode, encode_unpadded};

use crate::kind::Kind;

/// The kinds that no single vendor issues.
const GENERAL: &[Kind] = &[
    Kind::evident("jwt", "", &["ACCESS_TOKEN", "ID_TOKEN"], "JSON header, JSON claims and signature in base64url", "RFC 7519", "")
        .drawn_by(structural::jwt),
    Kind::evident(
        "private_key",
        "",
        &["PRIVATE_KEY", "TLS_KEY"],
        "the whole PEM block: PKCS#1, PKCS#8 with and without password, SEC 1, DSA, OpenSSH, PGP",
        "RFC 7468, RFC 4716, RFC 9580; OpenSSH PROTOCOL.key",
        "",
    )
    .drawn_by(key_files::pem),
    Kind::evident(
        "connection_string",
        "",
        &["DATABASE_URL"],
        "URL of a database or queue, of which user:password is secret; JDBC, ADO and DSN forms, of which the password is",
        "PostgreSQL, MySQL, MongoDB, Redis, AMQP, JDBC and ADO.NET: connection strings",
        "",
    )
    .drawn_by(access::connection_string),
    Kind::evident(
        "url_credentials",
        "",
        &["PROXY_URL"],
        "URL with user:password before the host; that part is secret",
        "RFC 3986, section 3.2.1",
        "",
    )
    .drawn_by(access::url_credentials),
    Kind::evident("bearer_token", "", &[], "the opaque token after Authorization: Bearer", "RFC 6750", "")
        .drawn_by(access::bearer_token),
    Kind::evident("basic_auth", "", &[], "base64 of user:password after Authorization: Basic", "RFC 7617", "")
        .drawn_by(access::basic_auth),
    Kind::evident(
        "generic_secret",
        "",
        &["API_KEY", "PASSWORD"],
        "password or random text of 10 to 48 characters, always named as a secret",
        "no vendor: whatever applications and people choose",
        "",
    )
    .drawn_by(structural::password_value),
];

/// All tables of secrets.
pub(crate) const TABLES: &[&[Kind]] =
    &[models::KINDS, clouds::KINDS, code::KINDS, messaging::KINDS, payments::KINDS, services::KINDS, GENERAL];
