//! The span exporter that writes a store.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::error::{StoreError, StoreProblem};
use super::key::StoreKey;
use super::open::Synchronous;
use super::retention::{PruneReport, Retention, prune, refuse_senseless};
use super::writer::{WriteCounts, Writer, WriterSettings};

/// How long a writer waits for another process's by default.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What deleting may take of an export by default. An export of 512 spans takes some ten times that.
const RETENTION_TIME: Duration = Duration::from_millis(5);

/// The bounds are looked at so often; counting the traces of a large store takes milliseconds.
const RETENTION_INTERVAL: Duration = Duration::from_secs(1);

/// Exports spans to a store: one SQLite file that [`Store`](super::Store) reads.
///
/// *Acknowledged* means that `export` returned `Ok`: the batch is in the file, whole, and survives the end of the process
/// however it ends. What a power failure may cost, [`Synchronous`] says. A batch that fails leaves nothing in the file, and
/// the next one is tried afresh, without a restart. The same span again is left as it is.
///
/// Several processes may write to one file, each with an exporter of its own, all on one machine: the file must not lie on
/// a network share. Readers never wait for writers, nor the other way round.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use otel_genai_export::store::{SqliteExporter, Store, TraceFilter};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("traces.db");
/// let provider = SdkTracerProvider::builder().with_simple_exporter(SqliteExporter::open(&path)?).build();
/// provider.tracer("agent").in_span("chat gpt-4o", |_| ());
/// provider.shutdown()?;
///
/// let page = Store::open(&path)?.traces(&TraceFilter::new())?;
/// assert_eq!(page.traces[0].name.as_deref(), Some("chat gpt-4o"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteExporter {
    resource: Resource,
    retention: Retention,
    retention_time: Duration,
    state: Mutex<State>,
}

struct State {
    writer: Writer,
    is_shut_down: bool,
    /// When the bounds are to be looked at again.
    next_retention: Option<SystemTime>,
    retention_failure: Option<StoreError>,
}

impl SqliteExporter {
    /// Opens the file with the default settings, and creates it and the directories above it if they do not exist.
    ///
    /// # Errors
    ///
    /// As for [`SqliteExporterBuilder::build`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::builder(path).build()
    }

    /// Starts the settings for a file at `path`.
    pub fn builder(path: impl Into<PathBuf>) -> SqliteExporterBuilder {
        SqliteExporterBuilder {
            writer: WriterSettings {
                path: path.into(),
                key: None,
                synchronous: Synchronous::default(),
                busy_timeout: BUSY_TIMEOUT,
                text_search: true,
            },
            retention: Retention::default(),
            retention_time: RETENTION_TIME,
        }
    }

    /// Writes spans of any resource: for programs that import files. All of them, or, with an error, none.
    ///
    /// # Errors
    ///
    /// When the file cannot be written. After [`shutdown`](SpanExporter::shutdown) it is opened again.
    pub fn write(&self, resource: &Resource, spans: Vec<SpanData>) -> Result<WriteCounts, StoreError> {
        self.state().writer.write(resource, spans, SystemTime::now())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held rolled its transaction back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn export_at(&self, batch: Vec<SpanData>, now: SystemTime) -> OTelSdkResult {
        let mut state = self.state();
        if state.is_shut_down {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        if !batch.is_empty() {
            state.writer.write(&self.resource, batch, now).map_err(|error| internal_failure(&error))?;
        }
        if self.retention.is_bounded() && state.next_retention.is_none_or(|next| now >= next) {
            self.prune(&mut state, now);
        }
        Ok(())
    }

    /// Deletes what is too much. The batch is acknowledged already, so a failure is told at the next flush.
    fn prune(&self, state: &mut State, now: SystemTime) {
        let start = Instant::now();
        let result = state.writer.with_connection(now, |connection| {
            prune(connection, &self.retention, now, u64::MAX, || start.elapsed() >= self.retention_time)
        });
        match result {
            // Goes on with the next batch.
            Ok(PruneReport { is_complete: false, .. }) => state.next_retention = None,
            Ok(_) => state.next_retention = now.checked_add(RETENTION_INTERVAL),
            Err(problem) => {
                state.retention_failure = Some(state.writer.error("delete old traces from", problem));
                state.next_retention = now.checked_add(RETENTION_INTERVAL);
            }
        }
    }
}

impl SpanExporter for SqliteExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.export_at(batch, SystemTime::now())
    }

    /// Makes what was exported durable, whatever [`Synchronous`] is, and reports a deletion that failed meanwhile.
    fn force_flush(&self) -> OTelSdkResult {
        let mut state = self.state();
        if state.is_shut_down {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let result = state.writer.checkpoint(SystemTime::now());
        result.map_err(|problem| internal_failure(&state.writer.error("sync", problem)))?;
        state.retention_failure.take().map_or(Ok(()), |error| Err(internal_failure(&error)))
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        let flushed = self.force_flush();
        if matches!(flushed, Err(OTelSdkError::AlreadyShutdown)) {
            return flushed;
        }
        let mut state = self.state();
        state.is_shut_down = true;
        let closed = state.writer.close().map_err(|error| internal_failure(&error));
        flushed.and(closed)
    }

    /// Sets the resource of the batches that follow. May be called at any time.
    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }
}

impl fmt::Debug for SqliteExporter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SqliteExporter")
            .field("resource", &self.resource)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}

fn internal_failure(error: &StoreError) -> OTelSdkError {
    OTelSdkError::InternalFailure(error.to_string())
}

/// The settings of a [`SqliteExporter`].
#[derive(Clone, Debug)]
#[must_use = "call `build` to open the file"]
pub struct SqliteExporterBuilder {
    writer: WriterSettings,
    retention: Retention,
    retention_time: Duration,
}

impl SqliteExporterBuilder {
    /// Encrypts a new file with this key, or opens one that was. Needs the cargo feature `encryption`.
    pub fn key(mut self, key: StoreKey) -> Self {
        self.writer.key = Some(key);
        self
    }

    /// Sets what a commit guarantees. Default: [`Synchronous::Normal`].
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.writer.synchronous = synchronous;
        self
    }

    /// Sets how long an export waits while another process writes. Default: 5 s.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.writer.busy_timeout = timeout;
        self
    }

    /// Switches the search over texts off for what is written from now on: writing takes half the time, the file a fifth
    /// less (`docs/store.md`). Default: on.
    pub fn text_search(mut self, text_search: bool) -> Self {
        self.writer.text_search = text_search;
        self
    }

    /// Sets the bounds that exports keep the file within. Default: none.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how long one export may spend on deleting. Default: 5 ms. At least a few traces are deleted.
    pub fn retention_time(mut self, time: Duration) -> Self {
        self.retention_time = time;
        self
    }

    /// Opens the file, and creates it and the directories above it if they do not exist.
    ///
    /// Traces without a root whose process has ended are marked as interrupted now.
    ///
    /// # Errors
    ///
    /// When the file cannot be created, opened or locked, is not a store, has a newer schema, or its key does not fit; when the
    /// bound on its size is smaller than a store without traces.
    pub fn build(self) -> Result<SqliteExporter, StoreError> {
        let Self { writer, retention, retention_time } = self;
        if writer.key.is_some() && !cfg!(feature = "encryption") {
            return Err(StoreError::new("open", &writer.path, StoreProblem::NoEncryption));
        }
        let now = SystemTime::now();
        let mut writer = Writer::open(writer, now)?;
        writer
            .with_connection(now, |connection| refuse_senseless(connection, &retention))
            .map_err(|problem| writer.error("bound the size of", problem))?;
        let state = State { writer, is_shut_down: false, next_retention: None, retention_failure: None };
        let resource = Resource::builder_empty().build();
        Ok(SqliteExporter { resource, retention, retention_time, state: Mutex::new(state) })
    }
}
