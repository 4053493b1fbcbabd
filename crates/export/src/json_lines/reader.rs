//! Spans from a stream of lines.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::compression::decompressed;
use super::decode;
use super::error::FileError;
use super::lines::{Record, Records};
use super::read_error::{ReadError, ReadErrorKind};
use super::request::RequestJson;

/// The longest line (or pretty-printed object) that is read, in bytes after decompression: 256 MiB.
///
/// A bound, so that a damaged or hostile file is an error and not an exhausted machine; a line is held in memory while
/// it is read, and its spans take about as much again. Four times the largest request that the SDK's OTLP exporter
/// sends (64 MiB).
pub const MAX_LINE_BYTES: usize = 256 * 1024 * 1024;

/// Of so many different resources the reader remembers the latest, to share one [`Arc`] among equal ones. Files are
/// written by one process or a few at a time, so more would only cost comparisons.
const REMEMBERED_RESOURCES: usize = 16;

/// A span as it stands in a file, with the resource it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadSpan {
    /// The resource; spans of equal resources that lie near each other share it.
    pub resource: Arc<Resource>,
    /// The span. Its flags are those of the file: the sampled flag is neither set nor cleared.
    pub span: SpanData,
}

/// What a [`JsonLinesReader`] has met so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadCounts {
    /// Lines taken from the input, blank ones included.
    pub lines: u64,
    /// Spans returned.
    pub spans: u64,
    /// Errors returned: lines and spans that could not be read.
    pub invalid: u64,
    /// Skipped lines that hold metrics.
    pub metrics_lines: u64,
    /// Skipped lines that hold logs.
    pub logs_lines: u64,
    /// Skipped lines that hold profiles.
    pub profiles_lines: u64,
    /// Values of `traceState` that W3C does not allow; the spans were read without them.
    pub invalid_trace_states: u64,
}

/// Reads spans from OTLP JSON Lines, one line at a time.
///
/// Takes what any producer of OTLP/JSON writes: see the [module documentation](super) for what is accepted and what
/// is lossy. The iterator returns an error for a line, or for a single span of it, that cannot be read, and goes on
/// with the next; it ends after an I/O error, since nothing that follows can be trusted.
///
/// # Examples
///
/// ```
/// use otel_genai_export::JsonLinesReader;
///
/// let lines = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[
///     {"traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13","name":"chat"}]}]}]}"#.replace('\n', "");
/// let mut reader = JsonLinesReader::new(lines.as_bytes());
/// let read = reader.next().expect("one span")?;
/// assert_eq!(read.span.name, "chat");
/// # Ok::<(), otel_genai_export::ReadError>(())
/// ```
pub struct JsonLinesReader<R> {
    records: Records<R>,
    name: Arc<str>,
    ready: VecDeque<Result<ReadSpan, ReadError>>,
    resources: VecDeque<Arc<Resource>>,
    counts: ReadCounts,
    has_ended: bool,
}

impl JsonLinesReader<Box<dyn BufRead + Send>> {
    /// Opens a file. Gzip and zstd are recognised by the first bytes, whatever the file is called.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or its beginning not be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let input = File::open(path).map_err(|error| FileError::new("open", path, error))?;
        let input = decompressed(Box::new(input)).map_err(|error| FileError::new("read", path, error))?;
        Ok(Self::new(input).with_name(path.to_string_lossy()))
    }

    /// Reads from standard input, compressed or not.
    ///
    /// # Errors
    ///
    /// When the first bytes cannot be read; this waits for them.
    pub fn stdin() -> io::Result<Self> {
        Ok(Self::detect(io::stdin())?.with_name("<stdin>"))
    }

    /// Reads from any stream of bytes, compressed or not.
    ///
    /// # Errors
    ///
    /// When the first bytes cannot be read.
    pub fn detect(input: impl Read + Send + 'static) -> io::Result<Self> {
        decompressed(Box::new(input)).map(Self::new)
    }
}

impl<R: BufRead> JsonLinesReader<R> {
    /// Reads from `input`, which must not be compressed.
    pub fn new(input: R) -> Self {
        Self {
            records: Records::new(input, MAX_LINE_BYTES),
            name: "<input>".into(),
            ready: VecDeque::new(),
            resources: VecDeque::new(),
            counts: ReadCounts::default(),
            has_ended: false,
        }
    }

    /// Sets the name that errors call the input by.
    #[must_use]
    pub fn with_name(mut self, name: impl AsRef<str>) -> Self {
        // Escaped here, once: errors end up on terminals.
        self.name = name.as_ref().escape_debug().to_string().into();
        self
    }

    /// Sets the length that a line may have, in bytes. Default: [`MAX_LINE_BYTES`].
    #[must_use]
    pub fn with_max_line_bytes(mut self, limit: usize) -> Self {
        self.records.set_limit(limit);
        self
    }

    /// Returns what has been met so far.
    pub fn counts(&self) -> ReadCounts {
        ReadCounts { lines: self.records.line_number(), ..self.counts }
    }

    /// Reads the next record into `self.ready`; false at the end.
    fn read_record(&mut self) -> bool {
        let line_after = self.records.line_number() + 1;
        let error = match self.records.next() {
            Ok(None) => return false,
            Ok(Some(Record::Text { first_line, text })) => {
                match serde_json::from_slice::<RequestJson<'_>>(text) {
                    Ok(request) => {
                        let mut decoder = RequestDecoder {
                            ready: &mut self.ready,
                            resources: &mut self.resources,
                            counts: &mut self.counts,
                            name: &self.name,
                            first_line,
                            span_number: 0,
                        };
                        decoder.decode(request);
                        return true;
                    }
                    Err(error) => ReadError::json(&self.name, first_line, &error),
                }
            }
            Ok(Some(Record::TooLong { first_line })) => {
                let reason = "the line is longer than the reader allows; it was skipped".to_owned();
                ReadError::new(&self.name, first_line, ReadErrorKind::TooLong, reason)
            }
            Ok(Some(Record::Unclosed { first_line })) => {
                let reason = "the object that begins here is never closed".to_owned();
                ReadError::new(&self.name, first_line, ReadErrorKind::Syntax, reason)
            }
            Err(error) => {
                self.has_ended = true;
                ReadError::new(&self.name, line_after, ReadErrorKind::Io, error.to_string())
            }
        };
        self.ready.push_back(Err(error));
        true
    }
}

impl<R: BufRead> Iterator for JsonLinesReader<R> {
    type Item = Result<ReadSpan, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            if self.has_ended || !self.read_record() {
                self.has_ended = true;
                return None;
            }
        }
        let next = self.ready.pop_front();
        match &next {
            Some(Ok(_)) => self.counts.spans += 1,
            Some(Err(_)) => self.counts.invalid += 1,
            None => {}
        }
        next
    }
}

impl<R> fmt::Debug for JsonLinesReader<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the input, which need not be `Debug`, and what was read, which may be private.
        formatter
            .debug_struct("JsonLinesReader")
            .field("name", &self.name)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

/// Turns one request into spans and errors.
struct RequestDecoder<'a> {
    ready: &'a mut VecDeque<Result<ReadSpan, ReadError>>,
    resources: &'a mut VecDeque<Arc<Resource>>,
    counts: &'a mut ReadCounts,
    name: &'a Arc<str>,
    first_line: u64,
    /// How many spans of the line have been seen; errors name a span by its number.
    span_number: u64,
}

impl RequestDecoder<'_> {
    fn decode(&mut self, request: RequestJson<'_>) {
        self.counts.metrics_lines += u64::from(request.has_metrics);
        self.counts.logs_lines += u64::from(request.has_logs);
        self.counts.profiles_lines += u64::from(request.has_profiles);
        for resource_spans in request.resource_spans {
            let resource = self.shared(decode::resource(resource_spans.resource, resource_spans.schema_url));
            for scope_spans in resource_spans.scope_spans {
                let scope = decode::scope(scope_spans.scope, scope_spans.schema_url);
                for span in scope_spans.spans {
                    self.span_number += 1;
                    let decoded = decode::span(span, scope.clone());
                    let item = decoded.map_err(|reason| self.span_error(&reason)).map(|decoded| {
                        self.counts.invalid_trace_states += decoded.invalid_trace_states;
                        ReadSpan { resource: Arc::clone(&resource), span: decoded.span }
                    });
                    self.ready.push_back(item);
                }
            }
        }
    }

    fn span_error(&self, reason: &str) -> ReadError {
        let reason = format!("span {} of the line: {reason}", self.span_number);
        ReadError::new(self.name, self.first_line, ReadErrorKind::Span, reason)
    }

    fn shared(&mut self, resource: Resource) -> Arc<Resource> {
        match self.resources.iter().position(|known| **known == resource) {
            Some(index) => Arc::clone(&self.resources[index]),
            None => {
                let resource = Arc::new(resource);
                if self.resources.len() == REMEMBERED_RESOURCES {
                    self.resources.pop_back();
                }
                self.resources.push_front(Arc::clone(&resource));
                resource
            }
        }
    }
}
