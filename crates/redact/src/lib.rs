//! Finds secrets and personal data in text and in spans, and takes them out.

mod action;
mod attributes;
mod builder;
mod content;
mod error;
mod evaluate;
mod finding;
mod json;
mod length;
mod redactor;
mod rule;
mod rule_set;
mod rules;
mod scan;
mod validate;

pub use action::{Action, Blobs, PseudonymKey, PseudonymKeyError};
pub use builder::RuleSetBuilder;
pub use content::{Content, ContentPolicy};
pub use error::RuleError;
pub use evaluate::{Evaluation, Label, Labelled, Score, evaluate};
pub use finding::{Finding, Redacted};
pub use redactor::{DROP_REASON, FAILED, Redactor};
pub use rule::{Category, Confidence, Rule};
pub use rule_set::RuleSet;
pub use rules::rules;
