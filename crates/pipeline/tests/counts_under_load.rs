//! Every span is accounted for while threads push, exporters are slow, fail and hang, and a stage panics now and then.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter, SpanProcessor};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, PipelineHandle, Segment, Stage};

const THREADS: u64 = 4;
const QUEUE_BYTES: usize = 8 << 20;
const TABLE_BYTES: usize = 16 << 20;
const EXPORTER_BYTES: usize = 8 << 20;

/// A quarter of a million spans per thread in release builds, as is asked for; a tenth of that in debug builds.
const SPANS: u64 = if cfg!(debug_assertions) { 25_000 } else { 250_000 };

/// Counts spans and remembers nothing else.
#[derive(Clone, Debug, Default)]
struct Fast(Arc<AtomicU64>);

impl SpanExporter for Fast {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Takes 50 times as long as it takes to make the spans it gets.
#[derive(Debug)]
struct Slow;

impl SpanExporter for Slow {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        tokio::time::sleep(Duration::from_micros(50 * batch.len() as u64)).await;
        Ok(())
    }
}

#[derive(Debug)]
struct Failing;

impl SpanExporter for Failing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("collector says no".into()))
    }
}

/// Never answers, until the test ends.
#[derive(Debug)]
struct Hanging(Arc<AtomicBool>);

impl SpanExporter for Hanging {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        while !self.0.load(Ordering::Relaxed) {
            // Blocks the thread, as an exporter that awaits nothing would: no timeout can end it.
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(())
    }
}

const SCRIPTED: &str = "now and then";

#[derive(Default)]
struct PanicsNowAndThen(u64);

impl Stage for PanicsNowAndThen {
    fn process(&mut self, segment: &mut Segment<'_>) {
        self.0 += 1;
        assert!(!self.0.is_multiple_of(997), "{SCRIPTED}");
        if self.0.is_multiple_of(3) {
            segment.hold();
        }
    }
}

fn push(pipeline: &Pipeline, thread: u64) {
    for index in 0..SPANS {
        let trace = u128::from(thread) << 64 | u128::from(index / 8 + 1);
        let mut builder =
            SpanBuilder::new("chat").trace(trace).attribute("gen_ai.input.messages", "x".repeat(256));
        if index % 8 != 7 {
            builder = builder.parent(1);
        }
        pipeline.on_end(builder.build().into_data());
        if index % 500 == 0 {
            // Not a wait for anything: lets the worker run on machines with few cores.
            std::thread::yield_now();
        }
    }
}

fn resident_bytes() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse::<usize>().ok()?;
    Some(pages * 4096)
}

#[test]
fn received_equals_exported_dropped_held_and_queued_for_every_exporter() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&SCRIPTED)
            && panic.payload().downcast_ref::<String>().is_none_or(|text| text != SCRIPTED)
        {
            report(panic);
        }
    }));
    let (fast, end) = (Fast::default(), Arc::new(AtomicBool::new(false)));
    let pipeline = Pipeline::builder()
        .stage(PanicsNowAndThen::default())
        .queue(4096, QUEUE_BYTES)
        .max_bytes(TABLE_BYTES)
        .grace(Duration::from_millis(50))
        .linger(Duration::from_millis(100))
        .remembered_traces(1000)
        .exporter_queue(1 << 20, EXPORTER_BYTES)
        .export(fast.clone())
        .export(Slow)
        .export(Failing)
        .export(Hanging(Arc::clone(&end)))
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let before = resident_bytes();
    let is_running = AtomicBool::new(true);
    let most_resident = Mutex::new(0);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&handle, &is_running, &most_resident));
        let pushers: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn({
                    let pipeline = &pipeline;
                    move || push(pipeline, thread)
                })
            })
            .collect();
        pushers.into_iter().for_each(|pusher| pusher.join().expect("no panic reaches the caller"));
        let started = Instant::now();
        let result = pipeline.shutdown_with_timeout(Duration::from_secs(5));
        assert!(result.is_err(), "one exporter fails and one hangs, yet shutdown says Ok");
        assert!(started.elapsed() < Duration::from_secs(8), "shutdown took {:?}", started.elapsed());
        is_running.store(false, Ordering::Relaxed);
        let snapshots = watcher.join().expect("balanced");
        assert!(snapshots >= 10, "only {snapshots} snapshots were taken");
    });
    let stats = handle.stats();
    assert!(stats.is_balanced(), "{stats:?}");
    assert_eq!(stats.received, THREADS * SPANS);
    assert_eq!((stats.queued, stats.in_worker, stats.pending, stats.held), (0, 0, 0, 0), "{stats:?}");
    assert!(stats.stage_panics > 0 && stats.dropped_for("panic") > 0, "{stats:?}");
    let exporter =
        |name: &str| stats.exporters.iter().find(|exporter| exporter.name == name).expect("is there");
    assert_eq!(exporter("Fast").exported, stats.delivered, "the fast exporter missed something: {stats:?}");
    assert_eq!(fast.0.load(Ordering::Relaxed), stats.delivered);
    assert_eq!(exporter("Failing").exported, 0);
    assert!(exporter("Failing").failed > 0 && exporter("Hanging").exported == 0, "{stats:?}");
    // The exporters share spans, but a slow one keeps those that the others are done with.
    let bounds = QUEUE_BYTES + TABLE_BYTES + stats.exporters.len() * EXPORTER_BYTES;
    if let Some(before) = before {
        let grown = most_resident.into_inner().expect("no panic").saturating_sub(before);
        println!("memory grew by {} of {} MiB; {stats}", grown >> 20, bounds >> 20);
        assert!(grown <= bounds * 3 / 2, "grew by {} MiB, bounds are {} MiB", grown >> 20, bounds >> 20);
    }
    end.store(true, Ordering::Relaxed);
}

/// Takes snapshots as long as spans come and returns how many; each must be balanced.
fn watch(handle: &PipelineHandle, is_running: &AtomicBool, most_resident: &Mutex<usize>) -> u64 {
    let mut snapshots = 0;
    while is_running.load(Ordering::Relaxed) {
        let stats = handle.stats();
        assert!(stats.is_balanced(), "{stats:?}");
        snapshots += 1;
        let resident = resident_bytes().unwrap_or(0);
        let mut most = most_resident.lock().expect("no panic");
        *most = resident.max(*most);
        drop(most);
        std::thread::yield_now();
    }
    snapshots
}
