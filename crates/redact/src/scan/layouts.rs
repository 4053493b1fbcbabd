//! Secrets that are known by what they stand in: commands, tables, statements, files and signed addresses.

use super::plausible::is_given;
use super::text::{begins, ends, is_escape_letter, part, run_end, run_start};
use super::{commands, inserts, keys, tables};
use crate::validate::secrets;

/// What a literal begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Command,
    Identified,
    Signature,
    Auth,
    PgPass,
    Call,
}

/// What the automaton looks for, besides the commands.
const LITERALS: &[(&str, Layout)] = &[
    ("identified by", Layout::Identified),
    ("mysql_native_password by", Layout::Identified),
    ("caching_sha2_password by", Layout::Identified),
    ("sig=", Layout::Signature),
    ("signature=", Layout::Signature),
    ("\"auth", Layout::Auth),
    ("_auth", Layout::Auth),
    (":5432:", Layout::PgPass),
    (".login(", Layout::Call),
    ("auth=(", Layout::Call),
    ("basicauth(", Layout::Call),
    ("digestauth(", Layout::Call),
    ("networkcredential(", Layout::Call),
    ("passwordauthentication(", Layout::Call),
];

/// Returns what the automaton looks for.
pub(super) fn literals() -> impl Iterator<Item = (&'static str, Layout)> {
    LITERALS.iter().copied().chain(commands::literals().map(|literal| (literal, Layout::Command)))
}

/// How far was read, so that nothing is read twice.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    command_end: usize,
    table_end: usize,
    signature_end: usize,
    auth_end: usize,
    /// Where the last command began that had no password, and how many of them stand close together.
    commands: (usize, u8),
}

/// So many commands without a password are read that stand closer together than one can be long.
const MOST_COMMANDS: u8 = 8;

/// Something that was found: the rule and the place.
pub(super) type Found = (&'static str, usize, usize);

impl Layouts {
    /// Reads what begins with the literal at `start..end`.
    pub(super) fn find(&mut self, text: &str, what: Layout, start: usize, end: usize) -> Vec<Found> {
        let generic = |(start, end)| ("generic_secret", start, end);
        match what {
            Layout::Command if start < self.command_end => Vec::new(),
            Layout::Command => {
                let (last, count) = self.commands;
                let count =
                    if start - last.min(start) < commands::LONGEST { count.saturating_add(1) } else { 1 };
                self.commands = (start, count);
                if count > MOST_COMMANDS {
                    return Vec::new();
                }
                let (found, read) = commands::find(text, start, end);
                if !found.is_empty() {
                    self.command_end = read;
                    self.commands = (start, 0);
                }
                found.into_iter().map(generic).collect()
            }
            Layout::Signature if start < self.signature_end => Vec::new(),
            Layout::Auth if start < self.auth_end => Vec::new(),
            Layout::Identified => identified(text, end).map(generic).into_iter().collect(),
            Layout::Signature => {
                let stop = signature_end(text, end);
                self.signature_end = stop;
                signature(text, start, end, stop).into_iter().collect()
            }
            Layout::Auth => {
                let (at, stop) = auth_value(text, end);
                self.auth_end = stop;
                auth(text, start, end, (at, stop)).into_iter().collect()
            }
            Layout::PgPass => pg_pass(text, start, end).map(generic).into_iter().collect(),
            Layout::Call => call(text, end).map(generic).into_iter().collect(),
        }
    }

    /// Reads the table in whose head a key stands that ends with the stem at `start..end`.
    pub(super) fn table(&mut self, text: &str, start: usize, end: usize) -> Vec<Found> {
        // Most names have no separator behind them.
        let behind = text
            .as_bytes()
            .get(end)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"=:_.(".contains(byte));
        if start < self.table_end || !behind {
            return Vec::new();
        }
        let name = run_start(text.as_bytes(), start, 64, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ')
        });
        let Some((found, read)) = tables::find(text, name, end, keys::is_head) else { return Vec::new() };
        self.table_end = read;
        found.into_iter().map(|(start, end)| ("generic_secret", start, end)).collect()
    }
}

/// `IDENTIFIED BY 'X'`, and without quotes as in Oracle.
fn identified(text: &str, end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    // Of a user in SQL; other things are identified by something too.
    let before = part(text, end.saturating_sub(160), end).to_ascii_lowercase();
    if !["user", "grant", "role"].iter().any(|word| before.contains(word)) {
        return None;
    }
    let mut at = run_end(bytes, end, 8, |byte| byte.is_ascii_whitespace());
    if part(text, at, at + 9).eq_ignore_ascii_case("password ") {
        at += 9;
    }
    let opened = run_end(bytes, at, 16, |byte| b"\\\"'".contains(&byte));
    let stop = if opened > at {
        let quote = bytes[opened - 1];
        let around = inserts::begins_as_json(text).then_some(0);
        let closed = inserts::string(bytes, opened - 1, 256, around)
            .filter(|(stop, _)| !part(text, opened, *stop).contains([' ', '\n']));
        // Where no quote closes it the text was cut.
        let cut = || run_end(bytes, opened, 256, |byte| byte != quote && !b"\n\\\"".contains(&byte));
        closed.map_or_else(cut, |(stop, _)| stop)
    } else {
        run_end(bytes, at, 256, |byte| !byte.is_ascii_whitespace() && !b";\"'\\".contains(&byte))
    };
    let value = part(text, opened, stop);
    let is_certain =
        opened > at || value.bytes().any(|byte| byte.is_ascii_digit()) || bytes.get(stop) == Some(&b';');
    (is_certain && is_given(value) && !value.contains(' ')).then_some((opened, stop))
}

/// The signature of a signed address: `sig=…` of Azure, `X-Amz-Signature=…`, `X-Goog-Signature=…`, `Signature=…`.
fn signature(text: &str, start: usize, end: usize, stop: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let name = run_start(bytes, start, 16, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let own = part(text, name, end);
    let is_name = [
        "sig=",
        "signature=",
        "x-amz-signature=",
        "x-goog-signature=",
        "x-oss-signature=",
        "x-cos-signature=",
    ]
    .iter()
    .any(|known| own.eq_ignore_ascii_case(known));
    let stands = name == 0 || b"?&;, \"'".contains(&bytes[name - 1]) || is_escape_letter(bytes, name - 1);
    (is_name && stands && stop - end >= 26 && secrets::looks_random(part(text, end, stop))).then_some((
        "url_signature",
        end,
        stop,
    ))
}

fn signature_end(text: &str, from: usize) -> usize {
    run_end(text.as_bytes(), from, 1400, |byte| byte.is_ascii_alphanumeric() || b"%+/=_-~".contains(&byte))
}

/// The word behind `auth` and the signs that follow it.
fn auth_value(text: &str, end: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let at = run_end(bytes, end, 24, |byte| b"\\\"' =:".contains(&byte));
    (at, run_end(bytes, at, 1024, |byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)))
}

/// `"auth": "…"` of Docker and `_auth=…` of npm: `user:password` in base64.
fn auth(text: &str, start: usize, end: usize, (at, stop): (usize, usize)) -> Option<Found> {
    let bytes = text.as_bytes();
    let value = part(text, at, stop);
    let has_sign = bytes[end..at].iter().any(|byte| b"=:".contains(byte));
    if !has_sign || value.len() < 8 || !begins(bytes, start) {
        return None;
    }
    if secrets::is_basic_credentials(value) {
        return Some(("basic_auth", at, stop));
    }
    (value.len() >= 20 && secrets::is_mixed(value)).then_some(("generic_secret", at, stop))
}

/// A line of `.pgpass`: `host:5432:database:user:X`.
fn pg_pass(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let host = run_start(bytes, start, 128, |byte| byte.is_ascii_alphanumeric() || b".-*_".contains(&byte));
    let field = |from: usize| {
        run_end(bytes, from, 128, |byte| byte.is_ascii_alphanumeric() || b".-*_@".contains(&byte))
    };
    let database = field(end);
    let user = field(database + 1);
    let stop = run_end(bytes, user + 1, 256, |byte| !byte.is_ascii_whitespace() && !b"\"'".contains(&byte));
    let fits = host < start && bytes.get(database) == Some(&b':') && bytes.get(user) == Some(&b':');
    let stop = stop - if bytes[..stop].ends_with(b"\\n") { 2 } else { 0 };
    (fits && stop > user && is_given(part(text, user + 1, stop))).then_some((user + 1, stop))
}

/// `login('ann', 'X')`, `auth=('ann', 'X')`: the second of two texts.
fn call(text: &str, end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let string = |at: usize| {
        let opened = run_end(bytes, at, 16, |byte| b"\\\"'".contains(&byte));
        let quote = *bytes.get(opened.checked_sub(1)?)?;
        let stop = run_end(bytes, opened, 128, |byte| byte != quote && byte != b'\n' && byte != b'\\');
        let behind = run_end(bytes, stop, 16, |byte| b"\\\"'".contains(&byte));
        (opened > at && behind > stop).then_some((opened, stop, behind))
    };
    let blanks = |at: usize| run_end(bytes, at, 16, |byte| byte.is_ascii_whitespace());
    let (_, _, behind) = string(blanks(end))?;
    let comma = blanks(behind);
    if bytes.get(comma) != Some(&b',') {
        return None;
    }
    let (start, stop, behind) = string(blanks(comma + 1))?;
    let is_last = matches!(bytes.get(blanks(behind)), Some(b')' | b','));
    let value = part(text, start, stop);
    (is_last && ends(bytes, stop) && is_given(value) && !value.contains(' ')).then_some((start, stop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_says_what_it_is() {
        let signature = "Fz81kQw93ncX0a7bVm52LrTy64UeHs1d%3D";
        let cases = [
            ("CREATE USER ann IDENTIFIED BY 'kw81xq';", "kw81xq"),
            ("alter user ann identified by kw81xq", "kw81xq"),
            ("CREATE USER ann IDENTIFIED BY 'kw''81xq';", "kw''81xq"),
            (r"CREATE USER ann IDENTIFIED BY 'kw\'81xq', bob", r"kw\'81xq"),
            (r#"{"q": "CREATE USER ann IDENTIFIED BY 'kw\\'81xq';"}"#, r"kw\\'81xq"),
            (r#"{"q": "CREATE USER ann IDENTIFIED BY \"kw81xq\";"}"#, "kw81xq"),
            (r#"{"q": "CREATE USER ann IDENTIFIED BY 'kw81xq", "t": "it's"}"#, "kw81xq"),
            ("CREATE USER ann IDENTIFIED BY 'kw81xq\nor what's not", "kw81xq"),
            ("GRANT x TO USER ann IDENTIFIED BY ''", ""),
            ("a star identified by astronomers", ""),
            ("db.test:5432:shop:ann:kw81xq", "kw81xq"),
            ("at 10:5432:11", ""),
            ("smtp.login('ann', 'kw81xq')", "kw81xq"),
            ("smtp.login(user, password)", ""),
            (&format!("https://x.test/b?sp=r&sig={signature}&se=1"), signature),
            ("?sig=short", ""),
            ("design=Fz81kQw93ncX0a7bVm52LrTy64UeHs1d", ""),
            (r#"{"auth": "YW5uOmt3ODF4cQ=="}"#, "YW5uOmt3ODF4cQ=="),
            (r#"{"author": "YW5uOmt3ODF4cQ=="}"#, ""),
        ];
        for (text, expected) in cases {
            let lower = text.to_ascii_lowercase();
            let found = LITERALS
                .iter()
                .filter_map(|(literal, what)| lower.find(literal).map(|at| (*what, at, at + literal.len())))
                .flat_map(|(what, start, end)| Layouts::default().find(text, what, start, end))
                .map(|(_, start, end)| &text[start..end])
                .next();
            assert_eq!(found.unwrap_or_default(), expected, "{text}");
        }
    }
}
