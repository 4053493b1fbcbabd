//! `otel-genai pricing`, run as a user runs it: one file per claim.

mod cache;
mod diff;
#[cfg(feature = "fetch")]
mod fetch;
mod golden_costs;
mod lists;
mod lookup;
mod refresh;
mod usage;
