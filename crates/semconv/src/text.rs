//! Tolerant reading of numbers and JSON in text.

/// Reads a count that stands in a text.
pub(crate) fn count_in_text(text: &str) -> Option<u64> {
    // SDKs that write JSON strings leave the quotes on: `"10"`.
    let text = text.trim().trim_matches('"');
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

/// Reads a float as a count, or nothing when it is negative, not finite, or not whole.
pub(crate) fn whole(number: f64) -> Option<u64> {
    // Above 2^53 a float no longer tells neighbouring integers apart, so such a "count" is not one.
    (number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number)).then_some(number as u64)
}

/// Parses JSON text; where it is a JSON string that itself holds an object or array (MLflow), parses that too.
pub(crate) fn parse_nested(text: &str) -> Option<serde_json::Value> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[', '"']) {
        return None;
    }
    match serde_json::from_str(trimmed).ok()? {
        serde_json::Value::String(inner) if inner.trim_start().starts_with(['{', '[']) => {
            Some(serde_json::from_str(&inner).unwrap_or(serde_json::Value::String(inner)))
        }
        parsed => Some(parsed),
    }
}
