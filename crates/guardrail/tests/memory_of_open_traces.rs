//! A million spans over fifty thousand traces that run take no more memory than the trace table and the queue were
//! allowed, with what the detector remembers of each trace. Alone in its file, because it measures the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanProcessor};
use otel_genai_guardrail::GuardrailDetector;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{BlockFor, Pipeline, stage};

/// As is asked for in release builds; a tenth of it, with a tenth of the memory, in debug builds.
const TRACES: u64 = if cfg!(debug_assertions) { 5_000 } else { 50_000 };
const SPANS_PER_TRACE: u64 = 20;
/// Of question and answer together. Bytes.
const CONTENT: usize = 2048;
/// One span in five has a signal.
const SIGNALS: u64 = 5;
const TABLE_BYTES: usize = TRACES as usize * 2560;
const QUEUE_BYTES: usize = 8 << 20;
/// Of each running trace, by the detector: 150 bytes, 16 for the parent's event and 8 for each span with a finding, as it
/// says. Each of the four pieces is rounded up by the allocator, by 16 bytes at most.
const STATE_BYTES: usize = TRACES as usize * (150 + 4 * 16 + 16 + 8 * (SPANS_PER_TRACE / SIGNALS) as usize);
/// Threads, patterns, the segment in hand, buffers of the queue, and what the allocator cannot use again at once.
const FIXED_BYTES: usize = 16 << 20;
const HOUR: Duration = Duration::from_secs(3600);

fn call(trace: u64, index: u64) -> SpanData {
    let reason = if index.is_multiple_of(SIGNALS) { "content_filter" } else { "stop" };
    SpanBuilder::new("chat m-1")
        .trace(trace.into())
        .parent(9)
        .attribute("gen_ai.operation.name", "chat")
        .attribute("otel_genai.role", "llm_call")
        .attribute("gen_ai.request.model", "m-1")
        .attribute("gen_ai.input.messages", "x".repeat(CONTENT / 2))
        .attribute("gen_ai.output.messages", "y".repeat(CONTENT / 2))
        .attribute("gen_ai.response.finish_reasons", reason)
        .build()
        .into_data()
}

/// What the process has of its own in memory: without the pages of its file, which it meets while it runs.
fn resident_bytes() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = statm.split(' ').skip(1).map_while(|pages| pages.parse::<usize>().ok());
    let (resident, shared) = (pages.next()?, pages.next()?);
    Some(resident.saturating_sub(shared) * 4096)
}

/// Runs a million spans through a pipeline, and returns the most memory that the process had meanwhile.
fn peak_bytes(detector: Option<GuardrailDetector>) -> Option<usize> {
    let has_detector = detector.is_some();
    let found = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&found);
    let pipeline = Pipeline::builder()
        .stage(detector)
        // Counts what was found, and lets nothing out: an exporter would have a queue of its own.
        .stage(stage::filter("counted", move |span| {
            counter.fetch_add(u64::from(span.get_str("guardrail.findings").is_some()), Ordering::Relaxed);
            false
        }))
        // Nothing but the bound on bytes takes spans out of the table before the end.
        .max_bytes(TABLE_BYTES)
        .linger(HOUR)
        .queue(8192, QUEUE_BYTES)
        .block_on_full(HOUR, BlockFor::All)
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    // Only tells the pipeline of roots that start and do not end before all is measured.
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("roots");
    for trace in 1..=TRACES {
        let parent = SpanContext::new(
            TraceId::from(u128::from(trace)),
            SpanId::from(9),
            TraceFlags::SAMPLED,
            true,
            Default::default(),
        );
        let context = Context::new().with_remote_span_context(parent);
        let mut root = tracer.build_with_context(tracer.span_builder("run"), &context);
        pipeline.on_start(&mut root, &context);
    }
    let mut most = resident_bytes();
    for index in 0..SPANS_PER_TRACE {
        for trace in 1..=TRACES {
            pipeline.on_end(call(trace, index));
        }
        most = most.max(resident_bytes());
    }
    let stats = handle.stats();
    assert!(stats.forced_segments > 0, "the bound was never met: {stats:?}");
    assert_eq!((stats.open_traces as u64, stats.queue_full), (TRACES, 0), "{stats:?}");
    pipeline.shutdown().expect("shuts down");
    let stats = handle.stats();
    assert!(stats.is_balanced(), "{stats:?}");
    let spans = TRACES * SPANS_PER_TRACE;
    assert_eq!((stats.received, stats.dropped_for("counted")), (spans, spans));
    assert_eq!(found.load(Ordering::Relaxed), if has_detector { spans / SIGNALS } else { 0 });
    most
}

#[test]
fn a_million_spans_of_running_traces_stay_within_the_bounds() {
    let before = resident_bytes();
    // The first run also pays for what a process needs once.
    peak_bytes(None);
    let without = peak_bytes(None);
    let with = peak_bytes(Some(GuardrailDetector::default()));
    let (Some(before), Some(without), Some(with)) = (before, without, with) else { return };
    let (table, detector) = (without.saturating_sub(before), with.saturating_sub(without));
    let table_bound = TABLE_BYTES + QUEUE_BYTES + FIXED_BYTES;
    // Small pieces that stay lie between large ones that go, whose room is not used again at once.
    let detector_bound = STATE_BYTES * 3 / 2 + FIXED_BYTES / 2;
    let mebibytes = [table, table_bound, detector, detector_bound].map(|bytes| bytes >> 20);
    println!("MiB that the table took, of; that the detector added, of: {mebibytes:?}");
    assert!(table <= table_bound, "{mebibytes:?}");
    assert!(detector <= detector_bound, "{mebibytes:?}");
}
