//! Cuts a text into slices that can be counted one by one.
//!
//! The encodings first split a text into pieces by a pattern and then merge bytes within each piece, so a cut between
//! two pieces leaves the count as it is, if the pattern would also have cut there knowing only one side. Read off the
//! four patterns (tiktoken 0.14, `openai_public.py`):
//!
//! - No piece holds a character that is not white space and then white space, except a line break after punctuation. No
//!   pattern looks behind; the only look ahead, at the end of white space, stays on one side of the cut. So a cut is
//!   safe before any white space but CR and LF that follows something else.
//! - A piece that ends in letters or digits is followed by a new piece, except for a contraction (`'s`) and combining
//!   marks. So a cut is safe before ASCII punctuation but the apostrophe, before CR and LF and before the common CJK
//!   punctuation, if an ASCII letter or digit, a Han character, kana or Hangul stands before it.
//!
//! Text without such a place for 64 KiB is one piece or nearly so; it is cut regardless and the slice says so.

/// The most that is handed to tiktoken-rs at once.
///
/// It bounds the memory of one merge, and the regex stack: runs of white space over about 700,000 bytes overflow that
/// (tiktoken-rs 0.12.1, and Python's tiktoken 0.14 as well).
pub(crate) const SLICE: usize = 64 << 10;

/// Where a run is cut that offers no safe place.
///
/// A multiple of 3 and of 2^14: digits go in threes and long runs of one character merge in powers of two, so such runs
/// keep their count.
const FORCED: usize = 48 << 10;

/// One slice of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice<'a> {
    pub(crate) text: &'a str,
    /// True if the cut at its end may change the count.
    pub(crate) cuts_a_piece: bool,
}

/// Splits off the first slice; an empty one only from an empty text.
pub(crate) fn split_first(text: &str) -> (Slice<'_>, &str) {
    if text.len() <= SLICE {
        return (Slice { text, cuts_a_piece: false }, "");
    }
    let (end, cuts_a_piece) = match safe_cut(text, SLICE) {
        Some(end) => (end, false),
        None => (floor_char_boundary(text, FORCED), true),
    };
    let (slice, rest) = text.split_at(end);
    (Slice { text: slice, cuts_a_piece }, rest)
}

/// Finds the last safe place to cut at or before `limit`, and not at the start.
fn safe_cut(text: &str, limit: usize) -> Option<usize> {
    let window = &text[..floor_char_boundary(text, limit)];
    let mut after: Option<(usize, char)> = None;
    for (index, character) in window.char_indices().rev() {
        if let Some((cut, next)) = after
            && is_safe_between(character, next)
        {
            return Some(cut);
        }
        after = Some((index, character));
    }
    None
}

fn is_safe_between(before: char, after: char) -> bool {
    let is_line_break = matches!(after, '\r' | '\n');
    if after.is_whitespace() && !is_line_break {
        return !before.is_whitespace();
    }
    let is_punctuation = (after.is_ascii_punctuation() && after != '\'')
        || matches!(after, '、' | '。' | '，' | '！' | '？' | '：' | '；');
    (is_line_break || is_punctuation) && ends_a_word(before)
}

/// Characters that are certainly letters or digits in the patterns' sense; Rust's `is_alphanumeric` also takes marks.
fn ends_a_word(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '\u{4E00}'..='\u{9FFF}' | '가'..='\u{D7A3}')
}

/// Does what `str::floor_char_boundary` does since Rust 1.91; the workspace's MSRV is lower.
fn floor_char_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Encoding, vocabulary};

    fn slices(mut text: &str) -> Vec<Slice<'_>> {
        let mut slices = Vec::new();
        while !text.is_empty() {
            let (slice, rest) = split_first(text);
            slices.push(slice);
            text = rest;
        }
        slices
    }

    #[test]
    fn slices_join_to_the_text_and_are_never_empty_or_long() {
        for text in ["word ".repeat(40_000), "天".repeat(50_000), " ".repeat(200_000), "a😀".repeat(40_000)]
        {
            let slices = slices(&text);
            assert_eq!(slices.iter().map(|slice| slice.text).collect::<String>(), text);
            assert!(slices.len() > 1 && slices.iter().all(|slice| (1..=SLICE).contains(&slice.text.len())));
        }
    }

    #[test]
    fn cuts_stand_before_space_after_a_word() {
        let text = "word ".repeat(40_000);
        let slices = slices(&text);
        assert!(slices.iter().all(|slice| !slice.cuts_a_piece));
        assert!(slices[1..].iter().all(|slice| slice.text.starts_with(" word")));
    }

    #[test]
    fn a_run_without_a_safe_place_is_cut_and_says_so() {
        let text = "a".repeat(100_000);
        let slices = slices(&text);
        assert_eq!(
            slices.iter().map(|slice| slice.text.len()).collect::<Vec<_>>(),
            [FORCED, 100_000 - FORCED]
        );
        assert_eq!(slices.iter().map(|slice| slice.cuts_a_piece).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn places_that_a_pattern_spans_are_not_safe() {
        for (before, after) in [
            (' ', ' '),
            ('!', '\n'),
            (' ', '\n'),
            ('s', '\''),
            ('!', '?'),
            ('e', '\u{301}'),
            ('a', 'b'),
            ('1', 'a'),
            ('\u{24B6}', '!'),
        ] {
            assert!(!is_safe_between(before, after), "{before:?} {after:?}");
        }
        for (before, after) in [('a', ' '), ('!', '\t'), ('a', '\n'), ('9', ','), ('天', '。'), ('😀', ' ')]
        {
            assert!(is_safe_between(before, after), "{before:?} {after:?}");
        }
    }

    /// Every character class that a pattern names, and the strings on which their alternatives overlap.
    fn awkward_text() -> impl Strategy<Value = String> {
        let fragment = prop_oneof![
            prop::sample::select(vec![
                " ",
                "  ",
                "\t",
                "\n",
                "\r\n",
                "\n\n",
                "\u{a0}",
                "\u{3000}",
                "\u{85}",
                "\u{2028}",
                "a",
                "B",
                "ing",
                "Word",
                "'s",
                "'LL",
                "'",
                "''",
                "1",
                "234",
                "56789",
                "½",
                "Ⅷ",
                "!",
                "?!",
                "...",
                "/",
                "//",
                "\n/",
                "#",
                "_",
                "天",
                "很好",
                "，",
                "。",
                "、",
                "あ",
                "ー",
                "한",
                "\u{301}",
                "e\u{301}",
                "\u{200d}",
                "😀",
                "Ⓐ",
                "ﬁ",
                "ǅ",
                "ʰ",
                "<|endoftext|>",
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(fragment, 2..24).prop_map(|fragments| fragments.concat())
    }

    proptest! {
        #[test]
        fn a_safe_cut_does_not_change_the_count(text in awkward_text()) {
            for encoding in Encoding::ALL {
                let vocabulary = vocabulary::load(encoding).expect("compiled in");
                let whole = vocabulary.count_ordinary(&text);
                for (cut, after) in text.char_indices().skip(1) {
                    let before = text[..cut].chars().next_back().expect("not the first character");
                    if is_safe_between(before, after) {
                        let parts = vocabulary.count_ordinary(&text[..cut]) + vocabulary.count_ordinary(&text[cut..]);
                        prop_assert_eq!(parts, whole, "{} cut at {}", encoding, cut);
                    }
                }
            }
        }
    }
}
