//! Guesses: refusals by their phrases, denials by their words.

use opentelemetry::trace::Status;
use otel_genai_pipeline::Span;
use regex::{Regex, RegexBuilder};

use crate::errors::class_name;
use crate::literals::Literals;
use crate::rules::heuristic::{TOOL_ERROR_CLASS, TOOL_ERROR_TEXT, TRANSPORT_ERRORS};
use crate::sink::{Hit, Place, Sink};

/// A refusal opens the answer; what a model quotes or discusses comes later. Bytes.
pub(crate) const OPENING: usize = 400;

/// The patterns of guesses, compiled once.
#[derive(Debug)]
pub(crate) struct Guesses {
    phrases: Literals,
    refusal: Regex,
    denial: Regex,
}

impl Guesses {
    pub(crate) fn new() -> Self {
        let apostrophe = "['’ʼ´`]";
        let unable = format!(
            "(?:can(?:{apostrophe}?t|not| not)|won{apostrophe}?t|will not|\
             (?:am |{apostrophe}m )?(?:unable|not able) to)"
        );
        // "I'm not able to find page 3" says what was not found; a refusal says that help is not given.
        let refusal = format!(
            r"\bI(?:{apostrophe}m|{apostrophe}ll| am)?,? (?:(?:sorry|afraid)[,.]? (?:but )?(?:that )?I(?:{apostrophe}m| am)? )?{unable} (?:(?:help|assist)(?: you)? (?:with|in) (?:that|this|these|those|your|the|any|such|creating|making|doing)\b|(?:comply with|fulfil?l|engage in|engage with) (?:that|this|your|the|any|such|requests?)\b|provide (?:that|this|details|instructions|guidance|assistance|information|help|advice)\b|discuss (?:that|this)\b|answer that\b|(?:help|assist) you\b[.!])|\bI(?:{apostrophe}m| am)? (?:must|have to|going to have to) (?:respectfully |politely )?decline\b"
        );
        let phrases: Vec<String> = TOOL_ERROR_TEXT
            .words
            .iter()
            .map(|phrase| regex::escape(phrase).replace('\'', apostrophe))
            .collect();
        let denial = format!(r"\b(?:{})\b", phrases.join("|"));
        let compile = |pattern: &str| {
            RegexBuilder::new(pattern).case_insensitive(true).build().expect("patterns of ours compile")
        };
        Self { phrases: Literals::phrases(), refusal: compile(&refusal), denial: compile(&denial) }
    }

    /// Looks for a refusal at the beginning of what a model wrote.
    pub(crate) fn is_refusal(&self, text: &str) -> bool {
        let end = text.floor_char_boundary_at(OPENING);
        let opening = &text[..end];
        self.phrases.open(opening) && self.refusal.is_match(opening)
    }

    /// Looks for a denial in the error of a tool's span.
    pub(crate) fn denial(&self, span: &Span, sink: &mut Sink) {
        let classes = classes(span);
        if classes.iter().any(|(class, _)| is_transport(class)) {
            return;
        }
        for (class, place) in classes {
            if TOOL_ERROR_CLASS.words.iter().any(|known| known.eq_ignore_ascii_case(class_name(class))) {
                sink.add(Hit::new(&TOOL_ERROR_CLASS, place));
            }
        }
        for (text, place) in crate::errors::texts(span) {
            let lower = text.to_ascii_lowercase();
            if !lower.contains("method not allowed") && self.denial.is_match(text) {
                sink.add(Hit::new(&TOOL_ERROR_TEXT, place));
            }
        }
    }
}

fn classes(span: &Span) -> Vec<(&str, Place<'_>)> {
    let mut classes = crate::errors::classes(span);
    if let Status::Error { description } = span.status() {
        // Python puts the class before the message: `ConnectionRefusedError: …`.
        if let Some((class, _)) = description.split_once(':')
            && !class.contains(' ')
        {
            classes.push((class, Place::attribute("status.message")));
        }
    }
    classes
}

fn is_transport(class: &str) -> bool {
    TRANSPORT_ERRORS.iter().any(|known| known.eq_ignore_ascii_case(class_name(class)))
}

/// What `str::floor_char_boundary` does, which is newer than the Rust that this crate promises.
trait FloorCharBoundary {
    fn floor_char_boundary_at(&self, index: usize) -> usize;
}

impl FloorCharBoundary for str {
    fn floor_char_boundary_at(&self, index: usize) -> usize {
        if index >= self.len() {
            return self.len();
        }
        (0..=index).rev().find(|&end| self.is_char_boundary(end)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_failures() {
        let guesses = Guesses::new();
        let refusals = [
            "I'm sorry, I can't help with that request.",
            "I’m sorry, but I can’t assist with that.",
            "I cannot help you with that.",
            "I'm unable to assist with this request",
            "I am not able to help with that.",
            "I won't provide instructions for that",
            "I must decline.",
            "I won't provide details on that.",
            "I won't help with that.",
            "I will not assist with this request.",
            "I can not help with that.",
            "I'm sorry, but I'm not able to help with that.",
            "I can't help with that.",
            "I'm afraid I can't help with that.",
        ];
        for text in refusals {
            assert!(guesses.is_refusal(text), "{text}");
        }
        let answers = [
            "I'm not able to find page 3",
            "I can't find the file, can you help with that?",
            "How can I help with that?",
            "The order was declined by the bank.",
            "Sales decline in winter.",
            "I can help with that.",
            "I could not open the page.",
            "Our guidelines say so.",
            "The capital of France is Paris.",
        ];
        for text in answers {
            assert!(!guesses.is_refusal(text), "{text}");
        }
        let late = format!("{}I can't help with that.", "é".repeat(OPENING));
        assert!(!guesses.is_refusal(&late));
    }
}
