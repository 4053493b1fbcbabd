//! Which traces survive, and what the survivors stand for.

mod condition;
mod condition_text;
mod head_sampler;
mod mark;
mod randomness;
mod rule;
mod rule_set;
mod sampling;
mod span_reading;
mod tail_sampler;
mod threshold;
mod trace_state;

pub use condition::{Comparison, Condition, TextTest};
pub use condition_text::RuleTextError;
pub use head_sampler::HeadSampler;
pub use randomness::{Randomness, RandomnessError};
pub use rule::Rule;
pub use rule_set::WATCHED_TOOL_CALLS;
pub use sampling::{DEFAULT_MAX_TRACE_BYTES, Sampling, SamplingCounts};
pub use tail_sampler::TailSampler;
pub use threshold::{DEFAULT_PRECISION, RatioError, Threshold, ThresholdError};
pub use trace_state::{
    MAX_MEMBER_LENGTH, OtelTraceState, TraceStateError, erase_threshold, set_randomness, set_threshold,
};
