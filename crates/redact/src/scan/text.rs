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
pub(crate) fn run_end(bytes: &[u8], at: usize, most: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let end = bytes[at..bytes.len().min(at + most)]
        .iter()
        .position(|byte| !belongs(*byte))
        .map_or_else(|| bytes.len().min(at + most), |length| at + length);
    work::read(end - at);
    end
}

/// Tells whether a quote behind so many backslashes ends a string whose own quotes have `escapes` of them.
///
/// Before the end of a string may stand backslashes that belong to it: `"\\"` is one, written as two.
pub(crate) fn closes(backslashes: usize, escapes: usize) -> bool {
    backslashes <= escapes || backslashes % (2 * (escapes + 1)) == escapes
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
