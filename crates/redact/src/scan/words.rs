//! One look at every word with a digit in it, and at long words.

use super::engine::{LONG_BLOB, Scan};
use super::resolve::Candidate;
use super::text::{begins, ends, is_escape_letter, part, run_end, run_start};
use super::{numbers, special, work};
use crate::rule::Confidence;
use crate::validate::secrets;

/// The shortest word that a rule on words starts with: Airtable's `pat` and 14 more.
const SHORTEST_WORD: usize = 17;

/// The longest token that starts with a word, in bytes.
const LONGEST_WORD: usize = 512;

const DIGIT: u8 = 2;

/// 1 for letters, 3 for digits, 0 for all else.
static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_digit() {
            table[byte] = 1 | DIGIT;
        } else if (byte as u8).is_ascii_alphabetic() {
            table[byte] = 1;
        }
        byte += 1;
    }
    table
};

/// So many bytes without a digit are skipped at once.
const BLOCK: usize = 32;

/// All bytes are looked at, so that the processor looks at many at once.
fn has_digit(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(false, |seen, byte| seen | byte.is_ascii_digit())
}

/// Returns where the next digit stands, or the text ends.
fn next_digit(bytes: &[u8], from: usize) -> usize {
    // Where there are many, the next is near.
    if let Some(place) = bytes[from..].first_chunk().and_then(first_digit) {
        return from + place;
    }
    let mut at = from;
    while let Some(block) = bytes[at..].first_chunk()
        && !has_digit(block)
    {
        at += BLOCK;
    }
    while let Some(eight) = bytes[at..].first_chunk() {
        if let Some(place) = first_digit(eight) {
            return at + place;
        }
        at += 8;
    }
    at + bytes[at..].iter().position(u8::is_ascii_digit).unwrap_or(bytes.len() - at)
}

/// Returns which of eight bytes is the first digit, in a few steps for all of them.
fn first_digit(eight: &[u8; 8]) -> Option<usize> {
    let all = |byte| u64::from_ne_bytes([byte; 8]);
    // A digit is less than ten from `0`, and has the same highest bit; with 118 added, ten reaches that bit.
    let from_zero = u64::from_le_bytes(*eight) ^ all(b'0');
    let digits = !(((from_zero & all(0x7f)) + all(0x80 - 10)) | from_zero) & all(0x80);
    (digits != 0).then(|| digits.trailing_zeros() as usize / 8)
}

/// Returns where the last byte that is in no word stands.
fn last_break(mut bytes: &[u8]) -> Option<usize> {
    while let [before @ .., last] = bytes {
        if CLASS[usize::from(*last)] == 0 {
            return Some(before.len());
        }
        bytes = before;
    }
    None
}

impl Scan<'_> {
    /// One look at every word with a digit in it.
    pub(super) fn words(&mut self) {
        let (bytes, length) = (self.bytes, self.bytes.len());
        work::read(length);
        let mut blobs = std::mem::take(&mut self.blobs);
        blobs.sort_unstable();
        let mut next_blob = 0;
        let (mut at, mut looked) = (0, 0);
        let mut digit = next_digit(bytes, 0);
        let mut long_from = 0;
        let mut found = std::mem::take(&mut self.numbers);
        while at < length {
            if digit < at {
                digit = next_digit(bytes, at);
            }
            if digit >= at + BLOCK {
                // Most text has no digit for long: skipped by blocks, up to the last break between words.
                if let Some(block) = bytes.get(at..at + BLOCK)
                    && let Some(last) = last_break(block)
                    && last >= 8
                {
                    at += last + 1;
                    continue;
                }
            } else if digit == length && length - at < SHORTEST_WORD {
                break;
            } else if blobs.is_empty()
                && let Some(last) = last_break(&bytes[at..digit])
                && last < SHORTEST_WORD
            {
                // No word before the one with the digit is long.
                at += last + 1;
                continue;
            }
            if CLASS[usize::from(bytes[at])] == 0 {
                at += 1;
                continue;
            }
            while blobs.get(next_blob).is_some_and(|(_, end)| *end <= at) {
                next_blob += 1;
            }
            if let Some((start, end)) = blobs.get(next_blob)
                && *start <= at
            {
                at = *end;
                continue;
            }
            let mut start = at;
            let mut seen = 0;
            let classes = bytes[at..].iter().map(|byte| CLASS[usize::from(*byte)]);
            for class in classes.take_while(|class| *class != 0) {
                seen |= class;
                at += 1;
            }
            if at - start >= 20 && start >= long_from {
                let end = special::base64_end(bytes, start);
                long_from = end;
                if end - start >= LONG_BLOB {
                    blobs.push((start, end));
                    at = end;
                    continue;
                }
            }
            let long = at - start >= SHORTEST_WORD;
            if seen & DIGIT == 0 && !long {
                continue;
            }
            if is_escape_letter(bytes, start) {
                start += 1;
            }
            if at - start == 52
                && bytes[start..at].iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
                && begins(bytes, start)
                && self.contexts.near("azure_devops_token", start, at, 120, 120)
                && secrets::looks_random(part(self.text, start, at))
            {
                self.push("azure_devops_token", start, at, Some(Confidence::Context));
            }
            if long {
                self.word_rules(start);
                if seen & DIGIT == 0 {
                    continue;
                }
            } else if at - start == 1 && bytes[start] == b'1' && bytes.get(at) == Some(&b'/') {
                self.word_rules(start);
            }
            // The first parts of a token with dots may have no digit, and were skipped then.
            if start > SHORTEST_WORD && matches!(bytes[start - 1], b'.' | b'_' | b'-') {
                let first =
                    run_start(bytes, start, 64, |byte| byte.is_ascii_alphabetic() || b"._-".contains(&byte));
                if run_end(bytes, first, 64, |byte| byte.is_ascii_alphabetic()) - first >= SHORTEST_WORD {
                    self.word_rules(first);
                }
            }
            if start < at {
                numbers::find(self.text, &self.contexts, start, at, &mut found);
                if start >= looked {
                    looked = numbers::find_addresses(self.text, start, at, &mut found);
                }
            }
        }
        blobs.sort_unstable();
        self.blobs = blobs;
        for number in &found {
            let confidence =
                (number.kind == "us_ssn" || number.kind == "phone").then_some(Confidence::Context);
            self.push(number.kind, number.start, number.end, confidence);
        }
    }

    fn word_rules(&mut self, start: usize) {
        for rule in &self.engine.words {
            let row = self.engine.rules[*rule];
            let Some(pattern) = &self.engine.patterns[*rule] else { continue };
            let is_begin =
                row.literals.iter().any(|literal| self.bytes[start..].starts_with(literal.as_bytes()))
                    && begins(self.bytes, start);
            if !is_begin {
                continue;
            }
            let window = &self.bytes[start..self.bytes.len().min(start + LONGEST_WORD)];
            work::searched(window.len());
            if let Some(end) = pattern.find(window).map(|found| start + found.end())
                && ends(self.bytes, end)
                && row.check.is_none_or(|check| check(part(self.text, start, end)))
            {
                self.out.push(Candidate { rule: *rule, start, end, confidence: row.confidence });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_digit_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for (length, place) in [(1, 0), (7, 6), (8, 7), (40, 31), (40, 32), (75, 66), (75, 74)] {
                let mut bytes = vec![0xff; length];
                bytes[place] = byte;
                let expected = if byte.is_ascii_digit() { place } else { length };
                assert_eq!(next_digit(&bytes, 0), expected, "{byte} at {place} of {length}");
                assert_eq!(next_digit(&bytes, place), expected, "{byte} at {place} of {length}");
            }
        }
    }
}
