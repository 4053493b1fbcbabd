//! `otel-genai redact`, run as a user runs it: one file per claim.

mod evaluation;
mod findings;
mod redacting;
mod rules;
mod streams;
mod text;
