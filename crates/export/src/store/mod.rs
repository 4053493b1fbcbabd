//! The store: one SQLite file that answers the questions people ask.
//!
//! [`SqliteExporter`] writes it, [`Store`] reads it, and both may do so at once, in several processes. What stands in the
//! file, what is guaranteed and how fast it is, is in `docs/store.md`.
//!
//! ```
//! use std::ops::ControlFlow;
//! use otel_genai_export::store::{SqliteExporter, Store};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("traces.db");
//! let _writer = SqliteExporter::open(&path)?; // as an exporter of the pipeline or of an SDK processor
//! let store = Store::open(&path)?;
//! store.sql("SELECT model, sum(cost) FROM llm_calls GROUP BY model", |columns, row| {
//!     println!("{columns:?} {row:?}");
//!     ControlFlow::Continue(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agents;
mod check;
mod codec;
mod contents;
mod create;
mod error;
mod exporter;
mod facts;
mod filter;
mod hourly;
mod key;
mod list;
mod maintenance;
mod open;
mod process;
mod query;
mod reader;
mod repair;
mod retention;
mod search;
mod segment;
mod segment_reader;
mod split;
mod statistics;
mod stored_trace;
mod summary;
mod template;
mod totals;
mod trace_row;
mod turns;
mod words;
mod writer;

pub use check::CheckReport;
pub use error::{StoreError, StoreProblem};
pub use exporter::{SqliteExporter, SqliteExporterBuilder};
pub use filter::{TraceCursor, TraceFilter, TraceStatus};
pub use key::StoreKey;
pub use list::TracePage;
pub use maintenance::{Progress, VacuumReport, prune_store, rekey, vacuum};
pub use open::Synchronous;
pub use query::SqlValue;
pub use reader::{Store, StoredTraces};
pub use repair::{DamagedTrace, RepairReport, repair_into};
pub use retention::{PruneReport, Retention};
pub use statistics::StoreStatistics;
pub use stored_trace::{StoredTrace, TreeEntry};
pub use summary::TraceSummary;
pub use totals::{TotalsBy, TotalsQuery, TotalsRow};
pub use writer::WriteCounts;
