//! The view reads what a normalised span carries, however its values are typed.

use opentelemetry::trace::Status;
use opentelemetry::{Array, Value};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::messages::Part;
use otel_genai_semconv::{GenAiSpan, Operation, Role};

#[test]
fn every_getter_reads_its_attribute() {
    let span = SpanBuilder::new("chat gpt-4o")
        .attribute("otel_genai.role", "llm_call")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.system", "xai")
        .attribute("gen_ai.request.model", "gpt-4o")
        .attribute("gen_ai.response.model", "gpt-4o-2024-08-06")
        .attribute("gen_ai.response.id", "r1")
        .attribute("gen_ai.response.finish_reasons", Value::Array(Array::String(vec!["stop".into()])))
        .attribute("gen_ai.input.messages", r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#)
        .attribute("gen_ai.output.messages", "plain words")
        .attribute("gen_ai.system_instructions", "be brief")
        .attribute("gen_ai.tool.name", "search")
        .attribute("gen_ai.tool.call.id", "c1")
        .attribute("gen_ai.tool.call.arguments", r#"{"q":"x"}"#)
        .attribute("gen_ai.tool.call.result", "found")
        .attribute("gen_ai.agent.name", "planner")
        .attribute("gen_ai.agent.id", "a1")
        .attribute("gen_ai.conversation.id", "s1")
        .attribute("llm.cost.total", "0.25")
        .status(Status::error("boom"))
        .build();
    let view = GenAiSpan::new(&span);
    assert_eq!((view.role(), view.operation()), (Some(Role::LlmCall), Some(Operation::Chat)));
    assert!(view.is_llm_call());
    assert_eq!(view.provider().as_deref(), Some("x_ai"));
    assert_eq!((view.request_model(), view.response_model()), (Some("gpt-4o"), Some("gpt-4o-2024-08-06")));
    assert_eq!((view.model(), view.response_id()), (Some("gpt-4o-2024-08-06"), Some("r1")));
    assert_eq!(view.finish_reasons(), ["stop"]);
    assert_eq!(view.input_messages().expect("recorded")[0].parts, [Part::text("hi")]);
    assert_eq!(view.output_messages().expect("recorded")[0].parts, [Part::text("plain words")]);
    assert_eq!(view.system_instructions(), Some(vec![Part::text("be brief")]));
    assert_eq!((view.tool_name(), view.tool_call_id()), (Some("search"), Some("c1")));
    assert_eq!(view.tool_arguments().expect("recorded")["q"], "x");
    assert_eq!(view.tool_result().expect("recorded"), "found");
    assert_eq!((view.agent_name(), view.agent_id()), (Some("planner"), Some("a1")));
    assert_eq!((view.conversation_id(), view.error_type()), (Some("s1"), Some("_OTHER")));
    assert_eq!(view.cost(), Some(0.25));
}

#[test]
fn counts_may_be_text_or_floats_and_nonsense_is_absent() {
    let span = SpanBuilder::new("chat")
        .attribute("gen_ai.usage.prompt_tokens", "10")
        .attribute("gen_ai.usage.output_tokens", 7.0)
        .attribute("gen_ai.usage.cache_read.input_tokens", -2)
        .attribute("gen_ai.usage.cache_creation.input_tokens", 1)
        .attribute("gen_ai.usage.cache_creation.input_tokens", 2)
        .attribute("gen_ai.usage.reasoning.output_tokens", "a few")
        .attribute("llm.cost.total", f64::NAN)
        .build();
    let usage = GenAiSpan::new(&span).usage();
    assert_eq!((usage.input, usage.output), (Some(10), Some(7)));
    assert_eq!((usage.cache_read, usage.cache_write, usage.reasoning), (None, Some(2), None));
    assert_eq!(GenAiSpan::new(&span).cost(), None);
}

#[test]
fn a_span_without_these_attributes_says_nothing() {
    let span = SpanBuilder::new("GET /").build();
    let view = GenAiSpan::new(&span);
    assert!(!view.is_llm_call() && view.usage().is_empty() && view.finish_reasons().is_empty());
    assert_eq!((view.operation(), view.error_type(), view.input_messages()), (None, None, None));
}
