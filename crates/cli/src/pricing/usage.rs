//! What a call used, as somebody wrote it.

use otel_genai::enrich::bill;
use otel_genai::pricing::{Pass, Usage};
use otel_genai::semconv::usage::{self, Billing, Conservation, Hint, Report};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a call used, and what its answer says about how it was processed.
#[derive(Debug)]
pub(super) enum Consumption {
    /// In our own names.
    Ours(Box<Usage>),
    /// As a provider wrote it.
    Reported(Box<Report>),
}

impl Consumption {
    /// Returns what is billed, pass by pass.
    pub(super) fn passes(&self) -> Vec<Pass<'_>> {
        match self {
            Self::Ours(usage) => vec![Pass { model: None, usage: (**usage).clone() }],
            Self::Reported(report) => bill(&report.tokens, &report.billing, &report.passes),
        }
    }

    /// Returns what the answer says about how it was processed.
    pub(super) fn billing(&self) -> Billing {
        match self {
            Self::Ours(_) => Billing::default(),
            Self::Reported(report) => report.billing.clone(),
        }
    }

    /// Returns how reported counts that did not add up were read.
    pub(super) fn conservation(&self) -> Option<String> {
        match self {
            Self::Reported(report) if report.conservation != Conservation::Consistent => {
                Some(report.conservation.to_string())
            }
            _ => None,
        }
    }
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
        Ok(usage) if !usage.is_empty() => Ok(Consumption::Ours(Box::new(usage))),
        Ok(_) => Err(format!("nothing is counted in it; {EXPECTED}")),
        Err(error) if object.keys().any(|key| ONLY_OURS.contains(&key.as_str())) => Err(error.to_string()),
        Err(_) => match usage::from_raw(hint, &value) {
            Some(report) => Ok(Consumption::Reported(Box::new(report))),
            None => Err(format!("no count is known in it; {EXPECTED}")),
        },
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
        read(hint, text).map(|consumption| known(&consumption.passes()[0].usage))
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
