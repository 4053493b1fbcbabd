//! Counts one text, slice by slice.

use std::collections::HashSet;

use tiktoken_rs::CoreBPE;

use crate::Budget;
use crate::slices::split_first;

/// What is known about the tokens of one or more texts, in one vocabulary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextCount {
    /// Tokens that were counted.
    pub(crate) counted: u64,
    /// Tokens estimated from bytes, because the budget was spent.
    pub(crate) beyond_budget: u64,
    /// Tokens estimated from bytes, because the vocabulary was not loaded.
    pub(crate) without_vocabulary: u64,
    /// Cuts through a piece; each may have changed the count by a few tokens.
    pub(crate) forced_cuts: u64,
    /// Bytes of all texts, and of their characters outside ASCII.
    pub(crate) bytes: u64,
    pub(crate) bytes_outside_ascii: u64,
}

impl TextCount {
    pub(crate) fn tokens(&self) -> u64 {
        self.counted + self.beyond_budget + self.without_vocabulary
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.counted += other.counted;
        self.beyond_budget += other.beyond_budget;
        self.without_vocabulary += other.without_vocabulary;
        self.forced_cuts += other.forced_cuts;
        self.bytes += other.bytes;
        self.bytes_outside_ascii += other.bytes_outside_ascii;
    }
}

/// Bytes of one token where no vocabulary can tell.
///
/// English, code and JSON have 3.7 to 4.4; Chinese, with three bytes to a character, is near it as well.
const BYTES_PER_TOKEN: u64 = 4;

/// The counted part of a text speaks for the rest of it from here on; below, [`BYTES_PER_TOKEN`] does.
const ENOUGH_TO_EXTRAPOLATE: u64 = 4 << 10;

/// Characters beyond this many bytes of a text are taken to be like those before.
const SAMPLED_FOR_ASCII: usize = 64 << 10;

/// Counts `text` as ordinary text: `<|endoftext|>` in it is text, as the API takes it.
pub(crate) fn count(vocabulary: Option<&CoreBPE>, text: &str, budget: &mut Budget) -> TextCount {
    let bytes = text.len() as u64;
    let mut count = TextCount { bytes, bytes_outside_ascii: outside_ascii(text), ..TextCount::default() };
    if text.is_empty() {
        return count;
    }
    let Some(vocabulary) = vocabulary else {
        count.without_vocabulary = bytes.div_ceil(BYTES_PER_TOKEN);
        return count;
    };
    let no_special_tokens = HashSet::new();
    let mut rest = text;
    let mut last: Option<(&str, u64)> = None;
    let mut may_count = budget.start_text();
    while may_count && !rest.is_empty() {
        let (slice, after) = split_first(rest);
        let tokens = match last {
            // A megabyte of one letter is one slice of work.
            Some((text, tokens)) if text == slice.text => {
                budget.charge_repeated(slice.text);
                tokens
            }
            _ => {
                // `count_ordinary` is the same but panics where this returns an error.
                let Ok(tokens) = vocabulary.count(slice.text, &no_special_tokens) else { break };
                let tokens = tokens as u64;
                budget.charge(slice.text, tokens);
                tokens
            }
        };
        count.counted += tokens;
        count.forced_cuts += u64::from(slice.cuts_a_piece);
        last = Some((slice.text, tokens));
        rest = after;
        may_count = budget.allows_slice();
    }
    count.beyond_budget = extrapolate(count.counted, bytes - rest.len() as u64, rest.len() as u64);
    count
}

/// Estimates the tokens of `rest` bytes after `counted` tokens in `done` bytes.
fn extrapolate(counted: u64, done: u64, rest: u64) -> u64 {
    if done < ENOUGH_TO_EXTRAPOLATE {
        return rest.div_ceil(BYTES_PER_TOKEN);
    }
    let estimate = (u128::from(counted) * u128::from(rest)).div_ceil(u128::from(done));
    u64::try_from(estimate).unwrap_or(u64::MAX)
}

fn outside_ascii(text: &str) -> u64 {
    let sample = &text.as_bytes()[..text.len().min(SAMPLED_FOR_ASCII)];
    let outside = sample.iter().filter(|byte| !byte.is_ascii()).count() as u64;
    if sample.len() == text.len() {
        outside
    } else {
        extrapolate(outside, sample.len() as u64, text.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoding, vocabulary};

    #[test]
    fn without_a_vocabulary_bytes_decide() {
        let count = count(None, "twelve bytes", &mut Budget::per_span());
        assert_eq!((count.tokens(), count.without_vocabulary), (3, 3));
    }

    #[test]
    fn special_tokens_in_a_text_are_text() {
        let vocabulary = vocabulary::load(Encoding::O200kBase).expect("compiled in");
        let count = count(Some(vocabulary), "<|endoftext|>", &mut Budget::per_span());
        assert_eq!(count.counted, vocabulary.count_ordinary("<|endoftext|>") as u64);
        assert!(count.counted > 1);
    }

    #[test]
    fn beyond_the_budget_the_counted_part_speaks_for_the_rest() {
        let vocabulary = vocabulary::load(Encoding::O200kBase).expect("compiled in");
        let text = "one two three four ".repeat(20_000);
        let exact = count(Some(vocabulary), &text, &mut Budget::unlimited());
        let part = count(Some(vocabulary), &text, &mut Budget::units(50_000));
        assert!(part.counted > 0 && part.beyond_budget > part.counted);
        assert!(part.tokens().abs_diff(exact.tokens()) < exact.tokens() / 1_000);
        let none = count(Some(vocabulary), &text, &mut Budget::units(0));
        assert_eq!((none.counted, none.beyond_budget), (0, text.len() as u64 / 4));
    }

    #[test]
    fn a_repeated_slice_costs_once() {
        let vocabulary = vocabulary::load(Encoding::O200kBase).expect("compiled in");
        let mut budget = Budget::per_span();
        let count = count(Some(vocabulary), &"a".repeat(1 << 22), &mut budget);
        assert_eq!(count.beyond_budget, 0);
        assert!(budget.left() > 0);
    }

    #[test]
    fn an_extrapolation_cannot_overflow() {
        assert_eq!(extrapolate(u64::MAX, 5_000, u64::MAX), u64::MAX);
    }
}
