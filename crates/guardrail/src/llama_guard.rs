//! Llama Guard, whose answer is the verdict.

use otel_genai_pipeline::Span;
use otel_genai_semconv::GuardrailStatus;
use otel_genai_semconv::messages::{self, Part};
use otel_genai_semconv::names::gen_ai;

use crate::rules::native::LLAMA_GUARD;
use crate::sink::{Hit, Place, Sink};

/// Tells whether a model is one, by its name.
pub(crate) fn is_one(model: &str) -> bool {
    // Asked for every call, and almost never so.
    model.len() >= 10 && memchr::memchr2(b'u', b'U', model.as_bytes()).is_some() && {
        let lower = model.to_ascii_lowercase();
        lower.contains("llama-guard") || lower.contains("llamaguard") || lower.contains("llama_guard")
    }
}

/// Llama Guard answers with a verdict on the first line and the hazards on the second.
pub(crate) fn read(span: &Span, sink: &mut Sink) {
    let Some(messages) = span.get_str(gen_ai::OUTPUT_MESSAGES) else { return };
    let messages = messages::parse(messages);
    for (index, message) in messages.iter().enumerate() {
        let Some(Part::Text { content }) = message.parts.first() else {
            continue;
        };
        let mut lines = content.lines().map(str::trim).filter(|line| !line.is_empty());
        let status = match lines.next() {
            Some("unsafe") => GuardrailStatus::Triggered,
            Some("safe") => GuardrailStatus::NotTriggered,
            _ => continue,
        };
        let place = Place {
            attribute: gen_ai::OUTPUT_MESSAGES,
            event: None,
            pointer: format!("/{index}/parts/0/content"),
        };
        let mut hit = Hit::new(&LLAMA_GUARD, place).status(Some(status));
        let hazards = lines.next().unwrap_or_default().split(',').map(str::trim);
        for hazard in hazards.filter(|hazard| is_hazard(hazard)) {
            hit = hit.native(hazard, &true.into());
        }
        sink.add(hit);
    }
}

fn is_hazard(word: &str) -> bool {
    word.strip_prefix('S')
        .and_then(|number| number.parse::<u8>().ok())
        .is_some_and(|number| (1..=14).contains(&number))
}
