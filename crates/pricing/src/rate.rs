//! Rates per token.

use crate::meter::Meter;

/// The largest rate that is believed, in pico-dollars per token: 1,000,000 USD per million tokens.
pub(crate) const MAX_RATE: u64 = 1_000_000_000_000;

/// Rates in pico-dollars per token, which is USD per million tokens times 1e6.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    // Sorted by meter. Rows have two to eight rates, so a dense array of 17 would be mostly empty.
    pairs: Vec<(Meter, u64)>,
}

impl Rates {
    /// The rate for a kind of token, if this list has one.
    #[must_use]
    pub fn get(&self, meter: Meter) -> Option<u64> {
        self.pairs.iter().find(|(candidate, _)| *candidate == meter).map(|(_, rate)| *rate)
    }

    /// Sets or replaces a rate, in pico-dollars per token.
    pub fn set(&mut self, meter: Meter, pico_per_token: u64) {
        match self.pairs.binary_search_by_key(&meter, |(candidate, _)| *candidate) {
            Ok(place) => self.pairs[place].1 = pico_per_token,
            Err(place) => self.pairs.insert(place, (meter, pico_per_token)),
        }
    }

    /// The rates in catalogue order.
    pub fn iter(&self) -> impl Iterator<Item = (Meter, u64)> + '_ {
        self.pairs.iter().copied()
    }

    /// Whether there is no rate at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn shrink(&mut self) {
        self.pairs.shrink_to_fit();
    }
}

/// Rates spread out for fast reading while one call is priced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DenseRates([u64; Meter::COUNT]);

const ABSENT: u64 = u64::MAX;

impl DenseRates {
    pub(crate) fn of(rates: &Rates) -> Self {
        let mut dense = Self([ABSENT; Meter::COUNT]);
        dense.overlay(rates);
        dense
    }

    pub(crate) fn overlay(&mut self, rates: &Rates) {
        for (meter, rate) in rates.iter() {
            self.0[meter as usize] = rate;
        }
    }

    pub(crate) fn set(&mut self, meter: Meter, rate: u64) {
        self.0[meter as usize] = rate;
    }

    pub(crate) fn get(&self, meter: Meter) -> Option<u64> {
        Some(self.0[meter as usize]).filter(|rate| *rate != ABSENT)
    }
}
