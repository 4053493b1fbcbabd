//! What counts mean where their names alone do not say it: totals, second names, habits and the user's word.

use opentelemetry::Value;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::TokenUsage;
use otel_genai_semconv::dialect::{Config, Reader, Reading};
use otel_genai_semconv::usage::{Conservation, Meaning, Rule, Source};

type Attribute = (&'static str, Value);

/// Where in a usage a count is.
type Count = fn(&TokenUsage) -> Option<u64>;

fn span(scope: &'static str, name: &'static str, attributes: &[Attribute]) -> SpanBuilder {
    let span = SpanBuilder::new(name).scope(scope);
    attributes.iter().fold(span, |span, (key, value)| span.attribute(*key, value.clone()))
}

fn read(scope: &'static str, name: &'static str, attributes: &[Attribute]) -> Reading {
    Reader::default().read(&span(scope, name, attributes).build())
}

/// What the user says also holds for usage that only a JSON text has, and for how complete it is.
#[test]
fn a_forced_meaning_reaches_usage_in_json_text() {
    let usage = r#"{"input_tokens":87,"output_tokens":59,"input_tokens_details":{"cached_tokens":50}}"#;
    let answer = format!(r#"{{"id":"resp_1","status":"completed","object":"response","usage":{usage}}}"#);
    for (key, json) in [("gen_ai.usage.raw", usage), ("output.value", answer.as_str())] {
        let attributes = [("gen_ai.operation.name", "chat".into()), (key, json.to_owned().into())];
        let span = span("acme.llm", "ask", &attributes).build();
        assert_eq!(Reader::default().read(&span).usage.input, Some(87), "{key}");
        let reader = Reader::new(Config::default().meaning("acme.", Meaning::Exclusive));
        let reading = reader.read(&span);
        assert_eq!((reading.usage.input, reading.usage.cache_read), (Some(137), Some(50)), "{key}");
        assert_eq!(reading.conservation, Conservation::Repaired(Rule::ExclusiveLibrary), "{key}");
    }
    // Attributes that the user says something about outrank the JSON beside them, which still tells what they lack.
    let attributes = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.usage.input_tokens", 87.into()),
        ("gen_ai.usage.output_tokens", 59.into()),
        ("gen_ai.usage.raw", usage.into()),
    ];
    let reader = Reader::new(Config::default().meaning("acme.", Meaning::Exclusive));
    let reading = reader.read(&span("acme.llm", "ask", &attributes).build());
    assert_eq!((reading.usage.input, reading.usage.cache_read), (Some(137), Some(50)), "{reading:?}");
    // Who leaves out what was cached and does not say how much gives a lower bound; who does not, reports all.
    let botocore = "opentelemetry.instrumentation.botocore.bedrock-runtime";
    let sources =
        [(botocore, Meaning::Inclusive, Source::Reported), ("acme.llm", Meaning::Exclusive, Source::Partial)];
    for (scope, meaning, source) in sources {
        let reader = Reader::new(Config::default().meaning(scope, meaning));
        let reading = reader.read(&span(scope, "chat", &attributes[..3]).build());
        assert_eq!(reading.source, Some(source), "{scope}");
    }
}

/// Google ADK up to 2.2: the reasoning has an experimental name, and the output leaves it out.
#[test]
fn google_adk_without_content() {
    let reading = read(
        "gcp.vertex.agent",
        "call_llm",
        &[
            ("gen_ai.system", "gcp.vertex.agent".into()),
            ("gen_ai.request.model", "gemini-2.5-flash".into()),
            ("gen_ai.usage.input_tokens", 153.into()),
            ("gen_ai.usage.output_tokens", 57.into()),
            ("gen_ai.usage.experimental.reasoning_tokens", 20.into()),
        ],
    );
    assert_eq!((reading.usage.output, reading.usage.reasoning), (Some(77), Some(20)), "{reading:?}");
    assert_eq!(reading.conservation, Conservation::Repaired(Rule::ReasoningBesideOutput));
}

/// What Gemini's own tools brought in stands beside the prompt, in every spelling.
#[test]
fn the_input_of_server_tools_belongs_to_the_input() {
    let base = [
        ("gen_ai.operation.name", "generate_content".into()),
        ("gen_ai.provider.name", "gcp.gemini".into()),
        ("gen_ai.usage.input_tokens", 100.into()),
        ("gen_ai.usage.output_tokens", 5.into()),
    ];
    let names = [
        "gen_ai.usage.tool_use_prompt_tokens",
        "gen_ai.usage.tool_use.input_tokens",
        "gen_ai.usage.details.tool_use_prompt_tokens",
        "llm.usage.tool_use_tokens",
    ];
    for name in names {
        let mut attributes = base.to_vec();
        attributes.push((name, 40.into()));
        let reading = read("my.app", "generate_content gemini", &attributes);
        assert_eq!((reading.usage.input, reading.usage.tool_use_input), (Some(140), Some(40)), "{name}");
        assert_eq!(reading.conservation, Conservation::Repaired(Rule::ToolUseBesideInput), "{name}");
        // A total says when they are in the input already.
        attributes.push(("gen_ai.usage.total_tokens", 105.into()));
        let reading = read("my.app", "generate_content gemini", &attributes);
        assert_eq!(
            (reading.usage.input, reading.conservation),
            (Some(100), Conservation::Consistent),
            "{name}"
        );
    }
    let response = r#"{"content":{"parts":[]},"usage_metadata":{"prompt_token_count":100,"candidates_token_count":5,
        "tool_use_prompt_token_count":40,"thoughts_token_count":7,"total_token_count":152}}"#;
    let adk = [
        ("gen_ai.system", "gcp.vertex.agent".into()),
        ("gen_ai.usage.input_tokens", 100.into()),
        ("gen_ai.usage.output_tokens", 5.into()),
        ("gcp.vertex.agent.llm_response", response.into()),
    ];
    let reading = read("gcp.vertex.agent", "call_llm", &adk);
    assert_eq!((reading.usage.input, reading.usage.output), (Some(140), Some(12)), "{reading:?}");
    assert_ne!(reading.conservation, Conservation::Contradictory, "{reading:?}");
}

/// A total of its own decides against a library's habit, and one that decides nothing is a contradiction.
#[test]
fn a_recorded_total_decides_or_is_marked() {
    let openlit = |total: i64| {
        let attributes = [
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", "anthropic".into()),
            ("gen_ai.usage.input_tokens", 100.into()),
            ("gen_ai.usage.cache_read.input_tokens", 80.into()),
            ("gen_ai.usage.output_tokens", 5.into()),
            ("otel_genai.usage.total_tokens", total.into()),
        ];
        let mut span = span("openlit.instrumentation.anthropic", "chat claude", &attributes).build();
        let reading = Reader::default().normalise(&mut span);
        let total = span.get("otel_genai.usage.total_tokens").cloned();
        (reading.usage.input, reading.conservation, total)
    };
    assert_eq!(openlit(105), (Some(100), Conservation::Repaired(Rule::InclusiveByTotal), None));
    assert_eq!(openlit(185), (Some(180), Conservation::Repaired(Rule::ExclusiveLibrary), None));
    assert_eq!(openlit(500), (Some(180), Conservation::Contradictory, Some(500.into())));
    // The AI SDK 5 adds its total up itself, which says nothing and does not stay.
    let attributes = [
        ("ai.operationId", "ai.generateText.doGenerate".into()),
        ("ai.model.provider", "anthropic.messages".into()),
        ("ai.usage.inputTokens", 100.into()),
        ("ai.usage.cachedInputTokens", 80.into()),
        ("ai.usage.outputTokens", 5.into()),
        ("ai.usage.totalTokens", 105.into()),
    ];
    let reading = read("ai", "ai.generateText.doGenerate", &attributes);
    assert_eq!((reading.usage.input, reading.usage.total), (Some(180), None));
    assert_eq!(reading.conservation, Conservation::Repaired(Rule::ExclusiveLibrary));
}

/// Of two names for one count the convention's counts, then the table's order; a difference that no part explains is
/// marked.
#[test]
fn two_names_that_differ_are_marked() {
    let base = [
        ("gen_ai.operation.name", Value::from("chat")),
        ("gen_ai.provider.name", "openai".into()),
        ("gen_ai.usage.input_tokens", 100.into()),
        ("gen_ai.usage.output_tokens", 50.into()),
        ("gen_ai.usage.cache_read.input_tokens", 80.into()),
        ("gen_ai.usage.reasoning.output_tokens", 30.into()),
    ];
    let cases = [
        ("llm.usage.prompt_tokens", 100, Conservation::Consistent),
        ("llm.usage.prompt_tokens", 20, Conservation::Consistent),
        ("llm.usage.prompt_tokens", 12, Conservation::Contradictory),
        ("gen_ai.usage.completion_tokens", 20, Conservation::Consistent),
        ("gen_ai.usage.completion_tokens", 51, Conservation::Contradictory),
        ("llm.token_count.prompt_details.cache_read", 79, Conservation::Contradictory),
        ("gen_ai.usage.reasoning_tokens", 31, Conservation::Contradictory),
    ];
    for (name, count, verdict) in cases {
        let mut attributes = base.to_vec();
        attributes.push((name, count.into()));
        let reading = read("my.app", "chat", &attributes);
        let usage = &reading.usage;
        assert_eq!((usage.input, usage.output), (Some(100), Some(50)), "{name} {count}");
        assert_eq!((usage.cache_read, usage.reasoning), (Some(80), Some(30)), "{name} {count}");
        assert_eq!(reading.conservation, verdict, "{name} {count}");
    }
    // The user's own alias outranks the rest, which needs no mark.
    let config = Config::default().alias("acme.in", "gen_ai.usage.input_tokens").unwrap();
    let mut attributes = base.to_vec();
    attributes.push(("acme.in", 99.into()));
    let reading = Reader::new(config).read(&span("my.app", "chat", &attributes).build());
    assert_eq!((reading.usage.input, reading.conservation), (Some(99), Conservation::Consistent));
}

/// An unknown library, a model whose provider counts cached input apart, and nothing that tells.
#[test]
fn what_nothing_tells_is_assumed_and_marked() {
    let call = |scope: &'static str, provider: &'static str, model: &'static str, input: i64| {
        let attributes = [
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", provider.into()),
            ("gen_ai.request.model", model.into()),
            ("gen_ai.usage.input_tokens", input.into()),
            ("gen_ai.usage.cache_read.input_tokens", 80.into()),
            ("gen_ai.usage.output_tokens", 5.into()),
        ];
        let mut span = span(scope, "chat", &attributes).build();
        let reading = Reader::default().normalise(&mut span);
        let mark = span.get_str("otel_genai.usage.conservation").map(str::to_owned);
        (reading.usage.input, mark)
    };
    let assumed = (Some(100), Some("assumed:inclusive".to_owned()));
    assert_eq!(call("my.app", "anthropic", "claude-sonnet-4-5", 100), assumed);
    assert_eq!(call("my.app", "aws.bedrock", "amazon.nova-pro-v1:0", 100), assumed);
    assert_eq!(call("my.app", "my-gateway", "claude-sonnet-4-5", 100), assumed);
    let proven = (Some(100), Some("repaired:cached_above_input".to_owned()));
    assert_eq!(call("my.app", "anthropic", "claude-sonnet-4-5", 20), proven);
    assert_eq!(call("my.app", "my-gateway", "claude-sonnet-4-5", 20), proven);
    for (scope, provider, model) in [
        ("my.app", "openai", "gpt-4o"),
        ("my.app", "openrouter", "anthropic/claude-sonnet-4.5"),
        ("my.app", "aws.bedrock", "openai.gpt-oss-120b-1:0"),
        ("com.anthropic.sdk.python", "anthropic", "claude-sonnet-4-5"),
    ] {
        assert_eq!(call(scope, provider, model, 100), (Some(100), None), "{scope} {provider}");
    }
}

/// Two texts of one span that report two different usages: the usage object counts before the answer.
#[test]
fn two_reports_that_differ_are_marked() {
    let reading = |prompt: u64| {
        let answer = format!(
            r#"{{"id":"r1","choices":[{{"finish_reason":"stop"}}],"usage":{{"prompt_tokens":{prompt},"completion_tokens":5}}}}"#
        );
        let usage =
            r#"{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":80}}"#;
        let attributes = [
            ("openinference.span.kind", "LLM".into()),
            ("gen_ai.usage.raw", usage.into()),
            ("output.value", answer.into()),
        ];
        read("my.app", "chat", &attributes)
    };
    assert_eq!((reading(100).usage.input, reading(100).conservation), (Some(100), Conservation::Consistent));
    assert_eq!((reading(20).usage.input, reading(20).conservation), (Some(100), Conservation::Consistent));
    assert_eq!((reading(99).usage.input, reading(99).conservation), (Some(100), Conservation::Contradictory));
}

/// Names that libraries of 2026 write for counts that the conventions name otherwise.
#[test]
fn further_names_of_counts_are_read() {
    let cases: [(&str, &str, Count); 13] = [
        ("my.app", "gen_ai.usage.cache_read_tokens", |usage| usage.cache_read),
        ("my.app", "gen_ai.usage.cache_write_tokens", |usage| usage.cache_write),
        ("my.app", "gen_ai.usage.cache_creation_tokens", |usage| usage.cache_write),
        ("my.app", "gen_ai.usage.input_tokens.cache_write", |usage| usage.cache_write),
        ("my.app", "gen_ai.usage.input_tokens_details.cached_tokens", |usage| usage.cache_read),
        ("my.app", "gen_ai.usage.output_tokens_details.reasoning_tokens", |usage| usage.reasoning),
        ("my.app", "gen_ai.usage.tool_use.input_tokens", |usage| usage.tool_use_input),
        ("gcp.vertex.agent", "gen_ai.usage.experimental.cached_tokens", |usage| usage.cache_read),
        ("gcp.vertex.agent", "gen_ai.usage.experimental.reasoning_tokens", |usage| usage.reasoning),
        ("agent_framework", "openai.cached_input_tokens", |usage| usage.cache_read),
        ("agent_framework", "openai.reasoning_tokens", |usage| usage.reasoning),
        ("agent_framework", "anthropic.cache_read_input_tokens", |usage| usage.cache_read),
        ("agent_framework", "anthropic.cache_creation_input_tokens", |usage| usage.cache_write),
    ];
    for (scope, name, count) in cases {
        let attributes = [
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.usage.input_tokens", 100.into()),
            ("gen_ai.usage.output_tokens", 50.into()),
            (name, 7.into()),
        ];
        assert_eq!(count(&read(scope, "chat", &attributes).usage), Some(7), "{name}");
    }
    // agent-framework's Anthropic client passes on the input as Anthropic counts it.
    let attributes = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.provider.name", "anthropic".into()),
        ("gen_ai.usage.input_tokens", 100.into()),
        ("gen_ai.usage.output_tokens", 50.into()),
        ("anthropic.cache_read_input_tokens", 30.into()),
        ("anthropic.cache_creation_input_tokens", 20.into()),
    ];
    assert_eq!(read("agent_framework", "chat claude", &attributes).usage.input, Some(150));
    // MLflow's lifetimes, and its own total, which says nothing.
    let usage = r#"{"input_tokens":100,"output_tokens":5,"total_tokens":105,"cache_read_input_tokens":50,
        "cache_creation_input_tokens":30,"cache_creation_input_tokens_above_1hr":10}"#;
    let attributes = [
        ("mlflow.spanType", r#""CHAT_MODEL""#.into()),
        ("mlflow.message.format", r#""anthropic""#.into()),
        ("mlflow.chat.tokenUsage", usage.into()),
    ];
    let reading = read("mlflow.tracing.provider", "Messages.create", &attributes);
    assert_eq!((reading.usage.input, reading.usage.cache_write_1h), (Some(180), Some(10)), "{reading:?}");
}
