//! A stage of your own: marks the root of a trace whose calls took more tokens than they may.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]

use std::process::ExitCode;
use std::sync::mpsc::channel;

use opentelemetry::trace::{Span as _, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai::{GenAiSpan, Pipeline, Segment, Stage, stage};

struct TokenBudget {
    tokens: u64,
}

impl Stage for TokenBudget {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let root = segment.spans().iter().position(|span| segment.is_local_root(span));
        // Spans of one trace may come in several segments: what is to be remembered between them is state.
        let parts = segment.split::<u64>();
        for call in parts.spans.iter().map(GenAiSpan::new).filter(GenAiSpan::is_llm_call) {
            let usage = call.usage();
            *parts.state += usage.input.unwrap_or(0) + usage.output.unwrap_or(0);
        }
        if let Some(root) = root {
            parts.spans[root].set("app.run.over_budget", *parts.state > self.tokens);
        }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(lines) => {
            println!("{}", lines.join("\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Traces a run of two calls and returns what a second stage, after the first, sees of each span.
fn run() -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let (sender, lines) = channel();
    let look = stage::each(move |span| {
        let _ = sender.send(format!("{}: over budget {:?}", span.name(), span.get("app.run.over_budget")));
    });
    let pipeline = Pipeline::builder().stage(TokenBudget { tokens: 500 }).stage(look).build()?;
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();

    let tracer = provider.tracer("agent");
    let root = Context::new().with_span(tracer.start_with_context("run", &Context::new()));
    for tokens in [300, 400] {
        let mut call = tracer.start_with_context("chat", &root);
        call.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
        call.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", tokens));
        call.end();
    }
    root.span().end();
    provider.shutdown()?;
    Ok(lines.try_iter().collect())
}

#[test]
fn the_root_says_that_the_budget_was_exceeded() -> Result<(), Box<dyn std::error::Error>> {
    let expected = ["chat: over budget None", "chat: over budget None", "run: over budget Some(Bool(true))"];
    assert_eq!(run()?, expected);
    Ok(())
}
