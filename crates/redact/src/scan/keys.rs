//! Keys that are named as secrets, and where their value stands.

use super::text::{begins, is_escape_letter, part, run_end, run_start};
use crate::validate::secrets;

/// Parts of names at which a key is looked for; the automaton knows them.
pub(crate) const STEMS: &[&str] = &[
    "key",
    "token",
    "secret",
    "password",
    "passwd",
    "passwort",
    "kennwort",
    "pwd",
    "passphrase",
    "passcode",
    "credential",
    "authorization",
    "contraseña",
    "contrasena",
    "mot de passe",
    "motdepasse",
    "senha",
    "wachtwoord",
    "clave",
    "hasło",
    "_pass",
    "_pat",
    "extpat",
    "ext pat",
    "cookie",
    "パスワード",
    "密码",
    "schlüssel",
    "schluessel",
    "chiave",
    "chave",
    "llave",
    "sleutel",
    "clé",
    "bearer",
];

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

const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "kennwort",
    "pwd",
    "passphrase",
    "passcode",
    "pass",
    "contraseña",
    "contrasena",
    "mot de passe",
    "motdepasse",
    "senha",
    "wachtwoord",
    "clave",
    "hasło",
    "パスワード",
    "密码",
];
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
const HARMLESS: &[&str] = &[
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

/// Splits a name into lower-case words at `_`, `-`, `.`, blanks and capitals.
pub(crate) fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for letter in name.chars() {
        if matches!(letter, '_' | '-' | '.' | ' ' | '/' | '"' | '\'' | '`') {
            if !out.ends_with('_') {
                out.push('_');
            }
            lower = false;
        } else {
            if letter.is_uppercase() && lower {
                out.push('_');
            }
            lower = letter.is_lowercase() || letter.is_ascii_digit();
            out.extend(letter.to_lowercase());
        }
    }
    out
}

fn strength(stem: &str, name: &str) -> Option<Strength> {
    let lower = stem.to_lowercase();
    let stem = lower.trim_start_matches('_');
    let name = words(name);
    if PASSWORDS.contains(&stem) {
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
        "secret" | "credential" | "pat" | "extpat" | "ext pat" | "authorization" => Some(Strength::Named),
        _ if qualified => Some(Strength::Named),
        _ => Some(Strength::Weak),
    }
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
    if name == start
        && start > 0
        && bytes[start - 1].is_ascii_alphabetic()
        && !is_escape_letter(bytes, start - 1)
    {
        return None;
    }
    // First, since most names have no value behind them that could be one.
    let (form, value) = value_in_pair(text, name_end)
        .or_else(|| value_behind(text, name, name_end).filter(|(_, (from, to))| from < to))
        .or_else(|| value_before(text, name).map(|value| (Form::Before, value)))
        .or_else(|| value_near(text, name_end).map(|value| (Form::Near, value)))?;
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
    let is_plain_key = strength == Strength::Weak && stem.eq_ignore_ascii_case("key");
    Some(Pair { strength, form, is_plain_key, name: wide, name_end, value })
}

/// Words between a name and its value in prose.
const LINKS: &[&str] = &[
    "is now ",
    "is ",
    "to ",
    "was ",
    "lautet: ",
    "lautet ",
    "ist ",
    "est ",
    "es ",
    "é ",
    "è ",
    "muss auf ",
    "auf ",
    "jest ",
    "will be ",
    "are ",
    "of ",
    "är ",
    "er ",
    "becomes ",
    "should be ",
    "now ",
    "è: ",
    "with ",
];

/// The longest value of a key, in bytes.
const LONGEST_VALUE: usize = 1024;

pub(crate) fn value_behind(text: &str, name: usize, name_end: usize) -> Option<(Form, (usize, usize))> {
    let bytes = text.as_bytes();
    let blanks = |at: usize| run_end(bytes, at, 16, |byte| byte == b' ' || byte == b'\t');
    let closers = run_end(bytes, name_end, 12, |byte| b"\\\"'`])*".contains(&byte));
    let quoted_name = closers > name_end;
    let mut at = blanks(closers);
    let spaced = at > closers;
    match bytes.get(at)? {
        b':' | b'=' => {
            at = run_end(bytes, at, 3, |byte| matches!(byte, b':' | b'=' | b'>'));
            at = blanks(at);
        }
        b',' if quoted_name => at = blanks(at + 1),
        b'|' => at = blanks(at + 1),
        // `with_api_key("…")`
        b'(' if !spaced && bytes.get(at + 1).is_some_and(|byte| b"\\\"'`".contains(byte)) => at += 1,
        // CSV, one row per name.
        b',' if bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => at += 1,
        // `setx NAME "…"`
        b'"' | b'\'' | b'`' | b'\\' if spaced => {}
        // `--password VALUE`
        _ if spaced && name >= 2 && &bytes[name - 2..name] == b"--" => {}
        _ if spaced => {
            let link =
                LINKS.iter().find(|link| part(text, at, at + link.len()).eq_ignore_ascii_case(link))?;
            at += link.len();
            // `is: X`, `is now X`
            at = blanks(run_end(bytes, at, 1, |byte| byte == b':'));
            let opened = run_end(bytes, at, 4, |byte| b"\\\"'`".contains(&byte));
            let value = if opened > at { quoted(bytes, at, opened)? } else { bare(bytes, at) };
            return Some((Form::Prose, value));
        }
        // Japanese and Chinese have no blanks: `パスワードはX`.
        _ if *bytes.get(at)? >= 0x80 => {
            let link =
                ["は", "：", "是", "：「"].iter().find(|link| part(text, at, at + link.len()) == **link)?;
            return Some((Form::Prose, bare(bytes, at + link.len())));
        }
        _ => return None,
    }
    let opened = run_end(bytes, at, 16, |byte| b"\\\"'`".contains(&byte));
    if opened > at && bytes[opened - 1] != b'\\' {
        return Some((Form::Quoted, quoted(bytes, at, opened)?));
    }
    Some((Form::Assigned, bare(bytes, at)))
}

/// The value of lists of names and values, as in Kubernetes and CI: `"name": "NAME", "value": "…"`.
fn value_in_pair(text: &str, name_end: usize) -> Option<(Form, (usize, usize))> {
    let bytes = text.as_bytes();
    let gap =
        run_end(bytes, name_end, 48, |byte| byte.is_ascii_whitespace() || b"\\\"',-nrt/><".contains(&byte));
    let word = ["value", "Value", "VALUE"].iter().any(|word| part(text, gap, gap + word.len()) == *word);
    if gap == name_end || !word {
        return None;
    }
    let closed = run_end(bytes, gap + 5, 12, |byte| b"\\\"' \t".contains(&byte));
    if !matches!(bytes.get(closed), Some(b':' | b'=' | b'>')) {
        return None;
    }
    let at = run_end(bytes, closed + 1, 8, |byte| byte == b' ');
    let opened = run_end(bytes, at, 16, |byte| b"\\\"'`".contains(&byte));
    let value =
        if opened > at && bytes[opened - 1] != b'\\' { quoted(bytes, at, opened)? } else { bare(bytes, at) };
    Some((Form::Quoted, value))
}

/// How far behind a name its value may stand with other words between them, in bytes.
const NEAR: usize = 56;

/// `the API key for Acme is X`, `key provided: X`, `password (X)`: the first random word of the sentence.
fn value_near(text: &str, name_end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(name_end + NEAR);
    let mut at = name_end;
    while at < limit {
        if matches!(bytes[at], b'\n' | b';' | b'{' | b'}' | b'=' | b'<' | b'>')
            || (bytes[at] == b'.' && bytes.get(at + 1) == Some(&b' '))
            || (bytes[at] == b'\\' && bytes.get(at + 1) == Some(&b'n'))
        {
            return None;
        }
        if bytes[at].is_ascii_alphanumeric() && begins(bytes, at) {
            let end =
                run_end(bytes, at, 256, |byte| byte.is_ascii_alphanumeric() || b"_-+/=.~%".contains(&byte));
            let trimmed = at + part(text, at, end).trim_end_matches(['.', '-', '_']).len();
            if trimmed - at >= 16 && secrets::looks_random(part(text, at, trimmed)) {
                return Some((at, trimmed));
            }
            at = end;
        } else {
            at += 1;
        }
    }
    None
}

/// The text between the quote at `at..opened`, escaped as it is, and the next of its kind.
fn quoted(bytes: &[u8], at: usize, opened: usize) -> Option<(usize, usize)> {
    let quote = bytes[opened - 1];
    // Triple quotes and empty strings.
    let opener = &bytes[at..opened];
    let escapes = opener.iter().take_while(|byte| **byte == b'\\').count();
    if opener.len() > escapes + 1 {
        return None;
    }
    let mut end = opened;
    let limit = bytes.len().min(opened + LONGEST_VALUE);
    while end < limit {
        let byte = bytes[end];
        if byte == quote {
            let before = bytes[opened..end].iter().rev().take_while(|byte| **byte == b'\\').count();
            if before <= escapes {
                return Some((opened, end - before));
            }
        }
        if byte == b'\n' {
            break;
        }
        end += 1;
    }
    // No end in reach: as without quotes.
    Some(bare(bytes, opened))
}

fn bare(bytes: &[u8], at: usize) -> (usize, usize) {
    let mut end = run_end(bytes, at, LONGEST_VALUE, |byte| {
        !byte.is_ascii_whitespace() && !b"\"'`<>\\,;&|".contains(&byte)
    });
    while end > at && b".:?)]}".contains(&bytes[end - 1]) {
        end -= 1;
    }
    (at, end)
}

/// `put VALUE in NAME`, `use VALUE as the NAME`: the random word before a few words before the name.
fn value_before(text: &str, name: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let gap = run_start(bytes, name, 28, |byte| {
        byte.is_ascii_alphabetic() || b" `\"'".contains(&byte) || byte >= 0x80
    });
    // The run of letters reaches into the value; the value ends at the first blank or quote in it.
    let end = gap + bytes[gap..name].iter().position(|byte| b" `\"'".contains(byte))?;
    let start =
        run_start(bytes, end, 160, |byte| byte.is_ascii_alphanumeric() || b"_-+/=.~%".contains(&byte));
    (end - start >= 16 && begins(bytes, start) && secrets::looks_random(part(text, start, end)))
        .then_some((start, end))
}

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
                && has_digit
                && !value.bytes().all(|byte| byte.is_ascii_digit() || b"-:./".contains(&byte))
        }
        (Strength::Named, Form::Quoted | Form::Assigned) => {
            value.len() >= 8
                && !value.contains(' ')
                && (has_digit || has_symbol)
                && !is_number(value)
                && (secrets::looks_random(value) || has_symbol && has_digit)
        }
        (Strength::Password | Strength::Named, Form::Before | Form::Near) => value.len() >= 20 && is_mixed(value),
        (Strength::Named, _) => value.len() >= 12 && secrets::looks_random(value) && !is_number(value),
        // `key` alone names keys of tables and caches; only with a vendor's name is it a secret.
        (Strength::Weak, Form::Quoted | Form::Assigned) if !is_plain_key => {
            value.len() >= 20
                && secrets::looks_random(value)
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte))
                && !is_number(value)
                && !is_hash_or_path(value)
        }
        (Strength::Weak, _) => false,
    }
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
fn changes_case(value: &str) -> bool {
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
