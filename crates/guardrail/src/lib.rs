//! What protected a run of an LLM agent, what fired, and what was missing.
//!
//! No system writes guardrails in one way, and a refusal can hide behind `finish_reason = stop`. [`GuardrailDetector`], a
//! stage of a [`Pipeline`](otel_genai_pipeline::Pipeline), reads what there is and says it in one way. Three tiers:
//!
//! * **explicit**: a guardrail reports of itself, as span, attribute, event, exception or JSON;
//! * **provider-native**: a model's provider says that it stopped something, in its own words and places;
//! * **heuristic**: phrases of refusal and words of denial. Always of low confidence; off by
//!   [`heuristics(false)`](GuardrailDetectorBuilder::heuristics).
//!
//! The rules are data: [`rules`] lists them, and `docs/guardrails.md` is that list as a page.
//!
//! ```
//! use otel_genai_enrich::Enricher;
//! use otel_genai_guardrail::GuardrailDetector;
//! use otel_genai_pipeline::Pipeline;
//!
//! let builder = Pipeline::builder()
//!     .stage(Enricher::default()) // roles and twins, which the detector follows
//!     .stage(GuardrailDetector::default()); // before whatever redacts: it reads raw text
//! # let _ = builder;
//! ```
//!
//! # What it cannot know
//!
//! A guardrail that leaves no trace cannot be told from none, and what was not recorded or was cut off cannot be read;
//! the summary says so. Names are read in English, refusals too. A 429 of a provider is load, not a guardrail.
//!
//! The minimum supported Rust version is 1.88.

mod coverage;
mod detector;
mod errors;
mod explicit;
mod finding;
mod finish_reasons;
mod heuristic;
mod json;
mod json_writer;
mod keys;
mod literals;
mod llama_guard;
mod metrics;
mod notation;
mod outline;
mod repeats;
mod rules;
mod scan;
mod shapes;
mod sink;
mod texts;
mod walk;
mod words;

pub use coverage::{Capability, DEFAULT_REQUIREMENTS, Requirement};
pub use detector::{GuardrailDetector, GuardrailDetectorBuilder};
pub use finding::{Confidence, Evidence, Finding, Source};
pub use repeats::REMEMBERED_EVENTS;
pub use rules::{Reads, Rule, rules};
pub use sink::MAX_FINDINGS;
