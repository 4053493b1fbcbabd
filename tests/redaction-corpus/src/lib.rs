//! Generator of the labelled texts that redaction is measured on.
//!
//! It knows what people and programs write and nothing of the rules that look for it: it was written from the list of
//! kinds and the vendors' public formats, before the rules, and shares no code with them. A set drawn from the rules'
//! own patterns would say that they find what they find.
//!
//! Every text is drawn at run time, with valid check digits; nothing that looks like a secret is stored. The same
//! split and seed always give the same bytes. The two splits share formats, as vendors have only one, but no template:
//! whoever tunes rules on `dev` learns nothing of the sentences, logs and code of `test`.
//!
//! ```text
//! cargo run -p otel-genai-redaction-corpus -- --split dev > dev.jsonl
//! cargo run -p otel-genai-redaction-corpus -- --kinds
//! ```
//!
//! # What a label covers
//!
//! Exactly the value that must not leave: of `key = value` the value, without quotes; of a URL with credentials
//! `user:password`; of a connection string in pairs the password; of a private key the whole block, with its escapes
//! where it stands in JSON; of a header the token, without its scheme. A secret of a known vendor keeps the vendor's
//! kind also behind `Bearer`.
//!
//! # What is left out
//!
//! Things on which products differ for good reasons are neither labelled nor negative: private, loopback and
//! documentation addresses, `example.com`, publishable keys, password hashes, names of people and places.
//!
//! # Examples
//!
//! ```
//! use otel_genai_redaction_corpus::{Split, generate};
//!
//! let samples = generate(Split::Dev, 1)?;
//! let with_email = samples.iter().flat_map(|sample| &sample.labels).filter(|label| label.kind == "email");
//! assert!(with_email.count() >= 15);
//! # Ok::<(), otel_genai_redaction_corpus::TemplateError>(())
//! ```

mod checksums;
mod corpus;
mod filler;
mod kind;
mod negatives;
mod pattern;
mod personal;
mod random;
mod sample;
mod secrets;
mod template;
mod validity;

pub use corpus::{DEFAULT_SEED, generate};
pub use kind::{Category, Kind, kind, kinds};
pub use sample::{Label, Sample, Split};
pub use template::TemplateError;
pub use validity::is_valid;
