//! One trace of a million spans takes no more memory than was allowed. Alone in its file, because it measures the process.

mod support;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter, SpanProcessor};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{BlockFor, Pipeline};
use otel_genai_sampling::{Sampling, TraceCaps};
use support::resident_bytes;

/// A million in release builds, as is asked for; a quarter of that in debug builds, which still is twice the bounds.
const SPANS: u64 = if cfg!(debug_assertions) { 250_000 } else { 1_000_000 };
const MAX_BYTES: usize = 64 << 20;
const QUEUE_BYTES: usize = 8 << 20;
const EXPORTER_BYTES: usize = 16 << 20;

#[derive(Clone, Debug, Default)]
struct Counter(Arc<AtomicU64>);

impl SpanExporter for Counter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn it_is_decided_with_what_is_known_and_streams_from_then_on() {
    let sampling = Sampling::ratio(1.0)
        .expect("valid")
        .rule("loop=1000000; rate=0.5".parse().expect("valid"))
        .keep_errors()
        .assume_all_recorded();
    let counter = Counter::default();
    let pipeline = Pipeline::builder()
        .stage(TraceCaps::default().spans(NonZeroUsize::MAX))
        .stage(sampling.tail())
        .linger(Duration::from_millis(5))
        .max_bytes(MAX_BYTES)
        .queue(8192, QUEUE_BYTES)
        .block_on_full(Duration::from_secs(60), BlockFor::All)
        .exporter_queue(8192, EXPORTER_BYTES)
        .export(counter.clone())
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let before = resident_bytes();
    let mut most = 0;
    for index in 0..SPANS {
        let span = SpanBuilder::new("call")
            .parent(1)
            .attribute("gen_ai.input.messages", "x".repeat(300))
            .attribute("gen_ai.operation.name", "execute_tool")
            .attribute("otel_genai.tool.arguments_hash", format!("{index:016x}"));
        pipeline.on_end(span.build().into_data());
        if index % 1000 == 0 {
            most = most.max(resident_bytes().unwrap_or(0));
        }
    }
    if let Some(before) = before {
        let (grown, bounds) = (most.saturating_sub(before), MAX_BYTES + QUEUE_BYTES + EXPORTER_BYTES);
        println!("memory grew by {} MiB, allowed were {} MiB", grown >> 20, bounds >> 20);
        assert!(grown <= bounds * 3 / 2, "grew by {} MiB of {} MiB", grown >> 20, bounds >> 20);
    }
    // Returns what the exporter's queue had no room for, which on a busy machine is some: that is counted, too.
    let _ = pipeline.shutdown();
    let (stats, counts) = (handle.stats(), sampling.counts());
    assert!(stats.is_balanced() && stats.held == 0, "{stats:?}");
    assert_eq!((stats.received, stats.queue_full), (SPANS, 0), "{stats:?}");
    assert_eq!((counts.too_big + counts.forced, counts.kept), (1, 1), "{counts:?}");
    assert_eq!(stats.delivered, SPANS);
    assert_eq!(stats.exporters[0].exported + stats.exporters[0].queue_full, SPANS, "{stats:?}");
    assert_eq!(counter.0.load(Ordering::Relaxed), stats.exporters[0].exported);
}
