//! How many spans a processor's own threads get through per CPU-second, beside the stock batch processor.
//!
//! `cargo bench -p otel-genai-pipeline --bench worker` (Linux: reads CPU time from `/proc/self`)
//!
//! An empty pipeline and the stock processor, each with a no-op exporter. Spans are made beforehand and pushed in
//! bursts that fit the queue; only the CPU time of threads other than the pushing one counts. The stock processor only
//! passes spans on, while ours files them under their traces until those are complete, so there is a second figure to
//! hold ours against: the rate at which the stock processor drains (spans that reach its exporter per second) when two
//! threads end spans as fast as they can. More than that, no application with the stock processor can get through.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter, SpanProcessor,
};
use otel_genai_pipeline::Pipeline;
use otel_genai_pipeline::testing::SpanBuilder;

const QUEUE: usize = 16_384;
const BURST: usize = 2000;
const BURSTS: usize = 200;
const ROUNDS: usize = 5;
/// Spans per trace: a root and its children.
const SHAPES: [u64; 2] = [1, 20];

#[derive(Debug)]
struct NoExporter;

impl SpanExporter for NoExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// CPU time in nanoseconds of all threads of this process but the calling one.
fn other_threads() -> u64 {
    let own = fs::read_link("/proc/thread-self").expect("Linux");
    let own = own.file_name().expect("a thread id").to_owned();
    fs::read_dir("/proc/self/task")
        .expect("Linux")
        .filter_map(|task| {
            let task = task.ok()?;
            let schedule = fs::read_to_string(task.path().join("schedstat")).ok()?;
            (task.file_name() != own).then(|| schedule.split(' ').next()?.parse::<u64>().ok()).flatten()
        })
        .sum()
}

fn burst(per_trace: u64, next: &mut u64) -> Vec<SpanData> {
    (0..BURST as u64)
        .map(|index| {
            let position = index % per_trace;
            *next += u64::from(position == 0);
            let mut builder = SpanBuilder::new("chat").trace((*next).into());
            if position + 1 != per_trace {
                builder = builder.parent(7);
            }
            for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
                builder = builder.attribute(key, index as i64);
            }
            builder.build().into_data()
        })
        .collect()
}

/// Returns spans per CPU-second.
fn run(processor: &dyn SpanProcessor, per_trace: u64) -> f64 {
    let (mut used, mut next) = (0, 0);
    for _ in 0..BURSTS {
        let spans = burst(per_trace, &mut next);
        let before = other_threads();
        for span in spans {
            processor.on_end(span);
        }
        // Long enough for the worker to drain the queue, on a loaded machine too.
        std::thread::sleep(Duration::from_millis(10));
        used += other_threads() - before;
    }
    let before = other_threads();
    processor.force_flush().expect("flushes");
    used += other_threads() - before;
    (BURST * BURSTS) as f64 / (used as f64 / 1e9)
}

/// Counts what reaches it.
#[derive(Clone, Debug, Default)]
struct Counter(Arc<AtomicU64>);

impl SpanExporter for Counter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Returns how many spans a second reach the stock processor's exporter when two threads end spans without a pause.
fn stock_drained() -> f64 {
    let counter = Counter::default();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(counter.clone()).build())
        .build();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let tracer = provider.tracer("bench");
            scope.spawn(move || {
                for index in 0..500_000_i64 {
                    let mut span = tracer.start("chat");
                    for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
                        span.set_attribute(KeyValue::new(key, index));
                    }
                    span.end();
                }
            });
        }
    });
    let rate = counter.0.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    let _ = provider.shutdown();
    rate
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let drained = median((0..ROUNDS).map(|_| stock_drained()).collect());
    println!("stock, drained under saturation: {drained:.0} spans/s");
    println!("spans per CPU-second of the processor's own threads | stock | ours | ours / stock drained");
    for per_trace in SHAPES {
        let (mut stock, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let config = BatchConfigBuilder::default()
                .with_max_queue_size(QUEUE)
                .with_max_export_batch_size(512)
                .build();
            let processor = BatchSpanProcessor::builder(NoExporter).with_batch_config(config).build();
            stock.push(run(&processor, per_trace));
            let _ = processor.shutdown();
            let processor =
                Pipeline::builder().queue(QUEUE, 64 << 20).export(NoExporter).build().expect("builds");
            ours.push(run(&processor, per_trace));
            assert_eq!(processor.handle().stats().queue_full, 0, "pace the run more slowly");
            let _ = processor.shutdown();
        }
        let (stock, ours) = (median(stock), median(ours));
        println!("{per_trace:2} spans per trace | {stock:.0} | {ours:.0} | {:.2}", ours / drained);
    }
}
