//! placeholder
mod baggage_header;
mod guardrail;
mod in_run;
mod propagation;
mod run_context;

pub use guardrail::{Enforcement, Guardrail, GuardrailCategory, OpenGuardrail, Verdict, guardrail};
pub use in_run::{InRun, RunFutureExt};
pub use propagation::{Propagation, PropagationBuilder, PropagationError};
pub use run_context::RunContext;
