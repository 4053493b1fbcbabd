//! Usage in exclusive buckets, as the Langfuse SDK writes it.

use serde_json::{Map, Value};

use super::counts::{Counts, Evidence};
use super::raw_paths::count;
use super::{Meaning, TokenField, TokenUsage};

/// What stands beside `input` or `output` in buckets of their own.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Buckets that are known and do not overlap.
    known: u64,
    /// Cache writes by lifetime.
    lifetimes: u64,
    /// Buckets that only their prefix tells.
    unknown: u64,
}

impl Side {
    /// What may stand beside the count of this side, the most usual first.
    fn choices(self, writes: Option<u64>, writer: Evidence) -> [u64; 4] {
        let sum = |parts: &[u64]| parts.iter().fold(0, |sum: u64, part| sum.saturating_add(*part));
        // Where the sum of cache writes has a bucket too, their lifetimes are parts of it.
        let has_sum = writes.is_some_and(|writes| writes >= self.lifetimes && writes > 0);
        let lifetimes = if has_sum { 0 } else { self.lifetimes };
        let beside = sum(&[self.known, lifetimes, self.unknown]);
        match writer {
            Evidence::Settled(Meaning::Inclusive) => [0; 4],
            Evidence::Settled(Meaning::Exclusive) => [beside; 4],
            _ => [beside, sum(&[self.known, self.lifetimes, self.unknown]), sum(&[self.known, lifetimes]), 0],
        }
    }
}

/// Reads `{"input", "output", "total", "input_…", "output_…"}`; `None` when the object is of another shape.
///
/// Langfuse's buckets do not overlap: `input` leaves out every `input_…` bucket, and the total is the sum of all. A
/// library may fill one side otherwise, which the total tells: buckets of that side may be parts of its count, and those
/// of a lifetime parts of the sum of cache writes. A bucket that nobody knows goes where its name says.
pub(super) fn counts(usage: &Map<String, Value>, writer: Evidence) -> Option<Counts> {
    let input = usage.get("input").and_then(count);
    let output = usage.get("output").and_then(count);
    if input.is_none() && output.is_none() {
        return None;
    }
    let mut tokens = TokenUsage { total: usage.get("total").and_then(count), ..TokenUsage::default() };
    let (mut beside_input, mut beside_output) = (Side::default(), Side::default());
    for (key, value) in usage {
        let Some(found) = count(value).filter(|_| !matches!(key.as_str(), "input" | "output" | "total"))
        else {
            continue;
        };
        let field = field(key);
        if let Some(field) = field {
            let slot = tokens.field_mut(field);
            *slot = Some(slot.unwrap_or(0).saturating_add(found));
        }
        let Some(is_output) = is_output(key) else { continue };
        let side = if is_output { &mut beside_output } else { &mut beside_input };
        let sum = match field {
            Some(TokenField::CacheWrite5m | TokenField::CacheWrite1h) => &mut side.lifetimes,
            Some(_) => &mut side.known,
            None => &mut side.unknown,
        };
        *sum = sum.saturating_add(found);
    }
    let choices = beside_input.choices(tokens.cache_write, writer);
    let (more_input, more_output) =
        beside(tokens.total, input, output, (choices, beside_output.choices(None, Evidence::None)));
    if more_input == choices[1] && choices[1] != choices[0] {
        // The total says that the lifetimes are no parts of the sum.
        tokens.cache_write = tokens.cache_write.map(|writes| writes.saturating_add(beside_input.lifetimes));
    }
    tokens.input = input.map(|count| count.saturating_add(more_input));
    tokens.output = output.map(|count| count.saturating_add(more_output));
    Some(Counts {
        usage: tokens,
        input: Evidence::Settled(Meaning::Inclusive),
        output: Some(Meaning::Inclusive),
        ..Counts::default()
    })
}

/// Decides how much stands beside each count: the first choice that gives the total, else the most usual one.
fn beside(
    total: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
    (inputs, outputs): ([u64; 4], [u64; 4]),
) -> (u64, u64) {
    let counted = input.unwrap_or(0).saturating_add(output.unwrap_or(0));
    let pairs = outputs.iter().flat_map(|output| inputs.iter().map(|input| (*input, *output)));
    let fits =
        |(input, output): &(u64, u64)| total == Some(counted.saturating_add(*input).saturating_add(*output));
    pairs.clone().find(fits).or_else(|| pairs.clone().next()).unwrap_or_default()
}

/// Tells on which side a bucket stands, by its name.
fn is_output(key: &str) -> Option<bool> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| key.starts_with(prefix));
    if starts(&["output", "completion", "reasoning"]) {
        return Some(true);
    }
    starts(&["input", "prompt", "cache"]).then_some(false)
}

fn field(key: &str) -> Option<TokenField> {
    Some(match key {
        "input_cache_read"
        | "input_cached_tokens"
        | "cache_read_input_tokens"
        | "input_cache_read_input_tokens"
        | "input_cached" => TokenField::CacheRead,
        "input_cache_creation"
        | "input_cache_write"
        | "input_cache_creation_input_tokens"
        | "cache_creation_input_tokens" => TokenField::CacheWrite,
        "input_ephemeral_5m_input_tokens" | "input_cache_creation_5m" => TokenField::CacheWrite5m,
        "input_ephemeral_1h_input_tokens" | "input_cache_creation_1h" => TokenField::CacheWrite1h,
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
        counts(&usage, Evidence::None).expect("buckets").resolve().0
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

    #[test]
    fn a_lifetime_beside_the_sum_of_cache_writes_is_a_part_of_it() {
        let json = |total: &str| {
            format!(
                r#"{{"input": 87, "output": 59{total}, "input_cache_read": 1920, "input_cache_creation": 556,
                    "input_ephemeral_5m_input_tokens": 456, "input_ephemeral_1h_input_tokens": 100}}"#
            )
        };
        for total in ["", r#", "total": 2622"#] {
            let usage = resolve(&json(total));
            assert_eq!((usage.input, usage.cache_write), (Some(2563), Some(556)), "{total}");
            assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (Some(456), Some(100)), "{total}");
        }
        // LangChain zeroes the sum where it writes the lifetimes.
        let usage = resolve(
            r#"{"input": 87, "output": 59, "input_cache_creation": 0, "input_ephemeral_5m_input_tokens": 456}"#,
        );
        assert_eq!((usage.input, usage.cache_write), (Some(543), Some(456)));
    }

    #[test]
    fn a_bucket_that_nobody_knows_goes_where_its_name_and_the_total_say() {
        let usage = resolve(r#"{"input": 10, "output": 5, "input_documents": 7, "output_video": 3}"#);
        assert_eq!((usage.input, usage.output), (Some(17), Some(8)));
        let usage = resolve(r#"{"input": 10, "output": 5, "input_documents": 7, "total": 22}"#);
        assert_eq!((usage.input, usage.output), (Some(17), Some(5)));
        let usage = resolve(r#"{"input": 10, "output": 5, "input_documents": 7, "total": 15}"#);
        assert_eq!((usage.input, usage.output), (Some(10), Some(5)));
        let json = r#"{"input": 10, "output": 5, "thinking_budget": 7, "total": 22}"#;
        let Ok(Value::Object(usage)) = serde_json::from_str(json) else { panic!("{json}") };
        let (usage, verdict) = counts(&usage, Evidence::None).expect("buckets").resolve();
        assert_eq!((usage.input, usage.output, usage.total), (Some(10), Some(5), Some(22)));
        assert_eq!(verdict, super::super::Conservation::Contradictory);
    }

    #[test]
    fn a_user_may_say_what_the_buckets_mean() {
        let json = r#"{"input": 723, "output": 43, "input_cached_tokens": 512}"#;
        let Ok(Value::Object(usage)) = serde_json::from_str(json) else { panic!("{json}") };
        let input = |meaning| counts(&usage, Evidence::Settled(meaning)).expect("buckets").resolve().0.input;
        assert_eq!(input(Meaning::Inclusive), Some(723));
        assert_eq!(input(Meaning::Exclusive), Some(1235));
    }
}
