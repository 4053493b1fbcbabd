//! Where every choice of the generator comes from.

/// Draws the same numbers from the same seed on every machine.
///
/// This is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). A crate for
/// random numbers may change its sequence in a new version; then the published figures would move without a reason.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// Starts the sequence of one seed.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Draws 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Draws a number below `limit`; zero if the limit is zero.
    ///
    /// The remainder favours small numbers by less than one in 2⁴⁰ for the limits used here.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let drawn = self.bits().checked_rem(limit as u64).unwrap_or(0);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// Draws a number from `lowest` to `highest`, both included.
    pub(crate) fn between(&mut self, lowest: u64, highest: u64) -> u64 {
        let choices = highest.saturating_sub(lowest).saturating_add(1);
        lowest + self.bits() % choices.max(1)
    }

    /// Says yes in `parts` of a hundred cases.
    pub(crate) fn percent(&mut self, parts: usize) -> bool {
        self.below(100) < parts
    }

    /// Picks one of the items; the default value if there are none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len());
        items.get(index).copied().unwrap_or_default()
    }

    /// Draws `length` characters of an ASCII alphabet.
    pub(crate) fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(self.pick(alphabet.as_bytes()))).collect()
    }

    /// Draws `length` decimal digits.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.text("0123456789", length)
    }

    /// Draws `length` lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text("0123456789abcdef", length)
    }

    /// Draws `length` random bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.bits().to_be_bytes()[0]).collect()
    }

    /// Brings the items into a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // The first numbers for seed 1234567 in the reference implementation's widely used check.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.bits(), 6_457_827_717_110_365_317);
        assert_eq!(random.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn draws_stay_in_range() {
        let mut random = Random::new(1);
        assert!((0..1000).all(|_| (5..=9).contains(&random.between(5, 9))));
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), 0);
    }
}
