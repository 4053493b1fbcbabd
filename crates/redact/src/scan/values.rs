//! Where the value of a key stands.

use super::keys::Form;
use super::text::{begins, closes, part, run_end, run_start};
use super::work;
use crate::validate::secrets;

/// Words between a name and its value in prose.
const LINKS: &[&str] = &[
    "is now ",
    "is set to ",
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

/// A quote in JSON in strings has one backslash less than two to the power of its depth: this is enough for depth 7.
const MOST_ESCAPES: usize = 132;

/// The longest value of a key, in bytes.
const LONGEST_VALUE: usize = 1024;

pub(super) fn value_behind(text: &str, name: usize, name_end: usize) -> Option<(Form, (usize, usize))> {
    let bytes = text.as_bytes();
    let blanks = |at: usize| run_end(bytes, at, 16, |byte| byte == b' ' || byte == b'\t');
    let closers = run_end(bytes, name_end, MOST_ESCAPES, |byte| b"\\\"'`])*".contains(&byte));
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
        // `NAME -> VALUE`
        b'-' if bytes.get(at + 1) == Some(&b'>') => at = blanks(at + 2),
        // `with_api_key("…")`
        b'(' if !spaced && bytes.get(at + 1).is_some_and(|byte| b"\\\"'`".contains(byte)) => at += 1,
        b'?' if bytes.get(at + 1) == Some(&b'=') => at = blanks(at + 2),
        b'%' if matches!(part(text, at, at + 3), "%3D" | "%3d" | "%3A" | "%3a") => at += 3,
        // CSV, one row per name.
        b',' | b';' if bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => at += 1,
        // `setx NAME "…"`
        b'"' | b'\'' | b'`' | b'\\' if spaced => {}
        // `--password VALUE`
        _ if spaced && name >= 2 && &bytes[name - 2..name] == b"--" => {}
        // `secret set NAME --body "…"`
        b'-' if spaced && bytes.get(at + 1) == Some(&b'-') => {
            let option = run_end(bytes, at + 2, 16, |byte| byte.is_ascii_lowercase() || byte == b'-');
            let gap = run_end(bytes, option, 1, |byte| byte == b' ' || byte == b'=');
            (option > at + 2 && gap > option).then_some(())?;
            at = gap;
        }
        _ if spaced => return in_prose(text, at),
        // Japanese and Chinese have no blanks: `パスワードはX`.
        _ if *bytes.get(at)? >= 0x80 => {
            let link =
                ["は", "：", "是", "：「"].iter().find(|link| part(text, at, at + link.len()) == **link)?;
            return Some((Form::Prose, bare(bytes, at + link.len())));
        }
        _ => return None,
    }
    let opened = run_end(bytes, at, MOST_ESCAPES, |byte| b"\\\"'`".contains(&byte));
    if opened > at && bytes[opened - 1] != b'\\' {
        return Some((Form::Quoted, quoted(bytes, at, opened)?));
    }
    // `api_key: <x>VALUE`
    if bytes[at..].starts_with(b"<") {
        let close = run_end(bytes, at, 32, |byte| byte != b'>' && !byte.is_ascii_whitespace());
        if bytes.get(close) == Some(&b'>') && bytes.get(close + 1).is_some_and(u8::is_ascii_alphanumeric) {
            at = close + 1;
        }
    }
    Some((Form::Assigned, bare(bytes, at)))
}

/// `password is X`, and with words between, if the value is evidently none of them: `password for the shop is X`,
/// `password X`, `password (X)`.
fn in_prose(text: &str, from: usize) -> Option<(Form, (usize, usize))> {
    let bytes = text.as_bytes();
    let value_at = |at: usize| {
        let at = run_end(bytes, at, 4, |byte| byte == b' ' || byte == b'(');
        let opened = run_end(bytes, at, 4, |byte| b"\\\"'`".contains(&byte));
        if opened > at { quoted(bytes, at, opened) } else { Some(bare(bytes, at)) }
    };
    let link_at =
        |at: usize| LINKS.iter().find(|link| part(text, at, at + link.len()).eq_ignore_ascii_case(link));
    if let Some(link) = link_at(from) {
        // `is: X`, `is now X`
        let at = from + link.len();
        return Some((Form::Prose, value_at(run_end(bytes, at, 1, |byte| byte == b':'))?));
    }
    let mut at = from;
    let mut is_linked = false;
    for _ in 0..=MOST_WORDS {
        let value = value_at(at)?;
        let word = part(text, value.0, value.1);
        let is_chosen = is_linked && word.len() >= 10 && secrets::looks_random(word) && !is_algorithm(word);
        if secrets::is_evident(word) && !is_algorithm(word) || is_chosen {
            return Some((Form::Prose, value));
        }
        // The next word; a sentence or field that ends says nothing of what comes.
        let word = run_end(bytes, at, 24, |byte| {
            byte.is_ascii_alphanumeric() || b"'_-".contains(&byte) || byte >= 0x80
        });
        let gap = run_end(bytes, word, 3, |byte| byte == b' ' || byte == b':');
        if word == at || gap == word {
            return None;
        }
        is_linked =
            bytes[word] == b':' || LINKS.iter().any(|link| part(text, at, gap).eq_ignore_ascii_case(link));
        at = gap;
    }
    None
}

/// What a password is made with, and not the password: `the password hash is PBKDF2-SHA256`.
fn is_algorithm(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["sha", "pbkdf", "argon", "crypt", "hmac", "md5", "aes", "rsa"].iter().any(|name| lower.contains(name))
}

/// So many words may stand between a name and its value.
const MOST_WORDS: usize = 5;

/// The value of lists of names and values, as in Kubernetes and CI: `"name": "NAME", "value": "…"`.
pub(super) fn value_in_pair(text: &str, name_end: usize) -> Option<(Form, (usize, usize))> {
    let bytes = text.as_bytes();
    let gap = run_end(bytes, name_end, 2 * MOST_ESCAPES, |byte| {
        byte.is_ascii_whitespace() || b"\\\"',-nrt/><".contains(&byte)
    });
    let word = ["value", "Value", "VALUE"].iter().any(|word| part(text, gap, gap + word.len()) == *word);
    if gap == name_end || !word {
        return None;
    }
    let closed = run_end(bytes, gap + 5, MOST_ESCAPES, |byte| b"\\\"' \t".contains(&byte));
    if !matches!(bytes.get(closed), Some(b':' | b'=' | b'>')) {
        return None;
    }
    let at = run_end(bytes, closed + 1, 8, |byte| byte == b' ');
    let opened = run_end(bytes, at, MOST_ESCAPES, |byte| b"\\\"'`".contains(&byte));
    let value =
        if opened > at && bytes[opened - 1] != b'\\' { quoted(bytes, at, opened)? } else { bare(bytes, at) };
    Some((Form::Quoted, value))
}

/// How far behind a name its value may stand with other words between them, in bytes.
const NEAR: usize = 56;

/// `the API key for Acme is X`, `key provided: X`, `password (X)`: the first random word of the sentence.
pub(super) fn value_near(text: &str, name_end: usize, is_identifier: bool) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(name_end + NEAR);
    let mut at = name_end;
    while at < limit {
        // Behind an identifier stand types and brackets: `KEY: &str = "X"`, `<key>X</key>`, `"key": {"value": "X"}`.
        let opens = is_identifier
            && (matches!(bytes[at], b'{' | b'=' | b'<' | b'>')
                || bytes[at] == b'\n' && matches!(bytes[at - 1], b'{' | b':' | b'['));
        if !opens && matches!(bytes[at], b'\n' | b';' | b'{' | b'}' | b'=' | b'<' | b'>')
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
pub(super) fn quoted(bytes: &[u8], at: usize, opened: usize) -> Option<(usize, usize)> {
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
            work::read(before);
            if closes(before, escapes) {
                work::read(end - opened);
                return Some((opened, end - before.min(escapes)));
            }
        }
        if byte == b'\n' {
            break;
        }
        end += 1;
    }
    work::read(end - opened);
    // No end in reach: as without quotes.
    Some(bare(bytes, opened))
}

pub(super) fn bare(bytes: &[u8], at: usize) -> (usize, usize) {
    let mut end = run_end(bytes, at, LONGEST_VALUE, |byte| {
        !(byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' | b';' | b'&' | b'|'))
    });
    while end > at && b".:?)]}".contains(&bytes[end - 1]) {
        end -= 1;
    }
    (at, end)
}

/// `put VALUE in NAME`, `use VALUE as the NAME`: the random word before a few words before the name.
pub(super) fn value_before(text: &str, name: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let gap = run_start(bytes, name, 28, |byte| {
        byte.is_ascii_alphabetic() || b" `\"'|#<)-/".contains(&byte) || byte >= 0x80
    });
    // The run of letters reaches into the value; the value ends at the first blank or quote in it.
    let end = gap + bytes[gap..name].iter().position(|byte| b" `\"'|#<)".contains(byte))?;
    let start = run_start(bytes, end, 160, |byte| {
        byte.is_ascii_alphanumeric() || b"_-+/=.~%!#$&*@^?".contains(&byte)
    });
    let value = part(text, start, end);
    let fits = end - start >= 16 && secrets::looks_random(value) || secrets::is_evident(value);
    (begins(bytes, start) && fits).then_some((start, end))
}
