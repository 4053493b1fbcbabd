//! The rejection threshold `th`: what share of all traces a decision keeps.

use std::fmt;

use crate::Randomness;

/// Two to the 56th: how many different thresholds, and randomness values, there are.
pub(crate) const VALUES: u64 = 1 << 56;

const DIGITS: u32 = 14;

/// How many hexadecimal digits of a threshold OpenTelemetry recommends to write.
pub const DEFAULT_PRECISION: u32 = 4;

/// How many of 2⁵⁶ traces a decision rejects: the sampling probability, in the form that `ot=th` carries.
///
/// A trace is kept if its [`Randomness`] is at least the threshold, so every sampler that knows both decides alike,
/// and what a higher threshold keeps is a subset of what a lower one keeps. Thresholds order by that: the highest
/// one of several stages is the one that holds for what passed all of them.
///
/// Source: OpenTelemetry specification, `trace/tracestate-probability-sampling.md` (status: development).
///
/// # Examples
///
/// ```
/// use otel_genai_sampling::Threshold;
///
/// let tenth = Threshold::from_ratio(0.1)?;
/// assert_eq!(tenth.to_string(), "e666");
/// assert_eq!(tenth.adjusted_count(), 9.99938968568813);
/// assert_eq!(Threshold::parse("c")?.probability(), 0.25);
/// assert_eq!(tenth.max(Threshold::ALWAYS), tenth);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(u64);

/// Why a number is no sampling ratio.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "{0} is no sampling ratio: it must be 0 for none, or at least 2^-56 and at most 1, as 0.1 is for 10 %"
)]
pub struct RatioError(f64);

/// Why a text is no threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// The text has no digits, or more than 14.
    #[error("th has {0} digits: it must have 1 to 14 hexadecimal digits")]
    Size(usize),
    /// A character is not one of `0123456789abcdef`.
    #[error("th has a character that is not a lower-case hexadecimal digit")]
    Digit,
}

impl Threshold {
    /// Rejects nothing; written `th:0`, each kept trace stands for itself.
    pub const ALWAYS: Self = Self(0);

    /// Rejects everything. It cannot be written: what is kept nevertheless was not kept by probability.
    pub const NEVER: Self = Self(VALUES);

    /// Returns the threshold that keeps `ratio` of all traces, to the recommended four digits.
    ///
    /// The threshold is rounded, and [`probability`](Self::probability) and
    /// [`adjusted_count`](Self::adjusted_count) are those of the rounded one, so nothing is off by the rounding:
    /// a ratio of 0.1 keeps 10.0006 % and each kept trace stands for 9.9994.
    ///
    /// # Errors
    ///
    /// If `ratio` is not a number, is negative, above 1, or above 0 and below 2⁻⁵⁶. Zero is [`NEVER`](Self::NEVER).
    pub fn from_ratio(ratio: f64) -> Result<Self, RatioError> {
        Self::from_ratio_with_precision(ratio, DEFAULT_PRECISION)
    }

    /// Returns the threshold that keeps `ratio` of all traces, to so many digits after its leading `f`s.
    ///
    /// A leading `f` says only that the ratio is small, hence it is not counted: 1 in 10,000 has the four digits
    /// `9724` after `fff`. `precision` is taken as at least 1; 14 and more are exact.
    ///
    /// # Errors
    ///
    /// As [`from_ratio`](Self::from_ratio).
    pub fn from_ratio_with_precision(ratio: f64, precision: u32) -> Result<Self, RatioError> {
        if ratio == 0.0 {
            return Ok(Self::NEVER);
        }
        if !(1.0 / VALUES as f64..=1.0).contains(&ratio) {
            return Err(RatioError(ratio));
        }
        // Scaling by a power of two is exact, so this rounds once.
        let rejected = VALUES - (ratio * VALUES as f64).round() as u64;
        let leading_fs =
            (0..DIGITS).take_while(|digit| rejected >> (52 - 4 * digit) & 0xf == 0xf).count() as u32;
        let digits = precision.max(1).saturating_add(leading_fs);
        if digits >= DIGITS {
            return Ok(Self(rejected));
        }
        let unit = 1u64 << (4 * (DIGITS - digits));
        // The digit after the leading `f`s is not an `f`, so adding half a unit carries into no eighth byte.
        Ok(Self((rejected + unit / 2) / unit * unit))
    }

    /// Reads the value of the sub-key `th`: 1 to 14 lower-case hexadecimal digits; missing ones are zeros at the end.
    ///
    /// # Errors
    ///
    /// If there are no digits, too many, or other characters.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        let length = text.len();
        if length == 0 || length > DIGITS as usize {
            return Err(ThresholdError::Size(length));
        }
        let digits = parse_hex(text).ok_or(ThresholdError::Digit)?;
        Ok(Self(digits << (4 * (DIGITS as usize - length))))
    }

    /// Returns the threshold that rejects `rejected` of 2⁵⁶ traces, or `None` if that is more than all.
    pub const fn from_rejected(rejected: u64) -> Option<Self> {
        if rejected <= VALUES { Some(Self(rejected)) } else { None }
    }

    /// Returns how many of 2⁵⁶ traces are rejected.
    pub const fn rejected(self) -> u64 {
        self.0
    }

    /// Returns the share of traces that are kept, 0 to 1.
    pub fn probability(self) -> f64 {
        (VALUES - self.0) as f64 / VALUES as f64
    }

    /// Returns how many traces a kept one stands for: at least 1, and infinite for [`NEVER`](Self::NEVER).
    pub fn adjusted_count(self) -> f64 {
        VALUES as f64 / (VALUES - self.0) as f64
    }

    /// Tells whether a trace with this randomness is kept.
    #[inline]
    pub const fn keeps(self, randomness: Randomness) -> bool {
        randomness.value() >= self.0
    }
}

/// Writes the value of the sub-key `th`, without zeros at the end; `never` for [`Threshold::NEVER`], which has none.
impl fmt::Display for Threshold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALWAYS => formatter.write_str("0"),
            Self::NEVER => formatter.write_str("never"),
            Self(rejected) => {
                let zeros = rejected.trailing_zeros() / 4;
                let width = (DIGITS - zeros) as usize;
                write!(formatter, "{:0width$x}", rejected >> (4 * zeros))
            }
        }
    }
}

/// Reads up to 14 lower-case hexadecimal digits.
pub(crate) fn parse_hex(text: &str) -> Option<u64> {
    text.bytes().try_fold(0, |number: u64, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(digit))
    })
}
