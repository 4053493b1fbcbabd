//! A raw answer that was recorded is read back from its span as what the provider reported.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_record::record_answer;
use otel_genai_semconv::dialect::Reader;
use otel_genai_semconv::names::gen_ai;
use otel_genai_semconv::usage::Source;
use otel_genai_semconv::{Role, TokenUsage};
use serde_json::{Value, json};
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt;

/// Records an answer before the span starts or while it is entered, and returns the span.
fn recorded(provider: &str, answer: &Value, is_entered: bool) -> Span {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder().export(exporter.clone()).build().expect("builds");
    let tracers = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let layer = tracing_opentelemetry::layer().with_tracer(tracers.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let span = tracing::info_span!(
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = "some-model",
            gen_ai.response.id = Empty
        );
        let record = || record_answer(&span, provider, answer);
        if is_entered { span.in_scope(record) } else { record() }.expect("an answer");
    });
    tracers.force_flush().expect("flushes");
    let span = exporter.get_finished_spans().expect("kept").remove(0);
    tracers.shutdown().expect("shuts down");
    Span::from(span)
}

#[test]
fn every_providers_counts_come_back_with_inclusive_totals() {
    let cases = [
        (
            "openai",
            json!({"id": "r-1", "model": "model-x-1", "object": "chat.completion",
                "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "secret"}}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
                    "prompt_tokens_details": {"cached_tokens": 80},
                    "completion_tokens_details": {"reasoning_tokens": 30}}}),
            "stop",
            (Some(100), Some(80), None, Some(50), Some(30)),
        ),
        (
            "anthropic",
            json!({"id": "r-1", "model": "model-x-1", "type": "message", "stop_reason": "end_turn",
                "content": [{"type": "text", "text": "secret"}],
                "usage": {"input_tokens": 87, "cache_read_input_tokens": 1920,
                    "cache_creation_input_tokens": 13, "output_tokens": 59}}),
            "end_turn",
            (Some(2020), Some(1920), Some(13), Some(59), None),
        ),
        (
            "gcp.gemini",
            json!({"responseId": "r-1", "modelVersion": "model-x-1",
                "candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "secret"}]}}],
                "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5,
                    "thoughtsTokenCount": 7, "totalTokenCount": 22}}),
            "STOP",
            (Some(10), None, None, Some(12), Some(7)),
        ),
    ];
    for (provider, answer, reason, (input, cache_read, cache_write, output, reasoning)) in cases {
        for is_entered in [true, false] {
            let span = recorded(provider, &answer, is_entered);
            let reading = Reader::default().read(&span);
            let expected =
                TokenUsage { input, cache_read, cache_write, output, reasoning, ..TokenUsage::default() };
            assert_eq!(reading.usage, expected, "{provider}");
            assert_eq!(reading.source, Some(Source::Reported), "{provider}");
            assert_eq!((reading.role, reading.provider.as_deref()), (Role::LlmCall, Some(provider)));
            assert_eq!(reading.response_id.as_deref(), Some("r-1"), "{provider}");
            assert_eq!(reading.response_model.as_deref(), Some("model-x-1"), "{provider}");
            assert_eq!(reading.finish_reasons, [reason], "{provider}");
            let has_content = span.attributes().iter().any(|a| a.value.to_string().contains("secret"));
            assert!(!has_content, "content is not written");
        }
    }
}

#[test]
fn a_stream_is_recorded_from_its_chunks() {
    let chunks = json!([
        {"id": "r-1", "model": "m", "choices": [{"delta": {"content": "a"}, "finish_reason": null}]},
        {"id": "r-1", "model": "m", "choices": [{"delta": {}, "finish_reason": "length"}]},
        {"id": "r-1", "model": "m", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
    ]);
    let reading = Reader::default().read(&recorded("openai", &chunks, true));
    assert_eq!((reading.usage.input, reading.usage.output), (Some(3), Some(4)));
    assert_eq!(reading.finish_reasons, ["length"]);
}

#[test]
fn what_is_no_answer_is_said_to_be_none_and_writes_nothing() {
    let span = tracing::Span::none();
    for answer in [json!(null), json!([]), json!({}), json!("nothing"), json!({"error": {"message": "no"}})] {
        assert_eq!(record_answer(&span, "openai", &answer), None, "{answer}");
    }
}

#[test]
fn counts_that_nobody_reported_are_absent() {
    let answer = json!({"id": "r-1", "model": "m", "object": "chat.completion",
        "choices": [{"finish_reason": "stop"}]});
    let span = recorded("openai", &answer, true);
    assert_eq!(span.get(gen_ai::USAGE_INPUT_TOKENS), None);
    assert_eq!(Reader::default().read(&span).usage, TokenUsage::default());
}
