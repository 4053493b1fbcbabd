//! The answer: how many tokens, how it was found, how far it may be off.

use std::fmt;

/// A number of tokens and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TokenCount {
    /// The tokens.
    pub tokens: u64,
    /// The least certain of the ways by which parts of the count were found.
    pub method: Method,
    /// How far off the count may be, relative to it: 0.05 is 5 % either way.
    ///
    /// Zero for [`Method::Exact`]. For [`Method::MessageRules`] without tools it is zero as well, though the rules are
    /// OpenAI's advice rather than its promise: 83 of 91 recorded requests fit them to the token. Where a figure was
    /// measured the margin spans its middle eight tenths; see [`FamilyRules`](crate::FamilyRules).
    pub error_margin: f64,
    /// True if something was billed that cannot be seen here: an [`Opaque`](crate::Part::Opaque) part, or reasoning that
    /// the provider hides or sums up. The margin does not cover it.
    pub is_lower_bound: bool,
}

/// How a count was found, most certain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Plain text in the model's own published vocabulary.
    Exact,
    /// The same, but a run without a word boundary for 64 KiB was cut, which may change its count by a few tokens.
    Sliced,
    /// The model's own vocabulary, and known rules for what messages and tools add to their text.
    MessageRules,
    /// The vocabulary `o200k_base`, times a factor measured for the model's family.
    FamilyFactor,
    /// Text beyond the [`Budget`](crate::Budget) was estimated by its bytes.
    Truncated,
    /// The vocabulary was not loaded yet: all was estimated by bytes.
    Bytes,
}

impl Method {
    /// Returns the word for the method that goes onto spans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Sliced => "sliced",
            Self::MessageRules => "message_rules",
            Self::FamilyFactor => "family_factor",
            Self::Truncated => "truncated",
            Self::Bytes => "bytes",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
