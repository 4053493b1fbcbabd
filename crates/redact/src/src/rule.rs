//! What a rule is: a row of data.

use serde::Serialize;

/// What kind of thing a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Category {
    /// Data about a person: addresses, numbers that identify, dates of birth.
    PersonalData,
    /// What gives access: keys, tokens, passwords.
    Secret,
    /// Encoded bytes, such as images; reported only where [`Blobs::Drop`](crate::Blobs) asks for it.
    Blob,
    /// What the user's own patterns and deny-lists find.
    Custom,
}

impl Category {
    /// Returns the name as it stands in settings and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PersonalData => "personal_data",
            Self::Secret => "secret",
            Self::Blob => "blob",
            Self::Custom => "custom",
        }
    }
}

/// How sure a finding is. Where two overlap, the surer one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Something is named as a secret and looks random.
    Generic,
    /// The form fits, and words near it say what it is.
    Context,
    /// A prefix or form that only this kind has.
    Form,
    /// A checksum or the decoded structure says so.
    Validated,
}

impl Confidence {
    /// Returns the name as it stands in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Context => "context",
            Self::Form => "form",
            Self::Validated => "validated",
        }
    }
}

/// How a rule comes to look at a place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// The match starts with one of the literals.
    Prefix,
    /// One of the literals stands in the match, which starts where its word starts.
    Inside,
    /// The match is a word of letters and digits; there is no literal long enough to look for.
    Word,
    /// The match is the value of a key; the literals are the vendor's names, one of which stands in or before the key.
    Key,
    /// Code of its own finds it; the literals are the words that must be near, if any.
    Code,
}

/// One rule: what it finds, how, and examples of it.
///
/// Rows are data. [`rules`](crate::rules) lists those that are built in; the table in `docs/redaction.md` is made from
/// them, and a test runs every example and counter-example.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(crate) id: &'static str,
    pub(crate) category: Category,
    pub(crate) finds: &'static str,
    pub(crate) anchor: Anchor,
    pub(crate) literals: &'static [&'static str],
    pub(crate) pattern: &'static str,
    pub(crate) check: Option<fn(&str) -> bool>,
    pub(crate) confidence: Confidence,
    pub(crate) examples: &'static [&'static str],
    pub(crate) counter_examples: &'static [&'static str],
}

impl Rule {
    /// Returns the rule's name, which is also the kind in markers, in lower case.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Returns the category.
    pub fn category(&self) -> Category {
        self.category
    }

    /// Returns what the rule finds, in a few words.
    pub fn finds(&self) -> &'static str {
        self.finds
    }

    /// Returns the literals or words of context without which the rule does not run; empty for rules on numbers.
    pub fn literals(&self) -> &'static [&'static str] {
        self.literals
    }

    /// Returns the pattern, or an empty text where code finds it.
    pub fn pattern(&self) -> &'static str {
        self.pattern
    }

    /// Tells whether a checksum or a decoded structure is checked.
    pub fn is_validated(&self) -> bool {
        self.confidence == Confidence::Validated
    }

    /// Returns how sure a finding of this rule is.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Returns texts in which the rule finds something.
    ///
    /// In them `<class:count>` stands for that many characters of a class (`hex`, `alnum`, `url`, `base64`, `upper`,
    /// `lower`, `digit`), so that this repository holds nothing that looks like a live secret.
    pub fn examples(&self) -> &'static [&'static str] {
        self.examples
    }

    /// Returns texts in which the rule finds nothing.
    pub fn counter_examples(&self) -> &'static [&'static str] {
        self.counter_examples
    }

    /// A secret that starts with one of `literals`.
    pub(crate) const fn prefix(
        id: &'static str,
        finds: &'static str,
        literals: &'static [&'static str],
        pattern: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self {
            id,
            category: Category::Secret,
            finds,
            anchor: Anchor::Prefix,
            literals,
            pattern,
            check: None,
            confidence: Confidence::Form,
            examples,
            counter_examples: &[],
        }
    }

    /// A secret that is known only by the name of its key.
    pub(crate) const fn key(
        id: &'static str,
        finds: &'static str,
        vendors: &'static [&'static str],
        pattern: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        let mut rule = Self::prefix(id, finds, vendors, pattern, examples);
        rule.anchor = Anchor::Key;
        rule.confidence = Confidence::Context;
        rule
    }

    /// Something that code of its own finds.
    pub(crate) const fn code(
        id: &'static str,
        category: Category,
        finds: &'static str,
        words: &'static [&'static str],
        confidence: Confidence,
        examples: &'static [&'static str],
        counter_examples: &'static [&'static str],
    ) -> Self {
        let mut rule = Self::prefix(id, finds, words, "", examples);
        rule.category = category;
        rule.anchor = Anchor::Code;
        rule.confidence = confidence;
        rule.counter_examples = counter_examples;
        rule
    }

    pub(crate) const fn inside(mut self) -> Self {
        self.anchor = Anchor::Inside;
        self
    }

    pub(crate) const fn word(mut self) -> Self {
        self.anchor = Anchor::Word;
        self
    }

    pub(crate) const fn validated(mut self, check: fn(&str) -> bool) -> Self {
        self.check = Some(check);
        self.confidence = Confidence::Validated;
        self
    }

    pub(crate) const fn checked(mut self, check: fn(&str) -> bool) -> Self {
        self.check = Some(check);
        self
    }

    pub(crate) const fn but_not(mut self, counter_examples: &'static [&'static str]) -> Self {
        self.counter_examples = counter_examples;
        self
    }
}
