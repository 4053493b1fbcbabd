//! Spans that wait for the root of their trace.

use std::collections::{HashMap, VecDeque};

use opentelemetry::trace::TraceId;
use otel_genai_pipeline::Span;

/// How many spans may wait to be drawn, of all traces together. With one more, the trace that has waited longest is
/// drawn as far as it has come.
pub const MAX_WAITING_SPANS: usize = 10_000;

/// Of so many traces it is remembered that they have been drawn.
const REMEMBERED_TRACES: usize = 10_000;

/// Of a trace that is drawn whole, with all that is known of it.
pub(super) const WHOLE: &str = "";
const CONTINUED: &str = "continued: more of it is drawn above";
const UNFINISHED: &str = "unfinished: its root is still to come";
const TOO_MANY: &str = "unfinished: too many spans wait for their roots";

/// What is to be drawn together.
#[derive(Debug)]
pub(super) struct Drawing {
    pub(super) trace_id: TraceId,
    pub(super) spans: Vec<Span>,
    /// What a reader must know to take the sums for what they are; [`WHOLE`] if nothing.
    pub(super) hint: &'static str,
}

/// The spans that wait, by trace, and which traces have been drawn.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    traces: HashMap<TraceId, Vec<Span>>,
    /// The traces that wait, in the order in which they began to.
    order: VecDeque<TraceId>,
    spans: usize,
    drawn: Drawn,
}

impl Waiting {
    /// Adds spans and returns what is to be drawn now: the traces whose root has come, now or before.
    pub(super) fn add(&mut self, spans: Vec<Span>) -> Vec<Drawing> {
        let mut finished = Vec::new();
        for span in spans {
            let trace_id = span.trace_id();
            let is_finished = is_root(&span) || self.drawn.is_finished(trace_id);
            if is_finished && !finished.contains(&trace_id) {
                finished.push(trace_id);
            }
            let waiting = self.traces.entry(trace_id).or_default();
            if waiting.is_empty() {
                self.order.push_back(trace_id);
            }
            waiting.push(span);
            self.spans += 1;
        }
        let mut drawings: Vec<Drawing> =
            finished.into_iter().filter_map(|trace_id| self.take(trace_id, true, WHOLE)).collect();
        while self.spans > MAX_WAITING_SPANS
            && let Some(oldest) = self.order.front().copied()
        {
            drawings.extend(self.take(oldest, false, TOO_MANY));
        }
        drawings
    }

    /// Returns all that waits.
    pub(super) fn take_all(&mut self) -> Vec<Drawing> {
        let order = self.order.clone();
        order.into_iter().filter_map(|trace_id| self.take(trace_id, false, UNFINISHED)).collect()
    }

    fn take(&mut self, trace_id: TraceId, is_finished: bool, hint: &'static str) -> Option<Drawing> {
        let spans = self.traces.remove(&trace_id)?;
        self.order.retain(|waiting| *waiting != trace_id);
        self.spans -= spans.len();
        let hint = if self.drawn.note(trace_id, is_finished) { CONTINUED } else { hint };
        Some(Drawing { trace_id, spans, hint })
    }
}

fn is_root(span: &Span) -> bool {
    span.parent_span_id().is_none() || span.has_remote_parent()
}

/// The traces that were drawn last.
#[derive(Debug, Default)]
struct Drawn {
    is_finished: HashMap<TraceId, bool>,
    order: VecDeque<TraceId>,
}

impl Drawn {
    /// Tells whether the trace was drawn with its root, so that what still comes has nothing to wait for.
    fn is_finished(&self, trace_id: TraceId) -> bool {
        self.is_finished.get(&trace_id).copied().unwrap_or(false)
    }

    /// Takes note of a drawing and returns whether there was one of that trace before.
    fn note(&mut self, trace_id: TraceId, is_finished: bool) -> bool {
        if let Some(was_finished) = self.is_finished.get_mut(&trace_id) {
            *was_finished |= is_finished;
            return true;
        }
        self.is_finished.insert(trace_id, is_finished);
        self.order.push_back(trace_id);
        if self.order.len() > REMEMBERED_TRACES
            && let Some(oldest) = self.order.pop_front()
        {
            self.is_finished.remove(&oldest);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otel_genai_pipeline::testing::SpanBuilder;
    use proptest::prelude::*;

    fn span(trace: u128, id: u64, parent: u64) -> Span {
        SpanBuilder::new("s").trace(trace).id(id).parent(parent).build()
    }

    #[test]
    fn the_oldest_trace_makes_room() {
        let mut waiting = Waiting::default();
        assert!(waiting.add(vec![span(1, 1, 9), span(2, 2, 9)]).is_empty());
        let many = (0..MAX_WAITING_SPANS as u64 - 2).map(|id| span(2, 10 + id, 9)).collect();
        assert!(waiting.add(many).is_empty(), "as many as may wait");
        let drawn = waiting.add(vec![span(3, 3, 9)]);
        assert_eq!(drawn.len(), 1);
        assert_eq!((drawn[0].trace_id, drawn[0].spans.len()), (TraceId::from(1), 1));
        assert_eq!(drawn[0].hint, TOO_MANY);
        let root = waiting.add(vec![span(1, 9, 0)]);
        assert_eq!((root[0].spans.len(), root[0].hint), (1, CONTINUED));
    }

    #[test]
    fn traces_drawn_long_ago_are_forgotten() {
        let mut waiting = Waiting::default();
        for trace in 1..=REMEMBERED_TRACES as u128 + 1 {
            assert_eq!(waiting.add(vec![span(trace, 1, 0)])[0].hint, WHOLE);
        }
        assert_eq!(waiting.add(vec![span(1, 2, 0)])[0].hint, WHOLE);
        assert_eq!(waiting.add(vec![span(9, 2, 1)])[0].hint, CONTINUED);
    }

    proptest! {
        #[test]
        fn every_span_is_drawn_once_and_a_whole_trace_has_its_root(
            batches in prop::collection::vec(prop::collection::vec((1u128..4, 0u64..3), 0..6), 0..8)
        ) {
            let mut waiting = Waiting::default();
            let mut id = 0;
            let mut drawings = Vec::new();
            for batch in batches {
                let spans = batch.into_iter().map(|(trace, parent)| {
                    id += 1;
                    span(trace, id, parent * 1_000)
                });
                drawings.extend(waiting.add(spans.collect()));
            }
            drawings.extend(waiting.take_all());
            prop_assert!(waiting.take_all().is_empty() && waiting.spans == 0);
            let mut seen = Vec::new();
            for drawing in &drawings {
                prop_assert!(drawing.spans.iter().all(|span| span.trace_id() == drawing.trace_id));
                prop_assert!(drawing.hint != WHOLE || drawing.spans.iter().any(is_root));
                seen.extend(drawing.spans.iter().map(|span| u64::from_be_bytes(span.span_id().to_bytes())));
            }
            seen.sort_unstable();
            let expected: Vec<u64> = (1..=id).collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
