//! Guesses tell denials and refusals from sentences that look like them, and are of low confidence, right or wrong.
//!
//! `data/guesses.txt` has the sentences: errors of tools, and beginnings of answers.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

// The captured traces are read as the enricher's tests read them.
#[path = "../../enrich/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use opentelemetry::trace::Status;
use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::{Confidence, Finding, GuardrailDetector, Source};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use serde_json::json;
use support::replay;

/// Sentences that nobody can tell by their words alone, and that the patterns get wrong.
const KNOWN_WRONG: [&str; 1] = ["I can't help with the installation until you send the log."];

fn span(kind: &str, sentence: &str) -> Span {
    match kind {
        "error" => SpanBuilder::new("execute_tool t")
            .attribute("gen_ai.operation.name", "execute_tool")
            .attribute("gen_ai.tool.name", "t")
            .status(Status::error(sentence.to_owned())),
        "answer" => {
            let message = json!([{"role": "assistant", "parts": [{"type": "text", "content": sentence}]}]);
            SpanBuilder::new("chat m-1")
                .attribute("gen_ai.operation.name", "chat")
                .attribute("gen_ai.request.model", "m-1")
                .attribute("gen_ai.output.messages", message.to_string())
        }
        other => panic!("{other} is no place of a sentence"),
    }
    .build()
}

fn findings(detector: GuardrailDetector, span: Span) -> Vec<Finding> {
    let resource = Arc::new(Resource::builder_empty().build());
    let out = replay((Enricher::default(), detector), 1 << 30, [(resource, span)]);
    let json = out[0].1.get_str("guardrail.findings");
    json.map(|json| Finding::read_all(json).unwrap()).unwrap_or_default()
}

fn sentences() -> impl Iterator<Item = (&'static str, bool, &'static str)> {
    let lines = include_str!("data/guesses.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let mut parts = line.splitn(3, ' ');
        let mut next = || parts.next().unwrap();
        (next(), next() == "yes", next())
    })
}

#[test]
fn denials_and_refusals_are_told_from_what_looks_like_them() {
    let (mut right, mut wrong, mut yes, mut no) = (0, Vec::new(), 0, 0);
    for (kind, is_one, sentence) in sentences() {
        *(if is_one { &mut yes } else { &mut no }) += 1;
        let findings = findings(GuardrailDetector::default(), span(kind, sentence));
        for finding in &findings {
            assert_eq!(
                (finding.source, finding.confidence),
                (Source::Heuristic, Confidence::Low),
                "{sentence}"
            );
        }
        let is_right = findings.is_empty() != is_one;
        if is_right == KNOWN_WRONG.contains(&sentence) {
            wrong.push(format!("{kind} {}: {sentence}", if is_one { "missed" } else { "false alarm" }));
        } else {
            right += usize::from(is_right);
        }
    }
    println!("{right} of {} are told right", yes + no);
    assert!(yes >= 60 && no >= 60, "{yes} and {no} sentences");
    assert!(wrong.is_empty(), "{right} are right, wrong are\n{}", wrong.join("\n"));
}

#[test]
fn guesses_can_be_switched_off() {
    for (kind, _, sentence) in sentences() {
        let detector = GuardrailDetector::builder().heuristics(false).build();
        assert!(findings(detector, span(kind, sentence)).is_empty(), "{sentence}");
    }
}
