//! Tolerant reading of numbers and JSON in text.

/// Reads a count that stands in a text.
pub(crate) fn count_in_text(text: &str) -> Option<u64> {
    // SDKs that write JSON strings leave the quotes on: `"10"`.
    let text = text.trim().trim_matches('"');
    match text.parse() {
        Ok(count) => sane(count),
        Err(_) => whole(text.parse().ok()?),
    }
}

/// The largest count that is believed, 2^53: no call has more tokens, and above it a float no longer tells neighbouring
/// integers apart.
const MAX_COUNT: u64 = 1 << 53;

/// Returns a count, or nothing when it is beyond what any call can have.
pub(crate) fn sane(count: u64) -> Option<u64> {
    Some(count).filter(|count| *count <= MAX_COUNT)
}

/// Reads a float as a count, or nothing when it is negative, not finite, not whole, or beyond belief.
pub(crate) fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..=MAX_COUNT as f64).contains(&number)).then_some(number as u64)
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
