//! Whether all is well, and if not, why.

use std::borrow::Cow;

use thiserror::Error;

/// Why a pipeline is not well: something that goes on, not something that is over.
///
/// Past losses are in the [counts](crate::PipelineStats).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unhealthy {
    /// It was shut down, or its worker has ended.
    #[error("the pipeline has ended; spans are refused")]
    Ended,
    /// This process is a fork of the one that built it.
    #[error("the process was forked after the pipeline was built, and its threads stayed in the parent")]
    Forked,
    /// The queue has room for local roots and errors only, or for nothing.
    #[error("the queue is full: {queued} spans wait; a larger queue.spans or queue.bytes helps")]
    QueueFull {
        /// How many spans wait.
        queued: usize,
    },
    /// An exporter's thread has ended.
    #[error("{exporter} has ended; its spans are lost")]
    ExporterEnded {
        /// The exporter's type.
        exporter: Cow<'static, str>,
    },
    /// The latest export failed.
    #[error("{exporter} fails: {error}")]
    ExporterFails {
        /// The exporter's type.
        exporter: Cow<'static, str>,
        /// What it said.
        error: String,
    },
    /// An exporter is too slow for what comes: its queue is full.
    #[error("{exporter} is too slow: its queue is full")]
    ExporterBehind {
        /// The exporter's type.
        exporter: Cow<'static, str>,
    },
}
