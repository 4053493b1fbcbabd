//! The randomness of a trace: the number that every sampler compares with its threshold.

use std::fmt;

use opentelemetry::trace::TraceId;

use crate::OtelTraceState;
use crate::threshold::parse_hex;

const DIGITS: usize = 14;
const MASK: u64 = (1 << 56) - 1;

/// The 56 random bits of a trace, the same for all its spans wherever they are recorded.
///
/// They come from the sub-key `rv` of the tracestate if it is there, else from the last seven bytes of the trace id,
/// which W3C Trace Context Level 2 wants random.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::TraceId;
/// use otel_genai_sampling::{Randomness, Threshold};
///
/// let trace = TraceId::from_hex("4bf92f3577b34da6a3d29d6a7215ced0")?;
/// let randomness = Randomness::from_trace_id(trace);
/// assert_eq!(randomness.to_string(), "d29d6a7215ced0");
/// assert!(Threshold::parse("c")?.keeps(randomness));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Randomness(u64);

/// Why a text is no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RandomnessError {
    /// The text does not have 14 digits.
    #[error("rv has {0} digits: it must have exactly 14 hexadecimal digits")]
    Size(usize),
    /// A character is not one of `0123456789abcdef`.
    #[error("rv has a character that is not a lower-case hexadecimal digit")]
    Digit,
}

impl Randomness {
    /// Returns the randomness of a trace whose tracestate has no `rv`: the last seven bytes of its id.
    #[inline]
    pub fn from_trace_id(trace_id: TraceId) -> Self {
        // The id is big-endian, so its low bits are its last bytes; the cast keeps the lower eight bytes of it.
        Self(u128::from_be_bytes(trace_id.to_bytes()) as u64 & MASK)
    }

    /// Returns the randomness of a trace: `rv` if the tracestate has it, else the last seven bytes of the id.
    #[inline]
    pub fn of(trace_id: TraceId, state: OtelTraceState<'_>) -> Self {
        state.randomness().unwrap_or_else(|| Self::from_trace_id(trace_id))
    }

    /// Reads the value of the sub-key `rv`: exactly 14 lower-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// If it has another length or other characters.
    pub fn parse(text: &str) -> Result<Self, RandomnessError> {
        if text.len() != DIGITS {
            return Err(RandomnessError::Size(text.len()));
        }
        parse_hex(text).map(Self).ok_or(RandomnessError::Digit)
    }

    /// Returns the randomness with this value, or `None` if it needs more than 56 bits.
    pub const fn from_value(value: u64) -> Option<Self> {
        if value <= MASK { Some(Self(value)) } else { None }
    }

    /// Returns the 56 bits as a number.
    #[inline]
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// Writes the value of the sub-key `rv`.
impl fmt::Display for Randomness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:014x}", self.0)
    }
}
