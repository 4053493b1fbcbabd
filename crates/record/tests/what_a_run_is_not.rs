//! The attributes of a run change nothing about what a span is.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_record::RunContext;
use otel_genai_semconv::Role;
use otel_genai_semconv::dialect::Reader;
use otel_genai_semconv::names::gen_ai;
use tracing_subscriber::layer::SubscriberExt;

fn span_of(run: &RunContext, code: impl FnOnce()) -> Span {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder().export(exporter.clone()).build().expect("builds");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || run.enter(code));
    provider.force_flush().expect("flushes");
    let span = exporter.get_finished_spans().expect("kept").remove(0);
    provider.shutdown().expect("shuts down");
    Span::from(span)
}

fn full() -> RunContext {
    RunContext::new()
        .agent_id("a-1")
        .agent_name("helper")
        .agent_version("2")
        .conversation("c-1")
        .session("s-1")
        .user("u-1")
        .project("p")
        .tenant("t")
        .environment("test")
        .tags(["x"])
}

#[test]
fn a_plain_span_in_a_run_is_still_a_plain_span() {
    let mut span = span_of(&full(), || tracing::info_span!("query the database").in_scope(|| ()));
    assert_eq!(span.get_str(gen_ai::AGENT_NAME), Some("helper"));
    let before = span.attributes().to_vec();
    let reading = Reader::default().normalise(&mut span);
    assert_eq!((reading.role, reading.operation), (Role::Other, None));
    assert_eq!(span.attributes(), before, "nothing is added or renamed");
}

#[test]
fn the_session_of_the_run_does_not_become_a_calls_conversation() {
    let call = || {
        let span = tracing::info_span!("chat", openinference.span.kind = "LLM", llm.model_name = "gpt-4o");
        span.in_scope(|| ());
    };
    let mut span = span_of(&full(), call);
    Reader::default().normalise(&mut span);
    assert_eq!(span.get_str(gen_ai::CONVERSATION_ID), Some("c-1"));
    assert_eq!(span.get_str(gen_ai::SESSION_ID), Some("s-1"));
    assert_eq!(span.get_str(gen_ai::USER_ID), Some("u-1"));
}

#[test]
fn what_is_not_stated_is_absent_and_an_empty_text_states_nothing() {
    let run = RunContext::new().project("p").agent_name("").user("").tags([""]);
    let span = span_of(&run, || tracing::info_span!("host").in_scope(|| ()));
    let of_run = |key: &str| {
        ["gen_ai.", "user.", "session.", "otel_genai.", "deployment."].iter().any(|p| key.starts_with(p))
    };
    let keys: Vec<&str> =
        span.attributes().iter().map(|attribute| attribute.key.as_str()).filter(|key| of_run(key)).collect();
    assert_eq!(keys, ["otel_genai.project"], "a host that only orchestrates is no agent");
}

#[test]
fn an_empty_text_does_not_hide_what_is_inherited() {
    full().enter(|| {
        RunContext::new().user("").session("inner").enter(|| {
            let run = RunContext::current();
            assert_eq!(run.get("user.id"), Some(&"u-1".into()));
            assert_eq!(run.get("session.id"), Some(&"inner".into()));
        });
        assert_eq!(RunContext::current().get("session.id"), Some(&"s-1".into()));
    });
    assert_eq!(RunContext::current().get("session.id"), None);
}
