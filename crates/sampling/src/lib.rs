//! Which traces survive, and what the survivors stand for.

mod randomness;
mod threshold;
mod trace_state;

pub use randomness::{Randomness, RandomnessError};
pub use threshold::{DEFAULT_PRECISION, RatioError, Threshold, ThresholdError};
pub use trace_state::{
    MAX_MEMBER_LENGTH, OtelTraceState, TraceStateError, erase_threshold, set_randomness, set_threshold,
};
