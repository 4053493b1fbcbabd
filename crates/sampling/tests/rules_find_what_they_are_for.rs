//! Each condition is true of the traces it is for, and of no other.

mod support;

use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_sampling::{Sampling, Threshold};
use support::{replay, threshold};

fn span(name: &'static str) -> SpanBuilder {
    SpanBuilder::new(name).parent(1)
}

fn lasting(milliseconds: u64, builder: SpanBuilder) -> Span {
    let mut data = builder.build().into_data();
    data.end_time = data.start_time + Duration::from_millis(milliseconds);
    Span::from(data)
}

fn call(cost: impl Into<Value>) -> SpanBuilder {
    span("chat").attribute("gen_ai.operation.name", "chat").attribute("llm.cost.total", cost)
}

fn tokens(input: impl Into<Value>, output: impl Into<Value>) -> SpanBuilder {
    span("chat")
        .attribute("otel_genai.role", "llm_call")
        .attribute("gen_ai.usage.input_tokens", input)
        .attribute("gen_ai.usage.output_tokens", output)
}

fn tool(name: &'static str, hash: &'static str) -> SpanBuilder {
    span("execute_tool")
        .attribute("gen_ai.operation.name", "execute_tool")
        .attribute("gen_ai.tool.name", name)
        .attribute("otel_genai.tool.arguments_hash", hash)
}

fn finding(status: &str, confidence: &str) -> SpanBuilder {
    let findings = format!(
        r#"[{{"id":"1","category":"pii","name":"n","source":"explicit","confidence":"low","status":"triggered","enforcement":"block","reason":"r","evidence":[]}},
            {{"id":"2","category":"pii","name":"n","source":"explicit","confidence":"{confidence}","status":"{status}","enforcement":"block","reason":"r","evidence":[]}}]"#
    );
    span("guardrail").attribute("guardrail.findings", findings)
}

fn tagged(tags: &[&'static str]) -> SpanBuilder {
    let tags = tags.iter().map(|tag| (*tag).into()).collect();
    span("run").attribute("otel_genai.tags", Value::Array(Array::String(tags)))
}

/// Tells whether the rule keeps a trace of these spans and a root without anything.
fn keeps(rule: &str, spans: Vec<Span>) -> bool {
    let root = lasting(100, SpanBuilder::new("root").id(1));
    let sampling =
        Sampling::ratio(0.0).expect("valid").assume_all_recorded().rule(rule.parse().expect("a rule"));
    let (kept, _) = replay(sampling.tail(), spans.into_iter().chain([root]));
    for span in &kept {
        assert_eq!(span.get_str("otel_genai.sampling.rule"), Some(rule));
        assert_eq!(threshold(span), Some(Threshold::ALWAYS));
    }
    !kept.is_empty()
}

#[test]
fn conditions() {
    let b = SpanBuilder::build;
    let failed = |builder: SpanBuilder| builder.status(Status::error("failed")).build();
    let cases: Vec<(&str, Vec<Span>, bool)> = vec![
        ("error", vec![], false),
        ("error", vec![failed(span("deep").parent(77))], true),
        ("error", vec![b(span("s").event("exception", [KeyValue::new("exception.type", "E")]))], true),
        ("error", vec![b(span("s").event("retry", []))], false),
        ("error", vec![b(span("s").attribute("error.type", "timeout"))], true),
        ("error", vec![b(span("s").attribute("error.type", ""))], false),
        // The root lasts 100 ms.
        ("slower_than=99ms", vec![], true),
        ("slower_than=100ms", vec![], false),
        ("slower_than=100ms", vec![lasting(101, span("s"))], true),
        (
            "span_slower_than=50ms:search",
            vec![lasting(60, span("fetch")), lasting(40, span("search"))],
            false,
        ),
        ("span_slower_than=50ms:search", vec![lasting(60, span("search"))], true),
        ("span_slower_than=50ms:~^sea", vec![lasting(60, span("search"))], true),
        ("dearer_than=0.5", vec![b(call(0.3)), b(call(0.2))], false),
        ("dearer_than=0.5", vec![b(call(0.3)), b(call("0.25"))], true),
        (
            "dearer_than=0.5",
            vec![b(call(0.3)), b(call(0.3).attribute("otel_genai.duplicate_of", "1"))],
            false,
        ),
        ("dearer_than=0.5", vec![b(call(0.9).attribute("otel_genai.cost.unknown", "model"))], false),
        ("dearer_than=0.5", vec![b(call(0.9).attribute("otel_genai.role", "agent"))], false),
        ("dearer_than=0", vec![b(call(f64::NAN)), b(call(-1.0)), b(call("free"))], false),
        ("more_tokens_than=100", vec![b(tokens(60, 20)), b(tokens(20, 0))], false),
        ("more_tokens_than=100", vec![b(tokens(60, "20")), b(tokens(20, 1))], true),
        ("guarded", vec![b(finding("triggered", "low"))], false),
        ("guarded", vec![b(finding("triggered", "medium"))], true),
        ("guarded", vec![b(finding("modified", "high"))], true),
        ("guarded", vec![b(finding("not_triggered", "high"))], false),
        ("guarded", vec![b(span("s").attribute("guardrail.findings", "[{"))], false),
        ("tool_failed", vec![b(tool("a", "1")), failed(span("chat"))], false),
        ("tool_failed", vec![failed(tool("a", "1"))], true),
        ("loop=3", vec![b(tool("a", "1")), b(tool("a", "1")), b(tool("a", "2")), b(tool("b", "1"))], false),
        ("loop=3", vec![b(tool("a", "1")), b(tool("b", "2")), b(tool("a", "1")), b(tool("a", "1"))], true),
        (
            "loop=2",
            vec![b(tool("a", "1")), b(tool("a", "1").attribute("otel_genai.duplicate_of", "1"))],
            false,
        ),
        ("name=root", vec![], true),
        ("name=roo", vec![], false),
        ("name~roo", vec![], true),
        ("tag=a", vec![b(tagged(&["b", "a"]))], true),
        ("tag=a", vec![b(tagged(&["b", "ab"]))], false),
        ("model=m", vec![b(span("s").attribute("gen_ai.request.model", "m"))], true),
        ("model~^m-\\d+$", vec![b(span("s").attribute("gen_ai.response.model", "m-42"))], true),
        ("model=m", vec![b(span("s").attribute("gen_ai.response.model", "m-42"))], false),
        ("agent=planner", vec![b(span("s").attribute("gen_ai.agent.name", "planner"))], true),
        ("attribute:k=v", vec![b(span("s").attribute("k", "v"))], true),
        ("attribute:k=v", vec![b(span("s").attribute("k", "w"))], false),
        ("attribute:k=7", vec![b(span("s").attribute("k", 7))], true),
        ("attribute:k~^1", vec![b(span("s").attribute("k", Value::Array(Array::I64(vec![5, 12]))))], true),
        ("attribute:k>=500", vec![b(span("s").attribute("k", 500))], true),
        ("attribute:k>500", vec![b(span("s").attribute("k", 500))], false),
        ("attribute:k<1", vec![b(span("s").attribute("k", "0.5"))], true),
        ("attribute:k<1", vec![b(span("s").attribute("k", "none"))], false),
        ("error and tag=a", vec![failed(span("s"))], false),
        ("error and tag=a", vec![failed(span("s")), b(tagged(&["a"]))], true),
    ];
    for (index, (rule, spans, expected)) in cases.into_iter().enumerate() {
        assert_eq!(keeps(rule, spans), expected, "{rule}, case {index}");
    }
}

#[test]
fn the_first_rule_that_is_met_decides_also_against_the_trace() {
    let sampling = Sampling::ratio(1.0)
        .expect("valid")
        .assume_all_recorded()
        .rule("name=health; rate=0".parse().expect("valid"))
        .keep_errors();
    let root =
        |name: &'static str, trace| SpanBuilder::new(name).trace(trace).status(Status::error("e")).build();
    let (kept, stats) = replay(sampling.tail(), [root("health", 1), root("pay", 2)]);
    assert_eq!(kept.iter().map(Span::name).collect::<Vec<_>>(), ["pay"]);
    assert_eq!(stats.dropped_for("not_chosen"), 1);
}

#[test]
fn without_the_head_the_ratio_decides_and_thresholds_only_go_up() {
    let trace = |id: u128, state: &str| {
        let mut span = SpanBuilder::new("root").trace(id).build();
        span.set_trace_state(state.parse().expect("valid"));
        span
    };
    let spans = || {
        [
            trace(0xff_ffff_ffff_ffff, "ot=th:e666"),
            trace(0x90_0000_0000_0000, "ot=th:0"),
            trace(0x91_0000_0000_0000, ""),
            trace(0x10_0000_0000_0000, "ot=rv:f0000000000000"),
            trace(0x20_0000_0000_0000, "ot=th:0"),
        ]
    };
    let half = Sampling::ratio(0.5).expect("valid");
    let thresholds = |sampling: &Sampling| {
        let (kept, _) = replay(sampling.tail(), spans());
        kept.iter().map(|span| threshold(span).map(|threshold| threshold.to_string())).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(thresholds(&half), [some("e666"), some("8"), None, None]);
    assert_eq!(thresholds(&half.assume_all_recorded()), [some("e666"), some("8"), some("8"), some("8")]);
}
