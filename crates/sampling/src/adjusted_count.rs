//! What one span stands for.

use otel_genai_pipeline::Span;

use crate::{OtelTraceState, Randomness};

/// Returns how many spans of all that there were this one stands for, or `None` if nobody knows.
///
/// It is 2⁵⁶ ÷ (2⁵⁶ − `th`) on a sampled span, and 0 on one without the sampled flag, which is not part of the sample.
/// A sampled span without a valid `th` was kept by a sampler that cannot say with what probability: its count is
/// undefined, and **not 1**. So is that of a span whose `th` would have dropped it.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::testing::SpanBuilder;
/// use otel_genai_sampling::{Threshold, adjusted_count, set_threshold};
///
/// let mut span = SpanBuilder::new("chat").trace(0xd29d6a7215ced0).build();
/// assert_eq!(adjusted_count(&span), None);
/// span.set_trace_state(set_threshold(span.trace_state(), Threshold::parse("c")?)?);
/// assert_eq!(adjusted_count(&span), Some(4.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn adjusted_count(span: &Span) -> Option<f64> {
    if !span.is_sampled() {
        return Some(0.0);
    }
    let state = OtelTraceState::of(span.trace_state());
    let randomness = Randomness::of(span.trace_id(), state);
    let threshold = state.threshold().filter(|threshold| threshold.keeps(randomness))?;
    Some(threshold.adjusted_count())
}
