//! Keeps JSON valid where a number is replaced by a marker.

use crate::scan;

/// Follows strings in JSON, also JSON in strings, as far as it has read.
///
/// At each depth an odd number of backslashes before a quote makes it content, of which half, rounded down, are left
/// one depth further in; so the depth of a quote is the number of trailing ones of that number in binary.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    /// Of each open string where its content starts, and the first byte of it that is no blank, once that is known.
    open: Vec<(usize, Option<u8>)>,
    /// The same byte of the text around all strings.
    first: Option<u8>,
    at: usize,
    backslashes: usize,
}

/// Strings in strings deeper than this get no quotes: they would need 127 backslashes each.
const DEEPEST: usize = 6;

impl Strings {
    /// Reads on to `to`.
    fn read_to(&mut self, bytes: &[u8], to: usize) {
        scan::read(to.saturating_sub(self.at));
        while self.at < to {
            match bytes[self.at] {
                b'\\' => self.backslashes += 1,
                b'"' => {
                    let depth = self.backslashes.trailing_ones() as usize;
                    self.backslashes = 0;
                    if depth < self.open.len() {
                        self.open.truncate(depth);
                    } else if depth == self.open.len() {
                        self.open.push((self.at + 1, None));
                    }
                }
                _ => self.backslashes = 0,
            }
            // Noted on the way: looked for at each finding, many blanks would be read many times.
            let (from, first) = match self.open.last_mut() {
                Some((from, first)) => (*from, first),
                None => (0, &mut self.first),
            };
            if self.at >= from && first.is_none() && !is_blank(bytes[self.at]) {
                *first = Some(bytes[self.at]);
            }
            self.at += 1;
        }
    }

    /// Returns the quotes that a marker needs at `start..end` of a JSON text, or `None` if it stands in a string.
    pub(crate) fn quotes(&mut self, bytes: &[u8], start: usize, end: usize) -> Option<String> {
        // Most stand in a string, which is told without having read up to there.
        if !may_be_value(bytes, start, end) {
            return None;
        }
        self.read_to(bytes, start);
        if self.open.len() > DEEPEST {
            return None;
        }
        let opens = self.open.last().map_or(self.first, |(_, first)| *first);
        matches!(opens, Some(b'{' | b'['))
            .then(|| format!("{}\"", "\\".repeat((1_usize << self.open.len()) - 1)))
    }
}

/// Tells whether what stands at `start..end` may be a whole value, by what stands around it.
fn may_be_value(bytes: &[u8], start: usize, end: usize) -> bool {
    let blanks = bytes[..start].iter().rev().take_while(|byte| is_blank(**byte)).count();
    scan::read(blanks);
    let before = start.checked_sub(blanks + 1).map(|at| bytes[at]);
    let after = bytes[end..].iter().take(64).find(|byte| !is_blank(**byte));
    matches!(before, Some(b':' | b'[' | b',')) && matches!(after, Some(b',' | b'}' | b']'))
}

/// Returns where a number starts with its sign, whose digits start at `start`.
pub(crate) fn with_sign(bytes: &[u8], start: usize) -> usize {
    start - usize::from(bytes[..start].ends_with(b"-"))
}

/// What a backslash may change behind it, in bytes: `\u00e9`.
const ESCAPE: usize = 6;

/// Tells whether a text that is JSON is so too with another text without quotes and backslashes at `start..end`: the place
/// lies in a string for sure, and in no escape.
///
/// In a string for sure is what has a character that stands nowhere else in JSON, such as `@`, and no quote.
pub(crate) fn is_in_string(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_elsewhere = |byte: &u8| byte.is_ascii_digit() || b"{}[]:,+-.eEtrufalsn \n\r\t".contains(byte);
    let place = &bytes[start..end];
    scan::read(place.len());
    !place.contains(&b'"')
        && !bytes[start.saturating_sub(ESCAPE)..end].contains(&b'\\')
        && !place.iter().all(is_elsewhere)
        && !may_be_value(bytes, with_sign(bytes, start), end)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Tells whether the text may be JSON: an object or an array.
pub(crate) fn may_be_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Tells whether the text is JSON.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_a_string_for_sure_is_left_unread() {
        for (text, place, expected) in [
            (r#"{"a": "to x@y.test."}"#, "x@y.test", true),
            (r#"["x@y.test"]"#, "x@y.test", true),
            (r#"["é"]"#, "é", true),
            (r#"["4111 1111"]"#, "4111 1111", false),
            (r#"[true]"#, "true", false),
            (r#"["a", "@b"]"#, "a\", \"@b", false),
            (r#"["\nx@y.test"]"#, "nx@y.test", false),
            (r#"["\u00e9x@y.test"]"#, "e9x@y.test", false),
            (r#"{"a": "{'b': x@y.test}"}"#, "x@y.test", false),
            (r#"{"a": "{'b': -x@y.test}"}"#, "x@y.test", false),
        ] {
            let start = text.find(place).expect("stands there");
            assert_eq!(is_in_string(text.as_bytes(), start, start + place.len()), expected, "{text}");
        }
    }
}
