//! `otel-genai report`, run as a user runs it: one file per claim.

mod calls_count_once;
mod estimates;
mod groups;
mod mistakes;
mod spans;
mod store;
