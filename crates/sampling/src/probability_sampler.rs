//! The consistent probability sampler.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use crate::{OtelTraceState, Randomness, RatioError, Threshold, erase_threshold, set_threshold};

/// Keeps a share of the traces, decided by the trace's randomness alone, and says so in `ot=th`.
///
/// Each span is decided by its trace's randomness, whatever the parent was, so all processes with the same ratio keep
/// the same traces, and those with a lower one a subset. To follow the parent instead, which processes with different
/// ratios need so that traces stay whole, use [`CompositeSampler`](crate::CompositeSampler) with
/// [`ParentThreshold`](crate::ParentThreshold), or `Sampler::parent_based`. `Sampler::ParentBased` decides the same
/// but throws the tracestate away, and with it `th`.
///
/// # Not the SDK's `TraceIdRatioBased`
///
/// That one compares the last eight bytes of the id and keeps *low* numbers, and writes nothing; this one compares the
/// last seven and keeps *high* numbers, as the specification now wants, and writes the threshold. The two choose
/// independently: at 10 % each, they agree on 1 % of the traces. Change all services together, or let those behind the
/// first follow their parents.
///
/// # Examples
///
/// ```
/// use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
/// use otel_genai_sampling::ProbabilitySampler;
///
/// let sampler = Sampler::parent_based(ProbabilitySampler::ratio(0.1)?);
/// let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProbabilitySampler {
    threshold: Threshold,
    /// What a root without a tracestate gets.
    fresh_state: TraceState,
}

impl ProbabilitySampler {
    /// Keeps `ratio` of the traces, 0 to 1.
    ///
    /// # Errors
    ///
    /// As [`Threshold::from_ratio`].
    pub fn ratio(ratio: f64) -> Result<Self, RatioError> {
        Threshold::from_ratio(ratio).map(Self::from)
    }

    /// Returns the threshold.
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }
}

impl From<Threshold> for ProbabilitySampler {
    fn from(threshold: Threshold) -> Self {
        // A threshold that keeps nothing cannot be written, and nobody will ask for it.
        let fresh_state = set_threshold(&TraceState::NONE, threshold).unwrap_or_default();
        Self { threshold, fresh_state }
    }
}

impl ShouldSample for ProbabilitySampler {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _span_kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let parent_span = parent_context.map(|context| context.span());
        let state = parent_span.as_ref().map_or(&TraceState::NONE, |span| span.span_context().trace_state());
        let member = OtelTraceState::of(state);
        let is_kept = self.threshold.keeps(Randomness::of(trace_id, member));
        let trace_state = if !is_kept {
            erase_threshold(state)
        } else if state == &TraceState::NONE {
            self.fresh_state.clone()
        } else {
            member.with_threshold(self.threshold, state).unwrap_or_else(|_| erase_threshold(state))
        };
        SamplingResult {
            decision: if is_kept { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state,
        }
    }
}
