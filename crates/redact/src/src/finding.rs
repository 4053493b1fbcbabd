//! What a scan returns.

use std::borrow::Cow;
use std::ops::Range;

use crate::action::Action;
use crate::rule::{Category, Confidence};

/// Something that a rule found in a text. Says where, never what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule's id.
    pub rule: Cow<'static, str>,
    /// The rule's category.
    pub category: Category,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where it stands, in bytes of the text that was scanned.
    pub range: Range<usize>,
    /// What happens to it.
    pub action: Action,
}

/// A text after redaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redacted<'t> {
    /// The text; the same as before where nothing was found.
    pub text: Cow<'t, str>,
    /// What was found. Of findings from the second look on, ranges are those of the text as it was then.
    pub findings: Vec<Finding>,
    /// Tells whether a rule with [`Action::DropSpan`] found something.
    pub drops_span: bool,
}
