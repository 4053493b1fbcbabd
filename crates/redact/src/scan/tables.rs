//! Columns that are named as secrets: CSV and Markdown.

use super::inserts;
use super::plausible::{changes_case, is_given};
use super::text::{part, run_end, run_start};
use super::values::line_break;

/// How long a line may be, and how many columns there may be.
const LINE: usize = 2048;
pub(super) const MOST_COLUMNS: usize = 64;

/// Finds the values in the columns of the table whose head the name at `name..end` stands in, for every column of the
/// head that `is_secret` takes; and where the table ends.
pub(super) fn find(
    text: &str,
    name: usize,
    end: usize,
    is_secret: impl Fn(&str) -> bool,
) -> Option<(Vec<(usize, usize)>, usize)> {
    let bytes = text.as_bytes();
    let before = bytes[..name].iter().rev().take(4).find(|byte| !b" \"'`*\\".contains(byte)).copied();
    let behind = bytes[end..].iter().take(4).find(|byte| !b" \"'`*\\".contains(byte)).copied();
    let is_separator = |byte: Option<u8>| matches!(byte, Some(b',' | b';' | b'|' | b'\t'));
    // A list of columns may have one of them in each line.
    if let Some(found) = inserts::find(text, name, end, &is_secret) {
        return Some(found);
    }
    if !is_separator(before) && !is_separator(behind) {
        return None;
    }
    // The other names of a line that is no head are not looked at.
    let refused = || {
        let line = run_end(bytes, end, LINE / 2, |byte| byte != b'\n');
        Some((Vec::new(), line))
    };
    lines(text, name, end, &is_secret).or_else(refused)
}

/// Rows in lines, cells between the same separator.
fn lines(
    text: &str,
    name: usize,
    end: usize,
    is_secret: &impl Fn(&str) -> bool,
) -> Option<(Vec<(usize, usize)>, usize)> {
    let bytes = text.as_bytes();
    let is_inside = |byte: u8| !matches!(byte, b'\n' | b'\r');
    let mut head = run_start(bytes, name, LINE, is_inside);
    let (head_end, mut line) = line_end(bytes, end)?;
    // In JSON the text may begin behind a quote: `"content": "user,password\nann,…`.
    if line - head_end > 1 {
        let before = part(text, head, name);
        head += ["\": \"", "\":\""]
            .iter()
            .find_map(|opens| before.rfind(opens).map(|at| at + opens.len()))
            .unwrap_or(0);
    }
    let separator =
        [b'|', b'\t', b';', b','].into_iter().find(|separator| bytes[head..head_end].contains(separator))?;
    let columns: Vec<_> = cells(text, head, head_end, separator);
    let secret: Vec<usize> = (0..columns.len())
        .filter(|index| is_secret(part(text, columns[*index].0, columns[*index].1)))
        .collect();
    let is_head = columns.iter().enumerate().all(|(index, (start, end))| {
        // Only in Markdown lines begin and end with what separates the cells.
        let is_border = separator == b'|' && (index == 0 || index + 1 == columns.len());
        (start < end || is_border) && is_name(part(text, *start, *end))
    });
    if columns.len() < 2 || columns.len() > MOST_COLUMNS || secret.is_empty() || !is_head {
        return None;
    }
    let mut found = Vec::new();
    loop {
        let stop = line_end(bytes, line);
        let row_end = stop.map_or_else(|| string_end(bytes, line), |(row_end, _)| row_end);
        let row = cells(text, line, row_end, separator);
        if row.len() != columns.len() {
            break;
        }
        for index in &secret {
            let (start, end) = row[*index];
            let value = part(text, start, end);
            // The line under the head of a table in Markdown.
            if !value.contains(' ') && is_given(value) && !is_word(value) {
                found.push((start, end));
            }
        }
        match stop {
            Some((_, next)) => line = next,
            None => {
                line = row_end;
                break;
            }
        }
    }
    Some((found, line))
}

/// Returns where the line that `from` stands in ends, and where the next begins.
fn line_end(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let limit = bytes.len().min(from + LINE);
    (from..limit)
        .filter(|at| matches!(bytes[*at], b'\n' | b'\r' | b'\\'))
        .find_map(|at| line_break(bytes, at).map(|next| (at, next)))
}

/// Returns where the last line ends: at the end of the text, or of the string that the table stands in.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let end = run_end(bytes, from, LINE, |byte| byte != b'\n');
    let quote = (from..end)
        .rev()
        .find(|at| bytes[*at] == b'"' && bytes[at + 1..end].iter().all(|byte| b" }],:)".contains(byte)));
    quote.filter(|at| at + 1 < end).unwrap_or(end)
}

/// Splits a line at its separators, outside of quotes, and leaves blanks and quotes around the cells out.
fn cells(text: &str, start: usize, end: usize, separator: u8) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut cells, mut from, mut quoted) = (Vec::new(), start, None);
    let trimmed = |from: usize, to: usize| {
        let cell = part(text, from, to);
        let sign =
            |letter: char| letter.is_ascii_whitespace() || matches!(letter, '"' | '\'' | '`' | '*' | '\\');
        let inner = cell.trim_start_matches(sign);
        let start = to - inner.len();
        (start, start + inner.trim_end_matches(sign).len())
    };
    for (at, byte) in bytes.iter().copied().enumerate().take(end).skip(start) {
        if quoted == Some(byte) {
            quoted = None;
        } else if quoted.is_none() && matches!(byte, b'"' | b'\'') && from + 2 >= at {
            quoted = Some(byte);
        } else if byte == separator && quoted.is_none() {
            cells.push(trimmed(from, at));
            from = at + 1;
            if cells.len() > MOST_COLUMNS {
                return cells;
            }
        }
    }
    cells.push(trimmed(from, end));
    cells
}

/// The head of a column is a few words.
fn is_name(cell: &str) -> bool {
    cell.len() <= 48
        && cell.chars().all(|letter| letter.is_alphanumeric() || " _-./()#:".contains(letter))
        && !cell.contains("::")
}

/// A word of a language or of code, as the cells of a column hold that says something about passwords.
pub(super) fn is_word(value: &str) -> bool {
    let is_plain =
        value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte >= 0x80 || b"_-.,:/()?!".contains(&byte));
    is_plain && !changes_case(value)
        || value.contains(['(', '{', '['])
        || value.bytes().all(|byte| byte.is_ascii_digit() || b"-:.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_by_their_heads() {
        let cases: &[(&str, &[&str])] = &[
            ("user,password\nann,kw81xq\nbob,pz72rt\n", &["kw81xq", "pz72rt"]),
            ("| user | password |\n| --- | --- |\n| ann | `kw81xq` |", &["kw81xq"]),
            ("id;password;note\n1;kw81xq;x\n2;required;y", &["kw81xq"]),
            ("user\tpassword\nann\tkw81xq", &["kw81xq"]),
            ("{\"c\": \"user,password\\nann,kw81xq\"}", &["kw81xq"]),
            (
                "INSERT INTO u (name, `password`) VALUES ('ann', 'kw81xq'), ('b', 'pz,72rt');",
                &["kw81xq", "pz,72rt"],
            ),
            ("user, password\nnothing of the kind", &[]),
            ("    \"password\",\n    \"kw81xq\",\n", &[]),
            ("Rule(\"user\", \"password\")\nRule(\"ann\", \"kw81xq\")", &[]),
        ];
        for (text, expected) in cases {
            let name = text.find("password").expect("has the name");
            let found = find(text, name, name + 8, |head| head == "password")
                .map(|found| found.0)
                .unwrap_or_default();
            let found: Vec<_> = found.into_iter().map(|(start, end)| &text[start..end]).collect();
            assert_eq!(&found, expected, "{text}");
        }
    }
}
