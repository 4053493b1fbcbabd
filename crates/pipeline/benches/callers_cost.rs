//! What the thread that ends a span pays, beside the stock batch processor in the same run.
//!
//! `cargo bench -p otel-genai-pipeline --bench callers_cost`
//!
//! Both processors have the same queue size and a no-op exporter. Spans come in bursts that fit both queues, with a
//! pause in which both drain, so that neither drops (checked for ours). Only spans with a local parent end here: what
//! announcing a local root costs besides is in `whole_span`. Runs of the two alternate; figures are medians over
//! the runs. A call is timed with two clock readings, whose own cost (printed) is in both columns.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor,
};
use otel_genai_pipeline::Pipeline;
use otel_genai_pipeline::testing::SpanBuilder;

const QUEUE: usize = 8192;
const BURST: usize = 500;
const BURSTS: usize = 60;
const ROUNDS: usize = 11;

#[derive(Debug)]
struct NoExporter;

impl SpanExporter for NoExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// One run: how long each call took in nanoseconds, and when the first began and the last ended.
fn run(processor: &dyn SpanProcessor, spans: &[SpanData], threads: usize, paced: bool) -> Vec<u64> {
    let one = || {
        let mut times = Vec::with_capacity(BURST * BURSTS);
        for _ in 0..BURSTS {
            for span in spans.iter().cycle().take(BURST / threads) {
                // Made right before it ends, as a real span's last attribute is: its memory is in the cache.
                let span = span.clone();
                let start = Instant::now();
                processor.on_end(span);
                times.push(start.elapsed().as_nanos() as u64);
            }
            if paced {
                std::thread::sleep(Duration::from_millis(4));
            }
        }
        times
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("no panic")).collect()
    })
}

fn percentile(times: &mut [u64], percent: usize) -> u64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

fn median(mut values: Vec<u64>) -> u64 {
    percentile(&mut values, 50)
}

fn spans(prompt: usize) -> Vec<SpanData> {
    (0..64_u128)
        .map(|trace| {
            let mut builder = SpanBuilder::new("chat gpt-4o").trace(trace + 1).parent(1);
            for index in 0..10 {
                builder = builder.attribute(format!("gen_ai.attribute.{index}"), format!("value {index}"));
            }
            if prompt > 0 {
                builder = builder.attribute("gen_ai.input.messages", "x".repeat(prompt));
            }
            builder.build().into_data()
        })
        .collect()
}

fn stock() -> BatchSpanProcessor {
    let config =
        BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_max_export_batch_size(512).build();
    BatchSpanProcessor::builder(NoExporter).with_batch_config(config).build()
}

fn ours() -> Pipeline {
    Pipeline::builder().queue(QUEUE, 64 << 20).export(NoExporter).build().expect("builds")
}

fn main() {
    let mut clock: Vec<u64> =
        (0..100_000).map(|_| Instant::now()).map(|start| start.elapsed().as_nanos() as u64).collect();
    println!("clock reading: {} ns", percentile(&mut clock, 50));
    println!("on_end, ns per call             |   stock p50    p99 |    ours p50    p99 | p50 ratio");
    for (name, prompt) in [("10 attributes", 0), ("10 attributes, 8 KiB prompt", 8192)] {
        for threads in [1, 2] {
            for paced in [true, false] {
                let spans = spans(prompt);
                let (mut stock_p50, mut stock_p99, mut our_p50, mut our_p99) =
                    (Vec::new(), Vec::new(), Vec::new(), Vec::new());
                for _ in 0..ROUNDS {
                    let processor = stock();
                    let mut times = run(&processor, &spans, threads, paced);
                    stock_p50.push(percentile(&mut times, 50));
                    stock_p99.push(percentile(&mut times, 99));
                    let _ = processor.shutdown();
                    let processor = ours();
                    let mut times = run(&processor, &spans, threads, paced);
                    our_p50.push(percentile(&mut times, 50));
                    our_p99.push(percentile(&mut times, 99));
                    let lost = processor.handle().stats().queue_full;
                    assert!(!paced || lost == 0, "{lost} spans were dropped: pace the run more slowly");
                    let _ = processor.shutdown();
                }
                let (stock_p50, our_p50) = (median(stock_p50), median(our_p50));
                println!(
                    "{name:27} {threads}T {} | {stock_p50:11} {:6} | {our_p50:11} {:6} | {:.2}",
                    if paced { " " } else { "b" },
                    median(stock_p99),
                    median(our_p99),
                    our_p50 as f64 / stock_p50 as f64
                );
            }
        }
    }
    println!("T: threads; b: back to back, both processors drop");
}
