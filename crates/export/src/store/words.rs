//! The words of texts, for the search.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// What stands in for each byte: letters of ASCII in lower case, digits and all of other scripts as they are, and 0 for
/// what is between words.
const FOLDED: [u8; 256] = folded();

/// So many words are remembered; a power of two.
const SLOTS: usize = 4096;

/// The start of the hash FNV-1a and its factor (Fowler, Noll, Vo; RFC 9923).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// The words of a segment, most of them once.
///
/// The search knows which words occur, not how often, and a word that comes again costs SQLite nearly as much as a new one.
/// So what was just seen is left out: each word has one slot, which it loses to the next word that has the same. Words
/// that were made to collide therefore cost no more than others.
pub(super) struct Words {
    /// Each word with a blank behind it.
    text: Vec<u8>,
    /// Where in `text` the word of a slot begins and ends; it never ends at 0. Small, to stay in the processor's cache.
    slots: Box<[(u32, u32)]>,
}

impl Default for Words {
    fn default() -> Self {
        Self { text: Vec::new(), slots: vec![(0, 0); SLOTS].into() }
    }
}

impl Words {
    /// Adds the words of a text.
    pub(super) fn add(&mut self, text: &str) {
        self.text.reserve(text.len() + 1);
        let (mut start, mut hash) = (self.text.len(), FNV_BASIS);
        for byte in text.bytes() {
            let folded = FOLDED[usize::from(byte)];
            if folded != 0 {
                self.text.push(folded);
                hash = (hash ^ u64::from(folded)).wrapping_mul(FNV_PRIME);
            } else if self.text.len() > start {
                self.end_word(start, hash);
                (start, hash) = (self.text.len(), FNV_BASIS);
            }
        }
        if self.text.len() > start {
            self.end_word(start, hash);
        }
    }

    /// Adds the words of JSON or of a piece of it: characters that are escaped there are what they stand for.
    pub(super) fn add_json(&mut self, json: &str) {
        self.add(&unescaped(json));
    }

    /// Keeps the word at the end of the text unless its slot has it.
    fn end_word(&mut self, start: usize, hash: u64) {
        let end = self.text.len();
        // The high bits depend on all of the word.
        let slot = &mut self.slots[(hash >> 32) as usize % SLOTS];
        let known = slot.0 as usize..slot.1 as usize;
        if !known.is_empty() && self.text[known] == self.text[start..end] {
            self.text.truncate(start);
            return;
        }
        // A word beyond 4 GiB, which SQLite does not take anyway, is not remembered.
        *slot = u32::try_from(start).ok().zip(u32::try_from(end).ok()).unwrap_or_default();
        self.text.push(b' ');
    }

    /// Forgets all words.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.slots.fill((0, 0));
    }
}

/// All words as one text.
impl ToSql for Words {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.text)))
    }
}

const fn folded() -> [u8; 256] {
    let mut folded = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        if value.is_ascii_alphanumeric() || !value.is_ascii() {
            folded[byte] = value.to_ascii_lowercase();
        }
        byte += 1;
    }
    folded
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
