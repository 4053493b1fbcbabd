//! Finds secrets and personal data in text and in spans, and takes them out.
//!
//! ```
//! use otel_genai_redact::{Action, Redactor, RuleSet};
//!
//! // Inline, to stop an agent before it calls a tool:
//! let rules = RuleSet::builder().rule_action("phone", Action::Report).build()?;
//! assert!(rules.scan("call +44 20 7946 0018").iter().any(|finding| finding.rule == "phone"));
//!
//! // As a stage of a pipeline, before anything is exported:
//! let stage = Redactor::new(rules);
//! # let _ = otel_genai_pipeline::Pipeline::builder().stage(stage);
//! # Ok::<_, otel_genai_redact::RuleError>(())
//! ```
//!
//! # Parts
//!
//! * [`RuleSet`] scans and redacts text. Its rules are rows of data, see [`rules`](rules()); a user adds patterns, names
//!   of keys, allow-lists, deny-lists and checks by [`RuleSetBuilder`].
//! * [`Action`] says what happens to a finding, [`PseudonymKey`] makes pseudonyms that can be joined.
//! * [`Redactor`] is the stage: every text of a span, failing closed. [`ContentPolicy`] says whether prompts and answers
//!   are recorded at all.
//! * [`evaluate`](evaluate()) measures precision and recall on labelled text.
//!
//! # Speed
//!
//! One automaton over the literals of all rules and one pass over words with digits decide which rule looks where;
//! patterns are anchored there and bounded. Time is linear in the text, whatever the text is.
//!
//! Needs Rust 1.88 or newer. Each minor release goes with one minor release of OpenTelemetry (this one: 0.33).

mod action;
mod attributes;
mod builder;
mod content;
mod custom;
mod error;
mod evaluate;
mod finding;
mod json;
mod key_facts;
mod length;
mod redactor;
mod rule;
mod rule_set;
mod rules;
mod scan;
mod surroundings;
mod validate;

pub use action::{Action, Blobs, KEY_VARIABLE, PseudonymKey, PseudonymKeyError};
pub use builder::RuleSetBuilder;
pub use content::{Content, ContentPolicy};
pub use error::RuleError;
pub use evaluate::{Evaluation, Label, Labelled, Score, evaluate};
pub use finding::{Finding, Redacted};
pub use redactor::{DROP_REASON, FAILED, Redactor};
pub use rule::{Category, Confidence, Rule};
pub use rule_set::RuleSet;
pub use rules::rules;
