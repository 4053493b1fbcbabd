//! `otel-genai process`, run as a user runs it: one file per claim.

mod identity;
mod inputs;
mod invalid_input;
mod metrics;
mod otlp;
mod output;
mod processing;
mod settings;
mod usage;
