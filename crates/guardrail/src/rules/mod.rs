//! The rules as data: what is read, which values mean what. `docs/guardrails.md` is this data as a page.

pub(crate) mod explicit;
pub(crate) mod heuristic;
pub(crate) mod native;

use otel_genai_semconv::{Enforcement, GuardrailCategory};

use crate::finding::{Confidence, Source};

/// Which part of a span a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reads {
    /// Finish and stop reasons, in attributes, messages, raw answers and events.
    FinishReason,
    /// Codes of errors, in attributes and in the JSON of errors.
    ErrorCode,
    /// Classes of errors and exceptions; a word at the end of the class's name.
    ErrorClass,
    /// Messages of errors: of exceptions, of `error.message`, and of the span's status.
    ErrorText,
    /// Keys of JSON inside attributes, and attributes whose name ends so.
    Json,
    /// Attributes of a guardrail's span or event.
    Attributes,
    /// What a model wrote.
    Answer,
    /// The name of the span.
    SpanName,
}

/// One row: a signal, and what it means.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Identifies the rule; the `rule` of its findings.
    pub id: &'static str,
    /// Who acts: the beginning of the `reason` of its findings.
    pub subject: &'static str,
    /// What that one did where the signal is there: the middle of the reason.
    pub found: &'static str,
    /// Who sends the signal.
    pub system: &'static str,
    /// Where a finding of it comes from.
    pub source: Source,
    /// What it reads.
    pub reads: Reads,
    /// The words that match: finish reasons, codes, classes, phrases, or JSON keys and attribute names.
    pub words: &'static [&'static str],
    /// What else must hold, in words; empty if nothing.
    pub when: &'static str,
    /// The name of its findings, unless the guardrail states one.
    pub name: &'static str,
    /// The category of its findings, unless the signal states one.
    pub category: GuardrailCategory,
    /// How sure its findings are, at most.
    pub confidence: Confidence,
    /// What was done when it fires, unless the signal states it.
    pub enforcement: Option<Enforcement>,
}

/// Returns every rule, explicit ones first.
///
/// # Examples
///
/// ```
/// let ids: Vec<&str> = otel_genai_guardrail::rules().map(|rule| rule.id).collect();
/// assert!(ids.contains(&"anthropic.stop_reason"));
/// ```
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    explicit::RULES.iter().chain(native::RULES).chain(heuristic::RULES).copied()
}

/// Finds a rule by its id.
pub(crate) fn by_id(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// Finds the rule that reads this part of a span and knows this word, whatever its case.
pub(crate) fn by_word(reads: Reads, word: &str) -> Option<&'static Rule> {
    rules()
        .find(|rule| rule.reads == reads && rule.words.iter().any(|known| known.eq_ignore_ascii_case(word)))
}
