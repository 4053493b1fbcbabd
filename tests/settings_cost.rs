//! `[pricing]` and `[enrichment]` reach the spans: cost, the words of other backends, counted tokens.
#![cfg(all(feature = "enrich", feature = "pricing"))]

use std::convert::Infallible;
use std::sync::Arc;

use opentelemetry::Value;
use opentelemetry_sdk::Resource;
use otel_genai::{Settings, Span};
use otel_genai_pipeline::testing::SpanBuilder;

/// A call after the stages that the settings ask for.
fn enriched(settings: &str, span: SpanBuilder) -> Span {
    let mut settings = Settings::from_toml_str(settings).expect("valid");
    settings.prepare_replay();
    let mut spans = Vec::new();
    let mut replay = settings.pipeline().expect("goes together").replay(|_, written| {
        spans.extend(written);
        Ok::<_, Infallible>(())
    });
    let span = span
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-4o");
    let Ok(()) = replay.push(&Arc::new(Resource::builder_empty().build()), span.build());
    let Ok(_) = replay.finish();
    spans.remove(0)
}

fn used() -> SpanBuilder {
    SpanBuilder::new("chat")
        .attribute("gen_ai.usage.input_tokens", 1_000_000)
        .attribute("gen_ai.usage.output_tokens", 0)
}

fn cost(settings: &str) -> Option<Value> {
    enriched(settings, used()).get("llm.cost.total").cloned()
}

#[test]
fn calls_are_priced_by_the_settings() {
    assert_eq!(cost(""), Some(2.5.into()));
    assert_eq!(cost("[pricing]\ndiscount = { openai = 0.2 }"), Some(2.0.into()));
    assert_eq!(cost("[pricing.override.'openai/gpt-4o']\ninput = 7"), Some(7.0.into()));
    assert_eq!(cost("[pricing]\nenabled = false"), None);
    assert_eq!(cost("[enrichment]\nenabled = false"), None);
}

#[test]
fn other_backends_get_their_words_on_request() {
    let span = enriched("[enrichment]\ncost_targets = ['logfire', 'openlit']", used());
    assert_eq!(span.get("operation.cost"), Some(&2.5.into()));
    assert_eq!(span.get("gen_ai.usage.cost"), Some(&2.5.into()));
    assert_eq!(span.get("mlflow.llm.cost"), None);
    let error = Settings::from_toml_str("[enrichment]\ncost_targets = ['langfuze']").expect_err("no such");
    assert!(error.to_string().contains("a list of \"langfuse\", \"mlflow\""), "{error}");
}

#[test]
fn tokens_are_counted_if_asked_for_and_compiled_in() {
    let text =
        |role: &str| format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"Paris."}}]}}]"#);
    let silent = SpanBuilder::new("chat")
        .attribute("gen_ai.input.messages", text("user"))
        .attribute("gen_ai.output.messages", text("assistant"));
    assert_eq!(enriched("", silent.clone()).get("gen_ai.usage.output_tokens"), None);
    let count = "[enrichment]\ncount_tokens = true";
    if cfg!(feature = "count-tokens") {
        let span = enriched(count, silent);
        assert_eq!(span.get("gen_ai.usage.output_tokens"), Some(&2.into()));
        assert_eq!(span.get_str("otel_genai.usage.method"), Some("o200k_base/message_rules"));
    } else {
        let error = Settings::from_toml_str(count).expect("known").pipeline().expect_err("not there");
        assert!(error.to_string().contains("cargo feature `count-tokens`"), "{error}");
    }
}
