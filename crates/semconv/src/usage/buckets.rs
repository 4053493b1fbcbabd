//! Usage in exclusive buckets, as the Langfuse SDK writes it.

use serde_json::{Map, Value};

use super::conservation::{Counts, Meaning};
use super::raw_paths::count;
use super::{TokenField, TokenUsage};

/// Reads `{"input", "output", "total", "input_…", "output_…"}`; `None` when the object is of another shape.
///
/// Langfuse's buckets do not overlap: `input` leaves out every `input_…` bucket, and the total is the sum of all. A
/// library may fill one side otherwise, which the total tells: then the buckets of that side are parts of its count.
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
    let (input_part, output_part) = beside(tokens.total, (input, beside_input), (output, beside_output));
    tokens.input = input.map(|count| count.saturating_add(input_part));
    tokens.output = output.map(|count| count.saturating_add(output_part));
    Some(Counts {
        usage: tokens,
        input: Some(Meaning::Inclusive),
        output: Some(Meaning::Inclusive),
        ..Counts::default()
    })
}

/// Decides how much of each side's buckets stands beside its count: the first choice that gives the total, else all.
fn beside(total: Option<u64>, input: (Option<u64>, u64), output: (Option<u64>, u64)) -> (u64, u64) {
    let counted = input.0.unwrap_or(0).saturating_add(output.0.unwrap_or(0));
    let choices = [(input.1, output.1), (0, 0), (input.1, 0), (0, output.1)];
    let fits =
        |(input, output): &(u64, u64)| total == Some(counted.saturating_add(*input).saturating_add(*output));
    choices.into_iter().find(fits).unwrap_or(choices[0])
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
        let usage = resolve(
            r#"{"input": 211, "output": 377, "total": 1100, "input_cache_read": 512, "output_reasoning": 320}"#,
        );
        assert_eq!((usage.input, usage.output, usage.reasoning), (Some(723), Some(377), Some(320)));
    }
}
