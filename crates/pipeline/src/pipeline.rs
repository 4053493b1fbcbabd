//! The span processor, and the handle that looks into it.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, SpanId, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};

use crate::builder::PipelineBuilder;
use crate::contain::contain;
use crate::delay::later;
use crate::exporter_thread::ExporterQueue;
use crate::exporters::RunningExporters;
use crate::own_thread;
use crate::queue::{Queue, Request, RootEvent};
use crate::span::approximate_size;
use crate::start_attributes;
use crate::stats::PipelineStats;
use crate::worker::Answers;

/// The span processor: takes finished spans off the caller's thread and runs stages and exporters over them.
///
/// Register it **instead of** a batch or simple processor, not beside one: with a second processor the SDK copies
/// every span, and what this pipeline drops or redacts leaves through the other one unchanged. Shut down explicitly
/// (`provider.shutdown()`) before the program ends: tracers, spans and the `tracing` layer all keep the provider
/// alive, so dropping it is not enough.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use otel_genai_pipeline::{Pipeline, stage};
///
/// let exporter = InMemorySpanExporter::default();
/// let pipeline = Pipeline::builder()
///     .stage(stage::each(|span| span.set("deployment.region", "eu")))
///     .export(exporter.clone())
///     .build()?;
/// let handle = pipeline.handle();
/// let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
///
/// provider.tracer("agent").in_span("answer", |_| ());
/// provider.force_flush()?;
///
/// assert_eq!(exporter.get_finished_spans()?.len(), 1);
/// assert_eq!(handle.stats().received, 1);
/// provider.shutdown()?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct Pipeline {
    shared: Arc<Shared>,
    start_hooks: Vec<StartHook>,
}

/// A function from a starting span's parent context to attributes of the span.
pub(crate) type StartHook = Box<dyn Fn(&Context) -> Vec<KeyValue> + Send + Sync>;

/// A view of a [`Pipeline`] that stays when the provider has taken the pipeline itself.
#[derive(Clone)]
pub struct PipelineHandle {
    shared: Arc<Shared>,
}

/// What the processor, its handles and its worker share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) exporters: Vec<Arc<ExporterQueue>>,
    stages: Vec<std::borrow::Cow<'static, str>>,
    resource: Mutex<Arc<Resource>>,
    flush_timeout: Duration,
    /// Threads do not survive `fork`, so a child must not wait for them.
    process: u32,
    threads: Mutex<Option<Threads>>,
    /// How the first shutdown ended, for those who ask again.
    outcome: Mutex<Option<Result<(), String>>>,
}

/// What has to end at shutdown.
pub(crate) struct Threads {
    pub(crate) worker: JoinHandle<()>,
    pub(crate) exporters: RunningExporters,
}

impl Shared {
    pub(crate) fn new(
        queue: Queue,
        exporters: Vec<Arc<ExporterQueue>>,
        stages: Vec<std::borrow::Cow<'static, str>>,
        flush_timeout: Duration,
    ) -> Self {
        Self {
            queue,
            exporters,
            stages,
            resource: Mutex::new(Arc::new(Resource::builder_empty().build())),
            flush_timeout,
            process: std::process::id(),
            threads: Mutex::new(None),
            outcome: Mutex::new(None),
        }
    }

    pub(crate) fn resource(&self) -> Arc<Resource> {
        Arc::clone(&lock(&self.resource))
    }

    pub(crate) fn set_threads(&self, threads: Threads) {
        *lock(&self.threads) = Some(threads);
    }

    fn stats(&self) -> PipelineStats {
        let state = self.queue.lock();
        // Delivery happens under the queue's lock too, so these counts belong to the same moment.
        let exporters =
            self.exporters.iter().map(|exporter| (exporter.lock_name().clone(), exporter.counts())).collect();
        PipelineStats::new(&state, &self.stages, exporters)
    }

    /// Refuses to wait for threads that are not there, or for the calling one.
    fn check_caller(&self) -> OTelSdkResult {
        if self.process != std::process::id() {
            return Err(OTelSdkError::InternalFailure(
                "the process was forked after the pipeline was built, and its threads stayed in the parent; build \
                 the pipeline in the child"
                    .into(),
            ));
        }
        if own_thread::is_current() {
            return Err(OTelSdkError::InternalFailure(
                "a stage or exporter cannot flush or shut down the pipeline that runs it".into(),
            ));
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.check_caller()?;
        let deadline = later(Instant::now(), self.flush_timeout);
        let (answer, receiver) = sync_channel(1);
        self.queue.request(Request::Flush { answer });
        let answers = wait(&receiver, deadline, self.flush_timeout)?;
        collect(answers, deadline, self.flush_timeout).0
    }

    fn shut_down(&self, timeout: Duration) -> OTelSdkResult {
        self.check_caller()?;
        let deadline = later(Instant::now(), timeout);
        let Some(Threads { worker, exporters }) = lock(&self.threads).take() else {
            return match &*lock(&self.outcome) {
                Some(Ok(())) => Ok(()),
                Some(Err(error)) => Err(OTelSdkError::InternalFailure(error.clone())),
                None => Err(OTelSdkError::AlreadyShutdown),
            };
        };
        let (answer, receiver) = sync_channel(1);
        let (result, has_answered) = if self.queue.close(Request::Shutdown { deadline, answer }) {
            match wait(&receiver, deadline, timeout) {
                Ok(answers) => collect(answers, deadline, timeout),
                Err(error) => (Err(error), Vec::new()),
            }
        } else {
            // Only a panic that no guard foresaw closes the queue before this. The exporters still have what was
            // handed to them.
            let (_, has_answered) = collect(
                ask(&self.exporters, |exporter, sender| exporter.shut_down(deadline, sender)),
                deadline,
                timeout,
            );
            (Err(OTelSdkError::InternalFailure("the pipeline's worker panicked".into())), has_answered)
        };
        if worker.is_finished() || !has_answered.is_empty() || result.is_ok() {
            let _ = worker.join();
        }
        exporters.join(&has_answered);
        *lock(&self.outcome) = Some(result.as_ref().copied().map_err(ToString::to_string));
        result
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait<T>(receiver: &Receiver<T>, deadline: Instant, timeout: Duration) -> Result<T, OTelSdkError> {
    receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())).map_err(|error| match error {
        RecvTimeoutError::Timeout => OTelSdkError::Timeout(timeout),
        RecvTimeoutError::Disconnected => OTelSdkError::AlreadyShutdown,
    })
}

/// Sends every exporter a request and returns where the answers will come.
pub(crate) fn ask(
    exporters: &[Arc<ExporterQueue>],
    request: impl Fn(&ExporterQueue, SyncSender<OTelSdkResult>),
) -> Answers {
    let ask = |exporter: &Arc<ExporterQueue>| {
        let (sender, receiver) = sync_channel(1);
        request(exporter, sender);
        receiver
    };
    exporters.iter().map(ask).collect()
}

/// Waits for every exporter and returns all their errors as one, and which of them have answered.
fn collect(answers: Answers, deadline: Instant, timeout: Duration) -> (OTelSdkResult, Vec<bool>) {
    let answers: Vec<_> = answers.into_iter().map(|answer| wait(&answer, deadline, timeout)).collect();
    let has_answered = answers.iter().map(Result::is_ok).collect();
    let mut errors: Vec<_> =
        answers.into_iter().filter_map(|answer| answer.and_then(|result| result).err()).collect();
    let result = match errors.len() {
        0 => Ok(()),
        1 => Err(errors.remove(0)),
        _ => {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Err(OTelSdkError::InternalFailure(errors.join("; ")))
        }
    };
    (result, has_answered)
}

impl Pipeline {
    /// Starts building a pipeline.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::default()
    }

    pub(crate) fn new(shared: Arc<Shared>, start_hooks: Vec<StartHook>) -> Self {
        Self { shared, start_hooks }
    }

    /// Returns a handle for looking at the counts once the provider has taken the pipeline.
    pub fn handle(&self) -> PipelineHandle {
        PipelineHandle { shared: Arc::clone(&self.shared) }
    }
}

impl PipelineHandle {
    /// Returns a consistent snapshot of where every span is.
    pub fn stats(&self) -> PipelineStats {
        self.shared.stats()
    }

    /// Does what `provider.force_flush()` does: ends the traces whose local roots have ended, exports what no stage
    /// holds, and waits for the exporters.
    ///
    /// # Errors
    ///
    /// Returns the exporters' errors since the last flush, `Timeout` when they take longer than the flush timeout,
    /// `AlreadyShutdown` after shutdown.
    pub fn force_flush(&self) -> OTelSdkResult {
        self.shared.force_flush()
    }
}

impl SpanProcessor for Pipeline {
    fn on_start(&self, span: &mut opentelemetry_sdk::trace::Span, parent: &Context) {
        if own_thread::is_current() {
            return;
        }
        let parent_span = parent.span();
        let parent_context = parent_span.span_context();
        if !parent_context.is_valid() || parent_context.is_remote() {
            let context = span.span_context();
            self.shared
                .queue
                .announce(RootEvent { trace_id: context.trace_id(), span_id: context.span_id() });
        }
        start_attributes::copy(span, parent);
        for hook in &self.start_hooks {
            // A panic here would poison the lock that `tracing-opentelemetry` holds on the span.
            if let Ok(attributes) = contain(|| hook(parent)) {
                span.set_attributes(attributes);
            }
        }
    }

    fn on_end(&self, span: SpanData) {
        let is_root = span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote;
        if own_thread::is_current() {
            self.shared.queue.turn_away(&span, is_root);
            return;
        }
        start_attributes::forget(span.span_context.span_id());
        let size = approximate_size(&span);
        self.shared.queue.push(span, size, is_root);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.shared.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.shared.shut_down(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        *lock(&self.shared.resource) = Arc::new(resource.clone());
    }
}

impl Drop for Pipeline {
    /// Shuts down a pipeline that nobody shut down, within the SDK's usual 5 seconds.
    fn drop(&mut self) {
        let is_running = lock(&self.shared.threads).is_some();
        if is_running {
            let _ = self.shutdown();
        }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pipeline").field("stages", &self.shared.stages).finish_non_exhaustive()
    }
}

impl fmt::Debug for PipelineHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PipelineHandle").field("stats", &self.stats()).finish()
    }
}
