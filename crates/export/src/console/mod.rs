//! Traces on a terminal.

mod exporter;
pub mod figures;
mod guardrails;
mod line;
mod order;
mod totals;
pub mod tree;
mod waiting;

pub use exporter::ConsoleExporter;
pub use waiting::MAX_WAITING_SPANS;
