//! The SDK's sampler of a [`Sampling`](crate::Sampling).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use crate::sampling::Shared;
use crate::{OtelTraceState, Randomness, Threshold, erase_threshold, set_threshold};

/// Chooses a ratio of the traces that start here, follows the choice made elsewhere for the others, and has every span
/// recorded, chosen or not, for the stages to see.
///
/// A chosen span carries the threshold, so that other processes choose alike and know what the trace stands for. A
/// span that is not chosen tells the next process so, which then keeps nothing of it: of a trace that only the tail
/// keeps, what happened elsewhere is missing.
///
/// Made by [`Sampling::head`](crate::Sampling::head).
#[derive(Clone, Debug)]
pub struct HeadSampler {
    threshold: Threshold,
    /// The tracestate of chosen traces, written once.
    chosen: TraceState,
    shared: Arc<Shared>,
}

impl HeadSampler {
    pub(crate) fn new(threshold: Threshold, shared: Arc<Shared>) -> Self {
        // Nothing is chosen by `NEVER`, the only threshold that cannot be written.
        let chosen = set_threshold(&TraceState::NONE, threshold).unwrap_or_default();
        Self { threshold, chosen, shared }
    }

    fn choose(&self, parent: Option<&Context>, trace_id: TraceId) -> (bool, TraceState) {
        let Some(parent) = parent.filter(|context| context.has_active_span()) else {
            return self.choose_root(trace_id, &TraceState::NONE);
        };
        let span = parent.span();
        let parent = span.span_context();
        let state = parent.trace_state();
        if !parent.is_valid() {
            // A program may give a root a tracestate, with its own randomness.
            return self.choose_root(trace_id, state);
        }
        if parent.is_remote() && parent.is_sampled() {
            let member = OtelTraceState::of(state);
            let randomness = Randomness::of(trace_id, member);
            if member.threshold().is_some_and(|threshold| !threshold.keeps(randomness)) {
                // It was not kept by this threshold, so nobody knows what it stands for.
                return (true, erase_threshold(state));
            }
        }
        (parent.is_sampled(), state.clone())
    }

    fn choose_root(&self, trace_id: TraceId, state: &TraceState) -> (bool, TraceState) {
        let is_chosen = self.threshold.keeps(Randomness::of(trace_id, OtelTraceState::of(state)));
        let state = match is_chosen {
            true if *state == TraceState::NONE => self.chosen.clone(),
            true => set_threshold(state, self.threshold).unwrap_or_else(|_| erase_threshold(state)),
            false => erase_threshold(state),
        };
        (is_chosen, state)
    }
}

impl ShouldSample for HeadSampler {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _span_kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        // A write by every thread for every span would pass the cache line around.
        if !self.shared.has_head.load(Ordering::Relaxed) {
            self.shared.has_head.store(true, Ordering::Relaxed);
        }
        let (is_chosen, trace_state) = self.choose(parent_context, trace_id);
        let decision =
            if is_chosen { SamplingDecision::RecordAndSample } else { SamplingDecision::RecordOnly };
        SamplingResult { decision, attributes: Vec::new(), trace_state }
    }
}
