//! Columns that are named as secrets in `INSERT INTO users (name, password) VALUES ('ann', 'X'), (…)`.
//!
//! The statement may stand in a string of JSON, at any depth: a line's end is then `\n`, a backslash of SQL is written
//! twice, and the quote of the string ends the statement.

use super::plausible::is_given;
use super::tables::{MOST_COLUMNS, is_word};
use super::text::{closes, part, run_end};
use super::work;

/// How long the list of columns, a row, and a password may be.
const HEAD: usize = 2048;
const ROW: usize = 16 << 10;
const VALUE: usize = 512;

/// So many brackets may be open at once: `(crypt(lower('X'), gen_salt('bf')))`.
const DEEPEST: usize = 16;

/// How many backslashes escape a quote: one in plain text, two and four in JSON, and none where SQL knows no escapes.
const ESCAPES: [usize; 4] = [1, 2, 4, usize::MAX];

/// Finds the values in the columns that `is_secret` takes of the statement in whose list of columns the name at
/// `name..end` stands, and where the rows end.
pub(super) fn find(
    text: &str,
    name: usize,
    end: usize,
    is_secret: impl Fn(&str) -> bool,
) -> Option<(Vec<(usize, usize)>, usize)> {
    let bytes = text.as_bytes();
    // Most names stand in no list, and what is before them need not be read.
    let behind = run_end(bytes, blanks(bytes, end), 8, |byte| b"\\\"'`]".contains(&byte));
    if !matches!(bytes.get(blanks(bytes, behind)), Some(b',' | b')')) {
        return None;
    }
    let floor = name.saturating_sub(HEAD);
    let head = (floor..name).rev().find(|at| !is_in_head(bytes[*at]))? + 1;
    work::read(name - head);
    let head_end = run_end(bytes, end, HEAD, is_in_head);
    if bytes[head - 1] != b'(' || bytes.get(head_end) != Some(&b')') {
        return None;
    }
    let word = blanks(bytes, head_end + 1);
    if !part(text, word, word + 6).eq_ignore_ascii_case("values") {
        return None;
    }
    let columns: Vec<_> = part(text, head, head_end).split(',').map(column).collect();
    let secret: Vec<usize> = (0..columns.len()).filter(|index| is_secret(columns[*index])).collect();
    if columns.len() > MOST_COLUMNS || secret.is_empty() {
        return None;
    }
    let around = surrounding(text, head - 1);
    let (mut found, mut at) = (Vec::new(), word + 6);
    loop {
        let open = blanks(bytes, at);
        if bytes.get(open) != Some(&b'(') {
            break;
        }
        let Some((cells, row_end)) = row(bytes, open, columns.len(), around) else {
            // What cannot be read is left out, and not what follows it.
            match next_row(bytes, open + 1, around) {
                Ok(next) => at = next,
                Err(end) => {
                    at = end;
                    break;
                }
            }
            continue;
        };
        for string in secret.iter().flat_map(|index| &cells[*index]) {
            let value = part(text, string.start, string.end);
            let fits = value.len() <= VALUE && !value.contains('\n') && is_given(value);
            if fits && (!string.is_argument || !is_word(value)) {
                found.push((string.start, string.end));
            }
        }
        at = row_end + 1;
        let comma = blanks(bytes, at);
        if bytes.get(comma) != Some(&b',') {
            break;
        }
        at = comma + 1;
    }
    Some((found, at.min(bytes.len())))
}

fn is_in_head(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte.is_ascii_whitespace()
        || byte >= 0x80
        || b"_,.-$#\"'`[]\\".contains(&byte)
}

/// Leaves out what stands around the name of a column: blanks, also as escapes, and quotes.
fn column(cell: &str) -> &str {
    let blanks = blanks(cell.as_bytes(), 0);
    let mut name = cell[blanks..].trim_matches(is_sign);
    while let Some(rest) = name.strip_suffix(['n', 'r', 't']).filter(|rest| rest.ends_with('\\')) {
        name = rest.trim_end_matches(is_sign);
    }
    name
}

fn is_sign(letter: char) -> bool {
    letter.is_ascii_whitespace() || matches!(letter, '"' | '\'' | '`' | '[' | ']' | '\\')
}

/// Returns where blanks end, and line ends and tabs that are written as escapes.
pub(super) fn blanks(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let next = run_end(bytes, at, HEAD, |byte| byte.is_ascii_whitespace());
        let letter = run_end(bytes, next, 8, |byte| byte == b'\\');
        if letter > next && matches!(bytes.get(letter), Some(b'n' | b'r' | b't')) {
            at = letter + 1;
        } else if next > at {
            at = next;
        } else {
            return at;
        }
    }
}

/// Returns how many backslashes the quotes have of the string that the statement stands in, if it does in one.
fn surrounding(text: &str, head: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let before = part(text, head.saturating_sub(256), head);
    let start = head - before.len();
    let verb = ["insert", "replace"].iter().filter_map(|verb| rfind_ignoring_case(before, verb)).max();
    if let Some(verb) = verb {
        let quote = before[..verb].trim_end();
        let at = start + quote.len();
        // `"""` opens a text in which quotes stand as they are.
        if quote.ends_with('"') && !quote.ends_with("\"\"\"") {
            return Some(backslashes(bytes, at - 1));
        }
    }
    begins_as_json(text).then_some(0)
}

/// Tells whether a text begins as an object or an array of JSON does.
pub(super) fn begins_as_json(text: &str) -> bool {
    let start = part(text, 0, 256).trim_start();
    start.strip_prefix(['{', '[']).is_some_and(|inner| inner.trim_start().starts_with(['"', '{', '[']))
}

fn rfind_ignoring_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).rposition(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// How many backslashes stand before `at`; more than 64 are not told apart.
fn backslashes(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take(64).take_while(|byte| **byte == b'\\').count()
}

/// Tells whether the quote at `at` ends the string that the statement stands in.
fn ends_statement(bytes: &[u8], at: usize, around: Option<usize>) -> bool {
    bytes[at] == b'"' && around.is_some_and(|escapes| backslashes(bytes, at) <= escapes)
}

/// A string in a cell, without its quotes.
#[derive(Debug)]
struct Text {
    start: usize,
    end: usize,
    is_argument: bool,
}

/// Reads the row that opens at `open`: the strings of each cell, and where it closes.
///
/// Of the ways to escape a quote the first counts with which the row has as many cells as there are columns.
fn row(bytes: &[u8], open: usize, columns: usize, around: Option<usize>) -> Option<(Vec<Vec<Text>>, usize)> {
    ESCAPES.iter().find_map(|escape| row_escaped(bytes, open, columns, around, *escape))
}

fn row_escaped(
    bytes: &[u8],
    open: usize,
    columns: usize,
    around: Option<usize>,
    escape: usize,
) -> Option<(Vec<Vec<Text>>, usize)> {
    let limit = bytes.len().min(open + ROW);
    let (mut cells, mut depth, mut at) = (vec![Vec::new()], 1, open + 1);
    while at < limit {
        work::read(1);
        match bytes[at] {
            b'(' if depth == DEEPEST => return None,
            b'(' => depth += 1,
            b')' if depth == 1 => return (cells.len() == columns).then_some((cells, at)),
            b')' => depth -= 1,
            b',' if depth == 1 && cells.len() == columns => return None,
            b',' if depth == 1 => cells.push(Vec::new()),
            b';' => return None,
            b'\\' => {
                let behind = run_end(bytes, at, 64, |byte| byte == b'\\');
                match bytes.get(behind)? {
                    b'n' | b'r' | b't' => at = behind,
                    b'\'' | b'"' | b'`' => at = behind - 1,
                    _ => return None,
                }
            }
            quote @ (b'\'' | b'"' | b'`') => {
                if ends_statement(bytes, at, around) || !may_open(bytes, at) {
                    return None;
                }
                let (end, behind) = string_escaped(bytes, at, limit, around, escape)?;
                let cell = cells.last_mut()?;
                if quote != b'`' && (depth == 1 || cell.is_empty()) {
                    cell.push(Text { start: at + 1, end, is_argument: depth > 1 });
                }
                at = behind - 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Tells whether a string may begin with the quote at `at`: not behind a word, but behind `N`, `E` or `_utf8`.
fn may_open(bytes: &[u8], at: usize) -> bool {
    let at = at - backslashes(bytes, at);
    let word =
        bytes[..at].iter().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let start = at - word.count();
    let is_escape = start > 0 && bytes[start - 1] == b'\\';
    at - start <= 1 || bytes[start] == b'_' || is_escape
}

/// Reads the string whose quote stands at `open`: where it ends, and what is behind its last quote.
pub(super) fn string(
    bytes: &[u8],
    open: usize,
    most: usize,
    around: Option<usize>,
) -> Option<(usize, usize)> {
    let limit = bytes.len().min(open + most);
    ESCAPES.iter().find_map(|escape| string_escaped(bytes, open, limit, around, *escape))
}

fn string_escaped(
    bytes: &[u8],
    open: usize,
    limit: usize,
    around: Option<usize>,
    escape: usize,
) -> Option<(usize, usize)> {
    let (quote, own) = (bytes[open], backslashes(bytes, open));
    let (mut at, mut run) = (open + 1, 0);
    while at < limit {
        work::read(1);
        let byte = bytes[at];
        if byte == b'"' && around.is_some_and(|escapes| run <= escapes) {
            return None;
        }
        let closed = match own {
            _ if byte != quote => None,
            0 => (run / escape).is_multiple_of(2).then_some(0),
            _ => closes(run, own),
        };
        if let Some(own) = closed {
            // A quote of the content is written twice.
            let again = run_end(bytes, at + 1, own, |byte| byte == b'\\');
            if again == at + 1 + own && bytes.get(again) == Some(&quote) {
                (at, run) = (again + 1, 0);
                continue;
            }
            let is_end = bytes.get(at + 1).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80);
            return is_end.then_some((at - own, at + 1));
        }
        run = if byte == b'\\' { run + 1 } else { 0 };
        at += 1;
    }
    None
}

/// Returns where the next row opens behind one that cannot be read: behind `),`; or where the statement ends.
fn next_row(bytes: &[u8], from: usize, around: Option<usize>) -> Result<usize, usize> {
    let limit = bytes.len().min(from + ROW);
    for at in from..limit {
        work::read(1);
        let is_statement = || {
            let word = bytes.get(at..at + 12).unwrap_or_default();
            word.to_ascii_lowercase().starts_with(b"insert into")
                || word.eq_ignore_ascii_case(b"replace into")
        };
        match bytes[at] {
            b'"' if ends_statement(bytes, at, around) => return Err(at),
            b'i' | b'I' | b'r' | b'R' if is_statement() => return Err(at),
            b')' => {
                let comma = blanks(bytes, at + 1);
                let open = blanks(bytes, comma + 1);
                match bytes.get(comma) {
                    Some(b';') => return Err(comma),
                    Some(b',') if bytes.get(open) == Some(&b'(') => return Ok(open),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Err(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let name = text.find("password").expect("has the name");
        let found = find(text, name, name + 8, |head| head == "password").map(|found| found.0);
        found.unwrap_or_default().into_iter().map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn columns_of_a_statement_are_read() {
        let cases: &[(&str, &[&str])] = &[
            ("(name, `password`) VALUES ('ann', 'kw81xq'), ('b', 'pz,72rt');", &["kw81xq", "pz,72rt"]),
            (r"(name, password) VALUES\n('ann','kw81xq'),\n\t('bob','pz72rt')", &["kw81xq", "pz72rt"]),
            (
                r"(\n  name,\n  password\n)\r\nVALUES\\n('ann','kw81xq'),\\n('bob','pz72rt')",
                &["kw81xq", "pz72rt"],
            ),
            ("(\n  name,\n  password\n)\nVALUES\n(\n  'ann',\n  'kw81xq'\n)", &["kw81xq"]),
            ("([password]) values ('kw81xq')", &["kw81xq"]),
            // Calls.
            ("(at, password) VALUES (NOW(), 'kw81xq'), (f(g('x)'), 2), 'pz72rt')", &["kw81xq", "pz72rt"]),
            ("(a, password) VALUES (1, crypt('kw81xq', gen_salt('bf8x')))", &["kw81xq"]),
            ("(a, password) VALUES (1, encode('digest'))", &[]),
            ("(a, password) VALUES (1, N'kw81xq'), (2, _utf8'pz72rt')", &["kw81xq", "pz72rt"]),
            // Quotes in strings.
            (r"(a, password) VALUES ('O\'Neil','kw81xq'),('b','pz72rt')", &["kw81xq", "pz72rt"]),
            (r"(a, password) VALUES ('O\\'Neil','kw81xq'),('b','pz72rt')", &["kw81xq", "pz72rt"]),
            (r"(a, password) VALUES ('O\\\\'Neil','kw81xq'),('b','pz72rt')", &["kw81xq", "pz72rt"]),
            (r"(a, password) VALUES ('O''Neil','kw''81xq'),('','pz72rt')", &["kw''81xq", "pz72rt"]),
            (r"(a, password) VALUES ('C:\','kw81xq'),('C:\\','pz72rt')", &["kw81xq", "pz72rt"]),
            (r#"{"s": "(a, password) VALUES (\"O\\\"N\",\"kw81xq\")"}"#, &["kw81xq"]),
            (r#"(a, password) VALUES ("a ""b""","kw81xq")"#, &["kw81xq"]),
            ("(a, password) VALUES ('two\nlines','kw81xq')", &["kw81xq"]),
            // Rows that cannot be read.
            ("(a, password) VALUES ('O'Neil','kw81xq'), ('b','pz72rt')", &["pz72rt"]),
            ("(a, password) VALUES (1), ('b','pz72rt')", &["pz72rt"]),
            ("(a, password) VALUES ('b','kw81xq), then prose that isn't SQL.", &[]),
            ("(a, password) VALUES ('b','kw81xq\nand (prose) that goes on, 'quoted') too", &[]),
            (r#"{"s": "(a, password) VALUES ('b','kw81xq", "t": "it's) b"}"#, &[]),
            (r#"{"s": "BEGIN; INSERT INTO u (a, password) VALUES ('b','kw81xq", "t": "x')"}"#, &[]),
            // No rows, or of another kind.
            ("(name, password) VALUES (?, ?), ($1, $2), (:a, :b)", &[]),
            ("(name, password) SELECT 'ann', 'kw81xq'", &[]),
            ("(password, name) VALUES (NULL, 'kw81xq')", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(&found(text), expected, "{text}");
        }
    }

    #[test]
    fn there_is_no_last_row() {
        let rows: Vec<_> = (0..5000).map(|row| format!("('ann','kw{row:04}xq')")).collect();
        let text = format!("(name, password) VALUES {};", rows.join(",\n"));
        assert_eq!(found(&text).len(), 5000);
        let rows: Vec<_> = (0..5000).map(|row| format!("ann,kw{row:04}xq\n")).collect();
        let text = format!("name,password\n{}", rows.concat());
        let found = super::super::tables::find(&text, 5, 13, |head| head == "password");
        assert_eq!(found.map(|found| found.0.len()), Some(5000));
    }
}
