//! Where the value of a key stands.

use super::keys::Form;
use super::markup;
use super::plausible::is_algorithm;
use super::text::{begins, closes, is_escape_letter, part, run_end, run_start};
use super::work;
use crate::validate::secrets;

/// Words between a name and its value in prose.
const LINKS: &[&str] = &[
    "has been set to ",
    "has been changed to ",
    "has been reset to ",
    "is now ",
    "is set to ",
    "is ",
    "was ",
    "to ",
    "will be ",
    "are ",
    "of ",
    "becomes ",
    "should be ",
    "now ",
    "with ",
    "lautet: ",
    "lautet ",
    "ist ",
    "est ",
    "es ",
    "é ",
    "è: ",
    "è ",
    "är ",
    "er ",
    "muss auf ",
    "auf ",
    "jest ",
];
/// The same in languages whose words mean something else in English, behind names of those languages only.
const FOREIGN_LINKS: &[&str] = &[
    "は「",
    "は",
    "：「",
    "：",
    "是：",
    "是",
    "为",
    "為",
    "는 ",
    "은 ",
    "— ",
    "– ",
    "- ",
    "to jest ",
    "to ",
    "je ",
    "on ",
    "bu ",
    "là ",
    "adalah ",
    "هي ",
    "היא ",
    "है ",
    "คือ ",
];

/// A quote in JSON in strings has one backslash less than two to the power of its depth: this is enough for depth 7.
const MOST_ESCAPES: usize = 132;

/// The longest value of a key, in bytes.
const LONGEST_VALUE: usize = 1024;

pub(super) fn value_behind(text: &str, name: usize, name_end: usize) -> Option<(Form, (usize, usize))> {
    let bytes = text.as_bytes();
    let blanks = |at: usize| run_end(bytes, at, 16, |byte| byte == b' ' || byte == b'\t');
    let closers = run_end(bytes, name_end, MOST_ESCAPES, |byte| b"\\\"'`])*".contains(&byte));
    let quoted_name = bytes[name_end..closers].iter().any(|byte| matches!(byte, b'"' | b'\''));
    let mut at = blanks(closers);
    let spaced = at > closers;
    if let Some(value) = markup::value(text, name, closers) {
        return Some((Form::Quoted, value));
    }
    if let Some(value) = behind_type(bytes, at) {
        return Some((Form::Quoted, value));
    }
    match bytes.get(at)? {
        b':' | b'=' => {
            at = run_end(bytes, at, 4, |byte| matches!(byte, b':' | b'=' | b'>'));
            at = blanks(at);
            // `NAME: TYPE = VALUE`
            let word =
                run_end(bytes, at, 64, |byte| byte.is_ascii_alphanumeric() || b"_:<>&".contains(&byte));
            if bytes[name_end..].starts_with(b": ") && part(text, word, word + 3) == " = " {
                return None;
            }
            if let Some(value) = block_scalar(bytes, at) {
                return Some((Form::Assigned, value));
            }
            at = behind_tag(bytes, at);
        }
        // `+=`, `.=`, `?=`, `??=`, `||=`
        b'+' | b'.' | b'?' | b'|' if let Some(end) = compound(bytes, at) => at = blanks(end),
        b',' if quoted_name => at = blanks(at + 1),
        b'|' => at = blanks(at + 1),
        // `NAME -> VALUE`
        b'-' if bytes.get(at + 1) == Some(&b'>') => at = blanks(at + 2),
        // `with_api_key("…")`
        b'(' if !spaced && bytes.get(at + 1).is_some_and(|byte| b"\\\"'`".contains(byte)) => {
            at = behind_user(bytes, at + 1).unwrap_or(at + 1);
        }
        b'%' if matches!(part(text, at, at + 3), "%3D" | "%3d" | "%3A" | "%3a") => at += 3,
        // CSV, one row per name.
        b',' | b';' if bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => at += 1,
        // `setx NAME "…"`
        b'"' | b'\'' | b'`' | b'\\' if spaced => {
            let opened = run_end(bytes, at, MOST_ESCAPES, |byte| b"\\\"'`".contains(&byte));
            let (start, end) = quoted(bytes, at, opened)?;
            let is_more_than_a_word =
                bytes[start..end].iter().any(|byte| !byte.is_ascii_alphabetic() && !b"_-.".contains(byte));
            return is_more_than_a_word.then_some((Form::Quoted, (start, end)));
        }
        // `--password VALUE`, `-storepass VALUE`
        _ if spaced && is_option(bytes, name) => {}
        // `requirepass VALUE` in a line of its own, `login NAME password VALUE`
        _ if spaced && (is_line(bytes, name, at) || is_behind_login(text, name)) => {}
        // `secret set NAME --body "…"`
        b'-' if spaced && bytes.get(at + 1) == Some(&b'-') => {
            let option = run_end(bytes, at + 2, 16, |byte| byte.is_ascii_lowercase() || byte == b'-');
            let gap = run_end(bytes, option, 1, |byte| byte == b' ' || byte == b'=');
            (option > at + 2 && gap > option).then_some(())?;
            at = gap;
        }
        _ if spaced => return in_prose(text, at, is_foreign(part(text, name, name_end))),
        // Japanese and Chinese have no blanks: `パスワードはX`.
        _ if *bytes.get(at)? >= 0x80 => return in_prose(text, at, true),
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

/// Tells whether a name is of another language than English.
fn is_foreign(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit(['_', '-', '.']).next().unwrap_or_default();
    ![
        "pass",
        "word",
        "wd",
        "key",
        "token",
        "secret",
        "phrase",
        "code",
        "credential",
        "pat",
        "pw",
        "cookie",
        "psk",
        "creds",
    ]
    .iter()
    .any(|end| last.ends_with(end) || last.trim_end_matches('s').ends_with(end))
}

/// Tells whether the name is an option: `--name`, or ` -name`.
fn is_option(bytes: &[u8], name: usize) -> bool {
    match bytes[..name] {
        [.., b'-', b'-'] => true,
        [.., b' ', b'-'] => bytes.get(name + 1) != Some(&b' '),
        _ => false,
    }
}

/// Tells whether a line has nothing but the name, and one word from `value` on.
fn is_line(bytes: &[u8], name: usize, value: usize) -> bool {
    let indent = run_start(bytes, name, 32, |byte| byte == b' ' || byte == b'\t');
    let end = bare(bytes, value).1;
    let end = run_end(bytes, end, 1, |byte| byte == b';');
    (indent == 0 || bytes[indent - 1] == b'\n' || is_escape_letter(bytes, indent - 1))
        && bytes.get(end).is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Tells whether `login NAME` or `user NAME` stands right before: `.netrc`, and what people write to each other.
fn is_behind_login(text: &str, name: usize) -> bool {
    let bytes = text.as_bytes();
    let gap = |at: usize| {
        run_start(bytes, at, 8, |byte| byte.is_ascii_whitespace() || byte == b',' || byte == b':')
    };
    let word =
        |at: usize| run_start(bytes, at, 40, |byte| byte.is_ascii_graphic() && !b",:\"'".contains(&byte));
    let user = word(gap(name));
    let end = gap(user);
    let login = run_start(bytes, end, 12, |byte| byte.is_ascii_alphabetic());
    ["login", "user", "username", "account"]
        .iter()
        .any(|known| part(text, login, end).eq_ignore_ascii_case(known))
}

/// `store_password("ann", "X")`: where the second text begins, if the first is a plain word.
fn behind_user(bytes: &[u8], at: usize) -> Option<usize> {
    let opened = run_end(bytes, at, MOST_ESCAPES, |byte| b"\\\"'".contains(&byte));
    let word = run_end(bytes, opened, 64, |byte| byte.is_ascii_alphabetic());
    let closed = run_end(bytes, word, MOST_ESCAPES, |byte| b"\\\"'".contains(&byte));
    let next = run_end(bytes, closed, 2, |byte| byte == b',' || byte == b' ');
    let is_text = bytes.get(next).is_some_and(|byte| b"\\\"'".contains(byte));
    (opened > at && closed > word && next == closed + 2 && is_text).then_some(next)
}

/// The operators that end with `=` and start with another sign.
fn compound(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run_end(bytes, at, 2, |byte| b"+.?|".contains(&byte));
    (bytes.get(end) == Some(&b'=')).then_some(end + 1)
}

/// `token string = "X"`, `token: &'static str = "X"`: a type between the name and the value.
fn behind_type(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = run_end(bytes, at, 2, |byte| byte == b':' || byte == b' ');
    let end = run_end(bytes, from, 32, |byte| byte.is_ascii_alphanumeric() || b"_<>&'.[]*: ".contains(&byte));
    if end == from || bytes.get(end) != Some(&b'=') || !bytes[from..end].iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    let at = run_end(bytes, end + 1, 4, |byte| byte == b' ');
    let opened = run_end(bytes, at, MOST_ESCAPES, |byte| b"\\\"'`".contains(&byte));
    (opened > at && bytes[opened - 1] != b'\\').then(|| quoted(bytes, at, opened)).flatten()
}

/// The first line of a block of YAML behind `|` or `>`, with its signs.
fn block_scalar(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if !matches!(bytes.get(at), Some(b'|' | b'>')) {
        return None;
    }
    let signs = run_end(bytes, at + 1, 2, |byte| byte.is_ascii_digit() || b"+-".contains(&byte));
    let line = run_end(bytes, signs, 4, |byte| byte == b' ');
    let indented = line_break(bytes, line)?;
    let from = run_end(bytes, indented, 64, |byte| byte == b' ' || byte == b'\t');
    let value = bare(bytes, from);
    // A line of several words is no secret.
    let is_alone = bytes.get(value.1).is_none_or(|byte| b"\r\n\"\\".contains(byte));
    (from > indented && is_alone).then_some(value)
}

/// `!!str X`; other tags say that what follows is a name: `!Ref X`, `!secret X`.
fn behind_tag(bytes: &[u8], at: usize) -> usize {
    if !bytes.get(at..).is_some_and(|rest| rest.starts_with(b"!!")) {
        return at;
    }
    let end = run_end(bytes, at, 24, |byte| byte == b'!' || byte.is_ascii_alphabetic());
    if bytes.get(end) == Some(&b' ') { end + 1 } else { at }
}

/// Returns where the line begins behind the break at `at`, which is a byte or an escape.
pub(super) fn line_break(bytes: &[u8], at: usize) -> Option<usize> {
    let at = run_end(bytes, at, 1, |byte| byte == b'\r');
    match bytes.get(at)? {
        b'\n' => Some(at + 1),
        b'\\' => {
            let letter = run_end(bytes, at, 8, |byte| byte == b'\\');
            (bytes.get(letter) == Some(&b'n')).then_some(letter + 1)
        }
        _ => None,
    }
}

/// `password is X`, and with words between, if the value is evidently none of them: `password for the shop is X`,
/// `password X`, `password (X)`.
fn in_prose(text: &str, from: usize, is_foreign: bool) -> Option<(Form, (usize, usize))> {
    let bytes = text.as_bytes();
    let value_at = |at: usize| {
        let at = run_end(bytes, at, 4, |byte| byte == b' ' || byte == b'(');
        let opened = run_end(bytes, at, 4, |byte| b"\\\"'`".contains(&byte));
        if opened > at { quoted(bytes, at, opened) } else { Some(bare(bytes, at)) }
    };
    let foreign = if is_foreign { FOREIGN_LINKS } else { &[] };
    let links = || foreign.iter().chain(LINKS);
    let link_at = |at: usize| links().find(|link| part(text, at, at + link.len()).eq_ignore_ascii_case(link));
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
        is_linked = bytes[word] == b':' || links().any(|link| part(text, at, gap).eq_ignore_ascii_case(link));
        at = gap;
    }
    None
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
            if let Some(own) = closes(before, escapes) {
                work::read(end - opened);
                return Some((opened, end - own));
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
    // Chinese, Japanese and Korean go on without a blank: `パスワードはXです`.
    let mut end = run_end(bytes, at, LONGEST_VALUE, |byte| {
        !(byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' | b';' | b'&' | b'|' | 0xe3..=0xed | 0xef
            ))
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
