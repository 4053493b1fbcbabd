//! What can be wrong with rules.

use std::fmt;

/// Says why a [`RuleSet`](crate::RuleSet) could not be built, and names the rule.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A pattern does not compile.
    #[error("the pattern of {rule} is not valid: {reason}")]
    Pattern {
        /// The rule's id, or `allow` for a pattern of the allow-list.
        rule: String,
        /// What the pattern engine says.
        reason: String,
    },
    /// No built-in or custom rule has this id.
    #[error("there is no rule called {rule}; `otel_genai_redact::rules` lists the ids")]
    UnknownRule {
        /// The id that was given.
        rule: String,
    },
    /// A custom rule has the id of another rule, or one that cannot stand in a marker.
    #[error("{rule} cannot be the id of a rule: {reason}")]
    Id {
        /// The id that was given.
        rule: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Pseudonyms were asked for without a key.
    #[error("pseudonyms need a key: none was given")]
    NoKey,
    /// The literals of all rules are too much for one automaton.
    #[error("the literals of the rules do not fit in one automaton: {reason}")]
    Literals {
        /// What the automaton's builder says.
        reason: String,
    },
}

impl RuleError {
    pub(crate) fn pattern(rule: &str, error: &impl fmt::Display) -> Self {
        Self::Pattern { rule: rule.to_owned(), reason: error.to_string() }
    }

    pub(crate) fn literals(error: impl fmt::Display) -> Self {
        Self::Literals { reason: error.to_string() }
    }
}
