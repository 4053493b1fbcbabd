//! Guesses: refusals by their phrases, denials by their words.

use opentelemetry::trace::Status;
use otel_genai_pipeline::Span;
use regex::{Match, Regex, RegexBuilder};

use crate::errors::class_name;
use crate::literals::Literals;
use crate::rules::heuristic::{
    CONDITIONS, COUNTED, TOOL_ERROR_CLASS, TOOL_ERROR_TEXT, TRANSPORT_ERRORS, VERBS_OF_DOING,
};
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
            r"\bI(?:{apostrophe}m|{apostrophe}ll| am)?,? (?:(?:sorry|afraid)[,.]? (?:but )?(?:that )?I(?:{apostrophe}m| am)? )?{unable} (?:(?:help|assist)(?: you)? (?:with|in) (?:that|this|these|those|your|the|any|such|creating|making|doing)\b|(?:comply with|fulfil?l|engage in|engage with) (?:that|this|your|the|any|such|requests?)\b|provide (?:that|this|details|instructions|guidance|assistance|information|help|advice)\b|(?:discuss|answer|continue with) (?:that|this)(?: (?:topic|subject|question|request))?(?:[.!]|$)|(?:help|assist) you\b[.!])|\bI(?:{apostrophe}m| am)? (?:must|have to|going to have to) (?:respectfully |politely )?decline(?:[.!,]|$| (?:to|that|this|your|such|any|the request)\b)"
        );
        let phrases: Vec<String> = TOOL_ERROR_TEXT
            .words
            .iter()
            .map(|phrase| regex::escape(phrase).replace('\'', apostrophe))
            .collect();
        let denial = format!(
            r"\b(?:{}|not (?:allowed|permitted|authori[sz]ed) to (?:{}))\b",
            phrases.join("|"),
            VERBS_OF_DOING.join("|")
        );
        let compile = |pattern: &str| {
            RegexBuilder::new(pattern).case_insensitive(true).build().expect("patterns of ours compile")
        };
        Self { phrases: Literals::phrases(), refusal: compile(&refusal), denial: compile(&denial) }
    }

    /// Looks for a refusal at the beginning of what a model wrote.
    pub(crate) fn is_refusal(&self, text: &str) -> bool {
        let end = text.floor_char_boundary_at(OPENING);
        let opening = &text[..end];
        self.phrases.open(opening)
            && self.refusal.find_iter(opening).any(|found| is_said_for_itself(&opening[..found.start()]))
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
            let is_denied =
                |found: Match<'_>| is_denied(&text[..found.start()], found.as_str(), &text[found.end()..]);
            // The verb of HTTP was wrong, and the caller is nobody's suspect.
            let is_wrong_verb = || text.to_ascii_lowercase().contains("method not allowed");
            if self.denial.find_iter(text).any(is_denied) && !is_wrong_verb() {
                sink.add(Hit::new(&TOOL_ERROR_TEXT, place));
            }
        }
    }
}

/// Tells by what stands before it that a refusal is the speaker's own: not quoted, and not a case that is thought of.
fn is_said_for_itself(before: &str) -> bool {
    // An answer may be all in quotes.
    let is_quoted = before.len() > 1 && before.ends_with(['"', '“', '\'', '‘', '«', '`']);
    let word = before.trim_end().rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let is_conditional =
        before.ends_with(' ') && CONDITIONS.iter().any(|known| known.eq_ignore_ascii_case(word));
    !is_quoted && !is_conditional
}

/// Tells by what stands around words of denial that something was denied: they are not counted, quoted or a name.
fn is_denied(before: &str, words: &str, behind: &str) -> bool {
    let next = behind.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let is_counted = COUNTED.iter().any(|noun| noun.eq_ignore_ascii_case(next))
        || counts_few(behind)
        || ["no ", "0 ", "zero ", "without "].iter().any(|none| ends_with_word(before, none));
    // `{"error":"Forbidden"}` quotes what is so, `the page "Forbidden"` a name.
    let unquoted = before.strip_suffix(['"', '\'', '“', '‘']);
    let behind_quote = behind.strip_prefix(['"', '\'', '”', '’']);
    let is_quoted_word = unquoted.is_some()
        && behind_quote
            .and_then(|rest| rest.strip_prefix(' '))
            .is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let is_joined = before.strip_suffix('-').is_some_and(|rest| rest.ends_with(char::is_alphanumeric))
        || behind.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    let is_name = unquoted.is_some_and(|rest| rest.trim_end().ends_with(char::is_alphabetic))
        || is_quoted_word
        || is_joined
        || before.ends_with(['`', '_'])
        || before.ends_with("--")
        || before.ends_with("::")
        || behind.starts_with(['`', '(']);
    let is_adjective =
        ["forbidden", "unauthorized", "unauthorised"].iter().any(|word| words.eq_ignore_ascii_case(word))
            && !(stands_alone(before, behind)
                && behind.trim_start().chars().next().is_none_or(|c| !c.is_alphanumeric())
                || ["for ", "to ", "access"].iter().any(|follows| behind.trim_start().starts_with(follows)));
    !is_counted && !is_name && !is_adjective
}

/// Tells whether nothing, a status, or the end of another clause stands before.
fn stands_alone(before: &str, behind: &str) -> bool {
    // `pods is forbidden: User "agent" cannot list …`
    if before.ends_with(" is ") && behind.starts_with(':') {
        return true;
    }
    let before = before.trim_end_matches([' ', '"', '\'']);
    before.is_empty()
        || before.ends_with([':', ']', '-', '=', '{', '(', ',', '.', '>'])
        || before.ends_with("401")
        || before.ends_with("403")
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let start = text.len().checked_sub(word.len());
    let Some((head, tail)) = start.and_then(|start| text.split_at_checked(start)) else { return false };
    tail.eq_ignore_ascii_case(word) && !head.ends_with(char::is_alphanumeric)
}

/// Tells whether a number follows that is no status: `access denied: 0`.
fn counts_few(behind: &str) -> bool {
    let Some(number) = behind.trim_start().strip_prefix([':', '=']) else { return false };
    let number = number.trim_start();
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    (1..3).contains(&digits) && !number[digits..].starts_with(char::is_alphabetic)
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
