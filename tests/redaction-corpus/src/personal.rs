//! Personal data.

mod bank;
mod birth;
mod contact;
mod crypto;
mod health;
mod identity;
mod network;

pub(crate) use identity::{is_plausible_ssn, is_valid_national};

use crate::kind::Kind;

/// Every kind of personal data.
pub(crate) const KINDS: &[Kind] = &[
    Kind::personal(
        "email",
        "mailbox with dots, plus tags, digits; domain with subdomains; also in capitals",
        "RFC 5322, section 3.4.1",
        contact::email,
    ),
    Kind::personal(
        "phone",
        "E.164 with and without separators, and the national forms of thirteen countries",
        "ITU-T E.164 and E.123; national numbering plans",
        contact::phone,
    ),
    Kind::personal(
        "payment_card",
        "Visa, Mastercard with the 2 series, American Express, Discover, Diners Club, JCB, UnionPay; 14 to 19 digits \
         with Luhn digit; plain, or in the groups printed on the card",
        "ISO/IEC 7812; issuer ranges of the schemes",
        bank::card,
    ),
    Kind::personal(
        "iban",
        "country, two check digits, account by the country's structure; plain or in groups of four",
        "SWIFT IBAN registry",
        bank::iban,
    ),
    Kind::personal(
        "us_ssn",
        "three, two and four digits; area not 000, 666 or 9xx",
        "Social Security Administration: Social Security number randomization",
        identity::ssn,
    ),
    Kind::personal(
        "uk_nino",
        "two letters, six digits, letter A to D",
        "HMRC: National Insurance Manual NIM39110",
        identity::nino,
    ),
    Kind::personal(
        "de_tax_id",
        "eleven digits, one of the first ten twice, check digit MOD 11,10",
        "Bundeszentralamt für Steuern: Steuerliche Identifikationsnummer",
        identity::german_tax_id,
    ),
    Kind::personal(
        "fr_nir",
        "sex, year, month, department (also 2A, 2B), commune, order, key 97 − n mod 97",
        "INSEE: numéro d'inscription au répertoire",
        identity::nir,
    ),
    Kind::personal(
        "es_dni",
        "eight digits and a letter by mod 23",
        "Ministerio del Interior: DNI",
        identity::dni,
    ),
    Kind::personal(
        "es_nie",
        "X, Y or Z, seven digits, letter",
        "Ministerio del Interior: NIE",
        identity::nie,
    ),
    Kind::personal(
        "it_codice_fiscale",
        "six letters, birth date, place code, check letter",
        "Agenzia delle Entrate: codice fiscale",
        identity::codice_fiscale,
    ),
    Kind::personal(
        "in_aadhaar",
        "twelve digits from 2 on with Verhoeff digit, usually in groups of four",
        "UIDAI: Aadhaar number",
        identity::aadhaar,
    ),
    Kind::personal(
        "br_cpf",
        "eleven digits with two check digits, usually 000.000.000-00",
        "Receita Federal: CPF",
        identity::cpf,
    ),
    Kind::personal(
        "nl_bsn",
        "nine digits that pass the test of eleven",
        "Rijksdienst voor Identiteitsgegevens: BSN",
        identity::bsn,
    ),
    Kind::personal(
        "ca_sin",
        "nine digits with Luhn digit, usually in groups of three",
        "Service Canada: Social Insurance Number",
        identity::sin,
    ),
    Kind::personal(
        "passport",
        "the number forms of ten countries, always with the word near",
        "ICAO Doc 9303 and the issuing authorities",
        identity::passport,
    ),
    Kind::personal(
        "us_npi",
        "ten digits from 1 or 2, Luhn behind 80840, always with its name near",
        "CMS: National Provider Identifier standard",
        health::npi,
    ),
    Kind::personal(
        "medical_record_number",
        "six to ten digits, or with letters, always with its name near",
        "HL7 v2 PID-3; hospitals choose the form",
        health::medical_record_number,
    ),
    Kind::personal(
        "date_of_birth",
        "ISO, American, European and written dates, always with words of birth near",
        "ISO 8601; Unicode CLDR date formats",
        birth::date_of_birth,
    ),
    Kind::personal(
        "ipv4",
        "four decimal bytes of a public address",
        "RFC 791; IANA special-purpose registry for what is left out",
        network::ipv4,
    ),
    Kind::personal(
        "ipv6",
        "global unicast: full, compressed, in capitals, or mapped from a public IPv4 address",
        "RFC 4291, section 2.2; RFC 5952",
        network::ipv6,
    ),
    Kind::personal(
        "mac_address",
        "six bytes with colons or hyphens, or three groups with dots",
        "IEEE 802; Cisco IOS",
        network::mac,
    ),
    Kind::personal(
        "bitcoin_address",
        "Base58Check from 1 or 3, bech32 from bc1q, bech32m from bc1p",
        "BIP 13, 173 and 350",
        crypto::bitcoin,
    ),
    Kind::personal(
        "ethereum_address",
        "0x and 40 hexadecimal digits, in lower case or with the case checksum",
        "EIP-55",
        crypto::ethereum,
    ),
];
