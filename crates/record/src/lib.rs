//! placeholder
mod baggage_header;
mod in_run;
mod propagation;
mod run_context;

pub use in_run::{InRun, RunFutureExt};
pub use propagation::{Propagation, PropagationBuilder, PropagationError};
pub use run_context::RunContext;
