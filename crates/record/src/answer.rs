//! A provider's raw answer, written onto the span of the call.

use opentelemetry::{Array, StringValue, Value};
use otel_genai_semconv::names::{gen_ai, otel_genai};
use otel_genai_semconv::usage::{Billing, Conservation, Hint, Report, Source};
use otel_genai_semconv::{Answer, TokenField, provider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Writes what a provider's raw answer says about itself onto the span of the call: id, model, why it ended, tokens, and
/// what is billed besides. Returns what was read, `None` when nothing in the answer is known.
///
/// For code that calls a provider's HTTP API by itself. `answer` is the body, or the list of all chunks of a stream. The
/// span needs no declared fields for this; it should say what it is by `gen_ai.operation.name` and
/// `gen_ai.request.model`, which an answer does not. Nothing of the answer's content is written, and counts that it does
/// not report are absent. Token totals contain their parts, whatever the provider means by them: cached input is in the
/// input, reasoning in the output.
///
/// Without OpenTelemetry's `tracing` layer it only reads.
///
/// # Examples
///
/// ```
/// use otel_genai_record::record_answer;
/// use serde_json::json;
///
/// let span = tracing::info_span!("chat", gen_ai.operation.name = "chat", gen_ai.request.model = "claude-sonnet-4-5");
/// let body = json!({"id": "msg_1", "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
///     "usage": {"input_tokens": 87, "cache_read_input_tokens": 1920, "output_tokens": 59}});
///
/// let answer = record_answer(&span, "anthropic", &body).expect("an answer");
/// let tokens = answer.report.expect("usage").tokens;
/// assert_eq!((tokens.input, tokens.cache_read, tokens.reasoning), (Some(2007), Some(1920), None));
/// ```
pub fn record_answer(span: &Span, provider: &str, answer: &serde_json::Value) -> Option<Answer> {
    let hint = Hint { provider: Some(provider), model: None };
    let answer = Answer::from_value(hint, answer)?;
    span.set_attribute(gen_ai::PROVIDER_NAME, provider::canonical(provider).into_owned());
    let texts = [(gen_ai::RESPONSE_ID, &answer.id), (gen_ai::RESPONSE_MODEL, &answer.model)];
    record_texts(span, &texts);
    if !answer.finish_reasons.is_empty() {
        let reasons = answer.finish_reasons.iter().cloned().map(StringValue::from).collect();
        span.set_attribute(gen_ai::RESPONSE_FINISH_REASONS, Value::Array(Array::String(reasons)));
    }
    record_count(span, otel_genai::CALLS_COVERED, answer.calls);
    if let Some(report) = &answer.report {
        record_report(span, report);
    }
    Some(answer)
}

fn record_report(span: &Span, report: &Report) {
    for field in TokenField::ALL {
        let name = match field {
            // The name that backends read; the pipeline's enricher renames it where the newest is asked for.
            TokenField::CacheWrite => gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS,
            _ => field.name(),
        };
        record_count(span, name, report.tokens.field(field));
    }
    if !report.tokens.is_empty() {
        span.set_attribute(otel_genai::USAGE_SOURCE, Source::Reported.as_str());
    }
    if report.conservation != Conservation::Consistent {
        span.set_attribute(otel_genai::USAGE_CONSERVATION, report.conservation.to_string());
    }
    record_billing(span, &report.billing);
}

fn record_billing(span: &Span, billing: &Billing) {
    let texts = [
        (otel_genai::USAGE_SERVICE_TIER, &billing.service_tier),
        (otel_genai::USAGE_GEO, &billing.geo),
        (otel_genai::USAGE_SPEED, &billing.speed),
        (otel_genai::USAGE_SEARCH_CONTEXT_SIZE, &billing.search_context_size),
    ];
    record_texts(span, &texts);
    record_count(span, otel_genai::USAGE_WEB_SEARCHES, billing.web_searches);
    record_count(span, otel_genai::USAGE_BILLED_INPUT_TOKENS, billing.billed_input);
    record_count(span, otel_genai::USAGE_BILLED_OUTPUT_TOKENS, billing.billed_output);
    let numbers = [
        (otel_genai::USAGE_AUDIO_SECONDS, billing.audio_seconds),
        (otel_genai::USAGE_REPORTED_COST, billing.reported_cost),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            span.set_attribute(name, number);
        }
    }
}

fn record_texts(span: &Span, texts: &[(&'static str, &Option<String>)]) {
    for (name, text) in texts {
        if let Some(text) = text {
            span.set_attribute(*name, text.clone());
        }
    }
}

/// Records a count unless it is unknown, or beyond what an attribute holds and so no count of anything.
fn record_count(span: &Span, name: &'static str, count: Option<u64>) {
    if let Some(count) = count.and_then(|count| i64::try_from(count).ok()) {
        span.set_attribute(name, count);
    }
}
