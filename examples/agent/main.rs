//! An agent that plans a trip with tools and a sub-agent, traced from end to end.
//!
//! ```text
//! cargo run --example agent                                   # a scripted endpoint on loopback plays the model
//! OPENAI_API_KEY=… cargo run --example agent                  # the real one
//! OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=… cargo run --example agent
//! ```
//!
//! The trace goes into the store that the only argument names, or into one in the directory for temporary files. In the
//! end it is read from there and drawn, as `otel-genai show` does.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]

mod agent;
mod error;
mod model;
mod scripted_endpoint;
#[cfg(test)]
mod tests;
mod tools;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai::export::store::TraceFilter;
use otel_genai::export::tree;
use otel_genai::{Enricher, GuardrailDetector, Pipeline, Redactor, Span, SqliteExporter, Store};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

use crate::model::Model;

const QUESTION: &str = "Two days in Lisbon next week: what should I see, and what should I pack? \
                        Write to ana@example.org.";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let path = env::args_os().nth(1).map_or_else(default_path, PathBuf::from);

    // The pipeline stands where a batch processor would stand.
    let pipeline = Pipeline::builder()
        .stage(Enricher::bundled()?)
        .stage(GuardrailDetector::default())
        .stage(Redactor::default())
        .export(SqliteExporter::open(&path)?)
        .build()?;
    let pipeline_handle = pipeline.handle();
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("trip-planner").build())
        .with_span_processor(pipeline)
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("trip-planner"));
    tracing_subscriber::registry().with(layer.with_filter(LevelFilter::INFO)).init();

    let model = match Model::from_environment()? {
        Some(model) => model,
        None => Model::new(&scripted_endpoint::start().await?, None, "gpt-5-mini")?,
    };
    let answer = agent::plan_trip(&Arc::new(model), QUESTION).await;
    if let Ok(text) = &answer {
        println!("{QUESTION}\n\n{text}\n");
    }

    // Explicitly, and whatever the answer was: the subscriber keeps the provider alive, so dropping it does nothing.
    provider.shutdown()?;
    println!("{}", pipeline_handle.stats());
    show_newest(&path)?;
    answer?;
    Ok(())
}

fn show_newest(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::open(path)?;
    let newest = store.traces(&TraceFilter::new().limit(1))?.traces;
    let Some(trace) = newest.first().map(|newest| store.trace(newest.trace_id)).transpose()?.flatten() else {
        return Ok(());
    };
    println!("\n$ otel-genai show {} --store {}", trace.summary.trace_id, path.display());
    let spans: Vec<Span> = trace.spans.into_iter().map(|read| Span::from(read.span)).collect();
    print!("{}", tree::render(&spans, tree::TreeStyle::default()));
    Ok(())
}

fn default_path() -> PathBuf {
    env::temp_dir().join("otel-genai-traces.db")
}
