//! The automaton over all literals.

use aho_corasick::Anchored;
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::dfa::DFA;

use crate::error::RuleError;

/// All literals of all rules, whatever their case, as one automaton.
#[derive(Debug)]
pub(super) struct Literals {
    texts: Vec<String>,
    automaton: DFA,
    start: StateID,
}

impl Literals {
    pub(super) fn new(texts: Vec<String>) -> Result<Self, RuleError> {
        let automaton =
            DFA::builder().ascii_case_insensitive(true).build(&texts).map_err(RuleError::literals)?;
        let start = automaton.start_state(Anchored::No).map_err(RuleError::literals)?;
        Ok(Self { texts, automaton, start })
    }

    /// Returns the literals.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Hands on every place where a literal stands, with its number, start and end, in the order of the ends.
    ///
    /// The library's own search keeps a state that can be resumed after each match; without that a step is half as long.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        let mut state = self.start;
        for (at, byte) in bytes.iter().enumerate() {
            state = self.automaton.next_state(Anchored::No, state, *byte);
            // Only states with a match are special here.
            if self.automaton.is_special(state) && self.automaton.is_match(state) {
                for index in 0..self.automaton.match_len(state) {
                    let literal = self.automaton.match_pattern(state, index);
                    found(literal.as_usize(), at + 1 - self.automaton.pattern_len(literal), at + 1);
                }
            }
        }
    }
}
