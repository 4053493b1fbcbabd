//! One pass over a text that tells whether it is worth reading.

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, BuildError};

/// Any text in which a rule can find something has one of these, as written: case counts.
///
/// A key that every raw answer has, such as `"refusal": null`, is not here without a value that means something.
const STRUCTURE: [&str; 34] = [
    "content_filter",
    "content-filter",
    "content_policy",
    ":\"refusal\"",
    ": \"refusal\"",
    "refusal\":\"",
    "refusal\": \"",
    "uardrail",
    "\"SAFETY\"",
    "\"safety\"",
    "RECITATION",
    "recitation\"",
    "PROHIBITED_CONTENT",
    "prohibited_content",
    "\"SPII\"",
    "\"spii\"",
    "BLOCKLIST",
    "blocklist",
    "lockReason",
    "lock_reason",
    "afetyRatings",
    "afety_ratings",
    "IMAGE_SAFETY",
    "ERROR_TOXIC",
    "category_scores",
    "\"flagged\"",
    "attackDetected",
    "categoriesAnalysis",
    "activated_rails",
    "tripwire",
    "validation_passed",
    "reject_content",
    "raise_exception",
    "ssessment",
];

/// The same for phrases of refusal, which are looked for in answers only.
const PHRASES: [&str; 14] = [
    "t help ",
    "t assist",
    "t comply",
    "t provide",
    "t fulfil",
    "t engage",
    "t discuss",
    "t answer that",
    "ble to help",
    "ble to assist",
    "ble to comply",
    "ble to provide",
    "decline",
    "guidelines",
];

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

/// What a text may hold.
#[derive(Debug)]
pub(crate) struct Literals {
    structure: Search,
    phrases: Search,
}

impl Literals {
    pub(crate) fn new() -> Self {
        let search = |literals| Search::new(literals).expect("some forty short literals fit into any automaton");
        Self { structure: search(&STRUCTURE), phrases: search(&PHRASES) }
    }

    /// Tells whether a text may hold JSON that a rule reads.
    pub(crate) fn may_have_structure(&self, text: &str) -> bool {
        self.structure.is_in(text)
    }

    /// Tells whether a text may hold a phrase of refusal.
    pub(crate) fn may_have_phrase(&self, text: &str) -> bool {
        self.phrases.is_in(text)
    }
}
