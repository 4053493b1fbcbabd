//! The span exporter that writes files.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::compression::Compression;
use super::encode::append_lines;
use super::error::FileError;
use super::file::{FileSettings, LineFile};
use super::rotation::Rotation;
use super::writer::KEPT_BUFFER_BYTES;

/// Exports spans to a file in the OTLP file format: one request as OTLP/JSON per line.
///
/// Each batch is one line, written by one system call, so a file that is being written, or whose writer died, holds
/// whole lines up to its end. When a write fails (a full disk), the file is cut back to its last whole line, the error
/// names the file, and the next batch is tried afresh. Two processes must not write to one path.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU64;
/// use otel_genai_export::JsonLinesExporter;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("run/traces.jsonl.zst");
/// let exporter = JsonLinesExporter::builder(&path)       // `.zst`: compressed
///     .rotate_size(NonZeroU64::MIN.saturating_add(100_000_000))
///     .build()?;
/// # drop(exporter);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonLinesExporter {
    resource: Resource,
    state: Mutex<State>,
}

struct State {
    file: LineFile,
    lines: Vec<u8>,
    is_shut_down: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the buffer, which holds what the spans say.
        formatter
            .debug_struct("State")
            .field("file", &self.file)
            .field("is_shut_down", &self.is_shut_down)
            .finish_non_exhaustive()
    }
}

impl JsonLinesExporter {
    /// Opens `path` with the default settings: appends, compresses as the extension says, never rotates.
    ///
    /// # Errors
    ///
    /// As for [`JsonLinesExporterBuilder::build`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FileError> {
        Self::builder(path).build()
    }

    /// Starts the settings for a file at `path`.
    pub fn builder(path: impl Into<PathBuf>) -> JsonLinesExporterBuilder {
        let path = path.into();
        let compression = Compression::from_extension(&path);
        JsonLinesExporterBuilder {
            settings: FileSettings {
                path,
                truncate: false,
                compression,
                fsync: false,
                rotation: Rotation::default(),
            },
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves nothing half done: lines are rebuilt for every batch.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, batch: &[SpanData], now: SystemTime) -> OTelSdkResult {
        let mut state = self.state();
        let State { file, lines, is_shut_down } = &mut *state;
        if *is_shut_down {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        if batch.is_empty() {
            return Ok(());
        }
        lines.clear();
        append_lines(lines, &self.resource, batch)
            .map_err(|error| OTelSdkError::InternalFailure(format!("cannot encode a batch: {error}")))?;
        let result = file.append(lines, now);
        lines.clear();
        lines.shrink_to(KEPT_BUFFER_BYTES);
        result.map_err(|error| internal_failure(&error))
    }
}

impl SpanExporter for JsonLinesExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.write(&batch, SystemTime::now())
    }

    /// Makes what was exported durable (`fsync`) and reports a rotation that failed meanwhile.
    fn force_flush(&self) -> OTelSdkResult {
        let mut state = self.state();
        if state.is_shut_down {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        state.file.sync().map_err(|error| internal_failure(&error))?;
        state.file.take_rotation_failure().map_or(Ok(()), |error| Err(internal_failure(&error)))
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        let result = self.force_flush();
        self.state().is_shut_down = true;
        result
    }

    /// Sets the resource of the batches that follow. May be called at any time.
    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }
}

fn internal_failure(error: &FileError) -> OTelSdkError {
    OTelSdkError::InternalFailure(error.to_string())
}

/// The settings of a [`JsonLinesExporter`].
#[derive(Clone, Debug)]
#[must_use = "call `build` to open the file"]
pub struct JsonLinesExporterBuilder {
    settings: FileSettings,
}

impl JsonLinesExporterBuilder {
    /// Empties an existing file instead of continuing it. Default: continues.
    pub fn truncate(mut self, truncate: bool) -> Self {
        self.settings.truncate = truncate;
        self
    }

    /// Puts the file aside before it would grow past so many bytes (as stored, so compressed ones count).
    ///
    /// A full `traces.jsonl` becomes `traces.000001.jsonl`, the next one `traces.000002.jsonl`. Files are not deleted.
    /// A batch that is larger by itself gets a file of its own.
    pub fn rotate_size(mut self, bytes: NonZeroU64) -> Self {
        self.settings.rotation.size = Some(bytes.get());
        self
    }

    /// Puts the file aside when a multiple of `interval` since the Unix epoch has passed: one hour cuts at full hours
    /// (UTC), whenever the process was started.
    ///
    /// Checked when a batch is written; there is no timer. Counted in whole seconds, at least one.
    pub fn rotate_every(mut self, interval: Duration) -> Self {
        self.settings.rotation.every = Some(interval);
        self
    }

    /// Compresses the file. Default: as the extension of its path says ([`Compression::from_extension`]).
    pub fn compress(mut self, compression: Compression) -> Self {
        self.settings.compression = compression;
        self
    }

    /// Makes every batch durable before its export returns. Default: leaves that to the operating system, so what was
    /// exported survives the end of the process but perhaps not a power failure.
    pub fn fsync(mut self, fsync: bool) -> Self {
        self.settings.fsync = fsync;
        self
    }

    /// Opens the file, and creates it and the directories above it if they do not exist.
    ///
    /// A file to be continued that ends within a line gets a newline first, so the torn line stays what it is. A
    /// compressed one is read through to see that it is whole; if it is torn it is put aside as when it is full, since
    /// nothing behind the tear could be read.
    ///
    /// # Errors
    ///
    /// When the file or its directory cannot be created, opened or read, or when an existing file is compressed in
    /// another way than asked for.
    pub fn build(self) -> Result<JsonLinesExporter, FileError> {
        let file = LineFile::open(self.settings, SystemTime::now())?;
        let state = State { file, lines: Vec::new(), is_shut_down: false };
        Ok(JsonLinesExporter { resource: Resource::builder_empty().build(), state: Mutex::new(state) })
    }
}
