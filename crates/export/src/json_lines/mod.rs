//! Spans in files: the OTLP file format, written and read.
//!
//! A file holds one `ExportTraceServiceRequest` as
//! [OTLP/JSON](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding) per line, as the
//! [OTLP file exporter specification](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/) says and the
//! Collector's `file` exporter and `otlpjsonfile` receiver have it.
//!
//! # Written
//!
//! lowerCamelCase names, ids in lower-case hexadecimal, 64-bit integers as strings, enumerations as integers, `NaN`
//! and the infinities as strings. Fields with their default value are left out, but for those that every reader wants:
//! `flags` (always with 0x100, "is remote is known"), `name`, `kind`, both times, `status`.
//!
//! What a span may hold and a file not: a time before 1970 or after 2554 becomes the nearest that OTLP has; an empty
//! version or schema URL is read back as none; `is_remote` of the span's own context is not written.
//!
//! # Read
//!
//! Also accepted: numbers for 64-bit integers, strings for doubles, names for enumerations, snake_case names, ids in
//! upper case or base64, `null` for any default, unknown fields, blank lines, CRLF, byte order marks, gzip and zstd,
//! objects that are pretty-printed over several lines. Lines of metrics, logs and profiles are skipped and counted.
//!
//! Lossy, because the SDK's span has no place for it: maps and mixed or nested arrays become JSON text, bytes their
//! base64 text, an absent value the empty string, an empty array an empty array of strings; a message of a status that
//! is not an error, an unspecified kind (read as internal), flags above the lowest ten bits, and the dropped counts and
//! entity references of resources and scopes are lost. Repeated attribute keys of a span are kept, of a resource the
//! last counts.
//!
//! A span is refused if its trace or span id is absent, zero or not 16 or 8 bytes, or if its kind or status code is
//! none of OTLP's. An absent end time is read as the Unix epoch, and an end before the start is kept: the pipeline
//! repairs both before export.

mod any_value;
mod append;
mod compression;
mod decode;
mod encode;
mod error;
mod exporter;
mod file;
mod flags;
mod id;
mod lines;
mod read_error;
mod reader;
mod request;
mod rotation;
mod scalar;
mod writer;

pub use compression::Compression;
#[cfg(feature = "sqlite")]
pub(crate) use encode::append_lines;
pub use error::FileError;
pub use exporter::{JsonLinesExporter, JsonLinesExporterBuilder};
pub use read_error::{ReadError, ReadErrorKind};
pub use reader::{JsonLinesReader, MAX_LINE_BYTES, ReadCounts, ReadSpan};
pub use writer::JsonLinesWriter;
