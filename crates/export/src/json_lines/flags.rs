//! The two bits of an OTLP `flags` field above the eight W3C trace flags.
//!
//! Source: `SpanFlags` in `opentelemetry/proto/trace/v1/trace.proto`, as in the crate opentelemetry-proto 0.33.1.

/// The bit that says that [`IS_REMOTE`] has a meaning.
pub(super) const HAS_IS_REMOTE: u32 = 0x100;

/// The bit that says that the parent (of a span) or the linked span (of a link) ran in another process.
pub(super) const IS_REMOTE: u32 = 0x200;
