//! Attribute names, one module per group.
//!
//! The constants that the OpenTelemetry crates publish for GenAI are deprecated and lack the newest names, so these are
//! our own.

pub mod gen_ai;
pub mod guardrail;
pub mod llm;
pub mod otel_genai;
