//! The sampler that decides what composable samplers want.

use std::sync::Arc;

use opentelemetry::trace::{Link, SpanKind, SpanRef, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use crate::{ComposableSampler, OtelTraceState, Randomness, SpanStart, erase_threshold};

/// Decides for the SDK what a [`ComposableSampler`] wants, and writes the threshold into the tracestate.
///
/// Keeps a span if the trace's randomness reaches the threshold. What is kept with a known probability carries it in
/// `ot=th`; on everything else `th` is erased. `rv`, other sub-keys and other members stay.
///
/// It works alone, with any processor. Do not put it into `Sampler::ParentBased`, which throws the tracestate away;
/// [`ParentThreshold`](crate::ParentThreshold) is what follows parents here.
///
/// # Examples
///
/// A tenth of the traces, each whole, and countable:
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use otel_genai_sampling::{CompositeSampler, ParentThreshold, Probability};
///
/// let sampler = CompositeSampler::new(ParentThreshold::new(Probability::ratio(0.1)?));
/// let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CompositeSampler {
    sampler: Arc<dyn ComposableSampler>,
}

impl CompositeSampler {
    /// Decides what `sampler` wants.
    pub fn new(sampler: impl ComposableSampler + 'static) -> Self {
        Self { sampler: Arc::new(sampler) }
    }
}

impl ShouldSample for CompositeSampler {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let parent_span = parent_context.map(|context| context.span());
        let context = parent_span.as_ref().map(SpanRef::span_context);
        // A root may have a tracestate too: that is how a program gives it an `rv`.
        let state = context.map_or(&TraceState::NONE, |context| context.trace_state());
        let member = OtelTraceState::of(state);
        let start = SpanStart {
            context: parent_context,
            parent: context.filter(|context| context.is_valid()),
            trace_state: member,
            trace_id,
            randomness: Randomness::of(trace_id, member),
            name,
            kind: span_kind,
            attributes,
            links,
        };
        let intent = self.sampler.intent(&start);
        let Some(threshold) = intent.threshold().filter(|threshold| threshold.keeps(start.randomness)) else {
            return SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state: erase_threshold(state),
            };
        };
        // A member that others filled has no room for `th`: without it the span is kept uncounted.
        let written = if intent.is_countable() { member.with_threshold(threshold, state).ok() } else { None };
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: intent.into_attributes(),
            trace_state: written.unwrap_or_else(|| erase_threshold(state)),
        }
    }
}
