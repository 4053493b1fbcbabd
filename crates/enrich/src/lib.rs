//! One true count per model call, whoever wrote the span, and gen_ai metrics of those calls.
//!
//! Two stages of a [`Pipeline`](otel_genai_pipeline::Pipeline):
//!
//! * [`Enricher`] brings the spans of every library into the words of the GenAI conventions, lets one span count per
//!   model call, writes what it cost, and sums up each trace on its local root.
//! * [`UsageMeter`] records gen_ai metrics of every call, sampled or not. It stands behind the redactor.
//!
//! ```
//! use opentelemetry::metrics::noop::NoopMeterProvider;
//! use otel_genai_enrich::{Enricher, UsageMeter};
//! use otel_genai_pipeline::Pipeline;
//!
//! let builder = Pipeline::builder()
//!     .stage(Enricher::default())
//!     .stage(UsageMeter::new(&NoopMeterProvider::new()));
//! # let _ = builder;
//! ```
//!
//! What counts and what cannot be told is listed in `docs/enrichment.md`.
//!
//! # Features
//!
//! `count-tokens`: tokens of calls that nobody reported are counted from the recorded texts, where
//! [`EnricherBuilder`] is told to. Not a default, since it brings vocabularies of 9 MB.
//!
//! Needs Rust 1.88 or newer.

mod argument_hash;
mod cost;
mod enricher;
mod id_map;
mod meter;
mod model_family;
mod response_memory;
#[cfg(feature = "count-tokens")]
mod token_counts;
mod trace_state;
mod trace_totals;
mod twins;

pub use argument_hash::ArgumentKey;
pub use cost::{CostTarget, bill};
pub use enricher::{Enricher, EnricherBuilder};
pub use meter::{MAX_METRIC_SERIES, MetricSet, UsageMeter};
pub use response_memory::REMEMBERED_RESPONSES;
#[cfg(feature = "count-tokens")]
pub use token_counts::WhileLoading;
pub use trace_state::{REMEMBERED_CALLS, REMEMBERED_CALLS_AFTER_END, REMEMBERED_PARENTS};
pub use trace_totals::MAX_TRACE_NAMES;
