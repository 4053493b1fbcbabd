//! One pass over a text that tells whether it is worth reading, and over the middle of a long one not even that.

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, BuildError, Input, Span};

use crate::heuristic::OPENING;

/// Any JSON in which a rule can find something has one of these, as written: case counts. None needs a quote, because those
/// of JSON that was written as text twice are escaped. Any refusal that the pattern knows has one, too. Some are the part
/// of a word that all its spellings share; [`means_something`] looks at the rest of it.
///
/// Not more than 32: with more the search takes half as many bytes at a time. The order decides which of them the search
/// looks for in one go, and by that how often it stops at what is none: this one is the best of some 10,000 that were tried
/// on English prose, where it stops less than half as often as with a list by provider.
const LITERALS: [&str; 31] = [
    "lock_reason",
    "PROHIBITED_CONTENT",
    "SAFETY",
    "category_scores",
    CAN,
    "tripwire",
    REFUSAL,
    "activated_rails",
    "n_blocked",
    "t able to ",
    "RECITATION",
    WON,
    "lockReason",
    "categoriesAnalysis",
    "SPII",
    "attackDetected",
    RATINGS,
    "ERROR_TOXIC",
    "nspection_failed",
    WILL,
    "_policy",
    "validation_passed",
    SENSITIVE,
    "output_info",
    "nable to ",
    "uardrail",
    "ssessment",
    FILTER,
    "decline",
    "invalid_prompt",
    "BLOCKLIST",
];

/// `content_filter`, `contentFilterResults`, `content-filter`.
const FILTER: &str = "ilter";

/// `safetyRatings`, `safety_ratings`.
const RATINGS: &str = "afety";

/// A finish reason, where it is all of a text.
const SENSITIVE: &str = "sensitive";

/// `I can't`, `I cannot`, `I can not`.
const CAN: &str = "I can";
const WILL: &str = "I will";
const WON: &str = "I won";

/// A key that every answer of OpenAI has, mostly without a value: then it is no signal.
const REFUSAL: &str = "refusal";

/// Those among them that open a refusal.
const PHRASES: [&str; 6] = [CAN, WILL, WON, "nable to ", "t able to ", "decline"];

/// Apostrophes as they are typed, and as JSON without Unicode has the typographic one.
const APOSTROPHES: [&str; 6] = ["'", "’", "ʼ", "´", "`", "\\u2019"];

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
            if means_something(text, found) {
                return true;
            }
            start = found.end;
        }
        false
    }
}

/// Tells whether what is around a match makes it one: most need nothing.
fn means_something(text: &[u8], found: Span) -> bool {
    let (before, behind) = (&text[..found.start], &text[found.end..]);
    let is_not = |is_in_one_word| {
        let behind = if is_in_one_word { behind } else { behind.strip_prefix(b" ").unwrap_or_default() };
        behind.starts_with(b"not ")
    };
    match &text[found.range()] {
        // OpenAI's answers have this key, mostly without a value.
        word if word == REFUSAL.as_bytes() => !is_null(behind),
        word if word == FILTER.as_bytes() => {
            [&b"ontent_f"[..], b"ontentF", b"ontent-f"].iter().any(|start| before.ends_with(start))
        }
        word if word == RATINGS.as_bytes() => behind.starts_with(b"R") || behind.starts_with(b"_r"),
        word if word == SENSITIVE.as_bytes() => {
            before.ends_with(b"\"") || before.ends_with(b"'") || before.is_empty()
        }
        word if word == CAN.as_bytes() => is_not(true) || is_not(false) || is_negated(behind),
        word if word == WILL.as_bytes() => is_not(false),
        word if word == WON.as_bytes() => is_negated(behind),
        _ => true,
    }
}

/// Tells whether `'t` follows, and not the end of the sentence.
fn is_negated(behind: &[u8]) -> bool {
    APOSTROPHES.iter().any(|apostrophe| {
        behind.strip_prefix(apostrophe.as_bytes()).is_some_and(|rest| rest.starts_with(b"t "))
    })
}

/// Tells whether a key has no value.
fn is_null(mut behind: &[u8]) -> bool {
    while let [b'\\' | b'"' | b'\'' | b':' | b' ' | b'=', tail @ ..] = behind {
        behind = tail;
    }
    behind.starts_with(b"null") || behind.starts_with(b"None")
}

fn search(literals: &[&str]) -> Search {
    Search::new(literals).expect("short literals, at most 32, fit into any automaton")
}

/// Tells which texts are worth reading.
#[derive(Debug)]
pub(crate) struct Literals(Search);

impl Literals {
    /// Looks for anything that a rule reads.
    pub(crate) fn all() -> Self {
        Self(search(&LITERALS))
    }

    /// Looks for phrases of refusal, before a pattern does.
    pub(crate) fn phrases() -> Self {
        Self(search(&PHRASES))
    }

    /// Looks at the beginning of what is no JSON: a refusal stands there.
    pub(crate) fn open(&self, text: &str) -> bool {
        let text = text.as_bytes();
        self.0.is_between(text, 0, text.len().min(OPENING + NEAR))
    }

    /// Looks at the whole of a text.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.0.is_between(text.as_bytes(), 0, text.len())
    }

    /// Looks into JSON. Of a long string in it only the beginning and the end: prose has no quotes, and where there are
    /// some it is searched.
    pub(crate) fn are_in_json(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let (mut start, mut opened) = (0, 0);
        loop {
            let end = text.len().min(start + PIECE);
            // A literal may lie across two pieces.
            if self.0.is_between(text, start.saturating_sub(NEAR), end) {
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
        assert!(PHRASES.iter().all(|phrase| LITERALS.contains(phrase)));
    }

    #[test]
    fn a_refusal_opens_what_is_no_json() {
        let literals = Literals::all();
        assert!(literals.open("I'm sorry, I can't help with that."));
        assert!(!literals.open(&format!("{}I can't help with that.", "word ".repeat(200))));
    }
}
