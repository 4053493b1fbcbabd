//! What is billed beside tokens, or without any.

use opentelemetry::Value;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::dialect::{Config, Reader, Reading};
use otel_genai_semconv::usage::Units;

type Attribute = (&'static str, Value);

fn span(scope: &'static str, name: &'static str, attributes: &[Attribute]) -> SpanBuilder {
    let span = SpanBuilder::new(name).scope(scope);
    attributes.iter().fold(span, |span, (key, value)| span.attribute(*key, value.clone()))
}

/// Reads a span, and checks that what is written into it reads the same.
fn read(scope: &'static str, name: &'static str, attributes: &[Attribute]) -> Reading {
    let reader = Reader::default();
    let mut span = span(scope, name, attributes).build();
    let reading = reader.normalise(&mut span);
    assert_eq!(reader.read(&span), reading, "{attributes:?}");
    reading
}

/// An answer that counts seconds or searches instead of tokens still says what is billed.
#[test]
fn calls_without_tokens_keep_what_they_are_billed_by() {
    let duration = r#"{"type": "duration", "seconds": 90}"#;
    let answer = format!(r#"{{"text": "hi", "usage": {duration}}}"#);
    for (key, json) in [("gen_ai.usage.raw", duration), ("output.value", answer.as_str())] {
        let attributes = [
            ("gen_ai.operation.name", "transcription".into()),
            ("openinference.span.kind", "LLM".into()),
            ("gen_ai.request.model", "whisper-1".into()),
            (key, json.to_owned().into()),
        ];
        let reading = read("my.app", "transcription whisper-1", &attributes);
        assert_eq!(reading.billing.audio_seconds, Some(90.0), "{key}");
        assert_eq!(reading.source, None, "no token was counted");
    }
    let raw = r#"{"billed_units": {"search_units": 1}}"#;
    let answer = format!(r#"{{"id": "abc", "results": [{{"index": 0}}], "meta": {raw}}}"#);
    for (key, json) in [("gen_ai.usage.raw", raw), ("output.value", answer.as_str())] {
        let attributes =
            [("openinference.span.kind", "RERANKER".into()), (key, Value::from(json.to_owned()))];
        let reading = read("openinference.instrumentation.cohere", "rerank", &attributes);
        assert_eq!(reading.billing.units, Units { queries: Some(1), ..Units::default() }, "{key}");
    }
}

#[test]
fn what_is_billed_by_the_piece_has_names_of_its_own() {
    let names = ["queries", "file_searches", "map_queries", "code_sessions", "input_images"];
    let names = names.into_iter().chain(["output_images", "input_characters", "output_characters", "pages"]);
    for (count, name) in (1..).zip(names) {
        let name: &'static str = format!("otel_genai.usage.{name}").leak();
        let attributes = [("gen_ai.operation.name", "chat".into()), (name, Value::from(count))];
        let reading = read("my.app", "chat", &attributes);
        let known: Vec<(&str, u64)> = reading.billing.units.known().collect();
        assert_eq!(known, [(name, count.unsigned_abs())]);
        let reader = Reader::new(Config::default().alias("acme.count", name).expect("a name"));
        let attributes = [("gen_ai.operation.name", "chat".into()), ("acme.count", Value::from(count))];
        let mut span = span("my.app", "chat", &attributes).build();
        assert_eq!(reader.normalise(&mut span).billing.units, reading.billing.units);
        assert_eq!(span.get(name), Some(&count.into()));
    }
    let attributes =
        [("gen_ai.operation.name", "speech".into()), ("otel_genai.usage.output_seconds", 2.5.into())];
    assert_eq!(read("my.app", "speech", &attributes).billing.output_seconds, Some(2.5));
}

/// Words of a model that look like a bill are none.
#[test]
fn an_output_that_speaks_of_costs_is_no_bill() {
    for json in [r#"{"id": "order-1", "cost": 5, "seconds": 90}"#, r#"{"usage": {"seconds": 90, "cost": 5}}"#]
    {
        let attributes = [
            ("openinference.span.kind", "LLM".into()),
            ("llm.token_count.prompt", 100.into()),
            ("llm.token_count.completion", 10.into()),
            ("output.value", json.into()),
        ];
        let billing = read("openinference.instrumentation.openai", "ChatCompletion", &attributes).billing;
        assert_eq!((billing.reported_cost, billing.audio_seconds), (None, None), "{json}");
    }
}

/// Searches that the answer shows and its usage does not count.
#[test]
fn searches_are_counted_where_the_usage_does_not() {
    let openai = r#"{"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5.1", "output": [
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "x"}},
        {"type": "web_search_call", "id": "ws_2", "status": "completed", "action": {"type": "open_page"}},
        {"type": "web_search_call", "id": "ws_3", "status": "failed", "action": {"type": "search"}},
        {"type": "file_search_call", "id": "fs_1", "status": "completed"},
        {"type": "message", "content": [{"type": "output_text", "text": "hi"}]}],
        "usage": {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}}"#;
    let gemini = r#"{"responseId": "r1", "modelVersion": "gemini-2.5-flash", "candidates": [{"finishReason": "STOP",
        "groundingMetadata": {"webSearchQueries": ["a", "b", ""]}}],
        "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 50, "totalTokenCount": 150}}"#;
    for (json, web, file) in [(openai, Some(1), Some(1)), (gemini, Some(2), None)] {
        let attributes = [("openinference.span.kind", "LLM".into()), ("output.value", json.into())];
        let billing = read("openinference.instrumentation.acme", "call", &attributes).billing;
        assert_eq!((billing.web_searches, billing.units.file_searches), (web, file));
    }
}

/// What the AI SDK keeps of a provider's answer may be a tier, an id or a cost only.
#[test]
fn metadata_without_counts_is_read() {
    let base = [
        ("ai.operationId", "ai.generateText.doGenerate".into()),
        ("ai.usage.inputTokens", 1000.into()),
        ("ai.usage.cachedInputTokens", 900.into()),
        ("ai.usage.outputTokens", 100.into()),
        ("ai.usage.totalTokens", 1100.into()),
    ];
    let read_with = |metadata: &'static str| {
        let mut attributes = base.to_vec();
        attributes.push(("ai.response.providerMetadata", metadata.into()));
        read("ai", "ai.generateText.doGenerate", &attributes)
    };
    let reading = read_with(r#"{"openai": {"responseId": "resp_1", "serviceTier": "flex"}}"#);
    assert_eq!(reading.billing.service_tier.as_deref(), Some("flex"));
    assert_eq!(reading.response_id.as_deref(), Some("resp_1"));
    let reading =
        read_with(r#"{"openai": {"serviceTier": "flex"}, "gateway": {"routing": {}, "cost": "0.0035"}}"#);
    assert_eq!(reading.billing.reported_cost, Some(0.0035));
    assert_eq!(reading.billing.service_tier.as_deref(), Some("flex"));
    let reading = read_with(
        r#"{"openrouter": {"usage": {"promptTokens": 1000, "promptTokensDetails": {"cachedTokens": 900},
            "completionTokens": 100, "completionTokensDetails": {"reasoningTokens": 40}, "totalTokens": 1100}}}"#,
    );
    assert_eq!((reading.usage.cache_read, reading.usage.reasoning), (Some(900), Some(40)));
    assert_eq!(reading.usage.input, Some(1000));
}
