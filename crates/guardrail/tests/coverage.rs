//! What a trace's summary says: what was seen, what is missing and why, what was suppressed and by whom.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

// The captured traces are read as the enricher's tests read them.
#[path = "../../enrich/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use opentelemetry::{Array, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::{Capability, Confidence, Finding, GuardrailDetector, Requirement};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::GuardrailCategory;
use serde_json::{Value as Json, json};
use support::replay;

fn agent() -> SpanBuilder {
    SpanBuilder::new("invoke_agent planner").attribute("gen_ai.operation.name", "invoke_agent")
}

fn call(root: &Span) -> SpanBuilder {
    SpanBuilder::new("chat m-1")
        .child_of(root)
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", "m-1")
}

fn with_texts(call: SpanBuilder) -> SpanBuilder {
    let message =
        |role: &str| format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"hello"}}]}}]"#);
    call.attribute("gen_ai.input.messages", message("user"))
        .attribute("gen_ai.output.messages", message("assistant"))
}

fn guardrail(root: &Span, category: &'static str, status: &'static str) -> Span {
    SpanBuilder::new(format!("guardrail {category}"))
        .child_of(root)
        .attribute("span.type", "guardrail")
        .attribute("guardrail.name", category)
        .attribute("guardrail.category", category)
        .attribute("guardrail.status", status)
        .build()
}

/// Runs the spans of one trace, its root last, and returns the root.
fn summed_up(detector: GuardrailDetector, spans: Vec<Span>) -> Span {
    let resource = Arc::new(Resource::builder_empty().build());
    let input = spans.into_iter().map(|span| (Arc::clone(&resource), span));
    let out = replay((Enricher::default(), detector), 1 << 30, input);
    out.into_iter().next_back().unwrap().1
}

fn summary(root: &Span) -> Json {
    serde_json::from_str(root.get_str("guardrail.summary").unwrap()).unwrap()
}

fn missing(root: &Span) -> Vec<String> {
    let summary = summary(root);
    let words = summary["missing"].as_array().unwrap().iter();
    words
        .map(|entry| {
            format!("{} {}", entry["category"].as_str().unwrap(), entry["confidence"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn what_a_run_does_calls_for_guardrails() {
    let root = agent().build();
    let tool = SpanBuilder::new("execute_tool t")
        .child_of(&root)
        .attribute("gen_ai.operation.name", "execute_tool")
        .attribute("gen_ai.tool.name", "t")
        .build();
    let root = summed_up(GuardrailDetector::default(), vec![with_texts(call(&root)).build(), tool, root]);
    assert_eq!(
        missing(&root),
        [
            "input_validation medium",
            "prompt_injection medium",
            "output_validation medium",
            "moderation medium",
            "tool_permission high"
        ]
    );
    let summary = summary(&root);
    assert_eq!(
        summary["capabilities"],
        json!(["calls_llm", "handles_user_text", "produces_user_text", "uses_tools"])
    );
    assert_eq!(
        summary["missing"][4]["why"],
        "the run uses tools, and no guardrail of this category was seen"
    );
    assert_eq!(summary["coverage_confidence"], "low");
    assert_eq!(summary["scope"], "process");
    assert_eq!(summary["spans_processes"], false);
    assert_eq!(root.get("guardrail.summary.missing_count"), Some(&5.into()));
    assert_eq!(root.get("guardrail.summary.detected_categories"), Some(&Value::Array(Array::String(vec![]))));
}

#[test]
fn a_guardrail_that_worked_is_not_missing_and_one_that_failed_is() {
    let root = agent().build();
    let spans = vec![
        with_texts(call(&root)).build(),
        guardrail(&root, "moderation", "not_triggered"),
        guardrail(&root, "prompt_injection", "triggered"),
        guardrail(&root, "input_validation", "failed"),
        guardrail(&root, "output_validation", "not_run"),
        root,
    ];
    let root = summed_up(GuardrailDetector::default(), spans);
    assert_eq!(missing(&root), ["input_validation medium", "output_validation medium"]);
    let summary = summary(&root);
    assert_eq!(
        summary["detected_categories"],
        json!(["input_validation", "moderation", "output_validation", "prompt_injection"])
    );
    assert_eq!(summary["triggered_categories"], json!(["prompt_injection"]));
    let why =
        "a model is given text that may come from a user, and the one that was seen failed or did not run";
    assert_eq!(summary["missing"][0]["why"], why);
    assert_eq!(summary["coverage_confidence"], "high");
    assert_eq!(summary["limitations"], json!(["2 of 4 guardrails failed or did not run"]));
}

#[test]
fn what_was_not_recorded_is_assumed_with_low_confidence() {
    let root = agent().build();
    let root = summed_up(GuardrailDetector::default(), vec![call(&root).build(), root]);
    assert_eq!(
        missing(&root),
        ["input_validation low", "prompt_injection low", "output_validation low", "moderation low"]
    );
    let said = summary(&root)["limitations"].to_string();
    assert!(said.contains("texts of calls were not recorded"), "{said}");
}

#[test]
fn a_guess_protects_nothing() {
    let root = agent().build();
    let refusal = call(&root)
        .attribute("gen_ai.input.messages", "[]")
        .attribute(
            "gen_ai.output.messages",
            r#"[{"role":"assistant","parts":[{"type":"text","content":"I can’t help with that."}]}]"#,
        )
        .build();
    let spans = vec![refusal, root];
    let guessed = summed_up(GuardrailDetector::default(), spans.clone());
    assert!(missing(&guessed).contains(&"moderation medium".to_owned()));
    assert_eq!(summary(&guessed)["triggered_categories"], json!(["moderation"]));
    assert_eq!(summary(&guessed)["coverage_confidence"], "low");
    let sober = summed_up(GuardrailDetector::builder().heuristics(false).build(), spans);
    assert_eq!(summary(&sober)["findings"], 0);
}

#[test]
fn categories_are_suppressed_by_setting_and_by_any_span() {
    let listed = Value::Array(Array::String(vec!["moderation".into(), "no_category".into()]));
    for value in [listed, "moderation, no_category".into(), "[\"moderation\"]".into()] {
        let root = agent().build();
        let call = with_texts(call(&root)).attribute("guardrail.suppress_missing", value).build();
        let detector =
            GuardrailDetector::builder().suppress_missing([GuardrailCategory::OutputValidation]).build();
        let root = summed_up(detector, vec![call, root]);
        assert_eq!(missing(&root), ["input_validation medium", "prompt_injection medium"]);
        assert_eq!(summary(&root)["suppressed"], json!(["moderation", "output_validation"]));
    }
}

#[test]
fn requirements_are_the_users() {
    let root = agent().build();
    let detector = GuardrailDetector::builder()
        .requirements([Requirement::new(
            Capability::CallsLlm,
            GuardrailCategory::RateLimit,
            Confidence::High,
        )])
        .require(Requirement::new(Capability::HandlesUserText, GuardrailCategory::Pii, Confidence::Medium))
        .build();
    let root = summed_up(detector, vec![with_texts(call(&root)).build(), root]);
    assert_eq!(missing(&root), ["rate_limit high", "pii medium"]);
}

#[test]
fn a_trace_of_several_processes_is_summed_up_per_process() {
    let root = agent().remote_parent(0xabc).build();
    let root = summed_up(
        GuardrailDetector::default(),
        vec![with_texts(call(&root)).build(), guardrail(&root, "moderation", "not_triggered"), root],
    );
    let summary = summary(&root);
    assert_eq!(summary["spans_processes"], true);
    assert_eq!(summary["coverage_confidence"], "medium");
    assert!(summary["limitations"][0].as_str().unwrap().contains("spans processes"));
}

#[test]
fn a_trace_without_models_is_left_alone() {
    let root = SpanBuilder::new("GET /").attribute("http.request.method", "GET").build();
    let child = SpanBuilder::new("SELECT").child_of(&root).attribute("db.query.text", "refusal").build();
    let root = summed_up(GuardrailDetector::default(), vec![child, root]);
    assert!(root.attributes().iter().all(|attribute| !attribute.key.as_str().starts_with("guardrail")));
}

/// A run is stopped by a guardrail of its own: the exception that climbs to the root is no second finding.
#[test]
fn an_exception_on_its_way_up_is_the_same_event() {
    let exception = || {
        let class = "agents.exceptions.InputGuardrailTripwireTriggered";
        [opentelemetry::KeyValue::new("exception.type", class)]
    };
    let root = agent().event("exception", exception()).build();
    let turn = SpanBuilder::new("turn").child_of(&root).event("exception", exception()).build();
    let check = guardrail(&turn, "prompt_injection", "triggered");
    let out = replay(
        (Enricher::default(), GuardrailDetector::default()),
        1 << 30,
        [check, turn, root].map(|span| (Arc::new(Resource::builder_empty().build()), span)),
    );
    let counts: Vec<usize> = out
        .iter()
        .map(|(_, span)| {
            span.get_str("guardrail.findings")
                .and_then(Finding::read_all)
                .map_or(0, |findings| findings.len())
        })
        .collect();
    assert_eq!(counts, [1, 0, 0]);
}

#[test]
fn findings_are_counted_by_words_of_closed_lists() {
    let exporter = InMemoryMetricExporter::default();
    let metrics = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    let root = agent().build();
    let spans = vec![
        guardrail(&root, "moderation", "triggered"),
        guardrail(&root, "moderation", "triggered"),
        call(&root).attribute("gen_ai.response.finish_reasons", "refusal").build(),
        root,
    ];
    let resource = Arc::new(Resource::builder_empty().build());
    let detector = || GuardrailDetector::builder().metrics(&metrics).build();
    let input = spans.into_iter().map(|span| (Arc::clone(&resource), span));
    let once = replay((Enricher::default(), detector()), 1 << 30, input);
    // What was found before is not counted again.
    replay(detector(), 1 << 30, once);
    metrics.force_flush().unwrap();
    let mut counted = Vec::new();
    for metric in exporter
        .get_finished_metrics()
        .unwrap()
        .iter()
        .flat_map(|m| m.scope_metrics().collect::<Vec<_>>())
        .flat_map(|scope| scope.metrics().collect::<Vec<_>>())
    {
        assert_eq!(metric.name(), "otel_genai.guardrail.findings");
        let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else { panic!("no counter") };
        for point in sum.data_points() {
            let mut words: Vec<String> =
                point.attributes().map(|a| format!("{}={}", a.key, a.value)).collect();
            words.sort();
            counted.push((point.value(), words.join(" ")));
        }
    }
    counted.sort();
    assert_eq!(
        counted,
        [
            (
                1,
                "guardrail.category=moderation guardrail.enforcement_mode=block guardrail.source=provider_native \
                 guardrail.status=triggered"
                    .to_owned()
            ),
            (
                2,
                "guardrail.category=moderation guardrail.enforcement_mode=unknown guardrail.source=explicit \
                 guardrail.status=triggered"
                    .to_owned()
            ),
        ]
    );
}
