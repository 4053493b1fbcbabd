//! The same call seen through two instrumentations has one finding, with the evidence of both, whichever ends first.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

// The captured traces are read as the enricher's tests read them.
#[path = "../../enrich/tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::{Finding, GuardrailDetector};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use serde_json::{Value as Json, json};
use support::replay;

/// A call: its provider, its model, its finish reason as the first library writes it, the raw answer that the second keeps,
/// and the finding.
fn calls() -> [(&'static str, &'static str, &'static str, Json, &'static str); 6] {
    let usage = json!({"prompt_tokens": 211, "completion_tokens": 4, "total_tokens": 215});
    let chat = |reason: &str, more: Json| {
        let mut choice = json!({"index": 0, "message": {"role": "assistant", "content": "x", "refusal": null}, "finish_reason": reason});
        choice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"id": "r-1", "object": "chat.completion", "model": "gpt-4o", "choices": [choice], "usage": usage})
    };
    [
        ("openai", "gpt-4o", "content_filter", chat("content_filter", json!({})), "content_filter"),
        (
            "azure.ai.openai",
            "gpt-4o",
            "content_filter",
            chat(
                "content_filter",
                json!({"content_filter_results": {"hate": {"filtered": true, "severity": "high"}}}),
            ),
            "content_filter",
        ),
        (
            "anthropic",
            "claude-sonnet-4-5",
            "refusal",
            json!({"id": "r-1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
                "stop_reason": "refusal", "usage": {"input_tokens": 211, "output_tokens": 4}}),
            "refusal",
        ),
        (
            "gcp.gemini",
            "gemini-2.5-flash",
            "safety",
            json!({"responseId": "r-1", "modelVersion": "gemini-2.5-flash", "candidates": [{"finishReason": "SAFETY"}],
                "usageMetadata": {"promptTokenCount": 211, "candidatesTokenCount": 4, "totalTokenCount": 215}}),
            "content_filter",
        ),
        (
            "aws.bedrock",
            "anthropic.claude-v2",
            // The first library knows OpenAI's words only.
            "content_filter",
            json!({"id": "r-1", "output": {"message": {"role": "assistant", "content": [{"text": "x"}]}},
                "stopReason": "guardrail_intervened", "usage": {"inputTokens": 211, "outputTokens": 4, "totalTokens": 215}}),
            "bedrock_guardrail",
        ),
        (
            "cohere",
            "command-r",
            "ERROR_TOXIC",
            json!({"id": "r-1", "finish_reason": "ERROR_TOXIC", "text": "x",
                "meta": {"tokens": {"input_tokens": 211, "output_tokens": 4}}}),
            "content_filter",
        ),
    ]
}

fn found(spans: Vec<Span>) -> Vec<(String, Finding)> {
    let resource = Arc::new(Resource::builder_empty().build());
    let input = spans.into_iter().map(|span| (Arc::clone(&resource), span));
    let out = replay((Enricher::default(), GuardrailDetector::default()), 1 << 30, input);
    let mut all = Vec::new();
    for (_, span) in &out {
        let findings = span.get_str("guardrail.findings").and_then(Finding::read_all).unwrap_or_default();
        all.extend(findings.into_iter().map(|finding| (span.span_id().to_string(), finding)));
    }
    all
}

#[test]
fn two_accounts_of_a_call_are_one_finding() {
    for (provider, model, reason, answer, name) in calls() {
        for is_raw_first in [false, true] {
            let root =
                SpanBuilder::new("invoke_agent a").attribute("gen_ai.operation.name", "invoke_agent").build();
            let plain = SpanBuilder::new(format!("chat {model}"))
                .child_of(&root)
                .scope("opentelemetry.instrumentation.genai.openai")
                .attribute("gen_ai.operation.name", "chat")
                .attribute("gen_ai.provider.name", provider)
                .attribute("gen_ai.request.model", model)
                .attribute("gen_ai.response.id", "r-1")
                .attribute("gen_ai.usage.input_tokens", 211)
                .attribute("gen_ai.usage.output_tokens", 4)
                .attribute("gen_ai.response.finish_reasons", reason)
                .build();
            let raw = SpanBuilder::new("ChatCompletion")
                .child_of(&root)
                .scope("openinference.instrumentation.openai")
                .attribute("openinference.span.kind", "LLM")
                .attribute("llm.model_name", model)
                .attribute("llm.provider", provider)
                .attribute("llm.token_count.prompt", 211)
                .attribute("llm.token_count.completion", 4)
                .attribute("output.value", answer.to_string())
                .attribute("output.mime_type", "application/json")
                .attribute("gen_ai.response.id", "r-1")
                .build();
            let ids = BTreeSet::from([plain.span_id().to_string(), raw.span_id().to_string()]);
            let calls = if is_raw_first { [raw, plain] } else { [plain, raw] };
            let found = found(calls.into_iter().chain([root]).collect());
            let [(_, finding)] = &found[..] else {
                panic!("{provider}, raw first: {is_raw_first}: {found:?}")
            };
            assert_eq!(finding.name, name, "{provider}: {finding:?}");
            assert!(finding.has_fired(), "{provider}: {finding:?}");
            let seen: BTreeSet<String> =
                finding.evidence.iter().map(|evidence| evidence.span_id.to_string()).collect();
            assert_eq!(seen, ids, "{provider}: evidence of both spans, {finding:?}");
        }
    }
}
