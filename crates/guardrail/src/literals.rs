//! One pass over a text that tells whether it is worth reading, and over the middle of a long one not even that.

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, BuildError, Input, Span};

use crate::heuristic::OPENING;

/// Any JSON in which a rule can find something has one of these or of [`MORE_LITERALS`], as written: case counts. None has
/// a quote, because those of JSON that was written as text twice are escaped. Any refusal that the pattern knows has one,
/// too.
///
/// Not more than 32: with more the search takes half as many bytes at a time. The order decides which of them the search
/// looks for in one go, and by that how often it stops at what is none: this one is the fastest of 100,000 that were tried
/// on English prose, twice as fast as a list by provider.
const LITERALS: [&str; 32] = [
    "t provide",
    "ERROR_TOXIC",
    "lock_reason",
    "activated_rails",
    "2019t ",
    "SAFETY",
    "tripwire",
    "ontentFilter",
    "ontent-filter",
    "afetyRatings",
    "cannot ",
    "validation_passed",
    "PROHIBITED_CONTENT",
    "an’t ",
    "afety_ratings",
    "attackDetected",
    "t able to ",
    "content_filter",
    "nable to ",
    "lockReason",
    "BLOCKLIST",
    REFUSAL,
    "ssessment",
    "categoriesAnalysis",
    "category_scores",
    "an't ",
    "decline",
    "uardrail",
    "RECITATION",
    "output_info",
    "SPII",
    "invalid_prompt",
];

/// The others, of a search of their own: 32 and a few are searched faster than so many together, and on every machine.
const MORE_LITERALS: [&str; 9] = [
    "won't ",
    "won’t ",
    "ill not ",
    "an not ",
    "_policy",
    "PolicyViolation",
    "n_blocked",
    "nspection_failed",
    "sensitive",
];

/// A key that every answer of OpenAI has, mostly without a value: then it is no signal.
const REFUSAL: &str = "refusal";

/// The phrases among them. The third is what an apostrophe is in JSON without Unicode.
const PHRASES: [&str; 12] = [
    "an't ",
    "an’t ",
    "2019t ",
    "cannot ",
    "nable to ",
    "t able to ",
    "t provide",
    "decline",
    "won't ",
    "won’t ",
    "ill not ",
    "an not ",
];

/// A signal in JSON stands this near to a quote, and so does what a literal is a part of. Bytes.
const NEAR: usize = 32;

/// How much of a text is searched before it is asked whether the rest of it is prose. Bytes.
const PIECE: usize = 512;

/// A search for any of a set of literals.
#[derive(Debug)]
enum Search {
    /// Vector instructions, where the machine has them.
    Packed(Searcher),
    Plain(AhoCorasick),
}

impl Search {
    fn new(literals: &[&str]) -> Result<Self, BuildError> {
        let packed = Config::new().builder().extend(literals).build();
        packed.map_or_else(|| AhoCorasick::new(literals).map(Self::Plain), |found| Ok(Self::Packed(found)))
    }

    /// Returns where the first literal stands between two positions.
    fn find(&self, text: &[u8], start: usize, end: usize) -> Option<Span> {
        match self {
            Self::Packed(searcher) => searcher.find_in(text, Span { start, end }).map(|found| found.span()),
            Self::Plain(searcher) => {
                searcher.find(Input::new(text).range(start..end)).map(|found| found.span())
            }
        }
    }

    /// Tells whether a literal stands between two positions that means something there.
    fn is_between(&self, text: &[u8], mut start: usize, end: usize) -> bool {
        while let Some(found) = self.find(text, start, end) {
            if !is_null(text, found) {
                return true;
            }
            start = found.end;
        }
        false
    }
}

/// Tells whether a match is the key `refusal` without a value.
fn is_null(text: &[u8], found: Span) -> bool {
    &text[found.range()] == REFUSAL.as_bytes() && {
        let mut rest = &text[found.end..];
        while let [b'\\' | b'"' | b':' | b' ', tail @ ..] = rest {
            rest = tail;
        }
        rest.starts_with(b"null")
    }
}

fn search(literals: &[&str]) -> Search {
    Search::new(literals).expect("short literals, at most 32, fit into any automaton")
}

/// Tells which texts are worth reading.
#[derive(Debug)]
pub(crate) struct Literals(Vec<Search>);

impl Literals {
    /// Looks for anything that a rule reads.
    pub(crate) fn all() -> Self {
        Self([&LITERALS[..], &MORE_LITERALS].into_iter().map(search).collect())
    }

    /// Looks for phrases of refusal, before a pattern does.
    pub(crate) fn phrases() -> Self {
        Self(vec![search(&PHRASES)])
    }

    /// Looks at the beginning of what is no JSON: a refusal stands there.
    pub(crate) fn open(&self, text: &str) -> bool {
        let text = text.as_bytes();
        self.are_between(text, 0, text.len().min(OPENING + NEAR))
    }

    fn are_between(&self, text: &[u8], start: usize, end: usize) -> bool {
        self.0.iter().any(|search| search.is_between(text, start, end))
    }

    /// Looks into JSON. Of a long string in it only the beginning and the end: prose has no quotes, and where there are
    /// some it is searched.
    pub(crate) fn are_in_json(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let (mut start, mut opened) = (0, 0);
        loop {
            let end = text.len().min(start + PIECE);
            // A literal may lie across two pieces.
            if self.are_between(text, start.saturating_sub(NEAR), end) {
                return true;
            }
            if end == text.len() {
                return false;
            }
            opened = memchr::memrchr(b'"', &text[start..end]).map_or(opened, |quote| start + quote);
            start = end;
            if opened + OPENING + NEAR <= end {
                let Some(quote) = memchr::memchr(b'"', &text[end..]) else { return false };
                opened = end + quote;
                start = opened.saturating_sub(NEAR).max(end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_anywhere_in_json_is_found() {
        let literals = Literals::all();
        for length in (0..3000).step_by(37) {
            let prose = "a word ".repeat(length / 7);
            let signals = [
                format!(r#"[{{"content":"{prose}","finish_reason":"content_filter"}}]"#),
                format!(
                    r#"[{{"content":"{prose}"}},{{"content":"I’m sorry, I can’t help with that. {prose}"}}]"#
                ),
                format!(r#"{{"content":"{prose}","refusal":"no"}}"#),
                format!(
                    r#"{{"refusal":null,"a":"{prose}","b":{{"text":"{prose}","SAFETY":1}},"c":"{prose}"}}"#
                ),
                format!(r#""{{\"text\":\"{prose}\",\"stop_reason\":\"refusal\"}}""#),
            ];
            for signal in signals {
                assert!(literals.are_in_json(&signal), "{length}: {signal}");
            }
            let none =
                format!(r#"{{"refusal": null,"a":"{prose}","b":"{prose}","\"refusal\":null":"{prose}"}}"#);
            assert!(!literals.are_in_json(&none), "{length}");
        }
    }

    #[test]
    fn every_phrase_is_among_the_literals() {
        assert!(PHRASES.iter().all(|phrase| LITERALS.contains(phrase) || MORE_LITERALS.contains(phrase)));
    }

    #[test]
    fn a_refusal_opens_what_is_no_json() {
        let literals = Literals::all();
        assert!(literals.open("I'm sorry, I can't help with that."));
        assert!(!literals.open(&format!("{}I can't help with that.", "word ".repeat(200))));
    }
}
