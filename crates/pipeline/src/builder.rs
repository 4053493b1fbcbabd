//! How a pipeline is put together.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;

use crate::Span;
use crate::exporter_thread::{ExporterLimits, Launcher, launcher};
use crate::exporters::RunningExporters;
use crate::line::Line;
use crate::pipeline::{Pipeline, Shared, StartHook, Threads};
use crate::queue::{BlockFor, Queue, QueueLimits};
use crate::replay::Replay;
use crate::stage::{IntoStages, Stage};
use crate::trace_table::{Timing, TraceLimits, TraceTable};
use crate::worker::Worker;

/// Spans that wait for the worker. Four of the stock processor's queues: the worker looks ten times a second, so this
/// is room for 80,000 spans a second.
pub const DEFAULT_QUEUE_SPANS: usize = 8192;
/// The most spans that a queue can be made for. Its places are made when the pipeline is built: this many take 6 GiB.
const MOST_QUEUE_SPANS: usize = 1 << 24;
/// Bytes that wait for the worker: some thousand spans with long prompts.
pub const DEFAULT_QUEUE_BYTES: usize = 64 << 20;
/// How long a span of a running trace waits for company: the stock processor's delay, so segments add no latency.
pub const DEFAULT_LINGER: Duration = Duration::from_secs(5);
/// How long after its last local root a trace waits for stragglers.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(1);
/// When a trace that does not end is ended: longer than agent runs usually take.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(3600);
/// Bytes of pending and held spans, all traces together.
pub const DEFAULT_MAX_BYTES: usize = 256 << 20;
/// Traces that may be open at the same time; each costs some hundred bytes besides its spans.
pub const DEFAULT_MAX_OPEN_TRACES: usize = 200_000;
/// Ended traces that are remembered, so that late spans meet what was decided.
pub const DEFAULT_REMEMBERED_TRACES: usize = 100_000;
/// Spans that wait for one exporter.
pub const DEFAULT_EXPORTER_SPANS: usize = 16_384;
/// Bytes that wait for one exporter. Spans are shared between the queues, not copied.
pub const DEFAULT_EXPORTER_BYTES: usize = 64 << 20;
/// How long one call of an exporter may take: the default of `OTEL_BSP_EXPORT_TIMEOUT`.
pub const DEFAULT_EXPORT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a flush waits for the exporters.
pub const DEFAULT_FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

/// Puts a [`Pipeline`] together: stages in the order in which they are added, exporters, limits.
#[must_use = "a builder does nothing until `build` or `replay`"]
pub struct PipelineBuilder {
    stages: Vec<Box<dyn Stage>>,
    exporters: Vec<Launcher>,
    start_hooks: Vec<StartHook>,
    queue: QueueLimits,
    traces: TraceLimits,
    exporter: ExporterLimits,
    flush_timeout: Duration,
}

/// Why a pipeline could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An exporter's own construction failed; carries its words.
    #[error("exporter {position} could not be built: {reason}")]
    Exporter {
        /// Which exporter, counted from 1 in the order in which they were added.
        position: usize,
        /// What the exporter said.
        reason: String,
    },
    /// A limit with which nothing could pass, or which no machine has the memory for.
    #[error("{limit} is {value}; it must be from 1 to {most}")]
    Limit {
        /// The builder method, and which of its two limits.
        limit: &'static str,
        /// What was given.
        value: usize,
        /// The most that makes sense.
        most: usize,
    },
    /// The operating system refused a thread or the private runtime.
    #[error("could not start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl Default for PipelineBuilder {
    fn default() -> Self {
        Self {
            stages: Vec::new(),
            exporters: Vec::new(),
            start_hooks: Vec::new(),
            queue: QueueLimits { spans: DEFAULT_QUEUE_SPANS, bytes: DEFAULT_QUEUE_BYTES, block: None },
            traces: TraceLimits {
                linger: DEFAULT_LINGER,
                grace: DEFAULT_GRACE,
                max_age: DEFAULT_MAX_AGE,
                max_bytes: DEFAULT_MAX_BYTES,
                max_open: DEFAULT_MAX_OPEN_TRACES,
                remembered: DEFAULT_REMEMBERED_TRACES,
            },
            exporter: ExporterLimits {
                spans: DEFAULT_EXPORTER_SPANS,
                bytes: DEFAULT_EXPORTER_BYTES,
                timeout: DEFAULT_EXPORT_TIMEOUT,
            },
            flush_timeout: DEFAULT_FLUSH_TIMEOUT,
        }
    }
}

impl PipelineBuilder {
    /// Appends a stage, or several: a pair or a `Vec` stands for its parts in order.
    ///
    /// # Examples
    ///
    /// The order counts: a filter sees the names that the stages before it gave.
    ///
    /// ```
    /// use otel_genai_pipeline::testing::SpanBuilder;
    /// use otel_genai_pipeline::{IntoStages, Pipeline, Span, stage};
    /// # use std::{convert::Infallible, sync::Arc};
    ///
    /// let rename = || stage::each(|span| span.set_name("renamed"));
    /// let drop_renamed = || stage::filter("renamed", |span| span.name() != "renamed");
    ///
    /// assert_eq!(names_after((rename(), drop_renamed())), [""; 0]);
    /// assert_eq!(names_after((drop_renamed(), rename())), ["renamed"]);
    ///
    /// /// What becomes of one span.
    /// fn names_after(stages: impl IntoStages) -> Vec<String> {
    ///     let mut names = Vec::new();
    ///     let mut replay = Pipeline::builder().stage(stages).replay(|_, spans| {
    ///         names.extend(spans.iter().map(|span| span.name().to_owned()));
    ///         Ok::<_, Infallible>(())
    ///     });
    ///     # let resource = Arc::new(opentelemetry_sdk::Resource::builder_empty().build());
    ///     let Ok(()) = replay.push(&resource, SpanBuilder::new("original").build());
    ///     let Ok(_) = replay.finish();
    ///     names
    /// }
    /// ```
    pub fn stage(mut self, stage: impl IntoStages) -> Self {
        stage.append_to(&mut self.stages);
        self
    }

    /// Adds an exporter: anything that implements the SDK's [`SpanExporter`].
    ///
    /// Exporters run beside each other, each on its own thread with its own bounded queue, so a slow one delays no
    /// other. The thread is inside a tokio runtime that belongs to the pipeline, so the application needs none. Use
    /// [`export_with`](Self::export_with) for exporters that must be *built* inside a runtime.
    pub fn export<E: SpanExporter + 'static>(self, exporter: E) -> Self {
        self.export_with(move || Ok::<_, Infallible>(exporter))
    }

    /// Adds an exporter that is built on its own thread, inside the pipeline's private tokio runtime.
    ///
    /// Exporters over gRPC need that: built on the application's runtime, they wait for it while it waits for them
    /// (`force_flush` on a current-thread runtime), and what they trace themselves comes back as spans.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// use otel_genai_pipeline::Pipeline;
    ///
    /// let failing = || Err::<InMemorySpanExporter, _>("no such host");
    /// let error = Pipeline::builder().export_with(failing).build().unwrap_err();
    /// assert_eq!(error.to_string(), "exporter 1 could not be built: no such host");
    /// ```
    pub fn export_with<E, Failure, F>(mut self, factory: F) -> Self
    where
        E: SpanExporter + 'static,
        Failure: fmt::Display,
        F: FnOnce() -> Result<E, Failure> + Send + 'static,
    {
        self.exporters.push(launcher(factory));
        self
    }

    /// Adds attributes to every span when it starts, from the context it starts in.
    ///
    /// This is the only place where a span's context (baggage, values set in this process) can be seen. It runs on
    /// the thread that starts the span, so it should be quick; a panic in it is caught and adds nothing.
    pub fn on_start<F>(mut self, attributes: F) -> Self
    where
        F: Fn(&Context) -> Vec<KeyValue> + Send + Sync + 'static,
    {
        self.start_hooks.push(Box::new(attributes));
        self
    }

    /// Bounds the queue between the agent's threads and the worker; defaults: [`DEFAULT_QUEUE_SPANS`],
    /// [`DEFAULT_QUEUE_BYTES`]. A tenth of it is kept for local roots and errors.
    pub fn queue(mut self, spans: usize, bytes: usize) -> Self {
        (self.queue.spans, self.queue.bytes) = (spans, bytes);
        self
    }

    /// Makes threads wait up to `patience` for room in the queue instead of losing the span at once.
    ///
    /// Off by default: an agent should not wait for its telemetry.
    pub fn block_on_full(mut self, patience: Duration, which: BlockFor) -> Self {
        self.queue.block = Some((patience, which));
        self
    }

    /// Sets how long a span of a running trace waits before it moves on; default [`DEFAULT_LINGER`].
    pub fn linger(mut self, linger: Duration) -> Self {
        self.traces.linger = linger;
        self
    }

    /// Sets how long a trace whose local roots have ended waits for stragglers; default [`DEFAULT_GRACE`].
    pub fn grace(mut self, grace: Duration) -> Self {
        self.traces.grace = grace;
        self
    }

    /// Sets the age at which a trace is ended though its roots still run; default [`DEFAULT_MAX_AGE`].
    pub fn max_age(mut self, age: Duration) -> Self {
        self.traces.max_age = age;
        self
    }

    /// Bounds the bytes of pending and held spans and of what is known of their traces; default [`DEFAULT_MAX_BYTES`].
    /// What has been there longest moves on first, decided with what is known. One segment may exceed it.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.traces.max_bytes = bytes;
        self
    }

    /// Bounds the number of open traces; default [`DEFAULT_MAX_OPEN_TRACES`]. The oldest is ended first.
    pub fn max_open_traces(mut self, traces: usize) -> Self {
        self.traces.max_open = traces;
        self
    }

    /// Sets how many ended traces are remembered; default [`DEFAULT_REMEMBERED_TRACES`].
    pub fn remembered_traces(mut self, traces: usize) -> Self {
        self.traces.remembered = traces;
        self
    }

    /// Bounds the queue in front of each exporter; defaults [`DEFAULT_EXPORTER_SPANS`], [`DEFAULT_EXPORTER_BYTES`].
    ///
    /// A queue at its bound takes no more. One below it takes all that comes out of the stages at once, so it may
    /// exceed its bound by as much as the trace table held, [`max_bytes`](Self::max_bytes) at the most.
    pub fn exporter_queue(mut self, spans: usize, bytes: usize) -> Self {
        (self.exporter.spans, self.exporter.bytes) = (spans, bytes);
        self
    }

    /// Sets how long one call of an exporter may take; default [`DEFAULT_EXPORT_TIMEOUT`]. It ends exporters that
    /// await; one that blocks its thread cannot be ended, only left behind at shutdown.
    pub fn export_timeout(mut self, timeout: Duration) -> Self {
        self.exporter.timeout = timeout;
        self
    }

    /// Sets how long `force_flush` waits; default [`DEFAULT_FLUSH_TIMEOUT`].
    pub fn flush_timeout(mut self, timeout: Duration) -> Self {
        self.flush_timeout = timeout;
        self
    }

    /// Builds the exporters, starts the threads and returns the processor for the provider.
    ///
    /// # Errors
    ///
    /// Fails when an exporter cannot be built, a limit is 0, or a thread cannot be started. Whatever was started is
    /// ended again.
    pub fn build(self) -> Result<Pipeline, BuildError> {
        self.check_limits()?;
        let exporters = RunningExporters::start(self.exporters, &self.exporter)?;
        let line = Line::new(self.stages);
        let queues = exporters.queues.clone();
        let shared =
            Arc::new(Shared::new(Queue::new(self.queue), queues, line.names().to_vec(), self.flush_timeout));
        let worker = Worker::new(Arc::clone(&shared), TraceTable::new(line, self.traces, Timing::Live));
        let worker = std::thread::Builder::new().name("otel-genai".into()).spawn(|| worker.run())?;
        shared.set_threads(Threads { worker, exporters });
        Ok(Pipeline::new(shared, self.start_hooks))
    }

    /// Builds the same line of stages for recorded spans instead; what passes goes to `sink`, by resource.
    ///
    /// Exporters, queue and timers play no part in it. Call [`Replay::push`] for each span, then [`Replay::finish`].
    pub fn replay<Sink, Failure>(self, sink: Sink) -> Replay<Sink>
    where
        Sink: FnMut(&Arc<Resource>, Vec<Span>) -> Result<(), Failure>,
    {
        // A file may have any number of traces; only the memory for their spans is bounded.
        let limits = TraceLimits { max_open: usize::MAX, ..self.traces };
        Replay::new(TraceTable::new(Line::new(self.stages), limits, Timing::Replay), sink)
    }

    fn check_limits(&self) -> Result<(), BuildError> {
        let limits = [
            ("queue spans", self.queue.spans, MOST_QUEUE_SPANS),
            ("queue bytes", self.queue.bytes, usize::MAX),
            ("exporter_queue spans", self.exporter.spans, usize::MAX),
            ("exporter_queue bytes", self.exporter.bytes, usize::MAX),
            ("max_open_traces", self.traces.max_open, usize::MAX),
        ];
        match limits.into_iter().find(|(_, value, most)| *value == 0 || value > most) {
            Some((limit, value, most)) => Err(BuildError::Limit { limit, value, most }),
            None => Ok(()),
        }
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn into_table(self, timing: Timing) -> TraceTable {
        TraceTable::new(Line::new(self.stages), self.traces, timing)
    }
}

impl fmt::Debug for PipelineBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PipelineBuilder")
            .field("stages", &self.stages.iter().map(Stage::name).collect::<Vec<_>>())
            .field("exporters", &self.exporters.len())
            .field("queue", &self.queue)
            .field("traces", &self.traces)
            .field("exporter", &self.exporter)
            .finish_non_exhaustive()
    }
}
