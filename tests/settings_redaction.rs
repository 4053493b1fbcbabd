//! `[redaction]` and `[guardrails]`: on unless switched off, in their place among the stages, and what is said about
//! mistakes.
#![cfg(all(
    feature = "enrich",
    feature = "guardrail",
    feature = "pricing",
    feature = "redact",
    feature = "testing"
))]

use std::convert::Infallible;
use std::ffi::OsString;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use otel_genai::pipeline::testing::SpanBuilder;
use otel_genai::{Settings, Span};

const SECRET: &str = "sk-proj-Zm9vYmFyYmF6cXV4T3BlbkFJT3BlbkFJVDNCbGJrRkoxMjM0NTY3ODkwYWJjZA";

/// What becomes of a call in which a user says who she is and tells a secret, and a model refuses.
fn processed(settings: &Settings) -> Option<Span> {
    let message = |role: &str, text: &str| {
        format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"{text}"}}]}}]"#)
    };
    let asked = format!("I am jane@example.org, my key is {SECRET}");
    let span = SpanBuilder::new("chat gpt-4o")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-4o")
        .attribute("gen_ai.input.messages", message("user", &asked))
        .attribute(
            "gen_ai.output.messages",
            message("assistant", "I can't help with that, jane@example.org."),
        )
        .build();
    let mut spans = Vec::new();
    let mut replay = settings.pipeline().expect("valid").replay(|_, written| {
        spans.extend(written);
        Ok::<_, Infallible>(())
    });
    let resource = Arc::new(Resource::builder_empty().build());
    let Ok(()) = replay.push(&resource, span);
    let Ok(_) = replay.finish();
    spans.pop()
}

fn with(text: &str) -> Settings {
    Settings::from_toml_str(&format!("pricing.enabled = false\n{text}")).expect("valid")
}

#[test]
fn secrets_and_personal_data_go_and_guardrails_are_read_before_that_unless_switched_off() {
    let span = processed(&with("")).expect("kept");
    let input = span.get_str("gen_ai.input.messages").expect("kept");
    assert!(input.contains("[EMAIL]") && !input.contains("jane") && !input.contains(SECRET), "{input}");
    assert!(span.get_str("guardrail.findings").expect("found").contains("answer.refusal_phrase"));

    let raw = processed(&with("redaction.enabled = false\nguardrails.enabled = false")).expect("kept");
    assert!(raw.get_str("gen_ai.input.messages").expect("kept").contains(SECRET));
    assert_eq!(raw.get_str("guardrail.findings"), None);
}

#[test]
fn contents_that_are_kept_whole_are_still_without_secrets() {
    let span = processed(&with("redaction.content = 'full'")).expect("kept");
    let input = span.get_str("gen_ai.input.messages").expect("kept");
    assert!(input.contains("jane@example.org") && !input.contains(SECRET), "{input}");
}

#[test]
fn variables_of_other_libraries_hide_whatever_the_settings_say() {
    for (name, value, hidden, kept) in [
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "false", &["input", "output"][..], &[][..]),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY", &[], &["input", "output"]),
        ("OPENINFERENCE_HIDE_INPUTS", "true", &["input"], &["output"]),
        ("OPENINFERENCE_HIDE_OUTPUT_MESSAGES", "1", &["output"], &["input"]),
    ] {
        for file in ["", "redaction.enabled = false", "redaction.content = 'full'"] {
            let settings = with(file).with_environment([(OsString::from(name), OsString::from(value))]);
            let span = processed(&settings.expect("valid")).expect("kept");
            let is_there = |which: &&str| span.get(&format!("gen_ai.{which}.messages")).is_some();
            assert!(!hidden.iter().any(is_there) && kept.iter().all(is_there), "{name}={value} {file}");
        }
    }
}

#[test]
fn what_is_asked_for_by_rule_by_category_and_by_attribute_is_done() {
    let input = |text: &str| {
        let span = processed(&with(text)).expect("kept");
        span.get_str("gen_ai.input.messages").map(str::to_owned)
    };
    let hashed = "redaction.rules = { email = 'hash' }\nredaction.key = '2026a:0123456789abcdef'";
    assert!(input(hashed).expect("kept").contains("[EMAIL:2026a:"));
    let personal_off = input("redaction.rules.personal_data = 'off'").expect("kept");
    assert!(personal_off.contains("jane@example.org") && !personal_off.contains(SECRET));
    assert_eq!(input("redaction.attributes = { 'gen_ai.input.messages' = 'remove' }"), None);
    assert!(processed(&with("redaction.rules.secret = 'drop_span'")).is_none());
    let cut = input("redaction.enabled = false\nlimits.value_length = 120").expect("kept");
    assert!(cut.len() <= 120 && cut.starts_with("[{") && cut.ends_with(']'), "{cut}");
}

#[test]
fn mistakes_are_named_with_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none").to_str().expect("UTF-8").replace('\\', "/");
    for (text, expected) in [
        ("redaction.action = 'hash'", "line 1, column 11: `redaction.action`: \"hash\" needs a key: set"),
        (
            "redaction.rules = { emial = 'mask' }",
            "line 1, column 11: `redaction.rules`: there is no rule \"emial\"",
        ),
        (
            "redaction.patterns = { a_b = '(' }",
            "line 1, column 11: `redaction.patterns`: the pattern of a_b is not",
        ),
        (
            "redaction.patterns = { email = 'x' }",
            "line 1, column 11: `redaction.patterns`: email cannot be the id",
        ),
        (
            "redaction.allow_patterns = ['(']",
            "line 1, column 11: `redaction.allow_patterns`: the pattern of allow",
        ),
        (
            "redaction.key = 'a:short'",
            "line 1, column 11: `redaction.key`: a key for pseudonyms needs at least 16",
        ),
        (
            &format!("redaction.key_file = '{missing}'"),
            "line 1, column 11: `redaction.key_file`: cannot take a key",
        ),
        (
            "redaction.attributes = { a = 'hash' }",
            "line 1, column 11: `redaction.attributes`: \"hash\" of a needs",
        ),
        (
            "guardrails.requirements = { flies = [] }",
            "line 1, column 12: `guardrails.requirements`: nothing that",
        ),
    ] {
        let error = Settings::from_toml_str(text).expect("each is right by itself").pipeline();
        let error = error.expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
        assert!(!error.contains("short"), "a key is never shown: {error}");
    }
}
