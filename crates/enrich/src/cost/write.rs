//! Puts a cost, or why there is none, on its span.

use std::sync::Arc;

use opentelemetry::{Array, KeyValue, StringValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_pricing::{Parts, Unpriced, Usd};
use otel_genai_semconv::names::{llm, otel_genai};

use super::Figures;
use super::recorded::{Recorded, is_cost_name};

/// Writes what a call cost. A library's own figures under the same names make way, and its total is kept apart.
pub(super) fn known(
    span: &mut Span,
    figures: &Figures<'_>,
    recorded: &Recorded,
    generated_at: &Arc<str>,
    age_days: Option<u64>,
) {
    let attributes = span.attributes_mut();
    if recorded.has_cost_names {
        attributes.retain(|attribute| !is_cost_name(attribute.key.as_str()));
    }
    // None of these names is left on the span, so there is nothing to replace.
    attributes.reserve(12);
    let mut push = |key: &'static str, value: Value| attributes.push(KeyValue::new(key, value));
    push(llm::COST_TOTAL, figures.total.as_f64().into());
    match &figures.parts {
        // Parts by our table would not add up to the provider's own figure.
        Some(parts) if figures.is_reported => {
            push(otel_genai::COST_BY_TABLE, parts.total().as_f64().into());
        }
        Some(parts) => {
            push(llm::COST_PROMPT, parts.prompt().as_f64().into());
            push(llm::COST_COMPLETION, parts.completion().as_f64().into());
            for (key, amount) in details(parts) {
                if amount != Usd::ZERO {
                    push(key, amount.as_f64().into());
                }
            }
        }
        None => {}
    }
    push(llm::PRICING_SOURCE, figures.source.into());
    if let Some((provider, model)) = figures.row {
        push(llm::PRICING_MODEL_KEY, format!("{provider}/{model}").into());
        push(llm::PRICING_GENERATED_AT, StringValue::from(Arc::clone(generated_at)).into());
        if let Some(days) = age_days {
            push(llm::PRICING_AGE_DAYS, i64::try_from(days).unwrap_or(i64::MAX).into());
        }
    }
    if !figures.notes.is_empty() {
        let notes = figures.notes.iter().map(|note| StringValue::from(*note)).collect();
        push(otel_genai::COST_NOTES, Value::Array(Array::String(notes)));
    }
    if let Some(theirs) = recorded.by_library {
        push(otel_genai::COST_RECORDED, theirs.into());
        push(otel_genai::COST_DIFFERENCE, (figures.total.as_f64() - theirs).into());
    }
}

/// Writes why a call has no cost. What a library recorded stays as it is, and does not count.
pub(super) fn unknown(span: &mut Span, reason: Unpriced) {
    span.attributes_mut().push(KeyValue::new(otel_genai::COST_UNKNOWN, reason.as_str()));
}

/// The parts that prompt and completion are made of, and those that are in neither.
fn details(parts: &Parts) -> [(&'static str, Usd); 11] {
    [
        (llm::COST_PROMPT_DETAILS_INPUT, parts.input),
        (llm::COST_PROMPT_DETAILS_CACHE_READ, parts.cache_read),
        (llm::COST_PROMPT_DETAILS_CACHE_WRITE, parts.cache_write),
        (llm::COST_PROMPT_DETAILS_AUDIO, parts.input_audio),
        (otel_genai::COST_INPUT_IMAGE, parts.input_image + parts.input_video),
        (llm::COST_COMPLETION_DETAILS_OUTPUT, parts.output),
        (llm::COST_COMPLETION_DETAILS_REASONING, parts.reasoning),
        (llm::COST_COMPLETION_DETAILS_AUDIO, parts.output_audio),
        (otel_genai::COST_OUTPUT_IMAGE, parts.output_image + parts.output_video),
        (otel_genai::COST_CITATION, parts.citation),
        (otel_genai::COST_FEES, parts.fees),
    ]
}
