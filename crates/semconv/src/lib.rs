//! The words of GenAI telemetry: attribute names, message JSON, token usage, and one reading of every library's spans.
//!
//! Some thirty libraries write spans of model calls, and each has its own names, its own idea of what "input tokens"
//! contains, and its own copies of one call's usage on the spans around it. This crate reads them all as one:
//!
//! * `dialect::Reader` (feature `span`) tells what a span says, whoever wrote it, and can put that into the span in the
//!   words of the OpenTelemetry GenAI conventions. Which library means what is a table.
//! * [`Answer`] and [`usage::from_raw`] read a provider's raw answer: whole, in chunks, or only its usage object.
//! * [`TokenUsage`] holds counts whose totals are inclusive and add up; what nobody reported is absent, never zero.
//! * [`messages`] reads messages of any shape as the convention's.
//! * `GenAiSpan` (feature `span`) is the typed view over a normalised span, and [`names`] has every attribute's name.
//!
//! ```
//! use otel_genai_pipeline::testing::SpanBuilder;
//! use otel_genai_semconv::GenAiSpan;
//! use otel_genai_semconv::dialect::Reader;
//!
//! let reader = Reader::default();
//! // The Vercel AI SDK, version 5, with Anthropic: its counts leave out what was cached.
//! let mut span = SpanBuilder::new("ai.generateText.doGenerate")
//!     .scope("ai")
//!     .attribute("ai.operationId", "ai.generateText.doGenerate")
//!     .attribute("ai.model.provider", "anthropic.messages")
//!     .attribute("ai.usage.inputTokens", 87)
//!     .attribute("ai.usage.cachedInputTokens", 1920)
//!     .attribute("ai.usage.outputTokens", 59)
//!     .build();
//! reader.normalise(&mut span);
//!
//! let view = GenAiSpan::new(&span);
//! assert!(view.is_llm_call());
//! assert_eq!(view.provider().as_deref(), Some("anthropic"));
//! assert_eq!(view.usage().input, Some(2007));
//! assert_eq!(view.usage().uncached_input(), Some(87));
//! ```
//!
//! # What a reading cannot know
//!
//! A count that a library drops is gone: the reading leaves it absent. Three cases look like a count and are not quite
//! one; they are marked by [`Source`](usage::Source):
//!
//! * A library that is known to leave cached tokens out of its input, and does not write them either (botocore with
//!   Bedrock), gives a lower bound: `partial`.
//! * A library that estimates (Traccia while streaming), or that is known to miscount (OpenLLMetry adds the first count of
//!   an Anthropic stream to its last): `estimated`, with the method.
//! * A span that covers several calls (Google's automatic function calling) carries the usage of the last one: `partial`,
//!   with the number of calls where the span shows it.
//!
//! # Features
//!
//! * `span`: everything that touches a span. Without it the crate depends on `serde` and `serde_json` only.
//!
//! The minimum supported Rust version is 1.88.

mod answer;
#[cfg(feature = "span")]
pub mod dialect;
mod guardrail;
pub mod messages;
pub mod names;
mod operation;
pub mod provider;
mod role;
mod text;
pub mod usage;
#[cfg(feature = "span")]
mod value;
#[cfg(feature = "span")]
mod view;

pub use answer::Answer;
pub use guardrail::{Enforcement, GuardrailCategory, GuardrailStatus};
pub use operation::Operation;
pub use role::Role;
pub use usage::{TokenField, TokenUsage};
#[cfg(feature = "span")]
pub use view::GenAiSpan;
