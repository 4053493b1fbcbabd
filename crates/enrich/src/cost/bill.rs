//! What a call is billed for, in the words of the price table.

use std::time::Duration;

use otel_genai_pricing::{Modalities, Pass, Units, Usage, Usd};
use otel_genai_semconv::TokenUsage;
use otel_genai_semconv::usage;

/// Returns what a call is billed for, pass by pass; almost always there is one.
///
/// Where a provider tells billed from seen tokens, those billed count. What is billed for the call as a whole (searches,
/// seconds of audio, the provider's own figure) stands on the first pass.
///
/// # Examples
///
/// ```
/// use otel_genai_enrich::bill;
/// use otel_genai_semconv::usage::{self, Hint};
///
/// let raw = serde_json::json!({"input_tokens": 100, "cache_read_input_tokens": 80, "output_tokens": 5});
/// let hint = Hint { provider: Some("anthropic"), model: Some("claude-sonnet-4-5") };
/// let report = usage::from_raw(hint, &raw).expect("a usage object");
/// let passes = bill(&report.tokens, &report.billing, &report.passes);
/// assert_eq!(passes.len(), 1);
/// assert_eq!(passes[0].usage.input_tokens, Some(180)); // totals are inclusive
/// ```
pub fn bill<'a>(tokens: &TokenUsage, billing: &usage::Billing, passes: &'a [usage::Pass]) -> Vec<Pass<'a>> {
    let mut billed: Vec<Pass<'a>> = passes
        .iter()
        .map(|pass| Pass { model: pass.model.as_deref(), usage: consumed(&pass.tokens) })
        .collect();
    if billed.is_empty() {
        let mut whole = consumed(tokens);
        whole.input_tokens = billing.billed_input.or(whole.input_tokens);
        whole.output_tokens = billing.billed_output.or(whole.output_tokens);
        billed.push(Pass { model: None, usage: whole });
    }
    if let Some(first) = billed.first_mut() {
        first.usage.units = Units {
            web_searches: billing.web_searches,
            input_duration: billing
                .audio_seconds
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            ..Units::default()
        };
        first.usage.provider_cost = billing.reported_cost.and_then(Usd::from_f64);
    }
    billed
}

fn consumed(tokens: &TokenUsage) -> Usage {
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
