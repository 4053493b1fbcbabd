//! Usage in exclusive buckets, as the Langfuse SDK writes it.

use serde_json::{Map, Value};

use super::conservation::{Counts, Meaning};
use super::raw_paths::count;
use super::{TokenField, TokenUsage};

/// Reads `{"input", "output", "total", "input_…", "output_…"}`; `None` when the object is of another shape.
///
/// Langfuse's buckets do not overlap: `input` leaves out every `input_…` bucket, and the total is the sum of all. A
/// user may fill them otherwise, so where the total equals `input` plus `output` alone the buckets are parts of them.
pub(super) fn counts(usage: &Map<String, Value>) -> Option<Counts> {
    let input = usage.get("input").and_then(count);
    let output = usage.get("output").and_then(count);
    if input.is_none() && output.is_none() {
        return None;
    }
    let mut tokens = TokenUsage { total: usage.get("total").and_then(count), ..TokenUsage::default() };
    let (mut beside_input, mut beside_output) = (0_u64, 0_u64);
    for (key, value) in usage {
        let (Some(field), Some(found)) = (field(key), count(value)) else { continue };
        let slot = tokens.field_mut(field);
        *slot = Some(slot.unwrap_or(0).saturating_add(found));
        let sum = if key.starts_with("output") { &mut beside_output } else { &mut beside_input };
        *sum = sum.saturating_add(found);
    }
    let plain = input.unwrap_or(0).saturating_add(output.unwrap_or(0));
    let parts_inside = tokens.total == Some(plain);
    if parts_inside {
        (beside_input, beside_output) = (0, 0);
    }
    tokens.input = input.map(|count| count.saturating_add(beside_input));
    tokens.output = output.map(|count| count.saturating_add(beside_output));
    Some(Counts {
        usage: tokens,
        input: Some(Meaning::Inclusive),
        output: Some(Meaning::Inclusive),
        ..Counts::default()
    })
}

fn field(key: &str) -> Option<TokenField> {
    Some(match key {
        "input_cache_read" | "input_cached_tokens" | "cache_read_input_tokens" | "input_cached" => {
            TokenField::CacheRead
        }
        "input_cache_creation" | "input_cache_write" | "cache_creation_input_tokens" => {
            TokenField::CacheWrite
        }
        "input_ephemeral_5m_input_tokens" => TokenField::CacheWrite5m,
        "input_ephemeral_1h_input_tokens" => TokenField::CacheWrite1h,
        "input_audio" | "input_audio_tokens" => TokenField::AudioInput,
        "input_image" | "input_image_tokens" => TokenField::ImageInput,
        "output_reasoning" | "output_reasoning_tokens" => TokenField::Reasoning,
        "output_audio" | "output_audio_tokens" => TokenField::AudioOutput,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(json: &str) -> TokenUsage {
        let Ok(Value::Object(usage)) = serde_json::from_str(json) else { panic!("{json}") };
        counts(&usage).expect("buckets").resolve().0
    }

    #[test]
    fn buckets_add_up_to_inclusive_totals() {
        let usage = resolve(
            r#"{"input": 211, "output": 57, "total": 1100, "input_cache_read": 512, "output_reasoning": 320}"#,
        );
        assert_eq!((usage.input, usage.cache_read), (Some(723), Some(512)));
        assert_eq!((usage.output, usage.reasoning), (Some(377), Some(320)));
    }

    #[test]
    fn a_total_without_the_buckets_says_that_they_are_inside() {
        let usage = resolve(r#"{"input": 723, "output": 43, "total": 766, "input_cached_tokens": 512}"#);
        assert_eq!((usage.input, usage.cache_read, usage.output), (Some(723), Some(512), Some(43)));
    }
}
