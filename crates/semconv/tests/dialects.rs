//! Spans of every dialect, written as their libraries write them, give the same reading of the same call.
//!
//! These are the cases that the captured traces do not have: older versions, other providers, and the traps.

use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, Value};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::dialect::{Config, Profile, Reader, Reading};
use otel_genai_semconv::usage::{Conservation, Meaning, Rule, Source};
use otel_genai_semconv::{GenAiSpan, Operation, Role};

type Attribute = (&'static str, Value);

fn span(scope: &'static str, name: &'static str, attributes: &[Attribute]) -> SpanBuilder {
    let span = SpanBuilder::new(name).scope(scope);
    attributes.iter().fold(span, |span, (key, value)| span.attribute(*key, value.clone()))
}

fn read(scope: &'static str, name: &'static str, attributes: &[Attribute]) -> Reading {
    Reader::default().read(&span(scope, name, attributes).build())
}

/// One call of 87 uncached, 1920 cached and 556 written input tokens, and 59 output tokens, in every spelling.
#[test]
fn one_call_reads_the_same_whoever_wrote_it() {
    let anthropic_usage = r#"{"input_tokens":87,"output_tokens":59,"cache_creation_input_tokens":556,
        "cache_read_input_tokens":1920}"#;
    let metadata = format!(r#"{{"anthropic":{{"usage":{anthropic_usage},"cacheCreationInputTokens":556}}}}"#);
    let answer = format!(
        r#"{{"id":"msg_1","model":"claude-sonnet-4-5","stop_reason":"end_turn","usage":{anthropic_usage}}}"#
    );
    let cases: Vec<(&str, &str, Vec<Attribute>)> = vec![
        (
            "my.app",
            "chat claude",
            vec![
                ("gen_ai.operation.name", "chat".into()),
                ("gen_ai.provider.name", "anthropic".into()),
                ("gen_ai.usage.input_tokens", 2563.into()),
                ("gen_ai.usage.output_tokens", 59.into()),
                ("gen_ai.usage.cache_read.input_tokens", 1920.into()),
                ("gen_ai.usage.cache_write.input_tokens", 556.into()),
            ],
        ),
        (
            "opentelemetry.instrumentation.anthropic",
            "anthropic.chat",
            vec![
                ("llm.request.type", "chat".into()),
                ("gen_ai.system", "Anthropic".into()),
                ("gen_ai.usage.prompt_tokens", "2563".into()),
                ("gen_ai.usage.completion_tokens", 59.0.into()),
                ("gen_ai.usage.cache_read_input_tokens", 1920.into()),
                ("gen_ai.usage.cache_creation_input_tokens", 556.into()),
            ],
        ),
        (
            "openlit.instrumentation.anthropic",
            "chat claude",
            vec![
                ("gen_ai.operation.name", "chat".into()),
                ("gen_ai.provider.name", "anthropic".into()),
                ("gen_ai.usage.input_tokens", 87.into()),
                ("gen_ai.usage.output_tokens", 59.into()),
                ("gen_ai.usage.cache_read.input_tokens", 1920.into()),
                ("gen_ai.usage.cache_creation.input_tokens", 556.into()),
            ],
        ),
        (
            "openinference.instrumentation.anthropic",
            "messages.create",
            vec![
                ("openinference.span.kind", "LLM".into()),
                ("llm.provider", "anthropic".into()),
                ("llm.token_count.prompt", 2563.into()),
                ("llm.token_count.completion", 59.into()),
                ("llm.token_count.prompt_details.cache_read", 1920.into()),
                ("llm.token_count.prompt_details.cache_write", 556.into()),
            ],
        ),
        // Only in the answer that the span keeps as JSON.
        (
            "openinference.instrumentation.anthropic",
            "messages.create",
            vec![("openinference.span.kind", "LLM".into()), ("output.value", answer.into())],
        ),
        // AI SDK 5: attributes leave out what was cached, the provider's metadata has it.
        (
            "ai",
            "ai.generateText.doGenerate",
            vec![
                ("ai.operationId", "ai.generateText.doGenerate".into()),
                ("ai.model.provider", "anthropic.messages".into()),
                ("ai.usage.promptTokens", 87.into()),
                ("ai.usage.completionTokens", 59.into()),
                ("ai.response.providerMetadata", metadata.into()),
            ],
        ),
        // AI SDK 5, streaming: cached input in an attribute, cache writes in the metadata.
        (
            "ai",
            "ai.streamText.doStream",
            vec![
                ("ai.operationId", "ai.streamText.doStream".into()),
                ("ai.model.provider", "anthropic.messages".into()),
                ("ai.usage.inputTokens", 87.into()),
                ("ai.usage.cachedInputTokens", 1920.into()),
                ("ai.usage.outputTokens", 59.into()),
                ("ai.usage.totalTokens", 146.into()),
                ("ai.response.providerMetadata", r#"{"anthropic":{"cacheCreationInputTokens":556}}"#.into()),
            ],
        ),
        // AI SDK 6 and later.
        (
            "ai",
            "ai.generateText.doGenerate",
            vec![
                ("ai.operationId", "ai.generateText.doGenerate".into()),
                ("ai.model.provider", "anthropic.messages".into()),
                ("ai.usage.inputTokens", 2563.into()),
                ("ai.usage.inputTokenDetails.noCacheTokens", 87.into()),
                ("ai.usage.inputTokenDetails.cacheReadTokens", 1920.into()),
                ("ai.usage.inputTokenDetails.cacheWriteTokens", 556.into()),
                ("ai.usage.outputTokens", 59.into()),
            ],
        ),
        (
            "langfuse-sdk",
            "ChatAnthropic",
            vec![
                ("langfuse.observation.type", "generation".into()),
                ("langfuse.observation.metadata.ls_provider", r#""anthropic""#.into()),
                (
                    "langfuse.observation.usage_details",
                    r#"{"input":87,"output":59,"total":2622,"input_cache_read":1920,"input_cache_creation":556}"#.into(),
                ),
            ],
        ),
        (
            "langsmith",
            "ChatAnthropic",
            vec![
                ("langsmith.span.kind", "llm".into()),
                ("gen_ai.system", "anthropic".into()),
                ("gen_ai.usage.input_tokens", 2563.into()),
                ("gen_ai.usage.output_tokens", 59.into()),
                (
                    "langsmith.metadata.usage_metadata",
                    r#"{"input_tokens":2563,"output_tokens":59,"total_tokens":2622,
                        "input_token_details":{"cache_read":1920,"cache_creation":556}}"#
                        .into(),
                ),
            ],
        ),
        (
            "pydantic-ai",
            "chat claude",
            vec![
                ("gen_ai.operation.name", "chat".into()),
                ("gen_ai.system", "anthropic".into()),
                ("gen_ai.usage.input_tokens", 2563.into()),
                ("gen_ai.usage.output_tokens", 59.into()),
                ("gen_ai.usage.details.cache_read_input_tokens", 1920.into()),
                ("gen_ai.usage.details.cache_creation_input_tokens", 556.into()),
                ("gen_ai.usage.details.input_tokens", 87.into()),
            ],
        ),
        (
            "mlflow.tracing.provider",
            "Messages.create",
            vec![
                ("mlflow.spanType", r#""CHAT_MODEL""#.into()),
                ("mlflow.message.format", r#""anthropic""#.into()),
                (
                    "mlflow.chat.tokenUsage",
                    r#"{"input_tokens":87,"output_tokens":59,"total_tokens":146,
                        "cache_read_input_tokens":1920,"cache_creation_input_tokens":556}"#
                        .into(),
                ),
                ("mlflow.spanOutputs", format!(r#"{{"id":"msg_1","usage":{anthropic_usage}}}"#).into()),
            ],
        ),
        (
            "litellm",
            "litellm_request",
            vec![
                ("gen_ai.operation.name", "chat".into()),
                ("gen_ai.system", "anthropic".into()),
                ("gen_ai.usage.input_tokens", 2563.into()),
                ("gen_ai.usage.output_tokens", 59.into()),
                (
                    "metadata.usage_object",
                    "{'completion_tokens': 59, 'prompt_tokens': 2563, 'total_tokens': 2622, 'cache_read_input_tokens': \
                     1920, 'prompt_tokens_details': {'cached_tokens': 1920, 'cache_creation_tokens': 556, 'audio_tokens': \
                     None}}"
                        .into(),
                ),
            ],
        ),
        (
            "logfire.anthropic",
            "Message with {request_data[model]!r}",
            vec![
                ("gen_ai.operation.name", "chat".into()),
                ("gen_ai.provider.name", "anthropic".into()),
                ("gen_ai.usage.input_tokens", 2563.into()),
                ("gen_ai.usage.output_tokens", 59.into()),
                ("gen_ai.usage.raw", anthropic_usage.into()),
            ],
        ),
        (
            "traccia",
            "llm.anthropic.messages",
            vec![
                ("span.type", "LLM".into()),
                ("llm.vendor", "anthropic".into()),
                ("llm.usage.prompt_tokens", 2563.into()),
                ("llm.usage.completion_tokens", 59.into()),
                ("llm.usage.cache_read_tokens", 1920.into()),
                ("llm.usage.cache_write_tokens", 556.into()),
                ("llm.usage.source", "provider_usage".into()),
            ],
        ),
        // swiftide: the usage stands in an event.
        (
            "my.agent",
            "complete",
            vec![("langfuse.type", "GENERATION".into()), ("gen_ai.system", "anthropic".into())],
        ),
    ];
    let reader = Reader::default();
    for (scope, name, attributes) in cases {
        let mut builder = span(scope, name, &attributes);
        if name == "complete" {
            builder = builder.event("debug", [KeyValue::new("langfuse.usage", anthropic_usage)]);
        }
        let span = builder.build();
        let reading = reader.read(&span);
        let usage = reading.usage;
        assert_eq!(reading.role, Role::LlmCall, "{scope}: {reading:?}");
        assert_eq!(reading.operation, Some(Operation::Chat), "{scope}");
        assert_eq!(reading.provider.as_deref(), Some("anthropic"), "{scope}");
        assert_eq!(
            (usage.input, usage.cache_read, usage.cache_write, usage.output, usage.uncached_input()),
            (Some(2563), Some(1920), Some(556), Some(59), Some(87)),
            "{scope}: {reading:?}"
        );
        assert_eq!(reading.source, Some(Source::Reported), "{scope}");
        assert_ne!(reading.conservation, Conservation::Contradictory, "{scope}");
    }
}

#[test]
fn bedrock_counts_cached_input_apart() {
    let base = [("gen_ai.operation.name", "chat".into()), ("gen_ai.system", "aws.bedrock".into())];
    let with = |extra: &[Attribute]| [&base[..], extra].concat();
    // botocore writes no cache counts at all: its input is a lower bound.
    let botocore =
        with(&[("gen_ai.usage.input_tokens", 87.into()), ("gen_ai.usage.output_tokens", 59.into())]);
    let reading = read("opentelemetry.instrumentation.botocore.bedrock-runtime", "chat", &botocore);
    assert_eq!((reading.usage.input, reading.source), (Some(87), Some(Source::Partial)));
    // Strands passes Bedrock's numbers on, total included.
    let strands = with(&[
        ("gen_ai.usage.input_tokens", 87.into()),
        ("gen_ai.usage.output_tokens", 59.into()),
        ("gen_ai.usage.total_tokens", 2066.into()),
        ("gen_ai.usage.cache_read.input_tokens", 1920.into()),
    ]);
    let reading = read("strands.telemetry.tracer", "chat", &strands);
    assert_eq!(reading.usage.input, Some(2007));
    assert_eq!(reading.conservation, Conservation::Repaired(Rule::ExclusiveByTotal));
}

/// A total that leaves out what was cached, beside the whole answer that has it.
#[test]
fn mlflow_over_anthropic_keeps_the_cached_input() {
    let answer = r#"{"id":"msg_1","type":"message","model":"claude-sonnet-4-5","stop_reason":"end_turn","content":[],
        "usage":{"input_tokens":100,"cache_read_input_tokens":50,"output_tokens":57}}"#;
    let reading = read(
        "mlflow.tracing.provider",
        "Messages.create",
        &[
            ("mlflow.spanType", r#""CHAT_MODEL""#.into()),
            (
                "mlflow.chat.tokenUsage",
                r#"{"input_tokens":100,"output_tokens":57,"total_tokens":157}"#.into(),
            ),
            ("mlflow.spanOutputs", answer.into()),
        ],
    );
    let tokens = &reading.usage;
    assert_eq!(
        (tokens.input, tokens.cache_read, tokens.output),
        (Some(150), Some(50), Some(57)),
        "{reading:?}"
    );
}

/// Vercel's AI SDK 5 writes what Anthropic counted, whoever serves the model.
#[test]
fn claude_behind_vertex_is_counted_as_anthropic_counts() {
    for provider in [
        "vertex.anthropic.messages",
        "googleVertex.anthropic.messages",
        "google.vertex.anthropic.messages",
        "gateway",
    ] {
        let reading = read(
            "ai",
            "ai.generateText.doGenerate",
            &[
                ("ai.operationId", "ai.generateText.doGenerate".into()),
                ("ai.model.provider", provider.into()),
                ("ai.model.id", "anthropic/claude-sonnet-4-5".into()),
                ("ai.usage.inputTokens", 211.into()),
                ("ai.usage.cachedInputTokens", 512.into()),
                ("ai.usage.outputTokens", 57.into()),
            ],
        );
        let tokens = &reading.usage;
        assert_eq!((tokens.input, tokens.cache_read), (Some(723), Some(512)), "{provider}: {reading:?}");
    }
}

#[test]
fn google_thoughts_belong_to_the_output() {
    let response = r#"{"content":{"parts":[{"text":"Paris"}],"role":"model"},"finish_reason":"STOP","usage_metadata":
        {"prompt_token_count":153,"candidates_token_count":57,"thoughts_token_count":320,"total_token_count":530}}"#;
    let attributes = [
        ("gen_ai.system", "gcp.vertex.agent".into()),
        ("gen_ai.request.model", "gemini-2.5-flash".into()),
        ("gen_ai.usage.input_tokens", 153.into()),
        ("gen_ai.usage.output_tokens", 57.into()),
        ("gcp.vertex.agent.llm_response", response.into()),
    ];
    let reading = read("gcp.vertex.agent", "call_llm", &attributes);
    assert_eq!((reading.usage.output, reading.usage.reasoning), (Some(377), Some(320)));
    assert_eq!(reading.conservation, Conservation::Repaired(Rule::ReasoningBesideOutput));
    // A library that keeps the total but not the thoughts.
    let attributes = [
        ("gen_ai.operation.name", "generate_content".into()),
        ("gen_ai.provider.name", "gcp.gen_ai".into()),
        ("gen_ai.usage.input_tokens", 153.into()),
        ("gen_ai.usage.output_tokens", 57.into()),
        ("gen_ai.usage.total_tokens", 530.into()),
    ];
    let reading =
        read("opentelemetry.instrumentation.google_generativeai", "gemini.generate_content", &attributes);
    assert_eq!((reading.usage.output, reading.usage.reasoning), (Some(377), None));
    assert_eq!(reading.conservation, Conservation::Repaired(Rule::OutputFromTotal));
}

#[test]
fn estimates_are_marked() {
    let attributes = [
        ("span.type", "LLM".into()),
        ("llm.vendor", "openai".into()),
        ("llm.usage.prompt_tokens", 45.into()),
        ("llm.usage.prompt_source", "estimated.heuristic".into()),
    ];
    let reading = read("openai", "llm.openai.chat.completions", &attributes);
    assert_eq!(
        (reading.source, reading.method.as_deref()),
        (Some(Source::Estimated), Some("estimated.heuristic"))
    );
    let attributes = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.usage.input_tokens", 211.into()),
        ("gen_ai.usage.output_tokens", 44.into()),
        ("gen_ai.is_streaming", true.into()),
    ];
    let reading = read("opentelemetry.instrumentation.anthropic", "anthropic.chat", &attributes);
    assert_eq!(
        (reading.source, reading.method.as_deref()),
        (Some(Source::Estimated), Some("stream_adds_first_count"))
    );
}

#[test]
fn a_user_can_force_a_meaning_and_add_names() {
    let attributes = [
        ("gen_ai.operation.name", "chat".into()),
        ("acme.in", 87.into()),
        ("acme.cached", 50.into()),
        ("acme.answer", r#"{"usage":{"out":59}}"#.into()),
    ];
    let span = span("acme.llm", "ask", &attributes).build();
    let config = Config::default()
        .alias("acme.in", "gen_ai.usage.input_tokens")
        .and_then(|config| config.alias("acme.cached", "gen_ai.usage.cache_read.input_tokens"))
        .and_then(|config| config.alias("acme.answer>usage>out", "gen_ai.usage.output_tokens"))
        .unwrap();
    let reading = Reader::new(config.clone()).read(&span);
    assert_eq!((reading.usage.input, reading.usage.output), (Some(87), Some(59)));
    let reading = Reader::new(config.clone().meaning("acme.", Meaning::Exclusive)).read(&span);
    assert_eq!(reading.usage.input, Some(137));
    let reader =
        Reader::new(config.meaning("acme.", Meaning::Exclusive).meaning("acme.llm", Meaning::Inclusive));
    assert_eq!(reader.read(&span).usage.input, Some(87));
    let error = Config::default().alias("x", "gen_ai.usage.tokens").unwrap_err();
    assert!(error.to_string().contains("`gen_ai.usage.tokens`"), "{error}");
}

#[test]
fn nonsense_is_absent_and_the_last_of_repeated_keys_counts() {
    let attributes = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.usage.input_tokens", 5.into()),
        ("gen_ai.usage.input_tokens", 211.into()),
        ("gen_ai.usage.output_tokens", 7.into()),
        ("gen_ai.usage.output_tokens", (-1).into()),
        ("gen_ai.usage.cache_read.input_tokens", "many".into()),
    ];
    let mut span = span("my.app", "chat", &attributes).build();
    let reader = Reader::default();
    let reading = reader.normalise(&mut span);
    assert_eq!(
        (reading.usage.input, reading.usage.output, reading.usage.cache_read),
        (Some(211), None, None)
    );
    assert_eq!(reading.source, Some(Source::Partial));
    assert_eq!(span.get("gen_ai.usage.output_tokens"), None);
    assert_eq!(span.get("gen_ai.usage.cache_read.input_tokens"), None);
    // Where the last of a repeated key is nonsense, the same count under another name is as good.
    let attributes = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.usage.prompt_tokens", 211.into()),
        ("gen_ai.usage.input_tokens", 5.into()),
        ("gen_ai.usage.input_tokens", "?".into()),
    ];
    assert_eq!(read("my.app", "chat", &attributes).usage.input, Some(211));
}

#[test]
fn an_output_that_speaks_of_usage_is_no_report() {
    let attributes = [
        ("openinference.span.kind", "LLM".into()),
        ("llm.token_count.prompt", 100.into()),
        ("llm.token_count.completion", 10.into()),
        ("output.value", r#"{"usage": {"prompt_tokens": 7, "completion_tokens": 1}}"#.into()),
    ];
    let reading = read("openinference.instrumentation.openai", "ChatCompletion", &attributes);
    assert_eq!((reading.usage.input, reading.usage.output), (Some(100), Some(10)));
    assert_eq!(reading.conservation, Conservation::Consistent);
}

#[test]
fn several_calls_in_one_span_are_marked() {
    let answer = r#"{"response_id":"r3","usage_metadata":{"prompt_token_count":285,"candidates_token_count":65},
        "automatic_function_calling_history":[{"parts":[{"text":"?"}]},{"parts":[{"function_call":{"name":"a"}}],"role":"model"},
        {"parts":[{"function_response":{"name":"a"}}]},{"parts":[{"function_call":{"name":"b"}}],"role":"model"}]}"#;
    let attributes = [("openinference.span.kind", "LLM".into()), ("output.value", answer.into())];
    let mut span = span("openinference.instrumentation.google_genai", "GenerateContent", &attributes).build();
    let reading = Reader::default().normalise(&mut span);
    assert_eq!((reading.calls_covered, reading.source), (Some(3), Some(Source::Partial)));
    assert_eq!(span.get("otel_genai.calls_covered"), Some(&3.into()));
}

#[test]
fn spans_without_an_operation_are_told_by_kind_and_name() {
    let cases: [(&str, &str, &[Attribute], Role); 12] = [
        ("my.app", "llm.generate", &[("provider", "openai".into())], Role::LlmCall),
        ("my.app", "tool.call", &[("tool", "search".into())], Role::Tool),
        ("my.app", "chain.call", &[], Role::RollUp),
        ("my.app", "GET /chat", &[("server.address", "x".into())], Role::Other),
        ("my.app", "chat room", &[("session.id", "x".into())], Role::Other),
        ("my.app", "chat gpt-4o", &[("gen_ai.request.model", "gpt-4o".into())], Role::LlmCall),
        ("my.app", "x", &[("gen_ai.operation.name", "summarise".into())], Role::RollUp),
        ("my.app", "x", &[("gen_ai.operation.name", "fetch_response".into())], Role::Other),
        ("my.app", "x", &[("gen_ai.operation.name", "agent_step".into())], Role::RollUp),
        ("my.app", "x", &[("traceloop.span.kind", "agent".into())], Role::Agent),
        ("my.app", "x", &[("mlflow.spanType", "\"RETRIEVER\"".into())], Role::Retrieval),
        (
            "openinference.instrumentation.llama_index",
            "OpenAI._prepare_chat_with_tools",
            &[("openinference.span.kind", "LLM".into())],
            Role::Other,
        ),
    ];
    for (scope, name, attributes, role) in cases {
        assert_eq!(read(scope, name, attributes).role, role, "{scope} {name} {attributes:?}");
    }
    // An operation nobody knows, on a span that calls out and counts: a call.
    let attributes = [("gen_ai.operation.name", "summarise".into()), ("gen_ai.usage.input_tokens", 3.into())];
    let span = span("my.app", "x", &attributes).kind(SpanKind::Client).build();
    assert_eq!(Reader::default().read(&span).role, Role::LlmCall);
}

#[test]
fn profiles_name_cache_writes_and_nothing_is_written_twice() {
    let attributes = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.usage.input_tokens", 100.into()),
        ("gen_ai.usage.output_tokens", 10.into()),
        ("gen_ai.usage.cache_write.input_tokens", 40.into()),
    ];
    let (newest, former) =
        ("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens");
    for (profile, name, other) in [(Profile::Compat, former, newest), (Profile::Latest, newest, former)] {
        let mut span = span("my.app", "chat", &attributes).build();
        Reader::new(Config::default().profile(profile)).normalise(&mut span);
        assert_eq!(span.get(name), Some(&40.into()), "{profile:?}");
        assert_eq!(span.get(other), None, "{profile:?}");
        assert_eq!(GenAiSpan::new(&span).usage().cache_write, Some(40));
    }
}

#[test]
fn usage_can_be_written_by_who_knows_better() {
    let reader = Reader::default();
    let mut span = span("my.app", "chat", &[("gen_ai.operation.name", "chat".into())]).build();
    let mut reading = reader.normalise(&mut span);
    assert_eq!(reading.source, None);
    reading.usage.input = Some(12);
    reading.source = Some(Source::Estimated);
    reading.method = Some("tiktoken/o200k_base".to_owned());
    reader.write_usage(&reading, &mut span);
    assert_eq!(reader.read(&span), reading);
}

#[test]
fn numbered_messages_become_the_conventions_json() {
    let attributes = [
        ("openinference.span.kind", "LLM".into()),
        ("llm.input_messages.0.message.role", "user".into()),
        ("llm.input_messages.0.message.contents.0.message_content.type", "text".into()),
        ("llm.input_messages.0.message.contents.0.message_content.text", "weather?".into()),
        ("llm.output_messages.0.message.role", "assistant".into()),
        ("llm.output_messages.0.message.tool_calls.0.tool_call.id", "c1".into()),
        ("llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "get_weather".into()),
        (
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
            r#"{"city":"Paris"}"#.into(),
        ),
        ("llm.finish_reason", "tool_calls".into()),
    ];
    let mut span = span("openinference.instrumentation.openai", "ChatCompletion", &attributes).build();
    Reader::new(Config::default().drop_originals(true)).normalise(&mut span);
    assert_eq!(
        span.get_str("gen_ai.input.messages"),
        Some(r#"[{"role":"user","parts":[{"type":"text","content":"weather?"}]}]"#)
    );
    assert_eq!(
        span.get_str("gen_ai.output.messages"),
        Some(concat!(
            r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"get_weather","#,
            r#""arguments":{"city":"Paris"}}],"finish_reason":"tool_calls"}]"#
        ))
    );
    assert!(
        span.attributes().iter().all(|attribute| !attribute.key.as_str().starts_with("llm.")),
        "{span:?}"
    );
}
