//! Errors of a span: classes, codes and messages, wherever libraries put them.

use opentelemetry::Value;
use opentelemetry::trace::Status;
use otel_genai_pipeline::Span;
use otel_genai_semconv::GuardrailCategory;

use crate::json::Json;
use crate::rules::explicit::{RAISED, TRIPWIRE, TRIPWIRE_TEXT};
use crate::rules::native::{POLICY_CLASS, POLICY_TEXT};
use crate::rules::{Reads, Rule, by_word};
use crate::sink::{Hit, Place, Sink, name_like};

/// Attributes that hold the class of an error. LiteLLM and others put the code there as well.
const CLASS_KEYS: [&str; 4] = ["error.type", "exception.type", "error.code", "error_type"];

/// Attributes that hold the message of an error.
const TEXT_KEYS: [&str; 5] = [
    "error.message",
    "exception.message",
    "error.details",
    "llm.error.message",
    "langfuse.observation.status_message",
];

/// Reads the errors of a span by the rules that need no guess.
pub(crate) fn read(span: &Span, sink: &mut Sink) {
    for (class, place) in classes(span) {
        let name = class_name(class);
        if let Some(rule) = by_word(Reads::ErrorCode, class) {
            sink.add(Hit::new(rule, place).native("error_code", &class.into()));
        } else if let Some(rule) =
            [&POLICY_CLASS, &TRIPWIRE, &RAISED].into_iter().find(|rule| knows(rule, name))
        {
            let stage = if name.starts_with("Input") {
                Some(("input_guardrail", GuardrailCategory::InputValidation))
            } else if name.starts_with("Output") {
                Some(("output_guardrail", GuardrailCategory::OutputValidation))
            } else if name.starts_with("Tool") {
                Some(("tool_guardrail", GuardrailCategory::ToolPermission))
            } else if name.contains("Pii") || name.contains("PII") {
                Some(("pii_guardrail", GuardrailCategory::Pii))
            } else {
                None
            };
            let hit = Hit::new(rule, place).native("error_class", &name.into());
            match stage {
                Some((stage, category)) => sink.add(hit.name(stage).category(category)),
                None => sink.add(hit),
            }
        }
    }
    for (text, place) in texts(span) {
        for rule in [&POLICY_TEXT, &TRIPWIRE_TEXT] {
            if rule.words.iter().any(|phrase| has_phrase(text, phrase)) {
                sink.add(Hit::new(rule, place.clone()));
            }
        }
    }
}

/// A guardrail that an error names (`{"message":"Guardrail tripwire triggered","data":{"guardrail":"no_pii"}}`).
pub(crate) fn named_tripwire<'a>(error: &Json<'_>, place: Place<'a>) -> Option<Hit<'a>> {
    let message = error.get("message")?.as_str()?;
    if !has_phrase(message, TRIPWIRE_TEXT.words.first()?) {
        return None;
    }
    let hit = Hit::new(&TRIPWIRE_TEXT, place);
    let name = error.below(["data", "guardrail"]).and_then(Json::as_str).and_then(name_like);
    Some(match name {
        Some(name) => hit
            .category(crate::words::category_in_name(name).unwrap_or(GuardrailCategory::Unknown))
            .name(name.to_owned()),
        None => hit,
    })
}

/// The name of a class without its module.
pub(crate) fn class_name(class: &str) -> &str {
    let class = class.trim();
    class.rsplit(['.', ':']).next().unwrap_or(class)
}

fn knows(rule: &Rule, name: &str) -> bool {
    rule.words.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Looks for a phrase in whole words, whatever its case.
fn has_phrase(text: &str, phrase: &str) -> bool {
    let (text, phrase) = (text.as_bytes(), phrase.as_bytes());
    let is_letter = |index: Option<&u8>| index.is_some_and(u8::is_ascii_alphanumeric);
    let ends_open = phrase.ends_with(b"polic");
    text.windows(phrase.len()).enumerate().any(|(start, window)| {
        window.eq_ignore_ascii_case(phrase)
            && !is_letter(start.checked_sub(1).and_then(|before| text.get(before)))
            && (ends_open || !is_letter(text.get(start + phrase.len())))
    })
}

/// Returns the classes and codes of a span's errors.
pub(crate) fn classes(span: &Span) -> Vec<(&str, Place<'_>)> {
    collect(span, &CLASS_KEYS)
}

/// Returns the messages of a span's errors.
pub(crate) fn texts(span: &Span) -> Vec<(&str, Place<'_>)> {
    let mut texts = collect(span, &TEXT_KEYS);
    if let Status::Error { description } = span.status()
        && !description.is_empty()
    {
        texts.push((beginning(description), Place::attribute("status.message")));
    }
    texts
}

/// What an error says stands at its beginning; some have a whole request behind it. Bytes.
const BEGINNING: usize = 4096;

fn beginning(text: &str) -> &str {
    if text.len() <= BEGINNING {
        return text;
    }
    let end = (0..=BEGINNING).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}

fn collect<'a>(span: &'a Span, keys: &[&str]) -> Vec<(&'a str, Place<'a>)> {
    let own = span.attributes().iter().map(|attribute| (attribute, None));
    let events = span.events().iter().enumerate();
    let of_events = events.flat_map(|(index, event)| event.attributes.iter().map(move |a| (a, Some(index))));
    own.chain(of_events)
        .filter(|(attribute, _)| keys.contains(&attribute.key.as_str()))
        .filter_map(|(attribute, event)| match &attribute.value {
            Value::String(text) if !text.as_str().is_empty() => Some((
                beginning(text.as_str()),
                Place { attribute: attribute.key.as_str(), event, pointer: String::new() },
            )),
            _ => None,
        })
        .collect()
}
