//! A hundred thousand traces that run, all held by the tail, take no more memory than was allowed, and shutdown decides
//! them all. Alone in its file, because it measures the process.

mod support;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter, SpanProcessor};
use otel_genai_pipeline::Pipeline;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_sampling::{RateLimiter, Sampling};
use support::resident_bytes;

const TRACES: u128 = 100_000;
const MAX_BYTES: usize = 288 << 20;
const QUEUE_BYTES: usize = 16 << 20;
const EXPORTER_BYTES: usize = 16 << 20;

#[derive(Debug)]
struct NoExporter;

impl SpanExporter for NoExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn they_fit_and_shutdown_decides_them() {
    let before = resident_bytes();
    let sampling = Sampling::ratio(0.01)
        .expect("valid")
        .rule("tag=never; rate=0.5".parse().expect("valid"))
        .rule("loop=100".parse().expect("valid"))
        .keep_errors()
        .assume_all_recorded();
    let rate = std::num::NonZeroU32::new(1_000_000).expect("not zero");
    let pipeline = Pipeline::builder()
        .stage(sampling.tail())
        .stage(RateLimiter::traces_per_second(rate))
        .max_bytes(MAX_BYTES)
        .queue(1 << 20, QUEUE_BYTES)
        .exporter_queue(1 << 20, EXPORTER_BYTES)
        .export(NoExporter)
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    // Only tells the pipeline of roots that start and never end.
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("roots");
    for trace in 1..=TRACES {
        let parent = SpanContext::new(
            TraceId::from(trace),
            SpanId::from(9),
            TraceFlags::SAMPLED,
            true,
            Default::default(),
        );
        let context = Context::new().with_remote_span_context(parent);
        let mut root = tracer.build_with_context(tracer.span_builder("run"), &context);
        pipeline.on_start(&mut root, &context);
        for index in 0..2 {
            let mut child = SpanBuilder::new("call")
                .trace(trace)
                .parent(9)
                .attribute("gen_ai.input.messages", "x".repeat(300))
                .attribute("gen_ai.operation.name", "execute_tool")
                .attribute("otel_genai.tool.arguments_hash", "0123456789abcdef");
            if trace % 10 == 0 && index == 1 {
                child = child.status(Status::error("failed"));
            }
            pipeline.on_end(child.build().into_data());
        }
        if trace % 1000 == 0 {
            pipeline.force_flush().expect("flushes");
        }
    }
    let stats = handle.stats();
    assert_eq!((stats.open_traces, stats.held), (TRACES as usize, 2 * TRACES as u64), "{stats:?}");
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        let (grown, bounds) = (after.saturating_sub(before), MAX_BYTES + QUEUE_BYTES + EXPORTER_BYTES);
        println!("memory grew by {} MiB, allowed were {} MiB", grown >> 20, bounds >> 20);
        assert!(grown <= bounds, "grew by {} MiB of {} MiB", grown >> 20, bounds >> 20);
    }
    pipeline.shutdown().expect("shuts down");
    let (stats, counts) = (handle.stats(), sampling.counts());
    assert!(stats.is_balanced(), "{stats:?}");
    assert_eq!((stats.open_traces, stats.held, stats.pending), (0, 0, 0), "{stats:?}");
    assert_eq!(u128::from(counts.kept + counts.dropped), TRACES);
    assert_eq!(u128::from(counts.forced), TRACES);
    // The errors, and of the others those that the ratio chose: low ids, of which it chooses none.
    assert_eq!(u128::from(counts.kept), TRACES / 10);
    assert_eq!(u128::from(stats.delivered), TRACES / 10 * 2);
}
