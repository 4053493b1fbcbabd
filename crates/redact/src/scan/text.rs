//! Where words begin and end, also in escaped text.

use super::work;

/// Tells whether something may begin at `at`: no letter or digit before it, but the letter of an escape.
///
/// In `\nAKIA…`, as JSON in a string has it, the `n` belongs to the escape and not to the word.
pub(crate) fn begins(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|index| bytes[index]) else { return true };
    !before.is_ascii_alphanumeric() || is_escape_letter(bytes, at - 1) || is_percent_escape(bytes, at)
}

/// Tells whether the byte at `at` is the letter of `\n`, `\t` or `\r`.
pub(crate) fn is_escape_letter(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1] == b'\\' && matches!(bytes[at], b'n' | b't' | b'r')
}

fn is_percent_escape(bytes: &[u8], at: usize) -> bool {
    at >= 3 && bytes[at - 3] == b'%' && bytes[at - 2].is_ascii_hexdigit() && bytes[at - 1].is_ascii_hexdigit()
}

/// Tells whether a word may end before `at`: no letter or digit there.
pub(crate) fn ends(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// Returns the start of the run of bytes that `belongs` accepts and that ends before `at`, at most `most` long.
///
/// Stops in front of an escape's letter.
pub(crate) fn run_start(bytes: &[u8], at: usize, most: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let floor = at.saturating_sub(most);
    let mut start = at;
    while start > floor && belongs(bytes[start - 1]) && !is_escape_letter(bytes, start - 1) {
        start -= 1;
    }
    work::read(at - start);
    start
}

/// Returns the end of the run of bytes that `belongs` accepts and that starts at `at`, at most `most` long.
///
/// Behind the end of the text there is no run, and its end comes back.
pub(crate) fn run_end(bytes: &[u8], at: usize, most: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let limit = bytes.len().min(at.saturating_add(most));
    let end = bytes
        .get(at..limit)
        .and_then(|run| run.iter().position(|byte| !belongs(*byte)))
        .map_or(limit, |length| at + length);
    work::read(end.saturating_sub(at));
    end
}

/// Tells, of a quote with so many backslashes before it, whether it closes a string whose quotes have `escapes` of them,
/// and how many of the backslashes are the quote's own.
///
/// At each depth of JSON in strings a backslash of the content is written twice, so that of `"a\\"` the last quote closes.
pub(crate) fn closes(backslashes: usize, escapes: usize) -> Option<usize> {
    let own = backslashes.min(escapes);
    (backslashes <= escapes || backslashes % (2 * (escapes + 1)) == escapes).then_some(own)
}

/// Returns a part of the text, moved outwards to whole characters.
pub(crate) fn part(text: &str, start: usize, end: usize) -> &str {
    let (mut start, mut end) = (start.min(text.len()), end.min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    // Whoever asks for it reads it.
    work::read(end - start);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_of_the_content_escapes_no_quote() {
        for (backslashes, escapes, expected) in [
            (0, 0, Some(0)),
            (1, 0, None),
            (2, 0, Some(0)),
            (3, 0, None),
            (1, 1, Some(1)),
            (0, 1, Some(0)),
            (3, 1, None),
            (5, 1, Some(1)),
        ] {
            assert_eq!(closes(backslashes, escapes), expected, "{backslashes} {escapes}");
        }
    }
}
