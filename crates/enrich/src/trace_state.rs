//! What the enricher remembers of one trace.

use opentelemetry::trace::SpanId;
use otel_genai_pipeline::Span;

use crate::trace_totals::TraceTotals;
use crate::twins::{self, Sighting};

/// The newest spans of calls that are remembered of a running trace, to meet their twins: 256, about 40 KB. A twin
/// leaves within a call's time, so this covers as many calls at the same time.
pub const REMEMBERED_CALLS: usize = 256;

/// What is left of [`REMEMBERED_CALLS`] once the trace has ended, since the pipeline remembers many ended traces:
/// 8, about 1 KB.
pub const REMEMBERED_CALLS_AFTER_END: usize = 8;

/// The newest spans of a running trace whose parents are remembered, to see that calls in different segments lie inside
/// each other: 512, 8 KB; 32 once the trace has ended.
pub const REMEMBERED_PARENTS: usize = 512;

/// What is left of [`REMEMBERED_PARENTS`] once the trace has ended.
const PARENTS_AFTER_END: usize = 32;

/// The enricher's memory of one trace.
#[derive(Debug, Default)]
pub(crate) struct TraceState {
    /// Spans of calls, in the order in which they came.
    pub(crate) sightings: Vec<Sighting>,
    /// Spans of earlier segments with their parents.
    pub(crate) parents: Vec<(SpanId, SpanId)>,
    pub(crate) totals: TraceTotals,
}

impl TraceState {
    /// Forgets what is not needed for the segments to come.
    pub(crate) fn shrink(&mut self, spans: &[Span], is_running: bool) {
        let (calls, parents) = if is_running {
            (REMEMBERED_CALLS, REMEMBERED_PARENTS)
        } else {
            (REMEMBERED_CALLS_AFTER_END, PARENTS_AFTER_END)
        };
        if self.sightings.len() > calls {
            twins::forget_oldest(&mut self.sightings, calls);
        }
        // Only between two spans of calls a parent tells anything.
        if self.sightings.is_empty() && !is_running {
            self.parents = Vec::new();
            return;
        }
        let newest = &spans[spans.len().saturating_sub(parents)..];
        let pairs = newest.iter().filter_map(|span| Some((span.span_id(), span.parent_span_id()?)));
        self.parents.extend(pairs);
        if let Some(surplus) = self.parents.len().checked_sub(parents) {
            self.parents.drain(..surplus);
        }
        if !is_running {
            self.parents.shrink_to_fit();
        }
    }
}
