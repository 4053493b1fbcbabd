//! The automaton over all literals.

use aho_corasick::Anchored;
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::dfa::DFA;

use super::work;
use crate::error::RuleError;

/// So many stretches of a text are read at once: each step waits for the step before it, but not for those of others.
const LANES: usize = 4;

/// So much is read before what was found is handed on, in bytes, so that little has to be kept.
const BLOCK: usize = 16 * 1024;

/// Shorter stretches are read one after the other.
const NARROWEST: usize = 64;

/// All literals of all rules, whatever their case, as one automaton.
#[derive(Debug)]
pub(super) struct Literals {
    texts: Vec<String>,
    automaton: DFA,
    start: StateID,
}

/// A state with a match, and where it was reached.
type Hit = (StateID, usize);

impl Literals {
    pub(super) fn new(texts: Vec<String>) -> Result<Self, RuleError> {
        let automaton = DFA::builder()
            .ascii_case_insensitive(true)
            .prefilter(false)
            .build(&texts)
            .map_err(RuleError::literals)?;
        let start = automaton.start_state(Anchored::No).map_err(RuleError::literals)?;
        Ok(Self { texts, automaton, start })
    }

    /// Returns the literals.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Hands on every place where a literal stands, with its number, start and end, in the order of the ends.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        // A literal that ends behind a place starts at most so far before it; an automaton that starts there has the same
        // states from that place on as one that read all.
        let overlap = self.automaton.max_pattern_len().saturating_sub(1);
        work::read(bytes.len());
        let mut hits: [Vec<Hit>; LANES] = Default::default();
        let mut done = 0;
        while done < bytes.len() {
            let from = done.saturating_sub(overlap);
            let rest = &bytes[from..];
            let width = rest.len().min(BLOCK).saturating_sub(overlap) / LANES;
            if width < NARROWEST {
                self.read(rest, done - from, from, &mut hits[0]);
                done = bytes.len();
            } else {
                let lane = |number: usize| &rest[number * width..(number + 1) * width + overlap];
                let lanes = std::array::from_fn(lane);
                self.read_lanes(lanes, done - from, overlap, &mut hits);
                for (number, hits) in hits.iter_mut().enumerate() {
                    hits.iter_mut().for_each(|(_, end)| *end += from + number * width);
                }
                done = from + LANES * width + overlap;
            }
            for (state, end) in hits.iter_mut().flat_map(|hits| hits.drain(..)) {
                for index in 0..self.automaton.match_len(state) {
                    let literal = self.automaton.match_pattern(state, index);
                    found(literal.as_usize(), end - self.automaton.pattern_len(literal), end);
                }
            }
        }
    }

    /// Reads `bytes`, which start at `from`; notes what ends behind the first `known` of them.
    fn read(&self, bytes: &[u8], known: usize, from: usize, hits: &mut Vec<Hit>) {
        let mut state = self.start;
        for (at, byte) in bytes.iter().enumerate() {
            state = self.automaton.next_state(Anchored::No, state, *byte);
            if self.is_match(state) && at >= known {
                hits.push((state, from + at + 1));
            }
        }
    }

    /// Reads lanes of the same length side by side; notes for each what ends behind its first `known` bytes, or behind the
    /// first `overlap` of all but the first lane.
    fn read_lanes(
        &self,
        [first, second, third, fourth]: [&[u8]; LANES],
        known: usize,
        overlap: usize,
        hits: &mut [Vec<Hit>; LANES],
    ) {
        let mut states = [self.start; LANES];
        let known = [known, overlap, overlap, overlap];
        for (at, (((first, second), third), fourth)) in
            first.iter().zip(second).zip(third).zip(fourth).enumerate()
        {
            for (state, byte) in states.iter_mut().zip([first, second, third, fourth]) {
                *state = self.automaton.next_state(Anchored::No, *state, *byte);
            }
            if states.iter().fold(false, |any, state| any | self.is_match(*state)) {
                for (number, state) in states.iter().enumerate() {
                    if self.is_match(*state) && at >= known[number] {
                        hits[number].push((*state, at + 1));
                    }
                }
            }
        }
    }

    /// Tells whether a literal ends here. Without a prefilter only such states are special, and the state without a way
    /// out, which a search from the start never reaches.
    fn is_match(&self, state: StateID) -> bool {
        self.automaton.is_special(state)
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;

    use super::*;

    #[test]
    fn finds_what_the_librarys_own_search_finds_in_its_order() {
        let texts: Vec<String> =
            ["key", "api_key", "pat", "path", "aa", "aaaa", "ключ"].map(str::to_owned).into();
        let ours = Literals::new(texts.clone()).expect("few literals");
        let theirs = AhoCorasick::builder().ascii_case_insensitive(true).build(&texts).expect("few literals");
        let text = "The API_KEY of the path; aaaaaAAAaaa ключ is no pat. ".repeat(2000);
        // Lengths around those at which blocks and lanes begin.
        let lengths = (0..800).chain((BLOCK - 40..BLOCK + 40).step_by(3)).chain([text.len()]);
        for length in lengths {
            let bytes = &text.as_bytes()[..length];
            let expected: Vec<_> = theirs
                .find_overlapping_iter(bytes)
                .map(|hit| (hit.pattern().as_usize(), hit.start(), hit.end()))
                .collect();
            let mut found = Vec::new();
            ours.find(bytes, |literal, start, end| found.push((literal, start, end)));
            assert!(found == expected, "{length} bytes");
        }
    }
}
