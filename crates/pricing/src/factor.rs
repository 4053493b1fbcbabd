//! Multipliers.

use std::fmt;

/// A multiplier with six decimals, such as 1.1 for a regional endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor {
    millionths: u32,
}

impl Factor {
    /// Times one.
    pub const ONE: Self = Self { millionths: 1_000_000 };

    /// Makes a multiplier from a number between 0 and 1000; `None` outside it or for not-a-number.
    ///
    /// ```
    /// use otel_genai_pricing::Factor;
    ///
    /// assert_eq!(Factor::new(1.1).map(Factor::as_f64), Some(1.1));
    /// assert_eq!(Factor::new(-1.0), None);
    /// ```
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        if !(0.0..=1000.0).contains(&value) {
            return None;
        }
        let millionths = (value * 1e6).round() as u32;
        Some(Self { millionths })
    }

    /// The multiplier as a number.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.millionths) / 1e6
    }

    /// Millionths, so that pico-dollars times this are atto-dollars.
    pub(crate) const fn millionths(self) -> u32 {
        self.millionths
    }

    /// Both multipliers, one after the other, rounded to six decimals.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let product = (u64::from(self.millionths) * u64::from(other.millionths) + 500_000) / 1_000_000;
        Self { millionths: u32::try_from(product).unwrap_or(u32::MAX) }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.as_f64())
    }
}
