//! placeholder
mod in_run;
mod run_context;

pub use in_run::{InRun, RunFutureExt};
pub use run_context::RunContext;
