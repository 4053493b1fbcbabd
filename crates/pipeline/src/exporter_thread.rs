//! One thread per exporter, with a bounded queue, a timeout and counters of its own.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::Span;
use crate::contain::{contain, discard};
use crate::health::Unhealthy;
use crate::latency::Latencies;
use crate::own_thread;
use crate::stage::short_type_name;
use crate::trace_table::Output;
use crate::warnings::Warning;

#[derive(Clone, Debug)]
pub(crate) struct ExporterLimits {
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
    pub(crate) timeout: Duration,
}

/// The most spans in one call of an exporter: twice the stock processor's batch size. A store writes each page of its
/// indexes once per call, so that fewer, larger calls cost less; receivers limit bytes and not spans.
const BATCH_SPANS: usize = 1024;
/// The most bytes in one call of an exporter, if it is more than one span. Receivers commonly refuse requests of more
/// than 4 MiB (gRPC's default) to 20 MiB (the limit recommended by OTLP); JSON and protobuf come out no larger.
const BATCH_BYTES: usize = 4 << 20;

/// Finished spans of one resource, shared by the queues of all exporters.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) resource: Arc<Resource>,
    /// As they came, trace by trace: joined to one list only in the exporter's thread, so that a span is moved once.
    pub(crate) parts: Arc<Vec<Vec<Span>>>,
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
}

enum Message {
    Batch(Batch),
    Flush(SyncSender<OTelSdkResult>),
    Shutdown(Instant, SyncSender<OTelSdkResult>),
}

/// What the worker and the exporter's thread share.
pub(crate) struct ExporterQueue {
    pub(crate) name: Mutex<Cow<'static, str>>,
    limits: ExporterLimits,
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Message>,
    bytes: usize,
    counts: ExporterCounts,
    /// Spans refused since somebody was last told.
    refused: usize,
    /// Of those, the ones that no log line has told of yet.
    untold: u64,
    /// The thread has ended: nothing more will be taken out.
    is_gone: bool,
    /// The latest export failed.
    is_failing: bool,
}

/// Where the spans are that were delivered to one exporter.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExporterCounts {
    pub(crate) delivered: u64,
    pub(crate) exported: u64,
    pub(crate) failed: u64,
    pub(crate) queue_full: u64,
    pub(crate) queued: usize,
    pub(crate) last_error: Option<String>,
    pub(crate) latencies: Latencies,
}

/// Starts the exporter's thread once its queue exists.
pub(crate) type Launcher =
    Box<dyn FnOnce(Arc<ExporterQueue>, tokio::runtime::Handle) -> std::io::Result<Launched> + Send>;

/// A thread whose exporter is being built; the receiver says whether that worked.
pub(crate) struct Launched {
    pub(crate) thread: JoinHandle<()>,
    pub(crate) built: std::sync::mpsc::Receiver<Result<(), String>>,
}

/// Wraps an exporter's construction so that it happens on the exporter's own thread, inside the private runtime.
pub(crate) fn launcher<E, Failure, F>(factory: F) -> Launcher
where
    E: SpanExporter + 'static,
    Failure: Display,
    F: FnOnce() -> Result<E, Failure> + Send + 'static,
{
    Box::new(move |queue, runtime| {
        let (report, built) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("otel-genai-export".into()).spawn(move || {
            own_thread::mark();
            let _entered = runtime.enter();
            // Set even when this thread unwinds, so that nobody waits for it.
            let _gone = MarkGone(&queue);
            let exporter = contain(|| factory().map_err(|error| error.to_string()))
                .unwrap_or_else(|panic| Err(format!("it panicked: {panic}")));
            match exporter {
                Ok(exporter) => {
                    *queue.lock_name() = Cow::Borrowed(short_type_name::<E>());
                    let _ = report.send(Ok(()));
                    discard(serve(&queue, exporter));
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            }
        })?;
        Ok(Launched { thread, built })
    })
}

struct MarkGone<'a>(&'a ExporterQueue);

impl Drop for MarkGone<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_gone = true;
        let lost = state.counts.queued;
        state.counts.queued = 0;
        state.counts.failed += lost as u64;
        // Dropping the messages drops the senders in them, which tells those who wait.
        let messages = std::mem::take(&mut state.messages);
        state.bytes = 0;
        drop(state);
        drop(messages);
    }
}

/// Takes messages until shutdown, and returns the exporter for being dropped.
fn serve<E: SpanExporter>(queue: &ExporterQueue, mut exporter: E) -> E {
    let mut current: Option<Arc<Resource>> = None;
    let mut failures = Failures::default();
    let (mut failed, mut refused) = (Warning::default(), Warning::default());
    loop {
        match queue.next() {
            Next::Batch { resource, spans } => {
                if !current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &resource)) {
                    if let Err(panic) = contain(|| exporter.set_resource(&resource)) {
                        failures.note(0, format!("set_resource panicked: {panic}"));
                    }
                    current = Some(resource);
                }
                let count = spans.len();
                let started = Instant::now();
                let result = export(&exporter, spans, queue.limits.timeout);
                let ended = Instant::now();
                queue.settle(count, &result, ended.saturating_duration_since(started));
                let name = short_type_name::<E>();
                if let Some(spans) = refused.note(queue.take_untold(), ended) {
                    tracing::warn!(exporter = name, spans, "the exporter is too slow and spans were dropped");
                }
                if let Err(error) = result {
                    if let Some(spans) = failed.note(count as u64, ended) {
                        tracing::warn!(
                            exporter = name,
                            spans,
                            error = &*error,
                            "spans could not be exported"
                        );
                    }
                    failures.note(count, error);
                }
            }
            Next::Flush(answer) => {
                let flushed = guarded("force_flush", || exporter.force_flush());
                let refused = queue.take_refused();
                let _ = answer.send(failures.take(short_type_name::<E>(), refused).and(flushed));
            }
            Next::Shutdown(deadline, answer) => {
                let left = deadline.saturating_duration_since(Instant::now());
                let ended = guarded("shutdown", || exporter.shutdown_with_timeout(left));
                let refused = queue.take_refused();
                let _ = answer.send(failures.take(short_type_name::<E>(), refused).and(ended));
                return exporter;
            }
        }
    }
}

/// Failed exports since somebody was last told.
#[derive(Default)]
struct Failures {
    spans: usize,
    last: Option<String>,
}

impl Failures {
    fn note(&mut self, spans: usize, error: String) {
        self.spans += spans;
        self.last = Some(error);
    }

    /// Returns what has gone wrong as one error, `refused` being the spans that found the exporter's queue full.
    fn take(&mut self, exporter: &str, refused: usize) -> OTelSdkResult {
        let mut troubles = Vec::new();
        let failed = std::mem::take(&mut self.spans);
        if let Some(error) = self.last.take() {
            troubles.push(format!("{} not exported: {error}", spans_were(failed)));
        }
        if refused > 0 {
            troubles.push(format!("{} refused because its queue was full", spans_were(refused)));
        }
        if troubles.is_empty() {
            return Ok(());
        }
        Err(OTelSdkError::InternalFailure(format!("{exporter}: {}", troubles.join("; "))))
    }
}

fn spans_were(count: usize) -> String {
    if count == 1 { "1 span was".into() } else { format!("{count} spans were") }
}

fn export<E: SpanExporter>(exporter: &E, spans: Vec<SpanData>, timeout: Duration) -> Result<(), String> {
    let outcome = contain(|| {
        // Not the runtime's own `block_on`: that would forbid exporters to block, and the blocking HTTP client does.
        futures_executor::block_on(async { tokio::time::timeout(timeout, exporter.export(spans)).await })
    });
    match outcome {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(error))) => Err(error.to_string()),
        Ok(Err(_)) => Err(format!("no answer within {timeout:?}")),
        Err(panic) => Err(format!("export panicked: {panic}")),
    }
}

fn guarded(what: &str, call: impl FnOnce() -> OTelSdkResult) -> OTelSdkResult {
    contain(call)
        .unwrap_or_else(|panic| Err(OTelSdkError::InternalFailure(format!("{what} panicked: {panic}"))))
}

enum Next {
    Batch { resource: Arc<Resource>, spans: Vec<SpanData> },
    Flush(SyncSender<OTelSdkResult>),
    Shutdown(Instant, SyncSender<OTelSdkResult>),
}

impl ExporterQueue {
    pub(crate) fn new(limits: ExporterLimits) -> Self {
        Self {
            name: Mutex::new(Cow::Borrowed("exporter")),
            limits,
            state: Mutex::new(State::default()),
            filled: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock_name(&self) -> MutexGuard<'_, Cow<'static, str>> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counts(&self) -> ExporterCounts {
        self.lock().counts.clone()
    }

    /// Queues what has come out of the stages at once, all or nothing; what is refused is counted.
    ///
    /// All of it, even if it is more than the bounds leave room for: the trace table can hand over more at once (a
    /// flush, a full byte budget) than a queue takes, and an exporter that keeps up must not lose it. It takes no more
    /// memory here than it did there. With `regardless` a full queue takes it too.
    pub(crate) fn deliver(&self, batches: &[Batch], regardless: bool) {
        let mut state = self.lock();
        let is_full = state.counts.queued >= self.limits.spans || state.bytes >= self.limits.bytes;
        for batch in batches {
            state.counts.delivered += batch.spans as u64;
            if state.is_gone {
                state.counts.failed += batch.spans as u64;
            } else if is_full && !regardless {
                state.counts.queue_full += batch.spans as u64;
                state.refused += batch.spans;
                state.untold += batch.spans as u64;
            } else {
                state.counts.queued += batch.spans;
                state.bytes += batch.bytes;
                state.messages.push_back(Message::Batch(batch.clone()));
            }
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Tells what is wrong now, if anything is.
    pub(crate) fn trouble(&self) -> Option<Unhealthy> {
        let exporter = self.lock_name().clone();
        let state = self.lock();
        let is_full = state.counts.queued >= self.limits.spans || state.bytes >= self.limits.bytes;
        if state.is_gone {
            Some(Unhealthy::ExporterEnded { exporter })
        } else if state.is_failing {
            Some(Unhealthy::ExporterFails {
                exporter,
                error: state.counts.last_error.clone().unwrap_or_default(),
            })
        } else {
            is_full.then_some(Unhealthy::ExporterBehind { exporter })
        }
    }

    fn take_untold(&self) -> u64 {
        std::mem::take(&mut self.lock().untold)
    }

    fn take_refused(&self) -> usize {
        std::mem::take(&mut self.lock().refused)
    }

    pub(crate) fn flush(&self, answer: SyncSender<OTelSdkResult>) {
        self.send(Message::Flush(answer));
    }

    pub(crate) fn shut_down(&self, deadline: Instant, answer: SyncSender<OTelSdkResult>) {
        self.send(Message::Shutdown(deadline, answer));
    }

    fn send(&self, message: Message) {
        let mut state = self.lock();
        if !state.is_gone {
            state.messages.push_back(message);
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Waits for the next thing to do. Batches of one resource are joined up to the batch limits; what is taken still
    /// counts as queued until [`settle`](Self::settle).
    fn next(&self) -> Next {
        let mut state = self.lock();
        loop {
            match state.messages.pop_front() {
                Some(Message::Flush(answer)) => return Next::Flush(answer),
                Some(Message::Shutdown(deadline, answer)) => return Next::Shutdown(deadline, answer),
                Some(Message::Batch(first)) => return self.join(state, first),
                None => state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn join(&self, mut state: MutexGuard<'_, State>, first: Batch) -> Next {
        let resource = first.resource;
        let (mut count, mut bytes) = (first.spans, first.bytes);
        let mut parts = vec![first.parts];
        while let Some(Message::Batch(next)) = state.messages.front() {
            let fits = count + next.spans <= BATCH_SPANS && bytes + next.bytes <= BATCH_BYTES;
            if !fits || !Arc::ptr_eq(&next.resource, &resource) {
                break;
            }
            if let Some(Message::Batch(next)) = state.messages.pop_front() {
                count += next.spans;
                bytes += next.bytes;
                parts.push(next.parts);
            }
        }
        state.bytes -= bytes;
        drop(state);
        // The last exporter to take a batch moves the spans, the others clone them, each on its own thread.
        let mut spans = Vec::with_capacity(count);
        for part in parts.into_iter().flat_map(Arc::unwrap_or_clone) {
            spans.extend(part.into_iter().map(Span::into_data));
        }
        Next::Batch { resource, spans }
    }

    fn settle(&self, count: usize, result: &Result<(), String>, time: Duration) {
        let mut state = self.lock();
        state.counts.latencies.note(time);
        state.is_failing = result.is_err();
        state.counts.queued -= count;
        match result {
            Ok(()) => state.counts.exported += count as u64,
            Err(error) => {
                state.counts.failed += count as u64;
                state.counts.last_error = Some(error.clone());
            }
        }
    }
}

/// Packs finished spans into batches that exporters take in one call.
pub(crate) fn batches(outputs: Vec<Output>) -> Vec<Batch> {
    let mut packer = Packer::default();
    for Output { resource, spans, bytes } in outputs {
        if spans.len() <= BATCH_SPANS && bytes <= BATCH_BYTES {
            packer.add(&resource, spans, bytes);
            continue;
        }
        let mut rest = spans.into_iter().peekable();
        while rest.peek().is_some() {
            let (mut part, mut bytes) = (Vec::new(), 0);
            while let Some(size) = rest.peek().map(Span::approximate_size)
                && part.len() < BATCH_SPANS
                && (part.is_empty() || bytes + size <= BATCH_BYTES)
            {
                part.extend(rest.next());
                bytes += size;
            }
            packer.add(&resource, part, bytes);
        }
    }
    packer.finish()
}

#[derive(Default)]
struct Packer {
    done: Vec<Batch>,
    resource: Option<Arc<Resource>>,
    parts: Vec<Vec<Span>>,
    spans: usize,
    bytes: usize,
}

impl Packer {
    fn add(&mut self, resource: &Arc<Resource>, part: Vec<Span>, bytes: usize) {
        let is_same = self.resource.as_ref().is_some_and(|current| Arc::ptr_eq(current, resource));
        if !is_same || self.spans + part.len() > BATCH_SPANS || self.bytes + bytes > BATCH_BYTES {
            self.close();
            self.resource = Some(Arc::clone(resource));
        }
        self.spans += part.len();
        self.bytes += bytes;
        self.parts.push(part);
    }

    fn close(&mut self) {
        if let Some(resource) = self.resource.take()
            && self.spans > 0
        {
            let parts = Arc::new(std::mem::take(&mut self.parts));
            self.done.push(Batch { resource, parts, spans: self.spans, bytes: self.bytes });
        }
        (self.spans, self.bytes) = (0, 0);
    }

    fn finish(mut self) -> Vec<Batch> {
        self.close();
        self.done
    }
}
