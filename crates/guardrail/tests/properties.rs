//! Whatever a span holds: no panic, no content in a finding, and twice is once.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

// The captured traces are read as the enricher's tests read them.
#[path = "../../enrich/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::{Confidence, Finding, GuardrailDetector, MAX_FINDINGS, Source};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value as Json;
use support::{captures, replay};

/// In every text that is content.
const CANARY: &str = "bob@example.com's 4111 1111 1111 1111";

const KEYS: [&str; 46] = [
    "finish_reason",
    "stop_reason",
    "finishReason",
    "refusal",
    "type",
    "role",
    "content",
    "text",
    "message",
    "delta",
    "parts",
    "choices",
    "error",
    "innererror",
    "code",
    "content_filter_results",
    "hate",
    "jailbreak",
    "filtered",
    "severity",
    "detected",
    "promptFeedback",
    "blockReason",
    "safetyRatings",
    "category",
    "probability",
    "blocked",
    "trace",
    "guardrail",
    "inputAssessment",
    "outputAssessments",
    "gr-1",
    "topicPolicy",
    "topics",
    "wordPolicy",
    "customWords",
    "action",
    "name",
    "match",
    "moderation",
    "results",
    "flagged",
    "categories",
    "category_scores",
    "activated_rails",
    "guardrail_information",
];

const WORDS: [&str; 20] = [
    "content_filter",
    "refusal",
    "SAFETY",
    "BLOCKED",
    "ANONYMIZED",
    "NONE",
    "high",
    "HIGH",
    "true",
    "false",
    "assistant",
    "user",
    "guardrail_intervened",
    "GUARDRAIL_INTERVENED",
    "PROHIBITED_CONTENT",
    "stop",
    "deny",
    "I'm sorry, I can't help with that.",
    "permission denied",
    "rejected as a result of our safety system",
];

const ATTRIBUTES: [&str; 30] = [
    "gen_ai.output.messages",
    "gen_ai.input.messages",
    "gen_ai.response.finish_reasons",
    "output.value",
    "input.value",
    "guardrail.name",
    "guardrail.category",
    "guardrail.triggered",
    "guardrail.status",
    "guardrail.policy_id",
    "guardrail.reason",
    "gen_ai.guardrail.name",
    "gen_ai.guardrail.result.value",
    "span.type",
    "openinference.span.kind",
    "gen_ai.operation.name",
    "gen_ai.tool.name",
    "gen_ai.tool.call.result",
    "error.type",
    "error.message",
    "error",
    "aws.bedrock.guardrail.id",
    "gen_ai.bedrock.guardrail.input_filter",
    "metadata.applied_guardrails",
    "metadata.guardrail_information",
    "gen_ai.prompt.prompt_filter_results",
    "guardrail.suppress_missing",
    "refusal",
    "gen_ai.request.model",
    "guardrail.findings",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&WORDS[..]).prop_map(str::to_owned),
        2 => Just(CANARY.to_owned()),
        1 => ".{0,20}",
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3_i64..9).prop_map(Json::from),
        word().prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let key = prop_oneof![9 => select(&KEYS[..]).prop_map(str::to_owned), 1 => Just(CANARY.to_owned())];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((key, inner), 0..6)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => json().prop_map(|json| json.to_string().into()),
        3 => word().prop_map(Value::from),
        1 => vec(word(), 0..3).prop_map(|words| Value::Array(Array::String(words.into_iter().map(Into::into).collect()))),
        1 => any::<bool>().prop_map(Value::from),
        1 => json().prop_map(|json| { let mut text = json.to_string(); let cut = (0..=text.len() / 2).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0); text.truncate(cut); text.into() }),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let attribute = (select(&ATTRIBUTES[..]), value()).prop_map(|(key, value)| KeyValue::new(key, value));
    vec(attribute, 0..8)
}

prop_compose! {
    fn span()(
        attributes in attributes(),
        event in of((select(&["exception", "gen_ai.choice", "guard.evaluation", "x"][..]), attributes())),
        error in of(word()),
        role in select(&["llm_call", "tool", "agent", "guardrail", "other", ""][..]),
        name in word(),
    ) -> Span {
        let mut span = SpanBuilder::new(name).attribute("otel_genai.role", role);
        for attribute in attributes {
            span = span.attribute(attribute.key, attribute.value);
        }
        if let Some((name, attributes)) = event {
            span = span.event(name, attributes);
        }
        match error {
            Some(error) => span.status(Status::error(error)),
            None => span,
        }.build()
    }
}

fn detect(spans: Vec<Span>) -> Vec<Span> {
    let resource = Arc::new(Resource::builder_empty().build());
    let input = spans.into_iter().map(|span| (Arc::clone(&resource), span));
    replay(GuardrailDetector::default(), 1 << 30, input).into_iter().map(|(_, span)| span).collect()
}

fn findings(span: &Span) -> Vec<Finding> {
    span.get_str("guardrail.findings").and_then(Finding::read_all).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_content_gets_into_a_finding(spans in vec(span(), 1..4)) {
        let detected = detect(spans);
        for span in &detected {
            let found = findings(span);
            prop_assert!(found.len() <= MAX_FINDINGS);
            for finding in &found {
                let is_guess = finding.source == Source::Heuristic;
                prop_assert!(!is_guess || finding.confidence == Confidence::Low);
                // An id is a hash, and may have any digits.
                let mut finding = finding.clone();
                finding.id.clear();
                let json = serde_json::to_string(&finding).expect("is JSON");
                prop_assert!(!json.contains("bob@") && !json.contains("4111"), "{}", json);
                prop_assert!(!json.contains("can't help") && !json.contains("safety system"), "{}", json);
            }
        }
        // The order in which a span was read a second time changes nothing.
        prop_assert_eq!(detect(detected.clone()), detected);
    }
}

#[test]
fn twice_is_once_over_captured_traces() {
    for capture in captures() {
        let stages = || (Enricher::default(), GuardrailDetector::default());
        let once = replay(stages(), 1 << 30, capture.input());
        let twice = replay(stages(), 1 << 30, once.clone());
        for ((_, once), (_, twice)) in once.iter().zip(&twice) {
            let ours = |span: &Span| -> Vec<KeyValue> {
                let is_ours = |a: &&KeyValue| a.key.as_str().starts_with("guardrail.");
                span.attributes().iter().filter(is_ours).cloned().collect()
            };
            assert_eq!(ours(once), ours(twice), "{}", capture.name);
        }
    }
}
