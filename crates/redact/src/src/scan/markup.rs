//! Values in XML and its like.

use super::text::{part, run_end, run_start};

/// The longest value in an element, in bytes.
const LONGEST: usize = 1024;

/// How long the rest of an opening tag may be, in bytes.
const TAG: usize = 128;

/// Returns the value of the element that the name at `name..end` names: `<password>X</password>`,
/// `<entry key="password">X</entry>`, `<key>password</key><string>X</string>`.
pub(super) fn value(text: &str, name: usize, end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    match bytes.get(end)? {
        b'>' => element(text, end + 1),
        // Attributes behind the name of the element.
        b' ' | b'/' => {
            let opens = run_start(bytes, name, 24, |byte| byte.is_ascii_alphanumeric() || byte == b':');
            if bytes.get(opens.wrapping_sub(1)) != Some(&b'<') {
                return None;
            }
            let close = run_end(bytes, end, TAG, |byte| !b"<>\n".contains(&byte));
            (bytes.get(close) == Some(&b'>') && bytes[close - 1] != b'/')
                .then(|| element(text, close + 1))
                .flatten()
        }
        // The name is the content of an element, and the value that of the next.
        b'<' if bytes.get(end + 1) == Some(&b'/') => {
            let close = run_end(bytes, end, TAG, |byte| byte != b'>' && byte != b'\n');
            let next = blanks(bytes, close + 1);
            if bytes.get(close) != Some(&b'>')
                || bytes.get(next) != Some(&b'<')
                || bytes.get(next + 1) == Some(&b'/')
            {
                return None;
            }
            let open = run_end(bytes, next, TAG, |byte| byte != b'>' && byte != b'\n');
            (bytes.get(open) == Some(&b'>')).then(|| element(text, open + 1)).flatten()
        }
        _ => None,
    }
}

/// Returns the content of the element that begins at `from`, if it is one word and the element is closed behind it.
fn element(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = blanks(bytes, from);
    let is_data = part(text, at, at + 9) == "<![CDATA[";
    if is_data {
        at += 9;
    }
    let end = run_end(bytes, at, LONGEST, |byte| {
        byte != b'<' && !byte.is_ascii_whitespace() && (byte != b']' || !is_data)
    });
    let end = end - usize::from(end >= at + 2 && &bytes[end - 2..end] == b"\\n") * 2;
    let close = blanks(bytes, end);
    let is_closed = match part(text, close, close + 3) {
        "]]>" => is_data,
        rest => rest.starts_with("</") || rest == "<\\/",
    };
    (end > at && is_closed).then_some((at, end))
}

/// Skips blanks and line breaks, which are escaped in strings.
fn blanks(bytes: &[u8], mut at: usize) -> usize {
    let limit = at + TAG;
    while at < limit {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b' ' | b'\t' | b'\r' | b'\n'), _) => at += 1,
            (Some(b'\\'), Some(b'n' | b'r' | b't')) => at += 2,
            _ => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_by_their_names() {
        let cases = [
            ("<password>x1</password>", Some("x1")),
            ("<password>\n  x1\n</password>", Some("x1")),
            ("<password>\\n  x1\\n<\\/password>", Some("x1")),
            ("<a:password kind=\"text\">x1</a:password>", Some("x1")),
            ("<password><![CDATA[x<1]]></password>", None),
            ("<password><![CDATA[x1]]></password>", Some("x1")),
            ("<key>password</key>\n<string>x1</string>", Some("x1")),
            ("<password>two words</password>", None),
            ("<password/>", None),
            ("<password></password>", None),
            ("a password > x1", None),
        ];
        for (text, expected) in cases {
            let name = text.find("password").expect("has the name");
            let found = value(text, name, name + 8).map(|(start, end)| &text[start..end]);
            assert_eq!(found, expected, "{text}");
        }
    }
}
