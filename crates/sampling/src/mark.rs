//! Reading the randomness of traces, and writing on kept spans what they stand for and why they were kept.

use opentelemetry::StringValue;
use opentelemetry::trace::TraceState;
use otel_genai_pipeline::{Segment, Span};
use otel_genai_semconv::names::otel_genai;

use crate::{OtelTraceState, Randomness, Threshold, erase_threshold, set_threshold};

/// How the threshold of a kept span comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// With the one it came with.
    AsItCame,
    /// With this one.
    With(Threshold),
    /// With the higher one of this and the one it came with, which is the given one for spans that have none: those of
    /// which nobody knows get none.
    AtLeast(Threshold, Option<Threshold>),
    /// Without.
    Without,
}

/// Writes thresholds; spans of one trace have equal tracestates as a rule, so the last one is remembered.
#[derive(Debug, Default)]
pub(crate) struct ThresholdWriter {
    last: Option<(Leaves, TraceState, TraceState)>,
}

impl ThresholdWriter {
    pub(crate) fn write(&mut self, span: &mut Span, leaves: Leaves) {
        if leaves == Leaves::AsItCame {
            return;
        }
        let state = span.trace_state();
        if let Some((last_leaves, before, after)) = &self.last
            && *last_leaves == leaves
            && before == state
        {
            if before != after {
                let after = after.clone();
                span.set_trace_state(after);
            }
            return;
        }
        let after = written(state, leaves);
        self.last = Some((leaves, state.clone(), after.clone()));
        span.set_trace_state(after);
    }
}

fn written(state: &TraceState, leaves: Leaves) -> TraceState {
    let threshold = match leaves {
        Leaves::AsItCame => return state.clone(),
        Leaves::With(threshold) => Some(threshold),
        Leaves::AtLeast(least, unknown) => {
            OtelTraceState::of(state).threshold().or(unknown).map(|threshold| threshold.max(least))
        }
        Leaves::Without => None,
    };
    // What cannot be written must not leave an old threshold behind.
    threshold
        .and_then(|threshold| set_threshold(state, threshold).ok())
        .unwrap_or_else(|| erase_threshold(state))
}

/// Writes the rule's name on a span.
pub(crate) fn write_rule(span: &mut Span, rule: &StringValue) {
    span.set(otel_genai::SAMPLING_RULE, rule.clone());
}

/// Returns a trace's randomness: an `rv` that any of its spans carries, else that of the id.
pub(crate) fn randomness(segment: &mut Segment<'_>) -> Randomness {
    let read = |span: &Span| OtelTraceState::of(span.trace_state()).randomness();
    let explicit = segment.spans().iter().find_map(read);
    explicit
        .or_else(|| segment.held_mut().iter().find_map(read))
        .unwrap_or_else(|| Randomness::from_trace_id(segment.trace_id()))
}
