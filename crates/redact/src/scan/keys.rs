//! Keys that are named as secrets, and where their value stands.

use std::sync::LazyLock;

use super::members;
use super::text::{is_escape_letter, part, run_end, run_start};
use super::values::{value_before, value_behind, value_in_pair, value_near};
use crate::validate::secrets;

/// Parts of names at which a key is looked for; the automaton knows them.
const STEMS: &[&str] = &[
    "key",
    "token",
    "secret",
    "credential",
    "authorization",
    "pat",
    "cookie",
    "jeton",
    "トークン",
    "密钥",
    "令牌",
    "токен",
    "schlüssel",
    "schluessel",
    "chiave",
    "chave",
    "llave",
    "sleutel",
    "clé",
    "Şifre",
    "Пароль",
    "Токен",
    "secret_key_base",
    "creds",
    "bearer",
];

/// Further such parts, which are words for a password: people choose those, so that they need not look random.
const PASSWORD_STEMS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "kennwort",
    "pwd",
    "passphrase",
    "passcode",
    "contraseña",
    "contrasena",
    "mot de passe",
    "motdepasse",
    "senha",
    "wachtwoord",
    "clave",
    "hasło",
    "pass",
    "pw",
    "パスワード",
    "密码",
    "密碼",
    "пароль",
    "비밀번호",
    "口令",
    "şifre",
    "sifre",
    "parola",
    "parolă",
    "lösenord",
    "adgangskode",
    "salasana",
    "heslo",
    "jelszó",
    "jelszo",
    "κωδικός",
    "mật khẩu",
    "kata sandi",
    "סיסמה",
    "كلمة المرور",
    "पासवर्ड",
    "รหัสผ่าน",
    "лозинка",
    "passord",
    "暗証番号",
    "storepass",
    "keypass",
    "requirepass",
    "masterauth",
    "bindpw",
    "psk",
];

/// All parts of names at which a key is looked for.
pub(crate) fn stems() -> impl Iterator<Item = &'static str> {
    STEMS.iter().chain(PASSWORD_STEMS).copied()
}

/// How strongly a name says that its value is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// `token`, `key` with a vendor's name: the value must look random.
    Weak,
    /// `api_key`, `access_token`, `client_secret`.
    Named,
    /// `password` and its like in other languages: people choose these.
    Password,
}

/// How the value stands behind the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Quoted,
    Assigned,
    Prose,
    /// The value stands before the name.
    Before,
    /// The value is the first random word behind the name, with other words between them.
    Near,
}

/// A key and its value in the text.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) strength: Strength,
    pub(crate) form: Form,
    /// Tells whether the name is a key of some sort, without a word that says it is secret.
    pub(crate) is_plain_key: bool,
    /// Where the name starts, with the words before it that belong to it.
    pub(crate) name: usize,
    pub(crate) name_end: usize,
    pub(crate) value: (usize, usize),
}

/// Words that have endings.
const INFLECTED: &[&str] = &[
    "şifre",
    "sifre",
    "lösenord",
    "adgangskode",
    "passord",
    "salasana",
    "heslo",
    "jelszó",
    "parola",
    "wachtwoord",
];
/// Names of the head of a column of secrets.
const HEADS: &[&str] =
    &["password", "passwort", "kennwort", "passwd", "pwd", "pass", "secret", "passphrase", "apikey", "token"];
/// Words that make `key` and `token` the name of a secret.
const QUALIFIERS: &[&str] = &[
    "api",
    "secret",
    "access",
    "private",
    "auth",
    "app",
    "application",
    "admin",
    "license",
    "licence",
    "service",
    "master",
    "signing",
    "encryption",
    "server",
    "account",
    "storage",
    "client",
    "subscription",
    "write",
    "refresh",
    "bearer",
    "bot",
    "personal",
    "user",
    "session",
    "security",
    "id",
    "deploy",
    "webhook",
    "registry",
    "oauth",
    "jwt",
    "login",
    "consumer",
    "shared",
    "x",
    "ext",
    "db",
    "root",
];
/// Words that say that the value is no secret.
pub(super) const HARMLESS: &[&str] = &[
    "page",
    "next",
    "cursor",
    "max",
    "min",
    "public",
    "primary",
    "foreign",
    "cache",
    "cached",
    "partition",
    "sort",
    "idempotency",
    "count",
    "eos",
    "bos",
    "pad",
    "color",
    "hash",
    "object",
    "group",
    "join",
    "row",
    "num",
    "total",
    "per",
    "continuation",
    "sync",
    "stop",
    "start",
    "special",
    "first",
    "last",
    "unk",
    "input",
    "output",
    "prompt",
    "completion",
    "budget",
    "limit",
    "name",
    "type",
];

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

fn is_between_words(letter: char) -> bool {
    matches!(letter, '_' | '-' | '.' | ' ' | '/' | '"' | '\'' | '`')
}

/// How many places there are for letters: the alphabet's, and one for all else.
const PLACES: usize = 27;

/// The last three letters of all names that mean something: by the last and the one before it the third, a bit for each.
static LAST_LETTERS: LazyLock<[[u32; PLACES]; PLACES]> = LazyLock::new(|| {
    let mut table = [[0; PLACES]; PLACES];
    for name in stems().chain(members::ends_of_names()) {
        let letters: Vec<u8> = last_letters(name).collect();
        if let [last, second, others @ ..] = letters.as_slice()
            && letters.is_ascii()
        {
            table[place(*last)][place(*second)] |=
                others.first().map_or(u32::MAX, |third| 1 << place(*third));
        }
    }
    table
});

/// Returns the last three letters of a name, the last first, without what stands between words.
fn last_letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().rev().filter(|byte| !is_between_words(char::from(*byte))).take(3)
}

fn place(byte: u8) -> usize {
    if byte.is_ascii_alphabetic() { usize::from(byte.to_ascii_lowercase() - b'a') } else { PLACES - 1 }
}

/// Tells whether a name may end with a stem or another name that means something, by its last three letters.
///
/// Most keys of attributes are refused here, before they are read.
pub(super) fn may_end(name: &str) -> bool {
    let mut letters = last_letters(name);
    let (Some(last), Some(second), third) = (letters.next(), letters.next(), letters.next()) else {
        return false;
    };
    // A letter beyond ASCII may be one of ASCII in lower case.
    let is_ascii = last.is_ascii() && second.is_ascii() && third.is_none_or(|third| third.is_ascii());
    let third = third.map_or(PLACES - 1, place);
    !is_ascii || LAST_LETTERS[place(last)][place(second)] & (1 << third) != 0
}

/// Splits a name into lower-case words at `_`, `-`, `.`, blanks and capitals.
pub(crate) fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for letter in name.chars() {
        if is_between_words(letter) {
            if !out.ends_with('_') {
                out.push('_');
            }
            lower = false;
        } else {
            if letter.is_uppercase() && lower {
                out.push('_');
            }
            lower = letter.is_lowercase() || letter.is_ascii_digit();
            if letter.is_ascii() {
                out.push(letter.to_ascii_lowercase());
            } else {
                out.extend(letter.to_lowercase());
            }
        }
    }
    out
}

fn strength(stem: &str, name: &str) -> Option<Strength> {
    let lower = stem.to_lowercase();
    let stem = lower.trim_start_matches('_');
    let name = words(name);
    if PASSWORD_STEMS.contains(&stem) {
        return Some(Strength::Password);
    }
    if name.split('_').any(|word| HARMLESS.contains(&word)) {
        return None;
    }
    let qualified = name.split('_').any(|word| QUALIFIERS.contains(&word))
        || name.contains("apikey")
        || name.contains("authtoken")
        || name.contains("accesstoken")
        || name.contains("accesskey");
    match stem {
        "secret" | "secret_key_base" | "credential" | "creds" | "pat" | "authorization" | "密钥" => {
            Some(Strength::Named)
        }
        _ if qualified => Some(Strength::Named),
        _ => Some(Strength::Weak),
    }
}

/// Tells whether the head of a column says that what stands in it is secret.
pub(super) fn is_head(head: &str) -> bool {
    let words = words(head);
    let last = words.rsplit('_').next().unwrap_or_default();
    let is_own =
        HEADS.contains(&last) && (last != "token" || words.contains('_')) || PASSWORD_STEMS.contains(&last);
    (is_own || words == "api_key" || words == "secret_key" || words == "access_key")
        && !words.split('_').any(|word| HARMLESS.contains(&word))
}

/// Finds the key around the stem at `start..end` and its value.
pub(crate) fn find(text: &str, start: usize, end: usize) -> Option<Pair> {
    let bytes = text.as_bytes();
    // The name must end with the stem (or its plural of one: `credentials`): `key_id` and `tokens` are other things.
    let mut name_end = end;
    if part(text, start, end).eq_ignore_ascii_case("credential")
        && bytes.get(end).is_some_and(|byte| byte.eq_ignore_ascii_case(&b's'))
    {
        name_end += 1;
    }
    // `şifrem`, `lösenordet`
    if bytes.get(name_end).is_some_and(u8::is_ascii_lowercase)
        && INFLECTED.contains(&part(text, start, end).to_lowercase().as_str())
    {
        name_end = run_end(bytes, name_end, 3, |byte| byte.is_ascii_lowercase());
    }
    if bytes.get(name_end).is_some_and(|byte| is_name(*byte) && !matches!(byte, b'.' | b'-') && *byte < 0x80)
    {
        return None;
    }
    if bytes.get(name_end) == Some(&b'-') && bytes.get(name_end + 1).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut name = run_start(bytes, start, 64, |byte| is_name(byte) && byte < 0x80);
    while name < start && matches!(bytes[name], b'-' | b'.') {
        name += 1;
    }
    // In prose the words stand apart: `new mistral api key`.
    let stem = part(text, start, end);
    let mut wide = name;
    for _ in 0..2 {
        if wide >= 2 && bytes[wide - 1] == b' ' {
            let word = run_start(bytes, wide - 1, 24, |byte| byte.is_ascii_alphanumeric());
            if word == wide - 1 {
                break;
            }
            wide = word;
        }
    }
    // Two or three letters end many words and ids: `db_pw` and `adoPat`, not `call_9kPw`.
    let is_short = matches!(end - start, 2..=4) && stem.is_ascii() && !stem.eq_ignore_ascii_case("key");
    if is_short && start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
        let is_camel = (stem.eq_ignore_ascii_case("pat") || stem.eq_ignore_ascii_case("pass"))
            && bytes[start - 1].is_ascii_lowercase()
            && bytes[start].is_ascii_uppercase()
            && bytes[start + 1].is_ascii_lowercase();
        if !is_camel && !is_escape_letter(bytes, start - 1) {
            return None;
        }
    }
    if name == start
        && start > 0
        && bytes[start - 1].is_ascii_alphabetic()
        && !is_escape_letter(bytes, start - 1)
    {
        return None;
    }
    // First, since most names have no value behind them that could be one.
    let is_identifier = part(text, name, name_end).contains(['_', '-', '.'])
        || bytes[name..name_end]
            .windows(2)
            .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    // `key was rotated, the old one was X`: a word without a digit is no value in prose. `Some("X")`, `{"S": "X"}`: what
    // opens a bracket is not the value yet.
    let is_value = |(form, (from, to)): &(Form, (usize, usize))| match form {
        Form::Prose => bytes[*from..*to].iter().any(u8::is_ascii_digit),
        Form::Assigned => from < to && !b"({[".contains(&bytes[*to - 1]),
        _ => from < to,
    };
    let (form, value) = value_in_pair(text, name_end)
        .or_else(|| value_behind(text, name, name_end).filter(is_value))
        .or_else(|| value_before(text, name).map(|value| (Form::Before, value)))
        .or_else(|| value_near(text, name_end, is_identifier).map(|value| (Form::Near, value)))?;
    // `{"userPassword", "userPassword"}`
    if part(text, name, name_end).eq_ignore_ascii_case(part(text, value.0, value.1)) {
        return None;
    }
    // Tests pass, and arguments are passed: only behind a sign, or where the value is evident.
    if stem.eq_ignore_ascii_case("pass") {
        let own_value = part(text, value.0, value.1);
        let has = |class: fn(&u8) -> bool| own_value.bytes().any(|byte| class(&byte));
        let sign = run_end(bytes, name_end, 8, |byte| b" \t\"'`]\\".contains(&byte));
        let is_assigned = matches!(bytes.get(sign), Some(b':' | b'='));
        let is_named = is_assigned
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_alphabetic)
            && !own_value.contains('/');
        if !(is_named
            || is_assigned && form == Form::Quoted
            || secrets::is_evident(own_value) && form == Form::Prose)
        {
            return None;
        }
    }
    // Glued letters before the stem must make a name of their own: `apikey`, not `monkey`.
    let own = part(text, name, name_end);
    let glued =
        start > name && bytes[start - 1].is_ascii_alphanumeric() && !bytes[start].is_ascii_uppercase();
    if glued
        && stem.eq_ignore_ascii_case("key")
        && !words(own).contains("apikey")
        && !words(own).contains("accountkey")
        && !words(own).contains("accesskey")
        && !words(own).contains("secretkey")
        && !words(own).contains("privatekey")
    {
        return None;
    }
    let harmless = words(own).split('_').any(|word| HARMLESS.contains(&word));
    let strength = if harmless { None } else { strength(stem, part(text, wide, name_end)) }?;
    // Parts of the address that say who signed it.
    if stem.eq_ignore_ascii_case("credential")
        && ["x_amz", "x_goog"].iter().any(|start| words(own).starts_with(start))
    {
        return None;
    }
    // `?key=X` in an address is a key to something.
    let is_query = form == Form::Assigned
        && matches!(bytes.get(name.wrapping_sub(1)), Some(b'?' | b'&'))
        && value.1 - value.0 >= 20;
    let is_plain_key = strength == Strength::Weak && stem.eq_ignore_ascii_case("key") && !is_query;
    Some(Pair { strength, form, is_plain_key, name: wide, name_end, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_that_means_something_is_refused_by_its_last_letters() {
        for name in stems().chain(members::ends_of_names()) {
            let apart: String = name.chars().flat_map(|letter| [letter, '_']).collect();
            for form in [name, &name.to_uppercase(), &format!("x{name}"), &format!("a.b-{name}\" "), &apart] {
                assert!(may_end(form), "{form}");
            }
        }
        // `K` of temperature is `k` in lower case.
        assert!(may_end("to\u{212a}en") && may_end("\u{212a}ey"));
        for key in ["", "n", "1", "gen_ai.input.messages", "gen_ai.request.model", "name", "id"] {
            assert!(!may_end(key), "{key}");
        }
    }
}
