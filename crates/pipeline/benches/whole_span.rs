//! What a whole `tracing` span costs the application, beside the stock batch processor in the same run.
//!
//! `cargo bench -p otel-genai-pipeline --bench whole_span`
//!
//! One span with ten fields, created, entered, left and closed through `tracing-opentelemetry`. Stock: the batch
//! processor with a no-op exporter. Ours: three stages that edit and two no-op exporters, same queue size. Ten thousand
//! spans a second come in bursts that fit the queues; runs alternate, figures are medians over the runs. The first two
//! seconds of a run are not counted: the pipeline keeps a trace for its grace (one second), so that long it takes
//! fresh memory from the system, and after that what was freed.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};
use otel_genai_pipeline::{Pipeline, PipelineHandle, stage};
use tracing_subscriber::layer::SubscriberExt;

const QUEUE: usize = 8192;
const BURST: usize = 100;
const PAUSE: Duration = Duration::from_millis(10);
const WARM_UP: usize = 200;
const BURSTS: usize = 200;
const ROUNDS: usize = 7;

#[derive(Debug)]
struct NoExporter;

impl SpanExporter for NoExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn one_span(prompt: &str) {
    let span = tracing::info_span!(
        "chat gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.response.model = "gpt-4o-2024-08-06",
        gen_ai.response.id = "chatcmpl-123",
        gen_ai.request.temperature = 0.2,
        gen_ai.request.max_tokens = 1000_i64,
        gen_ai.usage.input_tokens = 1200_i64,
        gen_ai.usage.output_tokens = 300_i64,
        gen_ai.input.messages = prompt,
    );
    span.in_scope(|| ());
}

/// Nanoseconds per span: median and 99th percentile of the calls of one run.
fn run(provider: &SdkTracerProvider, prompt: &str) -> (u64, u64) {
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let mut times = Vec::with_capacity(BURST * BURSTS);
        for burst in 0..WARM_UP + BURSTS {
            if burst == WARM_UP {
                times.clear();
            }
            for _ in 0..BURST {
                let start = Instant::now();
                one_span(prompt);
                times.push(start.elapsed().as_nanos() as u64);
            }
            std::thread::sleep(PAUSE);
        }
        times.sort_unstable();
        (times[times.len() / 2], times[times.len() * 99 / 100])
    })
}

fn stock() -> SdkTracerProvider {
    let config =
        BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_max_export_batch_size(512).build();
    let processor = BatchSpanProcessor::builder(NoExporter).with_batch_config(config).build();
    SdkTracerProvider::builder().with_span_processor(processor).build()
}

fn ours() -> (SdkTracerProvider, PipelineHandle) {
    let pipeline = Pipeline::builder()
        .stage(stage::each(|span| span.set("a", 1)))
        .stage(stage::each(|span| span.set("b", 2)))
        .stage(stage::filter("never", |span| !span.name().is_empty()))
        .queue(QUEUE, 64 << 20)
        .export(NoExporter)
        .export(NoExporter)
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    (SdkTracerProvider::builder().with_span_processor(pipeline).build(), handle)
}

fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

fn main() {
    println!("whole span, ns         | stock p50    p99 |  ours p50    p99 | p50 ratio");
    for (name, prompt) in [("10 fields", 32), ("10 fields, 8 KiB", 8192)] {
        let prompt = "x".repeat(prompt);
        let mut figures: [Vec<u64>; 4] = Default::default();
        for _ in 0..ROUNDS {
            let provider = stock();
            let (p50, p99) = run(&provider, &prompt);
            figures[0].push(p50);
            figures[1].push(p99);
            let _ = provider.shutdown();
            let (provider, handle) = ours();
            let (p50, p99) = run(&provider, &prompt);
            figures[2].push(p50);
            figures[3].push(p99);
            assert_eq!(handle.stats().queue_full, 0, "pace the run more slowly");
            let _ = provider.shutdown();
        }
        let [stock_p50, stock_p99, our_p50, our_p99] = figures.each_mut().map(|values| median(values));
        let ratio = our_p50 as f64 / stock_p50 as f64;
        println!("{name:22} | {stock_p50:9} {stock_p99:6} | {our_p50:9} {our_p99:6} | {ratio:.2}");
    }
}
