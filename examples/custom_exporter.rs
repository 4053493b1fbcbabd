//! An exporter of your own: sends one line per call of a model into a channel.
//!
//! Exporters of the pipeline are the SDK's `SpanExporter`s, so an existing one fits as it is. Each gets a thread and a
//! bounded queue of its own, and is called with one batch at a time.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]

use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use otel_genai::{GenAiSpan, Pipeline, Span};

#[derive(Debug)]
struct CallLines(Sender<String>);

impl SpanExporter for CallLines {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch.into_iter().map(Span::from) {
            let call = GenAiSpan::new(&span);
            if call.is_llm_call() {
                let output = call.usage().output.map_or("unknown".into(), |tokens| tokens.to_string());
                let line = format!("{}: {output} output tokens", call.model().unwrap_or("unknown model"));
                // The pipeline counts the batch as failed, and `force_flush` and `shutdown` return the error.
                self.0.send(line).map_err(|error| OTelSdkError::InternalFailure(error.to_string()))?;
            }
        }
        Ok(())
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

/// Traces a call and a span that is none, and returns what the exporter sent.
fn run() -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let (sender, lines) = channel();
    let pipeline = Pipeline::builder().export(CallLines(sender)).build()?;
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();

    let tracer = provider.tracer("agent");
    let mut span = tracer.start("chat gpt-5-mini");
    span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
    span.set_attribute(KeyValue::new("gen_ai.request.model", "gpt-5-mini"));
    span.set_attribute(KeyValue::new("gen_ai.usage.output_tokens", 96));
    span.end();
    tracer.start("look up a customer").end();
    provider.shutdown()?;
    Ok(lines.try_iter().collect())
}

#[test]
fn only_calls_of_models_become_lines() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!(run()?, ["gpt-5-mini: 96 output tokens"]);
    Ok(())
}
