//! The words of texts, for the search.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// So many words are remembered; a power of two.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 12;

/// An odd number whose bits look random: 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming, 6.4).
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// What marks the key of a word that is longer than a key.
const IS_LONG: u64 = 1 << 63;

/// The words of a segment, most of them once.
///
/// The search knows which words occur, not how often, and a word that comes again costs SQLite nearly as much as a new one.
/// So what was just seen is left out: each word has one slot, which it loses to the next word that has the same. Words
/// that were made to collide therefore cost no more than others.
pub(super) struct Words {
    /// Each word with a blank behind it.
    text: Vec<u8>,
    /// A text that is added: letters of ASCII in lower case, digits and all of other scripts as they are, 0 for what is
    /// between words, and behind it all.
    folded: Vec<u8>,
    /// What is known of the word of a slot: up to 7 bytes themselves; of a longer one, [`IS_LONG`] and a hash. Small, to
    /// stay in the processor's cache.
    keys: Box<[u64]>,
    /// Where in `text` the long word of a slot begins and ends.
    long_words: Box<[(u32, u32)]>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            text: Vec::new(),
            folded: Vec::new(),
            keys: vec![0; SLOTS].into(),
            long_words: vec![(0, 0); SLOTS].into(),
        }
    }
}

impl Words {
    /// Adds the words of a text.
    pub(super) fn add(&mut self, text: &str) {
        self.folded.clear();
        self.folded.extend(text.bytes().map(folded));
        self.folded.extend([0; 8]);
        let mut at = 0;
        while let Some(bytes) = eight_bytes(&self.folded, at) {
            let length = length_of_word(bytes);
            if length == 0 {
                at += bytes.trailing_zeros() as usize / 8;
            } else if length < 8 {
                // The bytes of the word, and nothing of the next.
                self.add_short(bytes & ((1 << (8 * length)) - 1), at, length);
                at += length + 1;
            } else {
                at = self.add_long(at) + 1;
            }
        }
    }

    /// Adds the words of JSON or of a piece of it: characters that are escaped there are what they stand for.
    pub(super) fn add_json(&mut self, json: &str) {
        self.add(&unescaped(json));
    }

    /// Adds a word that is its own key.
    fn add_short(&mut self, key: u64, start: usize, length: usize) {
        let known = &mut self.keys[slot(key)];
        if *known != key {
            *known = key;
            self.text.extend_from_slice(&self.folded[start..start + length]);
            self.text.push(b' ');
        }
    }

    /// Adds a word of 8 bytes or more; returns where it ends.
    fn add_long(&mut self, start: usize) -> usize {
        let (mut end, mut hash) = (start, 0_u64);
        while let Some(bytes) = eight_bytes(&self.folded, end) {
            let length = length_of_word(bytes);
            let part = if length < 8 { bytes & ((1 << (8 * length)) - 1) } else { bytes };
            hash = (hash.rotate_left(29) ^ part).wrapping_mul(FACTOR);
            end += length;
            if length < 8 {
                break;
            }
        }
        let (key, slot, word) = (hash | IS_LONG, slot(hash), &self.folded[start..end]);
        let (known_start, known_end) = self.long_words[slot];
        let known = known_start as usize..known_end as usize;
        if self.keys[slot] != key || self.text.get(known) != Some(word) {
            let begins = self.text.len();
            self.text.extend_from_slice(word);
            // A word beyond 4 GiB, which SQLite does not take anyway, is not remembered.
            let range = u32::try_from(begins).ok().zip(u32::try_from(self.text.len()).ok());
            self.keys[slot] = if range.is_some() { key } else { 0 };
            self.long_words[slot] = range.unwrap_or_default();
            self.text.push(b' ');
        }
        end
    }

    /// Forgets all words.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.keys.fill(0);
    }
}

/// The slot of a word.
fn slot(key: u64) -> usize {
    // The high bits depend on all of the word.
    (key.wrapping_mul(FACTOR) >> (64 - SLOT_BITS)) as usize
}

/// The eight bytes from `at` on, the first one lowest.
fn eight_bytes(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// How many bytes come before the first that is 0; 8 if none is. The test for a zero byte is Mycroft's, of 1987.
fn length_of_word(bytes: u64) -> usize {
    const LOW_BITS: u64 = u64::MAX / 255;
    let zeros = bytes.wrapping_sub(LOW_BITS) & !bytes & (LOW_BITS << 7);
    zeros.trailing_zeros() as usize / 8
}

/// All words as one text.
impl ToSql for Words {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.text)))
    }
}

/// What stands in for a byte; without branches, so that many are done at a time.
fn folded(byte: u8) -> u8 {
    let lower = byte | (u8::from(byte.is_ascii_uppercase()) << 5);
    let is_of_word = lower.is_ascii_lowercase() | byte.is_ascii_digit() | !byte.is_ascii();
    if is_of_word { lower } else { 0 }
}

/// Replaces what a backslash begins: `\n` and its like by blanks, `\u00e9` by the character.
///
/// Several backslashes are an escape in a text that is JSON itself, or one that stands before a word (`C:\new`). Which of
/// them only its author knows, so both readings are added.
fn unescaped(json: &str) -> Cow<'_, str> {
    if !json.contains('\\') {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let after = rest[at..].trim_start_matches('\\');
        let is_single = rest.len() - at - after.len() == 1;
        rest = after;
        if let Some((character, behind)) = unicode_escape(after) {
            text.push(character);
            rest = behind;
        } else if let Some(behind) = after.strip_prefix(['b', 'f', 'n', 'r', 't']) {
            text.push(' ');
            if !is_single {
                let end = after.find(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric());
                text.push_str(&after[..end.unwrap_or(after.len())]);
                text.push(' ');
            }
            rest = behind;
        } else {
            text.push(' ');
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Reads `u00e9`, or the two halves of a character beyond the first 65,536; returns what is behind it too.
fn unicode_escape(text: &str) -> Option<(char, &str)> {
    fn unit(text: &str) -> Option<(u16, &str)> {
        let digits = text.strip_prefix('u')?.get(..4).filter(|digits| !digits.starts_with('+'))?;
        Some((u16::from_str_radix(digits, 16).ok()?, &text[5..]))
    }
    let (first, behind) = unit(text)?;
    if let Some(Ok(character)) = char::decode_utf16([first]).next() {
        return Some((character, behind));
    }
    let (second, behind) = unit(behind.trim_start_matches('\\'))?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((character, behind))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn added(texts: &[&str]) -> String {
        let mut words = Words::default();
        texts.iter().for_each(|text| words.add(text));
        String::from_utf8(words.text).expect("UTF-8 comes in")
    }

    #[test]
    fn words_are_left_out_when_they_come_again() {
        assert_eq!(added(&["A cat, a Cat; the CONCATENATION", "cat at"]), "a cat the concatenation at ");
        assert_eq!(added(&["", " ,", "é É-x", "模型x"]), "é É x 模型x ");
    }

    #[test]
    fn what_was_cleared_is_new() {
        let mut words = Words::default();
        words.add("cat");
        words.clear();
        words.add("concat cat");
        assert_eq!(words.text, b"concat cat ");
    }

    #[test]
    fn escaped_characters_of_json_are_what_they_stand_for() {
        let cases = [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r"one\ntwo\tthree", "one two three"),
            (r#"said \"no\""#, r#"said  "no ""#),
            (r"caf\u00e9 \ud83d\ude00 \uD801\uDC37s", "café 😀 𐐷s"),
            (r"C:\\new\\x \\\\n\\\\two", "C: new ew x  n  two wo"),
            // What is none stays.
            (r"\u00g0 \ud83d! \u+123 \", " u00g0  ud83d!  u+123  "),
        ];
        for (json, expected) in cases {
            assert_eq!(unescaped(json), expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_none_made_up(texts in prop::collection::vec("[a-cA-C0-2é ,\\n]{0,40}", 0..6)) {
            let words = |text: &str| -> BTreeSet<String> {
                let words = text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric());
                words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
            };
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assert_eq!(words(&added(&texts)), words(&texts.join(" ")));
        }

        #[test]
        fn any_json_is_read(json in r#"[\\"un08d😀 ]{0,20}"#) {
            prop_assert!(!unescaped(&json).contains('\\'), "{json}");
        }
    }
}
