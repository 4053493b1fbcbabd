//! One pass over a text that tells whether it is worth reading.

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, BuildError};

/// Any text in which a rule can find something has one of these, as written: case counts.
///
/// A key that every raw answer has, such as `"refusal": null`, is not here without a value that means something. Not more
/// than 32: with more the search takes half as many bytes at a time.
const STRUCTURE: [&str; 24] = [
    "content_filter",
    ":\"refusal\"",
    ": \"refusal\"",
    "refusal\":\"",
    "refusal\": \"",
    "uardrail",
    "SAFETY\"",
    "RECITATION",
    "PROHIBITED_CONTENT",
    "SPII\"",
    "BLOCKLIST",
    "lockReason",
    "lock_reason",
    "afetyRatings",
    "afety_ratings",
    "ERROR_TOXIC",
    "category_scores",
    "attackDetected",
    "categoriesAnalysis",
    "activated_rails",
    "tripwire",
    "validation_passed",
    "output_info",
    "ssessment",
];

/// Any refusal that the pattern knows has one of these.
const PHRASES: [&str; 8] =
    ["an't ", "an’t ", "cannot ", "nable to ", "t able to ", "on't provide", "on’t provide", "decline"];

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

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Packed(searcher) => searcher.find(text).is_some(),
            Self::Plain(searcher) => searcher.is_match(text),
        }
    }
}

/// Tells which texts are worth reading.
#[derive(Debug)]
pub(crate) struct Literals(Search);

impl Literals {
    /// Looks for anything that a rule reads.
    pub(crate) fn all() -> Self {
        let literals: Vec<&str> = STRUCTURE.into_iter().chain(PHRASES).collect();
        Self(Search::new(&literals).expect("32 short literals fit into any automaton"))
    }

    /// Looks for phrases of refusal, before a pattern does.
    pub(crate) fn phrases() -> Self {
        Self(Search::new(&PHRASES).expect("8 short literals fit into any automaton"))
    }

    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.0.is_in(text)
    }
}
