//! Calls that nobody reported the usage of are counted from their texts, and say so.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Value;
use opentelemetry::trace::Status;
use opentelemetry_sdk::Resource;
use otel_genai_enrich::{Enricher, WhileLoading};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pricing::{Catalogue, PriceTable};
use otel_genai_semconv::names::{llm, otel_genai};
use support::replay;

const QUESTION: &str =
    r#"[{"role":"user","parts":[{"type":"text","content":"What is the capital of France?"}]}]"#;
const ANSWER: &str = r#"[{"role":"assistant","parts":[{"type":"text","content":"Paris."}]}]"#;
const INPUT: &str = "gen_ai.usage.input_tokens";
const OUTPUT: &str = "gen_ai.usage.output_tokens";

fn enricher() -> Enricher {
    let prices = Arc::new(PriceTable::new(Catalogue::bundled().unwrap()));
    Enricher::builder().count_tokens(WhileLoading::Wait).prices(prices).build()
}

fn run(max_bytes: usize, spans: impl IntoIterator<Item = SpanBuilder>) -> Vec<Span> {
    let resource = Arc::new(Resource::builder_empty().build());
    let spans = spans.into_iter().map(|span| (Arc::clone(&resource), span.build()));
    replay(enricher(), max_bytes, spans).into_iter().map(|(_, span)| span).collect()
}

fn enrich(span: SpanBuilder) -> Span {
    run(1 << 30, [span]).remove(0)
}

/// A call of which the texts were recorded, and no usage.
fn silent(model: &'static str) -> SpanBuilder {
    SpanBuilder::new("chat")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", model)
        .attribute("gen_ai.input.messages", QUESTION)
        .attribute("gen_ai.output.messages", ANSWER)
}

/// Input, output, source and method.
fn usage(span: &Span) -> (Option<i64>, Option<i64>, Option<&str>, Option<&str>) {
    let count = |key: &str| match span.get(key) {
        Some(Value::I64(count)) => Some(*count),
        _ => None,
    };
    let text = |key: &str| span.get_str(key);
    (count(INPUT), count(OUTPUT), text(otel_genai::USAGE_SOURCE), text(otel_genai::USAGE_METHOD))
}

#[test]
fn texts_are_counted_where_nobody_reported_usage() {
    // 7 of text, 4 for the message, 3 for the request; as `crates/tokens` counts.
    let span = enrich(silent("gpt-4o-mini"));
    assert_eq!(usage(&span), (Some(14), Some(2), Some("estimated"), Some("o200k_base/message_rules")));
    assert_eq!(span.get(otel_genai::USAGE_ERROR_MARGIN), Some(&0.0.into()));
    assert!(span.get(llm::COST_TOTAL).is_some(), "{span:?}");
    let span = enrich(silent("claude-sonnet-4-5"));
    let (input, output, source, method) = usage(&span);
    assert_eq!((source, method), (Some("estimated"), Some("o200k_base/family_factor")));
    assert!(input > Some(7) && output > Some(0), "{input:?} {output:?}");
    assert!(matches!(span.get(otel_genai::USAGE_ERROR_MARGIN), Some(Value::F64(margin)) if *margin > 0.0));
}

#[test]
fn what_cannot_be_counted_stays_unknown() {
    for span in [
        silent("command-r-plus"), // No known family.
        SpanBuilder::new("chat")
            .attribute("gen_ai.operation.name", "chat")
            .attribute("gen_ai.request.model", "gpt-4o"),
        SpanBuilder::new("chat")
            .attribute("gen_ai.operation.name", "chat")
            .attribute("gen_ai.input.messages", QUESTION),
    ] {
        let span = enrich(span);
        assert_eq!(usage(&span), (None, None, None, None), "{span:?}");
    }
    // An image costs what its text does not tell.
    let image = r#"[{"role":"user","parts":[{"type":"text","content":"What is this?"},{"type":"uri","uri":"https://x/y.png"}]}]"#;
    let span = enrich(silent("gpt-4o").attribute("gen_ai.input.messages", image));
    assert_eq!(span.get(otel_genai::USAGE_IS_LOWER_BOUND), Some(&true.into()));
}

#[test]
fn reported_usage_is_never_replaced() {
    let span = enrich(silent("gpt-4o").attribute(INPUT, 99).attribute(OUTPUT, 98));
    assert_eq!(usage(&span), (Some(99), Some(98), Some("reported"), None));
    // The half that is missing is counted, and the whole is partial.
    let span = enrich(silent("gpt-4o").attribute(INPUT, 99));
    assert_eq!(usage(&span), (Some(99), Some(2), Some("partial"), Some("o200k_base/exact")));
}

#[test]
fn of_a_stream_that_broke_off_the_received_part_counts() {
    let broken = silent("gpt-4o").status(Status::error("connection reset"));
    assert_eq!(usage(&enrich(broken)).2, Some("partial"));
    let dropped = silent("gpt-4o").attribute("gen_ai.request.stream", true);
    assert_eq!(usage(&enrich(dropped.clone())).2, Some("partial"));
    let whole = dropped.attribute(
        "gen_ai.response.finish_reasons",
        Value::Array(opentelemetry::Array::String(vec!["stop".into()])),
    );
    assert_eq!(usage(&enrich(whole)).2, Some("estimated"));
    // Nobody is known to be billed for a call that failed.
    let failed = SpanBuilder::new("chat")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", "gpt-4o")
        .attribute("gen_ai.input.messages", QUESTION)
        .status(Status::error("401"));
    assert_eq!(usage(&enrich(failed)), (None, None, None, None));
}

#[test]
fn of_two_spans_of_a_call_the_one_that_reports_counts_or_the_first() {
    let spans = || {
        let times = |span: SpanBuilder| span.times(Duration::ZERO, Duration::from_millis(1));
        let inner = times(silent("gpt-4o").id(2).parent(1).scope("sdk"));
        let outer = times(silent("gpt-4o").id(1).scope("wrapper").attribute(INPUT, 13).attribute(OUTPUT, 2));
        [inner, outer]
    };
    let is_marked = |span: &Span| span.get(otel_genai::DUPLICATE_OF).is_some();
    let together = run(1 << 30, spans());
    assert_eq!(usage(&together[0]), (None, None, None, None), "nothing to count: its twin reports");
    assert!(is_marked(&together[0]) && !is_marked(&together[1]));
    let apart = run(1, spans());
    assert_eq!(usage(&apart[0]).2, Some("estimated"));
    assert!(!is_marked(&apart[0]) && is_marked(&apart[1]), "it counts already");
    assert_eq!(apart[1].get(otel_genai::TRACE_INPUT_TOKENS), Some(&14.into()));
}

#[test]
fn counting_twice_is_counting_once() {
    let once = run(1 << 30, [silent("gpt-4o")]).remove(0);
    let resource = Arc::new(Resource::builder_empty().build());
    let twice = replay(enricher(), 1 << 30, [(resource, once.clone())]).remove(0).1;
    assert_eq!(once.attributes(), twice.attributes());
}

#[test]
fn nothing_is_counted_unasked() {
    let resource = Arc::new(Resource::builder_empty().build());
    let span = replay(Enricher::default(), 1 << 30, [(resource, silent("gpt-4o").build())]).remove(0).1;
    assert_eq!(usage(&span), (None, None, None, None));
}
