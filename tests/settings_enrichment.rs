//! `[enrichment]`: what a user says about a library's attributes counts.
#![cfg(feature = "enrich")]

use std::convert::Infallible;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use otel_genai::{Settings, Span};
use otel_genai_pipeline::testing::SpanBuilder;

/// A call as the library `acme.sdk` writes it, after the stages that the settings ask for.
fn enriched(settings: &str) -> Span {
    let settings = Settings::from_toml_str(settings).expect("valid");
    let mut spans = Vec::new();
    let mut replay = settings.pipeline().expect("goes together").replay(|_, written| {
        spans.extend(written);
        Ok::<_, Infallible>(())
    });
    let span = SpanBuilder::new("chat")
        .scope("acme.sdk")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", "gpt-4o")
        .attribute("acme.tokens.in", 100)
        .attribute("gen_ai.usage.cache_read.input_tokens", 40)
        .attribute("gen_ai.usage.output_tokens", 7);
    let Ok(()) = replay.push(&Arc::new(Resource::builder_empty().build()), span.build());
    let Ok(_) = replay.finish();
    spans.remove(0)
}

#[test]
fn an_alias_and_a_forced_meaning_count() {
    let alias = "[enrichment]\naliases = { \"acme.tokens.in\" = \"gen_ai.usage.input_tokens\" }\n";
    let input = |span: &Span| span.get("gen_ai.usage.input_tokens").cloned();
    assert_eq!(input(&enriched("")), None, "an attribute that nobody knows");
    assert_eq!(input(&enriched(alias)), Some(100.into()));
    let exclusive = format!("{alias}input_counts = {{ \"acme.\" = \"exclusive\" }}\n");
    assert_eq!(input(&enriched(&exclusive)), Some(140.into()), "cached tokens stand beside");
    assert_eq!(input(&enriched("[enrichment]\nenabled = false\n")), None);
}

#[test]
fn mistakes_are_named() {
    let wrong =
        Settings::from_toml_str("[enrichment]\naliases = { a = \"gen_ai.usage.inptu\" }").expect("texts");
    let error = wrong.pipeline().expect_err("no such attribute").to_string();
    assert!(error.contains("line 2") && error.contains("`gen_ai.usage.inptu`"), "{error}");
    let error =
        Settings::from_toml_str("[enrichment]\ninput_counts = { a = \"both\" }").expect_err("one of two");
    assert!(error.to_string().contains("inclusive"), "{error}");
}
