//! Which traces survive, and what the survivors stand for.
//!
//! * [`Sampling`]: one object for the SDK's sampler ([`Sampling::head`]) and the stage that decides about whole traces
//!   ([`Sampling::tail`]) by [`Rule`]s: errors, slow and dear traces, guardrails, loops.
//! * [`RateLimiter`] and [`TraceCaps`]: stages that bound how much comes, and how much of one trace.
//! * [`ProbabilitySampler`] and [`CompositeSampler`]: samplers to use without a pipeline.
//! * [`adjusted_count`], [`Estimator`] and [`CallTotals`]: totals from what is left, with an interval.
//!
//! All of them carry the sampling probability along in the tracestate (`ot=th`), as OpenTelemetry specifies it.
//!
//! ```
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use otel_genai_pipeline::Pipeline;
//! use otel_genai_sampling::Sampling;
//!
//! let sampling = Sampling::ratio(0.1)?.keep_errors().keep_dearer_than(0.5);
//! let pipeline = Pipeline::builder().stage(sampling.tail()).build()?;
//! let provider =
//!     SdkTracerProvider::builder().with_sampler(sampling.head()).with_span_processor(pipeline).build();
//! # let _ = provider.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docs/sampling.md` says what follows from what. The minimum supported Rust version is 1.88.

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
mod quoted;
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
