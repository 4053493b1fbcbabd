//! Where spans end up: files of OTLP JSON Lines, written and read, and a tree on the terminal.
//!
//! Every exporter here is an ordinary OpenTelemetry [`SpanExporter`](opentelemetry_sdk::trace::SpanExporter): it works
//! in the pipeline of otel-genai and under the SDK's own processors.
//!
//! ```
//! use opentelemetry::trace::{Tracer, TracerProvider};
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use otel_genai_export::{ConsoleExporter, JsonLinesExporter, JsonLinesReader};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("traces.jsonl");
//! let provider = SdkTracerProvider::builder()
//!     .with_simple_exporter(JsonLinesExporter::open(&path)?)
//!     .with_simple_exporter(ConsoleExporter::stdout())
//!     .build();
//! provider.tracer("agent").in_span("chat gpt-4o", |_| ());
//! provider.shutdown()?;
//!
//! let read = JsonLinesReader::open(&path)?.next().expect("one span")?;
//! assert_eq!(read.span.name, "chat gpt-4o");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Parts
//!
//! * [`json_lines`]: [`JsonLinesExporter`] and [`JsonLinesWriter`] write, [`JsonLinesReader`] reads what they or any
//!   other producer of OTLP/JSON wrote.
//! * `store` (feature `sqlite`): one SQLite file, written by `SqliteExporter`, that `Store` lists, searches and sums up.
//! * [`tree`]: a trace as a tree of text; [`ConsoleExporter`] draws each when its root has come.
//!
//! Needs Rust 1.88 or newer. Each minor release goes with one minor release of OpenTelemetry (this one: 0.33).

mod console;
pub mod json_lines;
#[cfg(feature = "sqlite")]
pub mod store;

pub use console::{ConsoleExporter, MAX_WAITING_SPANS, figures, tree};
pub use json_lines::{
    Compression, FileError, JsonLinesExporter, JsonLinesExporterBuilder, JsonLinesReader, JsonLinesWriter,
    ReadCounts, ReadError, ReadErrorKind, ReadSpan,
};
