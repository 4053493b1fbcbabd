//! Bounds on a single trace.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use opentelemetry::trace::SpanId;
use otel_genai_pipeline::{Segment, Span, Stage};
use otel_genai_semconv::names::otel_genai;

use crate::span_reading::SpanReading;

/// Reasons for drops.
const TOO_MANY: &str = "span_cap";
const TOO_MANY_TOOLS: &str = "tool_span_cap";
const TOO_DEEP: &str = "depth_cap";

/// Cuts what is too much of one trace: spans beyond a number, tool spans beyond a number, levels beyond a depth.
///
/// Never cut are model calls, spans with an error, and local roots, however many there are: they are what cost, failures
/// and totals are told from. They count towards the number of spans all the same. Of the others, those that end first
/// stay. Spans below one that was cut keep their parent's id.
///
/// What was cut is counted on the trace's root (`otel_genai.trace.cut_spans`) and, by cause, in the pipeline's counts
/// (`span_cap`, `tool_span_cap`, `depth_cap`). Spans that are cut after the root has left are in the latter only.
///
/// A span's depth is known once all above it have ended, so with a cap on depth running traces are held. Where a limit
/// forces them out, a span is cut if it is known to be too deep. The root has depth 1.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use otel_genai_sampling::TraceCaps;
///
/// let caps = TraceCaps::default()
///     .spans(NonZeroUsize::new(10_000).expect("not zero"))
///     .tool_spans(NonZeroUsize::new(1000).expect("not zero"))
///     .depth(NonZeroUsize::new(50).expect("not zero"));
/// # let _ = caps;
/// ```
#[derive(Clone, Debug, Default)]
pub struct TraceCaps {
    spans: Option<NonZeroUsize>,
    tool_spans: Option<NonZeroUsize>,
    depth: Option<NonZeroUsize>,
}

/// What the caps remember of a trace.
#[derive(Debug, Default)]
struct TraceMemory {
    spans: usize,
    tool_spans: usize,
    cut: usize,
}

impl TraceCaps {
    /// Bounds the number of spans.
    #[must_use]
    pub fn spans(mut self, spans: NonZeroUsize) -> Self {
        self.spans = Some(spans);
        self
    }

    /// Bounds the number of tool spans.
    #[must_use]
    pub fn tool_spans(mut self, spans: NonZeroUsize) -> Self {
        self.tool_spans = Some(spans);
        self
    }

    /// Bounds the number of levels.
    #[must_use]
    pub fn depth(mut self, levels: NonZeroUsize) -> Self {
        self.depth = Some(levels);
        self
    }

    /// Returns which of the segment's spans to cut, and why.
    fn cuts(&self, segment: &mut Segment<'_>) -> Vec<Option<&'static str>> {
        let is_root: Vec<bool> = segment.spans().iter().map(|span| segment.is_local_root(span)).collect();
        let too_deep = self.depth.map(|depth| too_deep(segment.spans(), depth.get()));
        let parts = segment.split::<TraceMemory>();
        let memory = parts.state;
        let mut cuts = Vec::with_capacity(parts.spans.len());
        for (index, span) in parts.spans.iter().enumerate() {
            let reading = SpanReading::of(span);
            let is_tool = reading.is_tool();
            let is_spared = is_root[index] || reading.is_llm_call() || reading.is_error(span);
            let is_above = |cap: Option<NonZeroUsize>, count| cap.is_some_and(|cap| count >= cap.get());
            let cause = if is_spared {
                None
            } else if too_deep.as_ref().is_some_and(|too_deep| too_deep[index]) {
                Some(TOO_DEEP)
            } else if is_tool && is_above(self.tool_spans, memory.tool_spans) {
                Some(TOO_MANY_TOOLS)
            } else if is_above(self.spans, memory.spans) {
                Some(TOO_MANY)
            } else {
                None
            };
            match cause {
                None => {
                    memory.spans += 1;
                    memory.tool_spans += usize::from(is_tool);
                }
                Some(_) => memory.cut += 1,
            }
            cuts.push(cause);
        }
        cuts
    }
}

impl Stage for TraceCaps {
    fn process(&mut self, segment: &mut Segment<'_>) {
        if self.depth.is_some() && segment.hold() {
            return;
        }
        segment.recall();
        let mut cuts = self.cuts(segment);
        for reason in [TOO_MANY, TOO_MANY_TOOLS, TOO_DEEP] {
            if cuts.contains(&Some(reason)) {
                let mut position = cuts.iter();
                segment.drop_spans(reason, |_| position.next() == Some(&Some(reason)));
                cuts.retain(|cause| *cause != Some(reason));
            }
        }
        if let Some(root) = segment.summary_root() {
            let parts = segment.split::<TraceMemory>();
            if parts.state.cut > 0 {
                let cut = i64::try_from(parts.state.cut).unwrap_or(i64::MAX);
                parts.spans[root].set(otel_genai::TRACE_CUT_SPANS, cut);
            }
        }
    }
}

/// Tells of each span whether it is known to be below this many levels.
///
/// A span whose parent is not among them is at the second level at least, unless it has none.
fn too_deep(spans: &[Span], levels: usize) -> Vec<bool> {
    let parents: HashMap<SpanId, Option<SpanId>> = spans
        .iter()
        .map(|span| (span.span_id(), span.parent_span_id().filter(|_| !span.has_remote_parent())))
        .collect();
    let mut depths: HashMap<SpanId, usize> = HashMap::with_capacity(spans.len());
    let mut path = Vec::new();
    for span in spans {
        let mut next = Some(span.span_id());
        let mut depth = 0;
        while let Some(id) = next {
            if let Some(known) = depths.get(&id) {
                depth = *known;
                break;
            }
            let Some(parent) = parents.get(&id) else {
                // It is still running.
                depth = 1;
                break;
            };
            // Noted before it is known, so that parents that go round in a circle come to an end.
            depths.insert(id, 0);
            path.push(id);
            next = *parent;
        }
        for id in path.drain(..).rev() {
            depth += 1;
            depths.insert(id, depth);
        }
    }
    spans.iter().map(|span| depths.get(&span.span_id()).is_some_and(|depth| *depth > levels)).collect()
}
