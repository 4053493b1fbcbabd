//! `otel-genai`, run as a user runs it: a folder per command or group of commands, a file per claim.

mod pricing;
mod process;
mod program;
mod redact;
mod report;
mod settings;
mod store;
