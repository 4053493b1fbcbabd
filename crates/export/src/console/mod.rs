//! Traces on a terminal.

mod exporter;
mod figures;
mod line;
mod order;
mod totals;
pub mod tree;

pub use exporter::ConsoleExporter;
