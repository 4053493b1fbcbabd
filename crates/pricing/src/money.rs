//! Money without rounding.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// Atto-dollars (1e-18 USD) in one pico-dollar (1e-12 USD).
const ATTO_PER_PICO: u128 = 1_000_000;
const ATTO_PER_USD: u128 = 1_000_000_000_000_000_000;
/// The largest integer up to which every integer is an exact `f64`.
const EXACT_IN_F64: u128 = 1 << 53;

/// A non-negative amount in US dollars, kept as an integer number of atto-dollars.
///
/// Rates are integers of pico-dollars per token and multipliers have six decimals, so every product and sum is exact;
/// a binary fraction would not be (0.1 + 0.2). Additions saturate instead of wrapping.
///
/// ```
/// use otel_genai_pricing::Usd;
///
/// let cost = Usd::from_pico(7_500_000_000);
/// assert_eq!(cost.as_f64(), 0.0075);
/// assert_eq!(cost.to_string(), "$0.0075");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd {
    atto: u128,
}

impl Usd {
    /// Nothing to pay. A known price of zero, which is not the same as an unknown price.
    pub const ZERO: Self = Self { atto: 0 };

    /// Makes an amount from pico-dollars (1e-12 USD).
    #[must_use]
    pub const fn from_pico(pico: u128) -> Self {
        Self { atto: pico.saturating_mul(ATTO_PER_PICO) }
    }

    /// Makes an amount from atto-dollars (1e-18 USD).
    #[must_use]
    pub const fn from_atto(atto: u128) -> Self {
        Self { atto }
    }

    /// Makes an amount from dollars as a provider's answer gives them, rounded to the pico-dollar.
    ///
    /// Returns `None` for a negative, infinite or not-a-number value, and above a billion dollars, where a count of
    /// something else was taken for money.
    #[must_use]
    pub fn from_f64(usd: f64) -> Option<Self> {
        if !usd.is_finite() || !(0.0..=1e9).contains(&usd) {
            return None;
        }
        let pico = (usd * 1e12).round() as u128;
        Some(Self::from_pico(pico))
    }

    /// Takes an amount off, down to zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self { atto: self.atto.saturating_sub(other.atto) }
    }

    /// The amount in atto-dollars.
    #[must_use]
    pub const fn atto(self) -> u128 {
        self.atto
    }

    /// The amount rounded half up to whole pico-dollars.
    #[must_use]
    pub const fn pico(self) -> u128 {
        self.atto.saturating_add(ATTO_PER_PICO / 2) / ATTO_PER_PICO
    }

    /// The amount as a floating-point number of dollars, for an attribute or a metric.
    ///
    /// Whole pico-dollars below 9,007 USD come out as the `f64` nearest to the decimal value.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        let pico = self.atto / ATTO_PER_PICO;
        if self.atto.is_multiple_of(ATTO_PER_PICO) && pico < EXACT_IN_F64 {
            return pico as f64 / 1e12;
        }
        self.atto as f64 / 1e18
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { atto: self.atto.saturating_add(other.atto) }
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Usd {
    /// Writes every digit there is: `$0.0232856`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.atto / ATTO_PER_USD, self.atto % ATTO_PER_USD);
        if fraction == 0 {
            return write!(formatter, "${whole}");
        }
        let digits = format!("{fraction:018}");
        write!(formatter, "${whole}.{}", digits.trim_end_matches('0'))
    }
}

/// A JSON number of dollars, as [`as_f64`](Usd::as_f64) gives it.
impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let usd = f64::deserialize(deserializer)?;
        Self::from_f64(usd)
            .ok_or_else(|| Error::custom(format!("{usd} is no amount from 0 to a billion dollars")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unusable_amounts_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -0.01, 1e30] {
            assert_eq!(Usd::from_f64(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn dollars_survive_the_way_through_f64(pico in 0_u128..9_000_000_000_000_000) {
            let amount = Usd::from_pico(pico);
            let error = Usd::from_f64(amount.as_f64()).map_or(u128::MAX, |back| back.pico().abs_diff(pico));
            prop_assert!(error <= 1, "{pico} is off by {error}");
        }
    }
}
