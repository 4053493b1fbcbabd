//! What a call used, as somebody wrote it.

use std::time::Duration;

use otel_genai::pricing::{Modalities, Units, Usage, Usd};
use otel_genai::semconv::TokenUsage;
use otel_genai::semconv::usage::{self, Conservation, Hint, Report};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a call used, and what its answer says about how it was processed.
#[derive(Debug, Default)]
pub(super) struct Consumption {
    /// The passes of the call, almost always one.
    pub(super) passes: Vec<Pass>,
    pub(super) service_tier: Option<String>,
    pub(super) speed: Option<String>,
    pub(super) region: Option<String>,
    pub(super) search_context: Option<String>,
    /// How reported counts that did not add up were read.
    pub(super) conservation: Option<String>,
}

/// One run of a model.
#[derive(Debug)]
pub(super) struct Pass {
    /// The model, if it is not the one that was asked about.
    pub(super) model: Option<String>,
    pub(super) usage: Usage,
}

/// Names of ours that no provider uses.
const ONLY_OURS: [&str; 6] = [
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_write_12h_tokens",
    "provider_cost",
];

const EXPECTED: &str = "expected our names, such as {\"input_tokens\": 1000, \"output_tokens\": 500}, or a provider's \
                        usage object or answer";

/// Reads our own names or a provider's usage object.
///
/// An object is ours if all its names are: a name that is not would else be lost, or be another thing there.
pub(super) fn read(hint: Hint<'_>, text: &str) -> Result<Consumption, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let Value::Object(object) = &value else { return Err(EXPECTED.to_owned()) };
    match Usage::deserialize(&value) {
        Ok(usage) if !usage.is_empty() => {
            Ok(Consumption { passes: vec![Pass { model: None, usage }], ..Consumption::default() })
        }
        Ok(_) => Err(format!("nothing is counted in it; {EXPECTED}")),
        Err(error) if object.keys().any(|key| ONLY_OURS.contains(&key.as_str())) => Err(error.to_string()),
        Err(_) => match usage::from_raw(hint, &value) {
            Some(report) => Ok(from_report(report)),
            None => Err(format!("no count is known in it; {EXPECTED}")),
        },
    }
}

fn from_report(report: Report) -> Consumption {
    let Report { tokens, billing, conservation, passes } = report;
    let mut whole = from_tokens(&tokens);
    // Where both are told, what is billed is what costs.
    whole.input_tokens = billing.billed_input.or(whole.input_tokens);
    whole.output_tokens = billing.billed_output.or(whole.output_tokens);
    let units = Units {
        web_searches: billing.web_searches,
        input_duration: billing.audio_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        ..Units::default()
    };
    let mut passes: Vec<_> =
        passes.into_iter().map(|pass| Pass { model: pass.model, usage: from_tokens(&pass.tokens) }).collect();
    if passes.is_empty() {
        passes.push(Pass { model: None, usage: whole });
    }
    // What is billed for the call as a whole is billed once.
    if let Some(first) = passes.first_mut() {
        first.usage.units = units;
        first.usage.provider_cost = billing.reported_cost.and_then(Usd::from_f64);
    }
    Consumption {
        passes,
        service_tier: billing.service_tier,
        speed: billing.speed,
        region: billing.geo,
        search_context: billing.search_context_size,
        conservation: (conservation != Conservation::Consistent).then(|| conservation.to_string()),
    }
}

fn from_tokens(tokens: &TokenUsage) -> Usage {
    Usage {
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cache_read_tokens: tokens.cache_read,
        cache_write_tokens: tokens.cache_write,
        cache_write_5m_tokens: tokens.cache_write_5m,
        cache_write_1h_tokens: tokens.cache_write_1h,
        cache_write_12h_tokens: tokens.cache_write_12h,
        reasoning_tokens: tokens.reasoning,
        citation_tokens: tokens.citation,
        input: Modalities {
            text: tokens.text_input,
            audio: tokens.audio_input,
            image: tokens.image_input,
            video: tokens.video_input,
        },
        output: Modalities {
            text: tokens.text_output,
            audio: tokens.audio_output,
            image: tokens.image_output,
            video: tokens.video_output,
        },
        cache_read: Modalities {
            text: tokens.text_cache_read,
            audio: tokens.audio_cache_read,
            image: tokens.image_cache_read,
            video: tokens.video_cache_read,
        },
        units: Units::default(),
        provider_cost: None,
    }
}

/// Returns a usage as JSON, without what is unknown.
pub(super) fn known(usage: &Usage) -> Value {
    let mut value = serde_json::to_value(usage).unwrap_or_default();
    if let Value::Object(object) = &mut value {
        drop_unknown(object);
    }
    value
}

fn drop_unknown(object: &mut Map<String, Value>) {
    object.retain(|_, value| {
        if let Value::Object(inner) = value {
            drop_unknown(inner);
            return !inner.is_empty();
        }
        !value.is_null()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(text: &str) -> Result<Value, String> {
        let hint = Hint { provider: Some("anthropic"), model: Some("claude-sonnet-4-5") };
        read(hint, text).map(|consumption| known(&consumption.passes[0].usage))
    }

    #[test]
    fn our_names_and_a_providers_are_told_apart() {
        let cases = [
            // Ours: totals contain their parts.
            (
                r#"{"input_tokens": 100, "cache_read_tokens": 80, "output_tokens": 5}"#,
                r#"{"input_tokens": 100, "cache_read_tokens": 80, "output_tokens": 5}"#,
            ),
            (
                r#"{"output_tokens": 5, "output": {"audio": 3}, "units": {"input_seconds": 1.5}}"#,
                r#"{"output_tokens": 5, "output": {"audio": 3}, "units": {"input_seconds": 1.5}}"#,
            ),
            // Anthropic's: the cache stands beside the input.
            (
                r#"{"input_tokens": 100, "cache_read_input_tokens": 80, "output_tokens": 5}"#,
                r#"{"input_tokens": 180, "cache_read_tokens": 80, "output_tokens": 5}"#,
            ),
            // A whole answer.
            (
                r#"{"model": "m", "usage": {"prompt_tokens": 7, "completion_tokens": 2, "cost": 0.25}}"#,
                r#"{"input_tokens": 7, "output_tokens": 2, "provider_cost": 0.25}"#,
            ),
        ];
        for (text, expected) in cases {
            let expected: Value = serde_json::from_str(expected).expect("JSON");
            assert_eq!(read_one(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let cases = [
            ("{", "not JSON: "),
            ("7", "expected our names"),
            ("{}", "nothing is counted in it"),
            (r#"{"tokens": "many"}"#, "no count is known in it"),
            (
                r#"{"input_tokens": 1, "cache_read_tokens": 1, "outptu_tokens": 1}"#,
                "unknown field `outptu_tokens`",
            ),
            (r#"{"cache_read_tokens": -1}"#, "invalid value: integer `-1`"),
        ];
        for (text, expected) in cases {
            let error = read_one(text).expect_err(text);
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
