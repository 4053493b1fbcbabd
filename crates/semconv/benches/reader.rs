//! What reading and normalising one span costs.
//!
//! The bound that the project sets itself: under 1.5 µs for a plain span with a prompt and an answer of 400 characters
//! and usage in attributes.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use opentelemetry::{Array, Value};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::dialect::Reader;

/// A span in the conventions' own words, as `opentelemetry-instrumentation-genai-openai` writes it.
fn plain() -> Span {
    let text = "x".repeat(400);
    SpanBuilder::new("chat gpt-4o-mini")
        .scope("opentelemetry.instrumentation.genai.openai")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-4o-mini")
        .attribute("gen_ai.request.temperature", 0.2)
        .attribute("gen_ai.request.max_tokens", 200)
        .attribute("server.address", "api.openai.com")
        .attribute("server.port", 443)
        .attribute("gen_ai.input.messages", message("user", &text))
        .attribute("gen_ai.output.messages", message("assistant", &text))
        .attribute("gen_ai.response.id", "chatcmpl-49750fe0bd75f24fafe051dcd665")
        .attribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
        .attribute("gen_ai.response.finish_reasons", Value::Array(Array::String(vec!["stop".into()])))
        .attribute("gen_ai.usage.input_tokens", 211)
        .attribute("gen_ai.usage.output_tokens", 43)
        .attribute("gen_ai.usage.cache_read.input_tokens", 0)
        .build()
}

fn message(role: &str, text: &str) -> String {
    format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"{text}"}}]}}]"#)
}

/// The same call as OpenInference writes it: numbered messages, and the whole answer as JSON.
fn open_inference() -> Span {
    let text = "x".repeat(400);
    let answer = format!(
        r#"{{"id":"chatcmpl-49750fe0bd75f24fafe051dcd665","choices":[{{"finish_reason":"stop","index":0,"message":{{"content":"{text}","role":"assistant"}}}}],"created":1795221577,"model":"gpt-4o-mini-2024-07-18","object":"chat.completion","service_tier":"default","usage":{{"completion_tokens":43,"prompt_tokens":211,"total_tokens":254,"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0}},"prompt_tokens_details":{{"audio_tokens":0,"cached_tokens":0}}}}}}"#
    );
    SpanBuilder::new("ChatCompletion")
        .scope("openinference.instrumentation.openai")
        .attribute("llm.system", "openai")
        .attribute("input.value", format!(r#"{{"messages":[{{"role":"user","content":"{text}"}}]}}"#))
        .attribute("input.mime_type", "application/json")
        .attribute("output.value", answer)
        .attribute("output.mime_type", "application/json")
        .attribute("llm.input_messages.0.message.role", "user")
        .attribute("llm.input_messages.0.message.content", text.clone())
        .attribute("llm.model_name", "gpt-4o-mini-2024-07-18")
        .attribute("llm.token_count.total", 254)
        .attribute("llm.token_count.prompt", 211)
        .attribute("llm.token_count.completion", 43)
        .attribute("llm.token_count.prompt_details.cache_read", 0)
        .attribute("llm.token_count.completion_details.reasoning", 0)
        .attribute("llm.output_messages.0.message.role", "assistant")
        .attribute("llm.output_messages.0.message.content", text)
        .attribute("llm.finish_reason", "stop")
        .attribute("openinference.span.kind", "LLM")
        .build()
}

/// A span that has nothing to do with models.
fn other() -> Span {
    SpanBuilder::new("GET /users")
        .scope("opentelemetry.instrumentation.httpx")
        .attribute("http.request.method", "GET")
        .attribute("http.response.status_code", 200)
        .attribute("http.route", "/users")
        .attribute("network.protocol.version", "1.1")
        .build()
}

fn reading(criterion: &mut Criterion) {
    let reader = Reader::default();
    for (name, span) in [("plain", plain()), ("openinference", open_inference()), ("other", other())] {
        criterion.bench_function(&format!("read/{name}"), |bencher| bencher.iter(|| reader.read(&span)));
        criterion.bench_function(&format!("normalise/{name}"), |bencher| {
            bencher.iter_batched_ref(|| span.clone(), |span| reader.normalise(span), BatchSize::SmallInput);
        });
    }
}

criterion_group!(benches, reading);
criterion_main!(benches);
