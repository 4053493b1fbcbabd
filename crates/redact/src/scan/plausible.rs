//! Whether the value of a key is a secret, or a word of code or prose.

use super::keys::{Form, Strength};
use crate::validate::secrets;

/// Values that stand where a secret would: names of types, and what manuals print.
const PLACEHOLDERS: &[&str] = &[
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "str",
    "required",
    "optional",
    "changeme",
    "change_me",
    "replace_me",
    "example",
    "redacted",
    "hidden",
    "masked",
    "placeholder",
    "todo",
    "pass",
    "pwd",
    "tbd",
    "empty",
    "secret",
    "password",
    "token",
    "xxx",
    "your_password",
    "your-api-key",
    "your_api_key",
    "your_token",
    "test",
    "removed",
    "unset",
    "n/a",
    "missing",
    "invalid",
    "expired",
    "default",
];

/// Tells whether a value is a secret, by how its key is named and how it stands there.
pub(crate) fn is_secret(value: &str, strength: Strength, form: Form, is_plain_key: bool) -> bool {
    if let Some(rest) = behind_brackets(value) {
        return is_secret(rest, strength, form, is_plain_key) && secrets::looks_random(rest);
    }
    if form == Form::Quoted && strength >= Strength::Named && is_jumble(value) {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let marked = value.starts_with(['$', '<', '[', '{', '(', '*', '%', '@', '#', '/', '•', '…', '&'])
        && !(strength == Strength::Password
            && form == Form::Quoted
            && value.len() >= 8
            && !value.starts_with(['$', '<', '[', '{', '(', '*', '%', '…', '•']));
    if value.len() < 4
        || marked
        || PLACEHOLDERS.contains(&lower.trim_matches(['"', '\'']))
        || lower.starts_with("your")
        || lower.contains("example")
        || lower.contains("redacted")
        || lower.contains("placeholder")
    {
        return false;
    }
    let first = value.as_bytes()[0];
    if value.bytes().all(|byte| byte == first)
        || lower
            .strip_prefix("0x")
            .is_some_and(|digits| digits.len() <= 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || value.contains("://")
        || value.contains("****")
        || value.contains("••")
    {
        return false;
    }
    let code = value.contains(['(', '[', '{']) && form != Form::Quoted
        || value.contains("::")
        || value.contains("${")
        || value.contains("{{")
        || value.contains("=>");
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_symbol = value.bytes().any(|byte| byte.is_ascii_punctuation() && !b"._-'/:".contains(&byte));
    if code
        && !(strength == Strength::Password
            && has_digit
            && has_symbol
            && !value.contains("()")
            && !value.contains("::")
            && !value.contains("${")
            && !value.contains('('))
    {
        return false;
    }
    // `settings.password`, `self.token`: a path of names.
    let path = value.contains('.')
        && value.split('.').all(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte.is_ascii_digit())
                && name.as_bytes()[0].is_ascii_alphabetic()
        });
    let random_part = |name: &str| name.len() >= 16 && secrets::looks_random(name);
    if form == Form::Assigned && path && !value.split('.').any(random_part) {
        return false;
    }
    match (strength, form) {
        (Strength::Password, Form::Quoted) => !value.contains(' ') || has_digit,
        (Strength::Password, Form::Assigned) => has_digit || has_symbol || changes_case(value),
        (Strength::Password, Form::Prose) => {
            value.len() >= 6
                && !is_algorithm(value)
                && has_digit
                && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        }
        (Strength::Named, Form::Quoted | Form::Assigned) => {
            value.len() >= 8
                && value.matches('\\').count() < 2
                && !value.contains(' ')
                && (has_digit || has_symbol)
                && !is_number(value)
                && (secrets::looks_random(value) || has_symbol && has_digit)
        }
        (Strength::Password | Strength::Named, Form::Before | Form::Near) => {
            value.len() >= 20 && is_mixed(value)
                || strength == Strength::Password && form == Form::Before && secrets::is_evident(value)
        }
        (Strength::Named, _) => {
            let is_path = is_hash_or_path(value) && !value.bytes().any(|byte| byte.is_ascii_uppercase());
            value.len() >= 12
                && secrets::looks_random(value)
                && !is_number(value)
                && !is_path
                && !is_algorithm(value)
        }
        // `key` alone names keys of tables and caches; only with a vendor's name is it a secret.
        (Strength::Weak, Form::Quoted | Form::Assigned) if !is_plain_key => {
            value.len() >= 15
                && (has_digit || changes_case(value))
                && secrets::looks_random(value)
                && (value.len() >= 20 || is_short_token(value))
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte))
                && !is_number(value)
                && !is_hash_or_path(value)
        }
        (Strength::Weak, Form::Prose) => {
            value.len() >= if is_plain_key { 16 } else { 12 }
                && secrets::is_evident(value)
                && is_mixed(value)
                && !is_algorithm(value)
        }
        (Strength::Weak, _) => false,
    }
}

/// Tells whether a word that stands where a password must is one, and no placeholder, variable or marker.
pub(crate) fn is_given(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let first = value.as_bytes().first().copied().unwrap_or_default();
    value.len() >= 4
        && !matches!(first, b'$' | b'<' | b'[' | b'{' | b'(' | b'%' | b'*' | b'-')
        && !PLACEHOLDERS.contains(&lower.as_str())
        && !["pass", "pwd", "passwd", "user", "username", "yyyy", "mypassword", "mypass"]
            .contains(&lower.as_str())
        && !value.bytes().all(|byte| byte == first)
        && !["your", "example", "redacted", "placeholder", "${", "{{", "$(", "…"]
            .iter()
            .any(|sign| lower.contains(sign))
        && !(value.starts_with('\'') || value.ends_with('('))
}

/// Of `[EMAIL]VALUE`, `<x>VALUE` and `*VALUE` the value: what stands in front does not make it a placeholder.
///
/// Only once: what follows many brackets is no value that someone wrote.
fn behind_brackets(value: &str) -> Option<&str> {
    let rest = match value.as_bytes().first()? {
        b'[' => value.split_once(']')?.1,
        b'<' => value.split_once('>')?.1,
        b'*' => &value[1..],
        _ => return None,
    };
    (rest.len() >= 12 && rest.starts_with(|letter: char| letter.is_ascii_alphanumeric())).then_some(rest)
}

/// Tells whether a word of few letters is random: digits among letters that are not all hexadecimal, as ids are.
fn is_short_token(value: &str) -> bool {
    value.bytes().filter(u8::is_ascii_digit).count() >= 2
        && value.bytes().filter(|byte| byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit()).count() >= 2
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What a password is made with, and not the password: `the password hash is PBKDF2-SHA256`.
pub(super) fn is_algorithm(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    [
        "sha-", "sha1", "sha2", "sha3", "sha5", "pbkdf", "argon2", "crypt", "hmac", "md5", "aes-", "aes1",
        "aes2", "rsa-", "rsa2", "rsa4", "25519", "ecdsa", "chacha20",
    ]
    .iter()
    .any(|name| lower.contains(name))
}

/// Tells whether a quoted word has signs of so many kinds among its letters that it is neither code nor a template.
fn is_jumble(value: &str) -> bool {
    let signs = value.bytes().filter(u8::is_ascii_punctuation);
    let kinds: std::collections::BTreeSet<u8> = signs.filter(|byte| !b"._-/'\"".contains(byte)).collect();
    let letters = value.bytes().filter(u8::is_ascii_alphanumeric).count();
    value.len() >= 12
        && letters >= 6
        && kinds.len() >= 7
        && !value.contains([' ', '\\'])
        && !value.starts_with('^')
}

/// Tells whether a word has digits, capitals and small letters and neither dots nor slashes: no path, id or digest.
fn is_mixed(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| value.bytes().any(|byte| class(&byte));
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && !value.contains(['.', '/', '_', '='])
}

/// Tells whether letters change case too often for words: `MSzBOtxHkEjG`, not `fromVault`.
pub(super) fn changes_case(value: &str) -> bool {
    let changes = value
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_uppercase() != pair[1].is_ascii_uppercase())
        .count();
    value.len() >= 10 && changes * 3 >= value.len()
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit() || b".,:-_+eE".contains(&byte))
}

fn is_hash_or_path(value: &str) -> bool {
    value.matches('/').count() >= 2 || value.starts_with("sha")
}
