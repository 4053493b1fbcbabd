//! Counts the tokens of a model call offline, where the provider reported none.
//!
//! Text for a model of OpenAI's with a published encoding is counted exactly, by [tiktoken-rs]. Other families are
//! counted with the `o200k_base` vocabulary times a measured factor. Every [`TokenCount`] says by which [`Method`] it
//! was made and how far it may be off; a model of no known family has no count, rather than a guess.
//!
//! ```
//! use otel_genai_tokens::{Budget, Input, Message, Method, Model, Part, TokenCounter};
//!
//! let counter = TokenCounter::default();
//! let model = Model::resolve(Some("openai"), "gpt-4o-mini-2024-07-18").expect("a published encoding");
//! counter.load(model.encoding())?; // waits for the vocabulary; without this the first counts go by bytes
//!
//! let input = Input { messages: vec![Message::text("user", "What is the capital of France?")], ..Input::default() };
//! let mut budget = Budget::per_span(); // one for input and output together
//! let asked = counter.count_input(model, &input, &mut budget);
//! assert_eq!((asked.tokens, asked.method), (14, Method::MessageRules)); // 7 of text, 4 for the message, 3 per request
//!
//! let answered = counter.count_output(model, &[Part::Text("Paris.".into())], &mut budget);
//! assert_eq!((answered.tokens, answered.method, answered.error_margin), (2, Method::Exact, 0.0));
//! # Ok::<(), otel_genai_tokens::LoadError>(())
//! ```
//!
//! # Concepts
//!
//! - [`Model`]: the family and the [`Encoding`] that a model name stands for. [`FamilyRules`]: factor, overheads and
//!   margins of a family, with their source.
//! - [`TokenCounter`]: counts [`Input`] and output [`Part`]s. Vocabularies load on a thread of their own at first use;
//!   until then the counter does not wait but estimates by bytes, marked [`Method::Bytes`].
//! - [`Budget`]: bounds the work of one span, so that no text stalls the thread that counts. What lies beyond it is
//!   estimated by bytes, marked [`Method::Truncated`].
//!
//! There is no OpenTelemetry in here; `otel-genai-enrich` puts the figures on spans. The vocabularies add about 9 MB to
//! a binary, which is why users turn this crate on by a feature. MSRV 1.88.
//!
//! [tiktoken-rs]: https://docs.rs/tiktoken-rs

mod budget;
mod conversation;
mod count;
mod counter;
mod encoding;
mod family;
mod model;
mod slices;
mod text;
mod vocabulary;

pub use budget::Budget;
pub use conversation::{Input, Message, Part};
pub use count::{Method, TokenCount};
pub use counter::TokenCounter;
pub use encoding::Encoding;
pub use family::{Family, FamilyRules, ReasoningText};
pub use model::Model;
pub use vocabulary::LoadError;
