//! Tolerant reading of one attribute value.

use std::borrow::Cow;

use opentelemetry::{Array, Value};

use crate::text::{count_in_text, parse_nested, sane, whole};

/// Reads a count; a float, or a string that holds a number, counts when it is a whole number of at least zero.
pub(crate) fn count(value: &Value) -> Option<u64> {
    match value {
        Value::I64(number) => u64::try_from(*number).ok().and_then(sane),
        Value::F64(number) => whole(*number),
        Value::String(text) => count_in_text(text.as_str()),
        _ => None,
    }
}

/// Reads a finite number.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::I64(number) => Some(*number as f64),
        Value::F64(number) => Some(*number),
        Value::String(text) => text.as_str().trim().trim_matches('"').parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// Reads a flag, which tracing bridges and Python write as text.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.as_str().trim() {
            "true" | "True" => Some(true),
            "false" | "False" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Reads a text that is not blank.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
        _ => None,
    }
}

/// Reads a list of texts: a string array, a JSON array in a string, or one plain string.
pub(crate) fn texts(value: &Value) -> Vec<Cow<'_, str>> {
    match value {
        Value::Array(Array::String(items)) => {
            items.iter().map(|item| Cow::Borrowed(item.as_str())).filter(|item| !item.is_empty()).collect()
        }
        Value::String(text) => texts_in_text(text.as_str()),
        _ => Vec::new(),
    }
}

fn texts_in_text(text: &str) -> Vec<Cow<'_, str>> {
    let trimmed = text.trim();
    if trimmed.starts_with(['[', '"'])
        && let Ok(json) = serde_json::from_str::<serde_json::Value>(trimmed)
    {
        let items = match json {
            serde_json::Value::Array(items) => items,
            other => vec![other],
        };
        return items
            .into_iter()
            .filter_map(|item| match item {
                serde_json::Value::String(text) if !text.is_empty() => Some(Cow::Owned(text)),
                _ => None,
            })
            .collect();
    }
    if trimmed.is_empty() || trimmed == "null" { Vec::new() } else { vec![Cow::Borrowed(trimmed)] }
}

/// Reads JSON: from a string that holds it, else the value itself as JSON.
///
/// A string that is no JSON is a JSON string, so that nothing is lost.
pub(crate) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => {
            parse_nested(text.as_str()).unwrap_or_else(|| serde_json::Value::String(text.as_str().to_owned()))
        }
        Value::Bool(flag) => (*flag).into(),
        Value::I64(number) => (*number).into(),
        Value::F64(number) => (*number).into(),
        Value::Array(Array::Bool(items)) => items.clone().into(),
        Value::Array(Array::I64(items)) => items.clone().into(),
        Value::Array(Array::F64(items)) => items.clone().into(),
        Value::Array(Array::String(items)) => {
            items.iter().map(|item| serde_json::Value::from(item.as_str())).collect()
        }
        _ => serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_and_not_negative() {
        let cases: [(Value, Option<u64>); 16] = [
            (10.into(), Some(10)),
            (0.into(), Some(0)),
            ((-1).into(), None),
            (10.0.into(), Some(10)),
            (10.5.into(), None),
            (f64::NAN.into(), None),
            (f64::INFINITY.into(), None),
            (1e300.into(), None),
            (i64::MAX.into(), None),
            ("18446744073709551615".into(), None),
            ("10".into(), Some(10)),
            (" 10.0 ".into(), Some(10)),
            ("\"10\"".into(), Some(10)),
            ("-3".into(), None),
            ("many".into(), None),
            (true.into(), None),
        ];
        for (value, expected) in cases {
            assert_eq!(count(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn texts_come_from_arrays_json_and_plain_strings() {
        let array = Value::Array(Array::String(vec!["stop".into(), "length".into()]));
        assert_eq!(texts(&array), ["stop", "length"]);
        assert_eq!(texts(&"[\"stop\", \"length\"]".into()), ["stop", "length"]);
        assert_eq!(texts(&"\"stop\"".into()), ["stop"]);
        assert_eq!(texts(&"stop".into()), ["stop"]);
        assert_eq!(texts(&"".into()), [""; 0]);
        assert_eq!(texts(&3.into()), [""; 0]);
    }

    #[test]
    fn json_is_read_through_one_layer_of_quotes() {
        assert_eq!(json(&r#"{"a":1}"#.into())["a"], 1);
        assert_eq!(json(&r#""{\"a\":1}""#.into())["a"], 1);
        assert_eq!(json(&"plain".into()), "plain");
        assert_eq!(json(&"{broken".into()), "{broken");
        assert_eq!(json(&7.into()), 7);
    }
}
