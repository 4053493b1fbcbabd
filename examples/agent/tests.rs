//! Runs the agent against the scripted endpoint and looks at the spans that a pipeline gets of it.

use std::collections::HashMap;
use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;

use opentelemetry::trace::{SpanKind, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai::{GenAiSpan, Pipeline, Span, stage};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

use crate::error::AgentError;
use crate::model::Model;
use crate::{QUESTION, agent, scripted_endpoint};

/// Lets the agent talk to an endpoint and returns its answer and its spans, in the order in which they started.
async fn run(base_url: &str) -> Result<(Result<String, AgentError>, Vec<Span>), Box<dyn Error>> {
    let (sender, spans) = channel();
    let collect = stage::each(move |span| {
        let _ = sender.send(span.clone());
    });
    let provider =
        SdkTracerProvider::builder().with_span_processor(Pipeline::builder().stage(collect).build()?).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(LevelFilter::INFO));
    let as_default = subscriber.set_default();
    let model = Arc::new(Model::new(base_url, None, "gpt-5-mini")?);
    let answer = agent::plan_trip(&model, QUESTION).await;
    drop(as_default);
    provider.shutdown()?;
    let mut spans: Vec<Span> = spans.try_iter().collect();
    spans.sort_by_key(Span::start_time);
    Ok((answer, spans))
}

#[tokio::test]
async fn a_run_is_one_trace_of_all_its_calls() -> Result<(), Box<dyn Error>> {
    let (answer, spans) = run(&scripted_endpoint::start().await?).await?;
    assert!(answer?.contains("rain jacket"));

    let names: HashMap<_, _> = spans.iter().map(|span| (span.span_id(), span.name())).collect();
    let tree: Vec<_> = spans
        .iter()
        .map(|span| {
            let parent = span.parent_span_id().map_or("", |parent| names[&parent]);
            (parent, span.name(), GenAiSpan::new(span).error_type())
        })
        .collect();
    let expected = [
        ("", "invoke_agent trip_planner", None),
        ("invoke_agent trip_planner", "guardrail question length", None),
        ("invoke_agent trip_planner", "chat gpt-5-mini", None),
        ("invoke_agent trip_planner", "execute_tool get_weather", None),
        ("invoke_agent trip_planner", "execute_tool find_sights", Some("unavailable")),
        ("invoke_agent trip_planner", "execute_tool find_sights", None),
        ("invoke_agent trip_planner", "chat gpt-5-mini", None),
        ("invoke_agent trip_planner", "execute_tool ask_local_guide", None),
        ("execute_tool ask_local_guide", "invoke_agent local_guide", None),
        ("invoke_agent local_guide", "chat gpt-5-mini", None),
        ("invoke_agent trip_planner", "chat gpt-5-mini", None),
    ];
    assert_eq!(tree, expected);
    assert_eq!(spans[0].events().len(), 1, "the retry");
    Ok(())
}

#[tokio::test]
async fn calls_carry_what_the_endpoint_said_and_nothing_else() -> Result<(), Box<dyn Error>> {
    let (_, spans) = run(&scripted_endpoint::start().await?).await?;
    let calls: Vec<_> = spans.iter().map(GenAiSpan::new).filter(GenAiSpan::is_llm_call).collect();
    let usage: Vec<_> = calls
        .iter()
        .map(GenAiSpan::usage)
        .map(|usage| (usage.input, usage.output, usage.cache_read, usage.reasoning))
        .collect();
    let expected = [
        (Some(212), Some(96), Some(0), Some(64)),
        (Some(331), Some(31), Some(192), Some(0)),
        // The streamed answer comes with totals only.
        (Some(58), Some(21), None, None),
        (Some(402), Some(158), Some(320), Some(128)),
    ];
    assert_eq!(usage, expected);
    for (index, call) in calls.iter().enumerate() {
        let streamed = index == 2;
        assert_eq!(call.request_model(), Some("gpt-5-mini"));
        assert_eq!(call.response_model(), Some("gpt-5-mini-2025-08-07"));
        assert_eq!(call.provider().as_deref(), Some("openai"));
        assert!(call.response_id().is_some_and(|id| id.starts_with("chatcmpl-")));
        assert_eq!(call.finish_reasons(), [if index < 2 { "tool_calls" } else { "stop" }]);
        assert_eq!(call.span().kind(), &SpanKind::Client);
        assert_eq!(call.span().get("gen_ai.request.stream").is_some(), streamed);
        assert_eq!(call.span().get("gen_ai.response.time_to_first_chunk").is_some(), streamed);
    }
    let tool_calls: Vec<_> = spans
        .iter()
        .map(GenAiSpan::new)
        .filter_map(|span| Some((span.tool_name()?, span.tool_call_id()?)))
        .collect();
    assert_eq!(tool_calls[3], ("ask_local_guide", "call_guide"));
    Ok(())
}

#[tokio::test]
async fn a_failed_call_says_how_on_every_span_it_ends() -> Result<(), Box<dyn Error>> {
    let no_such_path = scripted_endpoint::start().await? + "/nothing/here";
    let nobody_listens = format!("http://{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?);
    for (base_url, error_type) in [(no_such_path, "404"), (nobody_listens, "connect")] {
        let (answer, spans) = run(&base_url).await?;
        assert!(answer.is_err());
        assert_eq!(spans.len(), 3, "the agent, its guardrail and its call");
        for span in spans.iter().filter(|span| !span.name().starts_with("guardrail ")) {
            assert_eq!(GenAiSpan::new(span).error_type(), Some(error_type));
            assert!(span.is_error());
            assert_eq!(GenAiSpan::new(span).usage(), Default::default());
        }
    }
    Ok(())
}
