//! Which traces survive, and what the survivors stand for.

mod adjusted_count;
mod call_totals;
mod composable;
mod composable_samplers;
mod composite_sampler;
mod condition;
mod condition_text;
mod estimate;
mod head_sampler;
mod mark;
mod probability_sampler;
mod randomness;
mod rate_limit;
mod rule;
mod rule_set;
mod sampler_names;
mod sampling;
mod span_reading;
mod tail_sampler;
mod threshold;
mod trace_caps;
mod trace_state;

pub use adjusted_count::adjusted_count;
pub use call_totals::{CallTotals, Counted, GroupTotals, RecordedTotals, SampledTotals, SpanCounts};
pub use composable::{ComposableSampler, SamplingIntent, SpanStart};
pub use composable_samplers::{AlwaysOff, AlwaysOn, Annotating, ParentThreshold, Probability, RuleBased};
pub use composite_sampler::CompositeSampler;
pub use condition::{Comparison, Condition, TextTest};
pub use condition_text::RuleTextError;
pub use estimate::{Estimate, Estimator};
pub use head_sampler::HeadSampler;
pub use probability_sampler::ProbabilitySampler;
pub use randomness::{Randomness, RandomnessError};
pub use rate_limit::{DEFAULT_MAX_KEYS, RateKey, RateKeyError, RateLimiter};
pub use rule::Rule;
pub use rule_set::WATCHED_TOOL_CALLS;
pub use sampler_names::{SamplerNameError, sampler_by_name};
pub use sampling::{DEFAULT_MAX_TRACE_BYTES, Sampling, SamplingCounts};
pub use tail_sampler::TailSampler;
pub use threshold::{DEFAULT_PRECISION, RatioError, Threshold, ThresholdError};
pub use trace_caps::TraceCaps;
pub use trace_state::{
    MAX_MEMBER_LENGTH, OtelTraceState, TraceStateError, erase_threshold, set_randomness, set_threshold,
};
