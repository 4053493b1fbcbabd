//! Reads what JSON writes as escapes, so that rules see the characters, and tells where those stood.

use std::borrow::Cow;

use memchr::memchr;

use super::work;

/// A text without escapes that hide characters, as rules read it, and the way back.
///
/// `\u0040` and `\/` become what they stand for, also in JSON in strings, where there are more backslashes before them.
/// Quotes, backslashes and line ends stay escaped: they say where strings end, and what looks for those knows them.
#[derive(Debug)]
pub(crate) struct Unescaped<'t> {
    pub(crate) text: Cow<'t, str>,
    /// Each escape: where its character starts and ends here, and where the escape starts and ends in the original.
    escapes: Vec<Escape>,
}

#[derive(Clone, Copy, Debug)]
struct Escape {
    here: (usize, usize),
    original: (usize, usize),
}

/// Reads the escapes of a text; takes time linear in it, and copies nothing where there are none.
pub(crate) fn unescape(text: &str) -> Unescaped<'_> {
    work::read(text.len());
    let bytes = text.as_bytes();
    let (mut out, mut escapes) = (String::new(), Vec::new());
    let (mut done, mut at) = (0, 0);
    while let Some(found) = memchr(b'\\', &bytes[at..]) {
        let first = at + found;
        let count = bytes[first..].iter().take_while(|byte| **byte == b'\\').count();
        let letter = first + count;
        at = letter;
        // Of the backslashes before it an escape in JSON in strings has 1, 2, 4 and so on; more are backslashes escaped.
        let own = 1_usize << count.trailing_zeros();
        let (character, end) = match bytes.get(letter) {
            Some(b'/') => ('/', letter + 1),
            Some(b'b' | b'f') if own == 1 => (' ', letter + 1),
            Some(b'u') => match unicode(bytes, letter, own) {
                Some(found) => found,
                None => continue,
            },
            _ => continue,
        };
        let start = letter - own;
        out.push_str(&text[done..start]);
        let from = out.len();
        match character {
            '"' => out.extend(std::iter::repeat_n('\\', 2 * own - 1).chain(['"'])),
            '\\' => out.extend(std::iter::repeat_n('\\', 2 * own)),
            '\n' => out.extend(std::iter::repeat_n('\\', own).chain(['n'])),
            _ => out.push(character),
        }
        escapes.push(Escape { here: (from, out.len()), original: (start, end) });
        (done, at) = (end, end);
    }
    if escapes.is_empty() {
        return Unescaped { text: Cow::Borrowed(text), escapes };
    }
    out.push_str(&text[done..]);
    Unescaped { text: Cow::Owned(out), escapes }
}

/// Reads `u00fc` at `letter`, or the two of a pair; returns the character and where the escape ends.
fn unicode(bytes: &[u8], letter: usize, backslashes: usize) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = bytes.get(at + 1..at + 5).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let high = unit(letter)?;
    let end = letter + 5;
    if (0xd800..0xdc00).contains(&high) {
        let next = end + backslashes;
        let is_escape = bytes.get(end..next).is_some_and(|run| run.iter().all(|byte| *byte == b'\\'))
            && bytes.get(next) == Some(&b'u');
        if is_escape && let Some(low @ 0xdc00..0xe000) = unit(next) {
            let character = char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            return Some((character.unwrap_or(char::REPLACEMENT_CHARACTER), next + 5));
        }
    }
    // Half a pair is no character.
    Some((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), end))
}

impl Unescaped<'_> {
    /// Returns where a stretch of this text stands in the original: escapes are never cut in two.
    pub(crate) fn in_original(&self, start: usize, end: usize) -> (usize, usize) {
        let from = self.position(start);
        let to = self.position(end);
        if to > from { (from, to) } else { (from, self.position_behind(end)) }
    }

    fn last_before(&self, at: usize) -> Option<&Escape> {
        let index = self.escapes.partition_point(|escape| escape.here.0 < at);
        index.checked_sub(1).and_then(|index| self.escapes.get(index))
    }

    /// Where `at` stands in the original, or the escape that it is inside of begins.
    fn position(&self, at: usize) -> usize {
        match self.last_before(at) {
            None => at,
            Some(escape) if at < escape.here.1 => escape.original.0,
            Some(escape) => escape.original.1 + (at - escape.here.1),
        }
    }

    fn position_behind(&self, at: usize) -> usize {
        match self.last_before(at) {
            Some(escape) if at < escape.here.1 => escape.original.1,
            _ => self.position(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_at_every_depth() {
        for (text, expected) in [
            (r"m\u00fcller", "müller"),
            (r"m\\u00fcller", "müller"),
            (r"m\\\\u00fcller", "müller"),
            (r"\\\u00fc", r"\\ü"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\\ud83d\\ude00!", "😀!"),
            (r"\ud83d!", "\u{fffd}!"),
            (r"https:\/\/x", "https://x"),
            (r"https:\\/\\/x", "https://x"),
            (r#"{\u0022a\u0022}"#, r#"{\"a\"}"#),
            (r"\u005c", r"\\"),
            (r#"\n\"\\ \t \u12"#, r#"\n\"\\ \t \u12"#),
        ] {
            assert_eq!(unescape(text).text, expected, "{text}");
        }
    }

    #[test]
    fn places_lead_back() {
        let text = r"an m\u00fcller\u0040x.de.";
        let read = unescape(text);
        assert_eq!(read.text, "an müller@x.de.");
        let (start, end) = read.in_original(3, 3 + "müller@x.de".len());
        assert_eq!(&text[start..end], r"m\u00fcller\u0040x.de");
        assert_eq!(read.in_original(0, 3), (0, 3));
        // Inside an escape: the whole of it.
        let read = unescape(r"a\u0022b");
        assert_eq!(read.in_original(1, 2), (1, 7));
        assert_eq!(read.in_original(0, 2), (0, 1));
    }
}
