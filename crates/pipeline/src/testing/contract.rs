//! What every stage must do, whatever else it does.

use std::collections::HashSet;
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};

use crate::testing::{Driver, SpanBuilder, Step};
use crate::{IntoStages, SegmentKind, Span};

/// Checks that a stage keeps the contract of [`Stage`](crate::Stage); call it from a test of every stage.
///
/// Puts the stage (or group of stages) into a line and drives some hundred traces through it: complete ones, ones
/// that never end, with late spans, forced by age and memory, re-opened, empty, sampled and not, and spans with
/// values that instrumentations do write (numbers as strings, broken JSON, repeated keys, a megabyte of text).
///
/// # Panics
///
/// Panics, which fails the test, when the stage panics, when after any step the counts do not add up, when a span
/// comes out that did not go in or comes out twice, or when something is still held after the end.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::{stage, testing::assert_stage_contract};
///
/// assert_stage_contract(stage::each(|span| span.set("seen", true)));
/// ```
pub fn assert_stage_contract(stage: impl IntoStages) {
    let mut driver = Driver::new(|builder| {
        builder.stage(stage).max_bytes(600_000).max_open_traces(30).remembered_traces(40)
    });
    for step in steps() {
        driver.step(&step);
    }
    let stats = driver.finish();
    assert_eq!(stats.stage_panics, 0, "the stage panicked on an ordinary or odd but possible span");
    let ended = driver.segments().into_iter().filter(|(_, kind)| *kind == SegmentKind::Last).count();
    assert_eq!(ended, driver.ended_behind(), "a trace's end did not reach the stages behind this one");
    let mut came_out = HashSet::new();
    for span in driver.delivered() {
        assert!(driver.has_received(span), "a span came out that did not go in: {span:?}");
        assert!(came_out.insert(span.span_id()), "a span came out twice: {span:?}");
    }
}

fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for trace in 0..200_u8 {
        let last = trace.saturating_sub(3);
        steps.push(Step::StartRoot { trace });
        steps.extend(odd_spans(trace).into_iter().map(|span| Step::End(Box::new(span))));
        for index in 0..u8::from(trace % 16 == 0) * 40 + trace % 4 {
            steps.push(Step::EndChild { trace, is_sampled: index % 3 != 0, is_error: index % 7 == 0 });
        }
        steps.push(Step::Wait(Duration::from_millis(700 * u64::from(trace % 9))));
        match trace % 10 {
            // Never ends.
            0 => {}
            1 => steps.push(Step::LoseRoot { trace }),
            2 => steps.extend([Step::StartRoot { trace }, Step::EndRoot { trace }]),
            _ => steps.push(Step::EndRoot { trace }),
        }
        // Late spans, and another round.
        steps.push(Step::EndChild { trace: last, is_sampled: true, is_error: false });
        if trace % 11 == 0 {
            steps.extend([Step::StartRoot { trace: last }, Step::EndRoot { trace: last }]);
        }
        if trace % 23 == 0 {
            steps.push(Step::Flush);
        }
    }
    steps.push(Step::Wait(Duration::from_secs(7200)));
    steps
}

fn odd_spans(trace: u8) -> Vec<Span> {
    let span = |name: &'static str| SpanBuilder::new(name).trace(trace.into()).parent(0xffff);
    let spans = [
        span("chat m")
            .scope("opentelemetry.instrumentation.openai.v1")
            .attribute("gen_ai.operation.name", "chat")
            .attribute("gen_ai.request.model", "gpt-4o-mini")
            .attribute("gen_ai.usage.input_tokens", "1200")
            .attribute("gen_ai.usage.output_tokens", 17)
            .attribute("gen_ai.usage.output_tokens", 18)
            .attribute("gen_ai.input.messages", "[{\"role\":\"user\",\"parts\":[{\"type\":\"te"),
        span("chat").attribute("gen_ai.usage.input_tokens", -5).attribute("llm.token_count.prompt", f64::NAN),
        span("execute_tool")
            .attribute("gen_ai.tool.name", "search")
            .status(Status::error("permission denied")),
        span("")
            .attribute("", "")
            .attribute("list", Value::Array(Array::String(vec!["a".into(), "\u{0}\u{202e}".into()])))
            .event("exception", [KeyValue::new("exception.message", "mail me at jane@example.com")])
            .link([KeyValue::new("gen_ai.response.id", "r-1")])
            .unsampled(),
    ];
    let mut spans: Vec<Span> = spans.into_iter().map(SpanBuilder::build).collect();
    if trace.is_multiple_of(50) {
        spans.push(span("chat").attribute("gen_ai.output.messages", "x".repeat(1 << 20)).build());
    }
    if trace.is_multiple_of(2) {
        let backwards = span("chat").build();
        let (start, mut data) = (backwards.start_time(), backwards.into_data());
        data.end_time = start - Duration::from_secs(1);
        spans.push(Span::from(data));
    }
    spans
}
