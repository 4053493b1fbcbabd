//! Caps bound a trace, never cut calls, errors and roots, and say on the root how much they cut.

mod support;

use std::num::NonZeroUsize;

use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanProcessor;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_sampling::TraceCaps;
use support::{Collector, replay};

fn cap(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("not zero")
}

fn step(index: u64) -> Span {
    SpanBuilder::new("step").id(1000 + index).parent(1).build()
}

fn tool(index: u64) -> Span {
    SpanBuilder::new("tool").id(2000 + index).parent(1).attribute("otel_genai.role", "tool").build()
}

fn call(index: u64) -> Span {
    SpanBuilder::new("chat").id(3000 + index).parent(1).attribute("gen_ai.operation.name", "chat").build()
}

fn failed(span: Span) -> Span {
    let mut span = span;
    span.set_status(Status::error("failed"));
    span
}

fn root() -> Span {
    SpanBuilder::new("root").id(1).build()
}

fn ids(spans: &[Span]) -> Vec<u64> {
    spans.iter().map(|span| u64::from_be_bytes(span.span_id().to_bytes())).collect()
}

fn cut(span: &Span) -> Option<&opentelemetry::Value> {
    span.get("otel_genai.trace.cut_spans")
}

#[test]
fn spans_and_tool_spans() {
    let spans = || {
        [
            step(1),
            tool(1),
            call(1),
            tool(2),
            failed(tool(3)),
            tool(4),
            step(2),
            step(3),
            call(2),
            failed(step(4)),
            root(),
        ]
    };
    let (kept, stats) = replay(TraceCaps::default().tool_spans(cap(2)), spans());
    assert_eq!(ids(&kept), [1001, 2001, 3001, 2002, 2003, 1002, 1003, 3002, 1004, 1]);
    assert_eq!((stats.dropped_for("tool_span_cap"), cut(&kept[9])), (1, Some(&1.into())));

    let (kept, stats) = replay(TraceCaps::default().spans(cap(3)).tool_spans(cap(1)), spans());
    assert_eq!(ids(&kept), [1001, 2001, 3001, 2003, 3002, 1004, 1]);
    assert_eq!((stats.dropped_for("tool_span_cap"), stats.dropped_for("span_cap")), (2, 2));
    assert_eq!(cut(&kept[6]), Some(&4.into()));

    let (kept, _) = replay(TraceCaps::default().spans(cap(11)), spans());
    assert_eq!((kept.len(), cut(&kept[10])), (11, None));
}

#[test]
fn depth() {
    let below = |id: u64, parent: u64| SpanBuilder::new("step").id(id).parent(parent).build();
    // 1 ─ 2 ─ 3 ─ 4 ─ 5, and two that have each other for a parent.
    let mut model_call = below(5, 4);
    model_call.set("gen_ai.operation.name", "chat");
    let spans = [model_call, below(4, 3), below(3, 2), below(2, 1), below(8, 9), below(9, 8), root()];
    let (kept, stats) = replay(TraceCaps::default().depth(cap(3)), spans);
    assert_eq!(ids(&kept), [5, 3, 2, 8, 9, 1]);
    assert_eq!((stats.dropped_for("depth_cap"), cut(&kept[5])), (1, Some(&1.into())));
    assert_eq!(kept[0].parent_span_id(), Some(SpanId::from(4)), "who its parent was stays");
}

#[test]
fn a_running_trace_is_capped_as_it_goes_and_the_root_has_the_sum() {
    let collector = Collector::default();
    let pipeline = Pipeline::builder()
        .stage(TraceCaps::default().spans(cap(5)))
        .export(collector.clone())
        .build()
        .expect("builds");
    for index in 0..20 {
        pipeline.on_end(step(index).into_data());
        pipeline.force_flush().expect("flushes");
    }
    assert_eq!(collector.take().len(), 5);
    pipeline.on_end(root().into_data());
    pipeline.force_flush().expect("flushes");
    assert_eq!(cut(&collector.take()[0]), Some(&15.into()));
    pipeline.on_end(step(20).into_data());
    pipeline.shutdown().expect("shuts down");
    assert_eq!(pipeline.handle().stats().dropped_for("span_cap"), 16, "a late one is counted here only");
}
