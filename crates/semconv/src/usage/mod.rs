//! Token usage: what it is, and how to read it out of a provider's answer.

mod billing;
mod buckets;
mod conservation;
mod counts;
mod field;
mod parts;
mod raw;
mod raw_paths;
mod source;
mod tokens;

use serde_json::Value;

use crate::Answer;
pub use billing::Billing;
pub use conservation::{Conservation, Meaning, Rule};
#[cfg(feature = "span")]
pub(crate) use counts::Counts;
pub(crate) use counts::Evidence;
pub use field::TokenField;
pub(crate) use parts::fit_parts;
pub(crate) use raw::report;
pub use raw::{Hint, Pass, Report};
#[cfg(feature = "span")]
pub(crate) use raw::{describe_provider, is_openai_model};
pub use source::Source;
pub use tokens::TokenUsage;

/// Reads the usage out of a provider's raw answer: a whole body, a list of stream chunks, the text of either, or a bare
/// usage object.
///
/// `None` means that the answer reports no usage, which is not the same as no usage. For what is understood, and for an
/// example, see [`Answer`].
pub fn from_raw(hint: Hint<'_>, body: &Value) -> Option<Report> {
    Answer::from_value(hint, body)?.report
}
