//! The span processor, and the handle that looks into it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, SpanId, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};

use crate::builder::PipelineBuilder;
use crate::exporter_thread::ExporterQueue;
use crate::exporters::RunningExporters;
use crate::own_thread;
use crate::queue::{Queue, Request, RootEvent};
use crate::span::approximate_size;
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
        Arc::clone(&self.resource.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_threads(&self, threads: Threads) {
        *self.threads.lock().unwrap_or_else(PoisonError::into_inner) = Some(threads);
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
        let deadline = Instant::now() + self.flush_timeout;
        let (answer, receiver) = sync_channel(1);
        self.queue.request(Request::Flush { answer });
        let answers = wait(&receiver, deadline, self.flush_timeout)?;
        collect(answers, deadline, self.flush_timeout)
    }

    fn shut_down(&self, timeout: Duration) -> OTelSdkResult {
        self.check_caller()?;
        let deadline = Instant::now() + timeout;
        let (answer, receiver) = sync_channel(1);
        if !self.queue.close(Request::Shutdown { deadline, answer }) {
            let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            return match &*outcome {
                Some(Ok(())) => Ok(()),
                Some(Err(error)) => Err(OTelSdkError::InternalFailure(error.clone())),
                None => Err(OTelSdkError::AlreadyShutdown),
            };
        }
        let result =
            wait(&receiver, deadline, timeout).and_then(|answers| collect(answers, deadline, timeout));
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Threads { worker, exporters }) = threads {
            if worker.is_finished() || result.is_ok() {
                let _ = worker.join();
            }
            exporters.join(result.is_ok());
        }
        let outcome = result.as_ref().copied().map_err(ToString::to_string);
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        result
    }
}

fn wait<T>(receiver: &Receiver<T>, deadline: Instant, timeout: Duration) -> Result<T, OTelSdkError> {
    receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())).map_err(|error| match error {
        RecvTimeoutError::Timeout => OTelSdkError::Timeout(timeout),
        RecvTimeoutError::Disconnected => OTelSdkError::AlreadyShutdown,
    })
}

/// Waits for every exporter and returns the first error, so that one that fails hides none that hangs.
fn collect(answers: Answers, deadline: Instant, timeout: Duration) -> OTelSdkResult {
    let mut result = Ok(());
    for answer in answers {
        let outcome = wait(&answer, deadline, timeout).and_then(|outcome| outcome);
        result = result.and(outcome);
    }
    result
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
        for hook in &self.start_hooks {
            // A panic here would poison the lock that `tracing-opentelemetry` holds on the span.
            if let Ok(attributes) = catch_unwind(AssertUnwindSafe(|| hook(parent))) {
                span.set_attributes(attributes);
            }
        }
    }

    fn on_end(&self, span: SpanData) {
        if own_thread::is_current() {
            return;
        }
        let is_root = span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote;
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
        *self.shared.resource.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(resource.clone());
    }
}

impl Drop for Pipeline {
    /// Shuts down a pipeline that nobody shut down, within the SDK's usual 5 seconds.
    fn drop(&mut self) {
        let is_running = self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner).is_some();
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
