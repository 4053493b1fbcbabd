//! Runs stages over finished traces, off the caller's thread.
//!
//! A [`Stage`] edits a [`Segment`]: the spans of one trace that have ended since it last looked. A [`Pipeline`] is one
//! OpenTelemetry span processor that costs the thread that ends a span one push into a bounded queue, and runs stages
//! and exporters on threads of its own. Every exporter is the SDK's own
//! [`SpanExporter`](opentelemetry_sdk::trace::SpanExporter).
//!
//! ```text
//! agent's threads          worker's thread                                  one thread per exporter
//! on_start, on_end  ──▶  queue ──▶ trace table ──▶ stage ─▶ stage ─▶ … ──▶  queue ──▶ exporter
//!                                                                      └─▶  queue ──▶ exporter
//! ```
//!
//! # Concepts
//!
//! * **Local root**: a span without a parent in this process. When all local roots of a trace have ended, and a short
//!   grace has passed, the trace is complete.
//! * **Segment**: the pending spans of one trace, [early](SegmentKind::Early) while it runs, [last](SegmentKind::Last)
//!   when it is complete, [late](SegmentKind::Late) after that. A local root that starts after the last segment
//!   (an agent that calls itself over HTTP) re-opens the trace for another round.
//! * **Start attributes**: what every span below a point of the program has in common, see [`StartAttributes`].
//! * **Counts**: every span is somewhere, see [`PipelineStats`].
//! * **Replay**: the same stages over recorded spans, see [`PipelineBuilder::replay`].
//!
//! # Features
//!
//! * `testing`: [`testing`], with the contract that every stage must pass.
//!
//! Needs Rust 1.88 or newer and threads; `wasm` is not supported. Each minor release goes with one minor release of
//! OpenTelemetry (this one: 0.33).

mod builder;
mod contain;
mod delay;
mod exporter_thread;
mod exporters;
mod line;
mod own_thread;
mod pipeline;
mod queue;
mod repair;
mod replay;
mod resource_list;
mod schedule;
mod segment;
mod span;
pub mod stage;
mod start_attributes;
mod stats;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trace;
mod trace_table;
#[cfg(test)]
mod trace_table_tests;
mod worker;

pub use builder::{
    BuildError, DEFAULT_EXPORT_TIMEOUT, DEFAULT_EXPORTER_BYTES, DEFAULT_EXPORTER_SPANS,
    DEFAULT_FLUSH_TIMEOUT, DEFAULT_GRACE, DEFAULT_LINGER, DEFAULT_MAX_AGE, DEFAULT_MAX_BYTES,
    DEFAULT_MAX_OPEN_TRACES, DEFAULT_QUEUE_BYTES, DEFAULT_QUEUE_SPANS, DEFAULT_REMEMBERED_TRACES,
    PipelineBuilder,
};
pub use pipeline::{Pipeline, PipelineHandle};
pub use queue::BlockFor;
pub use repair::Repairs;
pub use replay::Replay;
pub use segment::{Segment, SegmentKind, Split};
pub use span::{Span, Surface};
pub use stage::{IntoStages, Stage};
pub use start_attributes::StartAttributes;
pub use stats::{Dropped, ExporterStats, PipelineStats};
