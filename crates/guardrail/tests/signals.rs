//! Every rule finds its signal in the shape in which it comes, and not in what looks alike.
//!
//! `data/signals.jsonl`: a span per line, and what the rule makes of it; `null`: nothing. Raw answers in it are those of
//! the captured ones where there is one, and the attributes are those that the named scope writes.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

// The captured traces are read as the enricher's tests read them.
#[path = "../../enrich/tests/support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::{Finding, GuardrailDetector, rules};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{IntoStages, Span};
use serde_json::Value as Json;
use support::replay;

fn cases() -> Vec<Json> {
    include_str!("data/signals.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn value(json: &Json) -> Value {
    match json {
        Json::String(text) => text.clone().into(),
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => number.as_i64().map_or_else(|| number.as_f64().unwrap().into(), Value::from),
        Json::Array(items) if items.iter().all(Json::is_string) && !items.is_empty() => {
            let items = items.iter().map(|item| item.as_str().unwrap().to_owned().into());
            Value::Array(Array::String(items.collect()))
        }
        other => other.to_string().into(),
    }
}

fn attributes(json: &Json) -> Vec<KeyValue> {
    let object = json.as_object().into_iter().flatten();
    object.map(|(key, json)| KeyValue::new(key.clone(), value(json))).collect()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn span(case: &Json) -> Span {
    let mut span = SpanBuilder::new(text(&case["name"])).scope(text(&case["scope"]));
    for attribute in attributes(&case["attributes"]) {
        span = span.attribute(attribute.key, attribute.value);
    }
    for event in case["events"].as_array().into_iter().flatten() {
        span = span.event(text(&event["name"]), attributes(&event["attributes"]));
    }
    match case["error"].as_str() {
        Some(error) => span.status(Status::error(error.to_owned())),
        None => span,
    }
    .build()
}

fn detect(span: Span) -> Vec<Finding> {
    findings_of((Enricher::default(), GuardrailDetector::default()), span)
}

fn findings_of(stages: impl IntoStages, span: Span) -> Vec<Finding> {
    let resource = Arc::new(Resource::builder_empty().build());
    let out = replay(stages, 1 << 30, [(resource, span)]);
    let json = out[0].1.get_str("guardrail.findings");
    json.map(|json| Finding::read_all(json).unwrap()).unwrap_or_default()
}

fn outline(finding: &Finding) -> BTreeMap<&'static str, Json> {
    BTreeMap::from([
        ("category", finding.category.as_str().into()),
        ("name", finding.name.as_ref().into()),
        ("status", finding.status.map_or(Json::Null, |status| status.as_str().into())),
        ("enforcement", finding.enforcement.map_or("unknown", |enforcement| enforcement.as_str()).into()),
        ("confidence", finding.confidence.as_str().into()),
    ])
}

#[test]
fn each_case_is_found_or_left() {
    let mut wrong = Vec::new();
    for case in cases() {
        let findings = detect(span(&case));
        match case["expect"].as_object() {
            Some(expected) => {
                let is_found = findings.iter().any(|finding| {
                    outline(finding).iter().all(|(key, value)| expected.get(*key) == Some(value))
                });
                if !is_found {
                    wrong.push(format!("{case}\n    not found: {findings:?}"));
                }
            }
            // What looks alike fires nothing, of any rule.
            None if findings.iter().any(Finding::has_fired)
                || findings.iter().any(|f| f.rule == text(&case["rule"])) =>
            {
                wrong.push(format!("{case}\n    {findings:?}"));
            }
            None => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_rule_has_a_case_that_it_finds_and_one_that_it_leaves() {
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    assert_eq!(known.len(), rules().count(), "two rules share an id");
    let with = |is_found: bool| -> BTreeSet<String> {
        cases()
            .iter()
            .filter(|case| case["expect"].is_null() != is_found)
            .map(|case| text(&case["rule"]))
            .collect()
    };
    let known: BTreeSet<String> = known.into_iter().map(str::to_owned).collect();
    assert_eq!(with(true), known);
    assert_eq!(with(false), known);
}

#[test]
fn each_rule_is_the_reason_of_a_finding() {
    let reasons: BTreeSet<String> = cases()
        .iter()
        // Also without the enricher, whose words hide what some of them would find.
        .flat_map(|case| [detect(span(case)), findings_of(GuardrailDetector::default(), span(case))])
        .flatten()
        .map(|finding| finding.rule.into_owned())
        .collect();
    let unused: Vec<&str> = rules().map(|rule| rule.id).filter(|id| !reasons.contains(*id)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// The readings of a finding's evidence lead somewhere: the attribute is there, and the pointer resolves in its JSON.
#[test]
fn evidence_can_be_read() {
    for case in cases() {
        let resource = Arc::new(Resource::builder_empty().build());
        let out =
            replay((Enricher::default(), GuardrailDetector::default()), 1 << 30, [(resource, span(&case))]);
        let span = &out[0].1;
        let findings = span.get_str("guardrail.findings").and_then(Finding::read_all).unwrap_or_default();
        for evidence in findings.iter().flat_map(|finding| &finding.evidence) {
            if matches!(&*evidence.attribute, "span.name" | "status.message") {
                continue;
            }
            let value = match evidence.event {
                None => span.get(&evidence.attribute),
                Some(index) => {
                    let attributes = &span.events()[index].attributes;
                    attributes.iter().find(|a| a.key.as_str() == evidence.attribute).map(|a| &a.value)
                }
            };
            let value = value.unwrap_or_else(|| panic!("{evidence:?} is not in {span:?}"));
            let json = match value {
                Value::Array(Array::String(items)) => {
                    items.iter().map(opentelemetry::StringValue::as_str).collect::<Json>()
                }
                other => {
                    let parsed: Json = serde_json::from_str(&other.as_str()).unwrap_or_default();
                    parsed.as_str().and_then(|inner| serde_json::from_str(inner).ok()).unwrap_or(parsed)
                }
            };
            let is_whole = evidence.pointer.is_empty();
            assert!(is_whole || json.pointer(&evidence.pointer).is_some(), "{evidence:?} in {json}");
        }
    }
}

/// A filter says of four harms what it found: the one that fired is the evidence, and its value is the one that is told.
#[test]
fn what_was_clean_is_no_evidence_of_what_fired() {
    let answer = r#"{"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"violence":{"filtered":false,
        "severity":"safe"}}}],"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},
        "violence":{"filtered":true,"severity":"high"},"sexual":{"filtered":false,"severity":"safe"}}}]}"#;
    let span = SpanBuilder::new("chat m-1")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", "m-1")
        .attribute("output.value", answer)
        .build();
    let findings = findings_of(GuardrailDetector::default(), span);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    let places: Vec<&str> = finding.evidence.iter().map(|evidence| &*evidence.pointer).collect();
    assert_eq!(places, ["/choices/0/content_filter_results/violence"]);
    assert_eq!(finding.native["violence"], "high");
    assert_eq!(finding.native["hate"], "safe");
    assert_eq!(finding.reason, "Azure OpenAI's content filter found what it looks for; blocked");
}
