//! The automaton over all literals.

use std::cell::Cell;
use std::fmt;

use super::work;
use crate::error::RuleError;

/// So many stretches of a text are read at once: each step waits for the step before it, but not for those of others.
const LANES: usize = 4;

/// So much is read before what was found is handed on, in bytes, so that little has to be kept.
const BLOCK: usize = 16 * 1024;

/// Shorter stretches are read one after the other.
const NARROWEST: usize = 64;

/// How many states there may be.
const STATES: usize = 1 << 13;

/// So many places of literals are kept for the next look at a text.
const MOST_PLACES: usize = 4096;

/// Room for so many is made with the first: as many as a text of a few KiB has.
const FEW_PLACES: usize = 64;

/// Set beside the number of a state in which a literal ends, so that one look at several states finds any such.
const MATCH: u16 = 1 << 13;

/// All literals of all rules, whatever their case, as one automaton (A. Aho and M. Corasick, "Efficient string matching",
/// 1975).
///
/// A state stands for the longest end of what was read that begins a literal; the first for none. In its row stands which
/// state follows at which byte. Our own and not the library's, for speed: numbers of states are half as wide, no byte is
/// looked up in a table of classes, a row is found without a check, and as the depth of a state is known, lanes need not
/// overlap.
pub(super) struct Literals {
    texts: Vec<String>,
    /// Rows that no state has stay untouched, and so take up no memory.
    rows: Box<[[u16; 256]; STATES]>,
    /// How many bytes each state stands for.
    depths: Vec<usize>,
    /// The literals that end in each state, with their lengths, the longest first.
    ends: Vec<Vec<(usize, usize)>>,
    longest: usize,
}

/// A literal's number, and where it begins and ends.
type Place = (usize, usize, usize);

/// Where the literals of a text stand, unless they are too many to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    places: Vec<Place>,
    are_too_many: bool,
}

impl Places {
    /// Tells whether none is missing.
    pub(crate) fn are_all(&self) -> bool {
        !self.are_too_many
    }

    pub(super) fn keep(&mut self, literal: usize, start: usize, end: usize) {
        self.are_too_many |= self.places.len() == MOST_PLACES;
        if !self.are_too_many {
            if self.places.is_empty() {
                self.places.reserve(FEW_PLACES);
            }
            self.places.push((literal, start, end));
        }
    }
}

/// A state with a match, and where it was reached.
type Hit = (u16, usize);

/// The states of all lanes where one of them has a match, and how much of each was read.
type Stop = ([u16; LANES], usize);

/// So many of those are noted at once.
const STOPS: usize = 16;

thread_local! {
    /// Room for the hits of a block: a few KiB, at most 128, that would be taken and given back for each text.
    static HITS: Cell<[Vec<Hit>; LANES]> = Cell::default();
}

impl Literals {
    pub(super) fn new(texts: Vec<String>) -> Result<Self, RuleError> {
        let rows = vec![[0; 256]; STATES].into_boxed_slice();
        let mut rows: Box<[[u16; 256]; STATES]> = rows.try_into().expect("made with as many rows");
        let (mut depths, mut reached) = (vec![0], vec![0; texts.len()]);
        let longest = texts.iter().map(String::len).max().unwrap_or_default();
        // Byte by byte and not literal by literal, so that shallow states, which most of a text is read in, lie together.
        for depth in 0..longest {
            for (text, state) in texts.iter().zip(&mut reached) {
                let Some(byte) = text.as_bytes().get(depth) else { continue };
                let next = &mut rows[usize::from(*state)][usize::from(byte.to_ascii_lowercase())];
                if *next == 0 {
                    *next =
                        u16::try_from(depths.len()).ok().filter(|next| *next < MATCH).ok_or_else(|| {
                            RuleError::literals(format_args!("it has more than {STATES} states"))
                        })?;
                    depths.push(depth + 1);
                }
                *state = *next;
            }
        }
        let mut ends = vec![Vec::new(); depths.len()];
        for (literal, state) in reached.into_iter().enumerate() {
            ends[usize::from(state)].push((literal, texts[literal].len()));
        }
        // Where no literal goes on, one that begins later may: in the state for the longest end that begins another one.
        let mut shorter = vec![0; depths.len()];
        for state in 0..depths.len() {
            let elsewhere = if state == 0 { [0; 256] } else { rows[shorter[state]] };
            for (next, elsewhere) in rows[state].iter_mut().zip(elsewhere) {
                if *next == 0 {
                    *next = elsewhere;
                } else {
                    let (next, elsewhere) = (usize::from(*next), usize::from(elsewhere));
                    shorter[next] = elsewhere;
                    let others = ends[elsewhere].clone();
                    ends[next].extend(others);
                }
            }
            for capital in b'A'..=b'Z' {
                rows[state][usize::from(capital)] = rows[state][usize::from(capital.to_ascii_lowercase())];
            }
        }
        for next in rows[..depths.len()].as_flattened_mut() {
            if !ends[usize::from(*next)].is_empty() {
                *next |= MATCH;
            }
        }
        Ok(Self { texts, rows, depths, ends, longest })
    }

    /// Returns the literals.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Hands on every place where a literal stands, with its number, start and end, in the order of the ends.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        work::read(bytes.len());
        // On a thread that ends, it may be gone already.
        let mut hits = HITS.try_with(Cell::take).unwrap_or_default();
        let (mut state, mut done) = (0, 0);
        while done < bytes.len() {
            let width = (bytes.len() - done).min(BLOCK) / LANES;
            if width < NARROWEST.max(self.longest) {
                for (at, byte) in (done..).zip(&bytes[done..]) {
                    state = self.next(state, *byte);
                    if state & MATCH != 0 {
                        hits[0].push((state, at + 1));
                    }
                }
                done = bytes.len();
            } else {
                let lanes = std::array::from_fn(|lane| &bytes[done + lane * width..][..width]);
                let states = self.read_lanes(state, lanes, done, &mut hits);
                for lane in 1..LANES {
                    self.join(states[lane - 1], bytes, done + lane * width, lane, &mut hits);
                }
                state = states[LANES - 1];
                done += LANES * width;
            }
            // The only place that calls it, so that it becomes a part of this function.
            for (state, end) in hits.iter_mut().flat_map(|hits| hits.drain(..)) {
                for (literal, length) in &self.ends[row(state)] {
                    found(*literal, end - length, end);
                }
            }
        }
        let _ = HITS.try_with(|room| room.set(hits));
    }

    /// The same for a text that was changed in some places since it was read: reads only from the first to the last of
    /// them, and takes what stands before and behind from the places that were found `before`.
    pub(super) fn find_again(
        &self,
        bytes: &[u8],
        before: (&[u8], &Places),
        mut found: impl FnMut(usize, usize, usize),
    ) {
        let (old, Places { places, are_too_many }) = before;
        let first = same_at_start(bytes, old);
        let behind = same_at_end(&bytes[first..], &old[first..]);
        work::read(first + behind);
        let (last, old_last) = (bytes.len() - behind, old.len() - behind);
        // A literal with a byte of what changed, or across a place where something was taken out.
        let reach = self.longest.saturating_sub(1);
        let window = first.saturating_sub(reach)..bytes.len().min(last + reach);
        if *are_too_many || window.len() > bytes.len() / 2 {
            return self.find(bytes, found);
        }
        for (literal, start, end) in places.iter().take_while(|(.., end)| *end <= first) {
            found(*literal, *start, *end);
        }
        let mut later = places
            .iter()
            .filter(|(_, start, _)| *start >= old_last)
            .map(|(literal, start, end)| (*literal, start - old_last + last, end - old_last + last))
            .peekable();
        let from = window.start;
        self.find(&bytes[window], |literal, start, end| {
            let (start, end) = (from + start, from + end);
            if end > first && start < last {
                while let Some((literal, start, end)) = later.next_if(|(.., later)| *later < end) {
                    found(literal, start, end);
                }
                found(literal, start, end);
            }
        });
        later.for_each(|(literal, start, end)| found(literal, start, end));
    }

    fn next(&self, state: u16, byte: u8) -> u16 {
        self.rows[row(state)][usize::from(byte)]
    }

    /// Reads lanes of the same length side by side, which start at `from` one behind the other, and notes what ends in each;
    /// returns the states behind them. All but the first begin as if nothing stood before them.
    fn read_lanes(
        &self,
        state: u16,
        lanes: [&[u8]; LANES],
        from: usize,
        hits: &mut [Vec<Hit>; LANES],
    ) -> [u16; LANES] {
        let (mut states, mut at, width) = ([state, 0, 0, 0], 0, lanes[0].len());
        let mut stops = [([0; LANES], 0); STOPS];
        while at < width {
            let count;
            (states, at, count) = self.next_stops(states, lanes, at, &mut stops);
            for (states, at) in &stops[..count] {
                for (lane, state) in states.iter().enumerate() {
                    if state & MATCH != 0 {
                        hits[lane].push((*state, from + lane * width + at));
                    }
                }
            }
        }
        states
    }

    /// Reads from `at` to the end of the lanes, or until there is no room for more places where a literal ends in one of
    /// them; returns the states there, where that is, and how many such places there were.
    ///
    /// A function of its own, and one that calls none, so that all it needs stays in registers.
    #[inline(never)]
    fn next_stops(
        &self,
        mut states: [u16; LANES],
        lanes: [&[u8]; LANES],
        at: usize,
        stops: &mut [Stop; STOPS],
    ) -> ([u16; LANES], usize, usize) {
        let [first, second, third, fourth] = lanes.map(|lane| &lane[at..]);
        let mut count = 0;
        for (read, (((first, second), third), fourth)) in
            first.iter().zip(second).zip(third).zip(fourth).enumerate()
        {
            for (state, byte) in states.iter_mut().zip([first, second, third, fourth]) {
                *state = self.next(*state, *byte);
            }
            if states.iter().fold(0, |any, state| any | state) & MATCH != 0 {
                let behind = at + read + 1;
                stops[count] = (states, behind);
                count += 1;
                if count == STOPS {
                    return (states, behind, count);
                }
            }
        }
        (states, at + first.len(), count)
    }

    /// Reads on from the state at the end of a lane, at `from`, as long as a literal may have begun before there; what
    /// `lane`, the next, noted on this stretch is replaced, as it is known in full now.
    ///
    /// From where a state stands for no more than was read since `from`, both lanes are in the same states.
    fn join(&self, mut state: u16, bytes: &[u8], from: usize, lane: usize, hits: &mut [Vec<Hit>; LANES]) {
        let mut at = from;
        while at < bytes.len() && self.depths[row(state)] > at - from {
            state = self.next(state, bytes[at]);
            at += 1;
            if state & MATCH != 0 {
                hits[lane - 1].push((state, at));
            }
        }
        hits[lane].retain(|(_, end)| *end > at);
    }
}

/// So many bytes are compared at once.
const COMPARED: usize = 32;

/// Returns how many bytes two texts have in common at their start.
fn same_at_start(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.as_chunks::<COMPARED>().0.iter().zip(other.as_chunks().0);
    let same = blocks.take_while(|(one, other)| one == other).count() * COMPARED;
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

/// Returns how many bytes two texts have in common at their end.
fn same_at_end(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.as_rchunks::<COMPARED>().1.iter().rev().zip(other.as_rchunks().1.iter().rev());
    let same = blocks.take_while(|(one, other)| one == other).count() * COMPARED;
    let bytes = one[..one.len() - same].iter().rev().zip(other[..other.len() - same].iter().rev());
    same + bytes.take_while(|(one, other)| one == other).count()
}

fn row(state: u16) -> usize {
    usize::from(state & (MATCH - 1))
}

impl fmt::Debug for Literals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Literals").field("texts", &self.texts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_found_again_is_what_is_found(
            texts in prop::collection::hash_set("[abé]{1,4}", 1..6),
            old in "[abcé]{0,150}",
            middle in "[abc]{0,6}",
            cut in (0_usize..200, 0_usize..20),
        ) {
            let literals = Literals::new(texts.into_iter().collect()).expect("few literals");
            let places = |text: &[u8]| {
                let mut places = Places::default();
                literals.find(text, |literal, start, end| places.keep(literal, start, end));
                places
            };
            let old = old.as_bytes();
            let start = cut.0.min(old.len());
            let end = (start + cut.1).min(old.len());
            let new = [&old[..start], middle.as_bytes(), &old[end..]].concat();
            let mut again = Places::default();
            literals.find_again(&new, (old, &places(old)), |literal, start, end| again.keep(literal, start, end));
            prop_assert_eq!(again.places, places(&new).places);
        }
    }

    #[test]
    fn many_places_are_found_again_too() {
        let literals = Literals::new(vec!["a".to_owned()]).expect("a literal");
        for length in [MOST_PLACES, MOST_PLACES + 1, MOST_PLACES * 2] {
            let old = vec![b'a'; length];
            let mut places = Places::default();
            literals.find(&old, |literal, start, end| places.keep(literal, start, end));
            let mut found = 0;
            literals.find_again(&[old.as_slice(), b"ba"].concat(), (&old, &places), |_, _, _| found += 1);
            assert_eq!(found, length + 1);
        }
    }

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
