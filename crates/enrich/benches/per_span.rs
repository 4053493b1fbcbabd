//! What the enricher and the meter cost per span.
//!
//! `cargo bench -p otel-genai-enrich --bench per_span`
//!
//! Bounds that the project sets itself: `Enricher` without prices 2 µs, with prices 2.5 µs, `UsageMeter` 1 µs, for a span with a prompt and
//! an answer of 400 characters and usage in attributes. A trace is an agent with calls below it; the time of an empty
//! line of stages over the same spans is taken off. `Reader` is what of the enricher's time goes into reading and writing the
//! conventions' words.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::{Array, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otel_genai_enrich::{Enricher, MetricSet, UsageMeter};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{IntoStages, Pipeline, Span, stage};
use otel_genai_pricing::{Catalogue, PriceTable};
use otel_genai_semconv::dialect::Reader;

const TRACES: u64 = 2000;
const ROUNDS: usize = 15;
/// Calls per trace, beside the agent's span.
const SHAPES: [u64; 3] = [1, 4, 20];

fn message(role: &str, text: &str) -> String {
    format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"{text}"}}]}}]"#)
}

/// A call in the conventions' own words, as `opentelemetry-instrumentation-genai-openai` writes it.
fn call(trace: u64, index: u64, text: &str) -> Span {
    SpanBuilder::new("chat gpt-4o-mini")
        .trace(trace.into())
        .parent(trace << 32)
        .times(Duration::from_millis(index * 10), Duration::from_millis(8))
        .scope("opentelemetry.instrumentation.genai.openai")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-4o-mini")
        .attribute("gen_ai.request.temperature", 0.2)
        .attribute("gen_ai.request.max_tokens", 200)
        .attribute("server.address", "api.openai.com")
        .attribute("server.port", 443)
        .attribute("gen_ai.input.messages", message("user", text))
        .attribute("gen_ai.output.messages", message("assistant", text))
        .attribute("gen_ai.response.id", format!("chatcmpl-{trace:014}{index:014}"))
        .attribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
        .attribute("gen_ai.response.finish_reasons", Value::Array(Array::String(vec!["stop".into()])))
        .attribute("gen_ai.usage.input_tokens", 211)
        .attribute("gen_ai.usage.output_tokens", 43)
        .attribute("gen_ai.usage.cache_read.input_tokens", 0)
        .build()
}

fn traces(calls: u64) -> Vec<Span> {
    let text = "x".repeat(400);
    (1..=TRACES)
        .flat_map(|trace| {
            let agent = SpanBuilder::new("invoke_agent planner")
                .trace(trace.into())
                .id(trace << 32)
                .times(Duration::ZERO, Duration::from_secs(1))
                .attribute("gen_ai.operation.name", "invoke_agent")
                .attribute("gen_ai.agent.name", "planner")
                .build();
            let calls: Vec<Span> = (0..calls).map(|index| call(trace, index, &text)).collect();
            calls.into_iter().chain([agent])
        })
        .collect()
}

/// Runs the spans through stages; returns what comes out and the nanoseconds per span.
fn run(stages: impl IntoStages, spans: Vec<Span>) -> (Vec<Span>, f64) {
    let count = spans.len();
    let mut out = Vec::with_capacity(count);
    let mut replay = Pipeline::builder().stage(stages).max_bytes(usize::MAX).replay(|_, spans| {
        out.extend(spans);
        Ok::<_, Infallible>(())
    });
    let resource = Arc::new(Resource::builder_empty().build());
    for span in spans {
        let Ok(()) = replay.push(&resource, span);
    }
    // Only the stages run from here on.
    let start = Instant::now();
    let Ok(_) = replay.finish();
    let nanos = start.elapsed().as_nanos() as f64;
    (out, nanos / count as f64)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let metrics = SdkMeterProvider::builder().build();
    let prices = Arc::new(PriceTable::new(Catalogue::bundled().expect("compiled in")));
    println!(
        "calls per trace | Reader ns/span | Enricher | with prices | enriched again | UsageMeter compat | UsageMeter latest"
    );
    for calls in SHAPES {
        let mut columns = [const { Vec::new() }; 6];
        for _ in 0..ROUNDS {
            let (spans, base) = run(Vec::<Enricher>::new(), traces(calls));
            let reader = Reader::default();
            let normalise = stage::each(move |span| {
                reader.normalise(span);
            });
            let (_, read) = run(normalise, traces(calls));
            let (_, unpriced) = run(Enricher::default(), traces(calls));
            let priced = || Enricher::builder().prices(Arc::clone(&prices)).build();
            let (enriched, first) = run(priced(), spans);
            let (enriched, again) = run(priced(), enriched);
            let (enriched, compat) = run(UsageMeter::with_set(&metrics, MetricSet::Compat), enriched);
            let (_, latest) = run(UsageMeter::with_set(&metrics, MetricSet::Latest), enriched);
            for (column, nanos) in columns.iter_mut().zip([read, unpriced, first, again, compat, latest]) {
                column.push(nanos - base);
            }
        }
        let [read, unpriced, first, again, compat, latest] = columns.map(median);
        println!(
            "{calls:15} | {read:14.0} | {unpriced:8.0} | {first:11.0} | {again:14.0} | {compat:17.0} | {latest:17.0}"
        );
    }
}
