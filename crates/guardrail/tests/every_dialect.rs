//! Each provider's signal is found in whatever attribute or event a library puts the answer into, and the answer that
//! looks alike fires nothing there.
//!
//! `data/providers.jsonl`: an answer with a signal, one that looks alike, and the finding. Libraries that write only parts
//! of an answer have their cases in `data/signals.jsonl`.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

// The captured traces are read as the enricher's tests read them.
#[path = "../../enrich/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::{Confidence, Finding, GuardrailDetector};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use serde_json::{Value as Json, json};
use support::replay;

/// Where a library puts an answer: its scope, and the attribute (of an event, if that is named).
const CARRIERS: [Carrier; 20] = [
    ("openinference.instrumentation.openai", None, "output.value"),
    ("opentelemetry.instrumentation.openai.v1", None, "traceloop.entity.output"),
    ("opentelemetry.instrumentation.bedrock", None, "gen_ai.response.raw"),
    ("langfuse-sdk", None, "langfuse.observation.output"),
    ("langsmith", None, "gen_ai.completion"),
    ("litellm", None, "llm.response"),
    ("logfire.openai", None, "response_data"),
    ("logfire.openai_agents", None, "response"),
    ("mlflow.tracing.provider", None, "mlflow.spanOutputs"),
    ("gcp.vertex.agent", None, "gcp.vertex.agent.llm_response"),
    ("ai", None, "ai.response.providerMetadata"),
    ("pydantic-ai", None, "model_response"),
    ("haystack.tracing", None, "haystack.component.output"),
    ("crewai.telemetry", None, "crew.output.raw"),
    ("semantic_kernel", None, "gen_ai.event.content.completion"),
    ("mlflow.tracing.provider", Some("mlflow.chunk.item.3"), "mlflow.chunk.value"),
    ("strands.telemetry.tracer", Some("gen_ai.choice"), "message"),
    ("opentelemetry.instrumentation.openai.v1", Some("gen_ai.content.completion"), "gen_ai.completion"),
    ("gen_ai", Some("gen_ai.client.inference.operation.details"), "gen_ai.response.body"),
    ("openlit.instrumentation.openai", Some("gen_ai.content.completion"), "gen_ai.completion"),
];

/// How a library writes an answer into an attribute.
type Spelling = (&'static str, fn(&Json) -> Value);

const SPELLINGS: [Spelling; 12] = [
    ("JSON", |answer| answer.to_string().into()),
    ("JSON with spaces", |answer| serde_json::to_string_pretty(answer).unwrap().into()),
    ("JSON as text", |answer| Json::from(answer.to_string()).to_string().into()),
    ("JSON without Unicode", |answer| {
        let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
        answer.to_string().chars().map(escape).collect::<String>().into()
    }),
    ("a list of chunks", |answer| json!([{"id": "chunk-1"}, answer]).to_string().into()),
    ("in an object", |answer| json!({"result": {"raw": answer}}).to_string().into()),
    ("JSON that a limit cut", |answer| cut(answer).into()),
    ("cut JSON as text", |answer| {
        let text = Json::from(cut(answer)).to_string();
        text[..text.len() - 1].to_owned().into()
    }),
    ("a stream, one chunk behind the other", |answer| format!("{{\"id\":\"chunk-1\"}}\n{answer}\n").into()),
    ("Python's dictionaries", |answer| python(answer, false).into()),
    ("Python's objects", |answer| python(&json!({"id": "c", "raw": answer}), true).into()),
    ("JSON in a member", |answer| json!({"status": 200, "body": answer.to_string()}).to_string().into()),
];

/// What a limit on the length of attributes leaves of an answer with more behind the signal.
fn cut(answer: &Json) -> String {
    let text = answer.to_string();
    format!("{},\"usage\":{{\"details\":{{\"input_tok", text.strip_suffix('}').unwrap())
}

/// What Python prints of a value; objects as calls of their class where that is asked for.
fn python(value: &Json, has_classes: bool) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => number.to_string(),
        Json::String(text) if text.contains('\'') => format!("\"{text}\""),
        Json::String(text) => format!("'{text}'"),
        Json::Array(items) => {
            format!("[{}]", list(items.iter().map(|item| python(item, has_classes)).collect()))
        }
        Json::Object(members) => {
            let is_name = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let is_object = has_classes && members.keys().all(|key| is_name(key));
            let member = |(key, value): (&String, &Json)| match is_object {
                true => format!("{key}={}", python(value, true)),
                false => format!("'{key}': {}", python(value, has_classes)),
            };
            let members = list(members.iter().map(member).collect());
            if is_object { format!("Answer({members})") } else { format!("{{{members}}}") }
        }
    }
}

type Carrier = (&'static str, Option<&'static str>, &'static str);

fn span(trace: usize, (scope, event, key): Carrier, value: Value) -> Span {
    let span = SpanBuilder::new("chat m-1")
        .trace(trace as u128 + 1)
        .scope(scope)
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", "m-1");
    match event {
        None => span.attribute(key, value),
        Some(event) => span.event(event, [KeyValue::new(key, value)]),
    }
    .build()
}

/// The findings of each span, which is alone in its trace.
fn findings(spans: Vec<Span>) -> Vec<Vec<Finding>> {
    let resource = Arc::new(Resource::builder_empty().build());
    let spans = spans.into_iter().map(|span| (Arc::clone(&resource), span));
    let stages = (Enricher::default(), GuardrailDetector::default());
    let mut out: Vec<Span> = replay(stages, 1 << 30, spans).into_iter().map(|(_, span)| span).collect();
    out.sort_by_key(|span| span.trace_id().to_bytes());
    let read = |json| Finding::read_all(json).unwrap();
    out.iter().map(|span| span.get_str("guardrail.findings").map(read).unwrap_or_default()).collect()
}

fn words(finding: &Finding) -> String {
    format!(
        "{} {} {} {}",
        finding.category.as_str(),
        finding.name,
        finding.status.map_or("unknown", |status| status.as_str()),
        finding.enforcement.map_or("unknown", |enforcement| enforcement.as_str()),
    )
}

#[test]
fn every_signal_is_found_in_every_place_and_spelling() {
    let (mut spans, mut cases) = (Vec::new(), Vec::new());
    for line in include_str!("data/providers.jsonl").lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        for carrier in CARRIERS {
            for (spelling, spell) in SPELLINGS {
                for (answer, expected) in [("answer", case["expect"].as_str()), ("harmless", None)] {
                    spans.push(span(spans.len(), carrier, spell(&case[answer])));
                    cases.push((
                        format!("{}, {answer} in {carrier:?} as {spelling}", case["signal"]),
                        expected.map(str::to_owned),
                    ));
                }
            }
        }
    }
    check(spans, cases);
}

/// Compares what is found in each span of medium confidence or more with what should be.
fn check(spans: Vec<Span>, cases: Vec<(String, Option<String>)>) {
    let mut wrong = Vec::new();
    for (findings, (case, expected)) in findings(spans).iter().zip(cases) {
        let sure = findings.iter().filter(|finding| finding.confidence >= Confidence::Medium);
        let is_right = match &expected {
            Some(expected) => sure.into_iter().any(|finding| words(finding) == *expected),
            None => !findings.iter().any(Finding::has_fired),
        };
        if !is_right {
            let found: Vec<String> = findings.iter().map(words).collect();
            wrong.push(format!("{case}: {found:?} and not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn finish_reasons_are_read_in_every_place_and_spelling() {
    let keys = [
        "gen_ai.response.finish_reasons",
        "gen_ai.response.finish_reason",
        "gen_ai.completion.0.finish_reason",
        "gen_ai.choice.finish_reason",
        "ai.response.finishReason",
        "llm.finish_reason",
        "llm.response.finish_reason",
        "llm.response.stop_reason",
        "anthropic.message.stop_reason",
        "langfuse.observation.metadata.stop_reason",
        "llm.stop_reasons",
    ];
    let words = [
        ("content_filter", "moderation content_filter"),
        ("CONTENT_FILTER", "moderation content_filter"),
        ("content-filter", "moderation content_filter"),
        ("contentFilter", "moderation content_filter"),
        ("ContentFilter", "moderation content_filter"),
        ("FinishReason.SAFETY", "moderation content_filter"),
        ("FinishReason.CONTENT_FILTER", "moderation content_filter"),
        ("Safety", "moderation content_filter"),
        ("PROHIBITED_CONTENT", "moderation content_filter"),
        ("ProhibitedContent", "moderation content_filter"),
        ("IMAGE_SAFETY", "moderation content_filter"),
        ("FINISH_REASON_SAFETY", "moderation content_filter"),
        ("RECITATION", "output_validation recitation"),
        ("SPII", "pii sensitive_personal_data"),
        ("refusal", "moderation refusal"),
        ("Refusal", "moderation refusal"),
        ("content_filtered", "moderation content_filter"),
        ("guardrail_intervened", "unknown bedrock_guardrail"),
        ("GuardrailIntervened", "unknown bedrock_guardrail"),
        ("ERROR_TOXIC", "moderation content_filter"),
    ];
    let spellings: [fn(&str) -> Value; 5] = [
        |word| word.to_owned().into(),
        |word| Json::from(word).to_string().into(),
        |word| json!([word]).to_string().into(),
        |word| Value::Array(Array::String(vec![word.to_owned().into()])),
        |word| Value::Array(Array::String(vec!["stop".into(), word.to_owned().into()])),
    ];
    let harmless =
        ["stop", "length", "end_turn", "MAX_TOKENS", "FinishReason.STOP", "OTHER", "safe", "false"];
    let (mut spans, mut cases) = (Vec::new(), Vec::new());
    for key in keys {
        for (place, spell) in spellings.iter().enumerate() {
            for event in [None, Some("gen_ai.choice")] {
                let expected =
                    words.iter().map(|(word, finding)| (*word, Some(format!("{finding} triggered block"))));
                for (word, expected) in expected.chain(harmless.map(|word| (word, None))) {
                    spans.push(span(spans.len(), ("test", event, key), spell(word)));
                    cases.push((format!("{key} {event:?} {word} in spelling {place}"), expected));
                }
            }
        }
    }
    check(spans, cases);
}
