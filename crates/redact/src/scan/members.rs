//! Members of JSON objects, and lines of headers, whose name alone says that the value is secret.

use super::keys::{self, HARMLESS};
use super::text::{closes, is_escape_letter, part, run_end, run_start};
use super::work;
use crate::validate::secrets;

/// Names besides the stems of keys that are looked for; the automaton knows them.
pub(crate) const NAMES: &[&str] = &["pass", "pin", "cvv", "cvc", "code", "word", "cookies"];

/// Last words of names that leave no doubt.
const LAST_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "kennwort",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "contraseña",
    "contrasena",
    "senha",
    "wachtwoord",
    "hasło",
    "パスワード",
    "密码",
    "密碼",
    "пароль",
    "비밀번호",
    "secret",
    "credential",
    "credentials",
    "authorization",
    "cookie",
    "cookies",
    "apikey",
];
/// Ends of names, without what stands between their words, that leave no doubt.
const ENDS: &[&str] = &[
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "accesstoken",
    "refreshtoken",
    "authtoken",
    "bearertoken",
    "sessiontoken",
    "apitoken",
    "bottoken",
    "oauthtoken",
    "idtoken",
    "accesscode",
    "secretword",
    "motdepasse",
];
/// Names of short numbers.
const PINS: &[&str] = &["pin", "cvv", "cvc"];
/// Words that make a name one of a text or a choice: `reset_password`, `has_secret`.
const ASIDE: &[&str] = &[
    "forgot",
    "forgotten",
    "reset",
    "change",
    "enter",
    "show",
    "hide",
    "has",
    "is",
    "require",
    "requires",
    "needs",
    "use",
    "uses",
    "allow",
    "enable",
    "disable",
    "invalid",
    "wrong",
    "missing",
    "empty",
    "incorrect",
    "bad",
    "update",
    "generate",
    "rotate",
    "create",
    "delete",
    "get",
    "list",
    "verify",
    "check",
    "validate",
    "no",
];
/// Headers that carry what gives access.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "x-access-token",
    "cookie",
    "set-cookie",
];
/// Values that stand where a secret would; unlike those of [`super::plausible`] none that someone could choose.
const PLACEHOLDERS: &[&str] = &[
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "str",
    "number",
    "integer",
    "boolean",
    "required",
    "optional",
    "redacted",
    "[redacted]",
    "hidden",
    "masked",
    "placeholder",
    "unset",
    "n/a",
    "missing",
    "empty",
    "removed",
    "changeme",
    // What `fetch` does with credentials.
    "include",
    "omit",
    "same-origin",
];
/// Keys of a JSON Schema besides `type`.
const SCHEMA_KEYS: &[&str] = &["description", "$ref", "anyOf", "oneOf", "allOf", "enum"];
const SCHEMA_TYPES: &[&str] = &["string", "number", "integer", "boolean", "object", "array", "null"];

/// How far into an object a key is looked for that makes it a schema, in bytes.
const PEEK: usize = 1024;

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Secret,
    /// Only a number of four to twelve digits, three where it stands on a card.
    Pin,
    /// Named by the user: everything, numbers too.
    Named,
}

/// What was read: secrets, and how far.
#[derive(Debug, Default)]
pub(crate) struct Members {
    pub(crate) values: Vec<(usize, usize)>,
    pub(crate) end: usize,
}

/// Tells what a name, without quotes, says of its value, if that is beyond doubt.
pub(crate) fn kind(name: &str) -> Option<Kind> {
    if !keys::may_end(name) {
        return None;
    }
    let words = keys::words(name);
    let last = words.rsplit('_').next().unwrap_or(&words);
    let kind = if PINS.contains(&last) {
        Kind::Pin
    } else if LAST_WORDS.contains(&last) || {
        let joined = words.replace('_', "");
        ENDS.iter().any(|end| joined.ends_with(end))
    } {
        Kind::Secret
    } else {
        return None;
    };
    let is_aside = words.split('_').any(|word| HARMLESS.contains(&word) || ASIDE.contains(&word));
    (!is_aside).then_some(kind)
}

/// Ends of names that say something of their value.
pub(super) fn ends_of_names() -> impl Iterator<Item = &'static str> {
    [LAST_WORDS, ENDS, PINS].into_iter().flatten().copied()
}

/// Tells whether a value under such a name is one, and not a placeholder.
pub(crate) fn is_value(kind: Kind, value: &str) -> bool {
    let value = value.trim();
    match kind {
        Kind::Named => !value.is_empty(),
        Kind::Pin => (3..=12).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()),
        Kind::Secret => !is_placeholder(value),
    }
}

fn is_placeholder(value: &str) -> bool {
    // `sk-...`
    if value.len() < 16 && value.ends_with("...") {
        return true;
    }
    // `apiKey: string;`
    let value = value.strip_suffix([';', ',', '.']).unwrap_or(value);
    let lower = value.to_ascii_lowercase();
    let wrapped = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|inside| !inside.contains(['<', '>', '{', '}', '[', ']']))
    };
    let is_variable = value
        .strip_prefix('$')
        .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    let is_variables_name = value.contains('_')
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        && ["KEY", "TOKEN", "SECRET", "PASSWORD"].iter().any(|end| value.ends_with(end));
    PLACEHOLDERS.contains(&lower.as_str())
        || value.chars().all(|letter| "*•.…-xX".contains(letter))
        || wrapped("${", "}")
        || wrapped("{{", "}}")
        || wrapped("<", ">")
        || ["your_", "your-", "your "].iter().any(|start| lower.starts_with(start))
        || is_variable
        || is_variables_name
}

/// How strings are quoted at one depth of JSON in strings.
#[derive(Clone, Copy)]
struct Quotes {
    escapes: usize,
    quote: u8,
}

impl Quotes {
    /// Reads the quotes at `at`; returns where they end.
    fn open(bytes: &[u8], at: usize) -> Option<(Self, usize)> {
        let end = run_end(bytes, at, 128, |byte| byte == b'\\');
        let quote = *bytes.get(end)?;
        let escapes = end - at;
        let fits = quote == b'"' && (escapes + 1).is_power_of_two() || quote == b'\'' && escapes == 0;
        fits.then_some((Self { escapes, quote }, end + 1))
    }

    /// Returns where the content of the string ends that starts at `at`, and the string itself.
    fn close(self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let mut backslashes = 0;
        for (index, byte) in bytes.iter().enumerate().skip(at) {
            if *byte == self.quote
                && let Some(own) = closes(backslashes, self.escapes)
            {
                work::read(index - at);
                return Some((index - own, index + 1));
            }
            backslashes = if *byte == b'\\' { backslashes + 1 } else { 0 };
        }
        work::read(bytes.len().saturating_sub(at));
        None
    }

    /// Skips blanks, which are escaped in strings.
    fn blanks(self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            at = run_end(bytes, at, bytes.len(), |byte| byte.is_ascii_whitespace());
            let letter = run_end(bytes, at, 128, |byte| byte == b'\\');
            if letter > at && self.escapes > 0 && matches!(bytes.get(letter), Some(b'n' | b't' | b'r')) {
                at = letter + 1;
            } else {
                return at;
            }
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-. ".contains(&byte) || byte >= 0x80
}

/// Reads the member or header whose name ends with what stands at `start..end`.
pub(crate) fn find(text: &str, start: usize, end: usize) -> Option<Members> {
    let bytes = text.as_bytes();
    let is_plural =
        part(text, start, end).eq_ignore_ascii_case("credential") && bytes.get(end) == Some(&b's');
    let end = end + usize::from(is_plural);
    match bytes.get(end)? {
        b'"' | b'\'' | b'\\' => {
            let from = run_start(bytes, start, 64, is_name);
            let kind = kind(part(text, from, end))?;
            member(text, from, end, kind)
        }
        b':' => header(text, start, end),
        _ => None,
    }
}

/// Reads the member with the name at `start..end`, if it is one.
pub(crate) fn member(text: &str, start: usize, end: usize, kind: Kind) -> Option<Members> {
    let bytes = text.as_bytes();
    let name_end = end;
    let (quotes, behind) = Quotes::open(bytes, end)?;
    let opens = start.checked_sub(quotes.escapes + 1)?;
    let is_opened = bytes[start - 1] == quotes.quote
        && bytes[opens..start - 1].iter().all(|byte| *byte == b'\\')
        && (opens == 0 || bytes[opens - 1] != b'\\');
    let at = quotes.blanks(bytes, behind);
    if !is_opened || bytes.get(at) != Some(&b':') {
        return None;
    }
    let at = quotes.blanks(bytes, at + 1);
    match bytes.get(at)? {
        b'{' if is_schema(text, at, quotes) => None,
        b'[' | b'{' => Some(values_below(text, at, quotes, kind)),
        b'-' | b'0'..=b'9' => {
            let end = number_end(bytes, at);
            // Counts have few digits: `{"password": 3, "token": 5}`.
            let is_long = kind != Kind::Secret || end - at >= 4;
            (is_long && is_value(kind, part(text, at, end))).then(|| Members { values: vec![(at, end)], end })
        }
        _ => {
            let (own, from) = Quotes::open(bytes, at)?;
            if own.escapes != quotes.escapes {
                return None;
            }
            let (to, end) = own.close(bytes, from)?;
            if words_end_with_cookie(part(text, start, name_end)) {
                return Some(Members { values: cookies(text, from, to), end });
            }
            let from = behind_scheme(text, from, to);
            let is_one = is_value(kind, part(text, from, to));
            Some(Members { values: if is_one { vec![(from, to)] } else { Vec::new() }, end })
        }
    }
}

/// Cookies, and attributes of them (RFC 6265, section 4.1.1), whose value says nothing.
const HARMLESS_COOKIES: &[&str] =
    &["theme", "lang", "language", "locale", "consent", "path", "domain", "expires", "max-age", "samesite"];

fn words_end_with_cookie(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("cookie") || lower.ends_with("cookies")
}

/// Of `theme=dark; session=VALUE` the values, but the harmless ones; of what is no list of pairs all.
fn cookies(text: &str, from: usize, to: usize) -> Vec<(usize, usize)> {
    let (mut values, mut at) = (Vec::new(), from);
    let whole = part(text, from, to);
    if !whole.contains('=') {
        return if is_value(Kind::Secret, whole) { vec![(from, to)] } else { values };
    }
    for pair in whole.split(';') {
        if let Some((name, value)) = pair.split_once('=') {
            let end = at + pair.trim_end().len();
            let name = name.trim().to_ascii_lowercase();
            if !HARMLESS_COOKIES.contains(&name.as_str()) && is_value(Kind::Secret, value) {
                values.push((end - value.trim_end().len(), end));
            }
        }
        at += pair.len() + 1;
    }
    values
}

fn number_end(bytes: &[u8], at: usize) -> usize {
    run_end(bytes, at, 64, |byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
}

/// Of `Bearer VALUE` the value.
fn behind_scheme(text: &str, from: usize, to: usize) -> usize {
    let value = part(text, from, to);
    match value.split_once(' ') {
        Some((scheme, rest)) if is_scheme(scheme) && !rest.trim().is_empty() => from + scheme.len() + 1,
        _ => from,
    }
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "token", "apikey", "key", "digest", "negotiate", "ntlm"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Reads all strings below the bracket at `at`, but the names of members; stops where it is no JSON any more.
fn values_below(text: &str, at: usize, quotes: Quotes, kind: Kind) -> Members {
    let bytes = text.as_bytes();
    let mut members = Members { values: Vec::new(), end: at + 1 };
    let mut open = Vec::new();
    let mut at = at;
    loop {
        match bytes.get(at) {
            Some(bracket @ (b'[' | b'{')) => {
                open.push(*bracket);
                at += 1;
            }
            Some(b']' | b'}') => {
                open.pop();
                at += 1;
                if open.is_empty() {
                    members.end = at;
                    return members;
                }
            }
            Some(b'-' | b'0'..=b'9') => {
                let end = number_end(bytes, at);
                if kind != Kind::Secret && is_value(kind, part(text, at, end)) {
                    members.values.push((at, end));
                }
                at = end;
            }
            Some(b',' | b':' | b'a'..=b'z') => at += 1,
            Some(_) => {
                let string = Quotes::open(bytes, at)
                    .filter(|(own, _)| own.escapes == quotes.escapes)
                    .and_then(|(own, from)| own.close(bytes, from).map(|(to, end)| (from, to, end)));
                let Some((from, to, end)) = string else { return members };
                at = quotes.blanks(bytes, end);
                let is_key = open.last() == Some(&b'{') && bytes.get(at) == Some(&b':');
                if !is_key {
                    let from = behind_scheme(text, from, to);
                    if is_value(kind, part(text, from, to)) {
                        members.values.push((from, to));
                    }
                }
            }
            None => return Members { end: bytes.len(), ..members },
        }
        at = quotes.blanks(bytes, at);
        members.end = at;
    }
}

/// Tells whether the object at `at` says what a value is like, and is none: a JSON Schema.
fn is_schema(text: &str, at: usize, quotes: Quotes) -> bool {
    let window = part(text, at, at + PEEK);
    let bytes = window.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' | b'\'' | b'\\' => {
                let string = Quotes::open(bytes, at)
                    .filter(|(own, _)| own.escapes == quotes.escapes)
                    .and_then(|(own, from)| own.close(bytes, from).map(|(to, end)| (from, to, end)));
                let Some((from, to, end)) = string else { return false };
                at = quotes.blanks(bytes, end);
                if depth != 1 || bytes.get(at) != Some(&b':') {
                    continue;
                }
                at = quotes.blanks(bytes, at + 1);
                let name = part(window, from, to);
                let is_type = || match (bytes.get(at), Quotes::open(bytes, at)) {
                    (Some(b'['), _) => true,
                    (_, Some((own, from))) => own
                        .close(bytes, from)
                        .is_some_and(|(to, _)| SCHEMA_TYPES.contains(&part(window, from, to))),
                    _ => false,
                };
                if SCHEMA_KEYS.contains(&name) || name == "type" && is_type() {
                    return true;
                }
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            return false;
        }
        at += 1;
    }
    false
}

/// `Authorization: Token VALUE`, `X-Api-Key: VALUE`, `Cookie: NAME=VALUE; …`, at the start of a line or of a string.
fn header(text: &str, start: usize, end: usize) -> Option<Members> {
    let bytes = text.as_bytes();
    let from = run_start(bytes, start, 32, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let name = part(text, from, end).to_ascii_lowercase();
    let starts = from == 0 || b"\n\r\"'".contains(&bytes[from - 1]) || is_escape_letter(bytes, from - 1);
    if !starts || !HEADERS.contains(&name.as_str()) {
        return None;
    }
    let at = run_end(bytes, end + 1, 8, |byte| byte == b' ');
    let line = run_end(bytes, at, 8192, |byte| !b"\n\r\"'\\".contains(&byte));
    let to = at + part(text, at, line).trim_end().len();
    if words_end_with_cookie(&name) {
        let is_list = at > end + 1 && part(text, at, to).contains('=');
        return is_list.then(|| Members { values: cookies(text, at, to), end: to });
    }
    let from = behind_scheme(text, at, to);
    let value = part(text, from, to);
    let is_basic = from - at == 6 && part(text, at, from).eq_ignore_ascii_case("basic ");
    let is_one = at > end + 1
        && (!is_basic || secrets::is_basic_credentials(value))
        && !value.contains(' ')
        && !value.starts_with(['$', '<', '{', '[', '(', '*', '%'])
        && is_value(Kind::Secret, value);
    Some(Members { values: if is_one { vec![(from, to)] } else { Vec::new() }, end: to })
}
