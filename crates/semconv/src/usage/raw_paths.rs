//! Where providers write which number: the table of paths inside a usage object.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::TokenField::{self, *};
use super::TokenUsage;

/// What one number of a usage object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Number {
    /// A count that [`TokenUsage`] has a field for, as recorded.
    Tokens(TokenField),
    /// Input without what was cached.
    Uncached,
    /// Output without reasoning.
    VisibleOutput,
}

use Number::{Tokens, Uncached, VisibleOutput};

/// Paths of counts. The first path that holds a count wins, so a provider that repeats a number is read once.
///
/// Names are those of the providers' API references and of answers seen: OpenAI (chat, Responses, realtime), Azure,
/// Anthropic, Bedrock (Converse, InvokeModel, stream metrics), Gemini (`camelCase` API, `snake_case` SDK, Interactions),
/// Cohere, Mistral, Moonshot, DeepSeek, xAI, Groq, Perplexity, OpenRouter, Ollama; and of the libraries that write a
/// usage object of their own: LangChain (`usage_metadata`), LiteLLM, MLflow, the Vercel AI SDK.
const NUMBERS: &[(&[&str], Number)] = &[
    (&["prompt_tokens"], Tokens(Input)),
    (&["promptTokenCount"], Tokens(Input)),
    (&["prompt_token_count"], Tokens(Input)),
    (&["prompt_eval_count"], Tokens(Input)),
    (&["tokens", "input_tokens"], Tokens(Input)),
    (&["input_tokens"], Tokens(Input)),
    (&["inputTokens"], Tokens(Input)),
    (&["inputTokenCount"], Tokens(Input)),
    (&["inputTextTokenCount"], Tokens(Input)),
    (&["total_input_tokens"], Tokens(Input)),
    (&["promptTokens"], Tokens(Input)),
    (&["billed_units", "input_tokens"], Tokens(Input)),
    (&["prompt_cache_miss_tokens"], Uncached),
    (&["inputTokenDetails", "noCacheTokens"], Uncached),
    (&["prompt_tokens_details", "cached_tokens"], Tokens(CacheRead)),
    (&["input_tokens_details", "cached_tokens"], Tokens(CacheRead)),
    (&["input_token_details", "cached_tokens"], Tokens(CacheRead)),
    (&["input_token_details", "cache_read"], Tokens(CacheRead)),
    (&["inputTokenDetails", "cacheReadTokens"], Tokens(CacheRead)),
    (&["cache_read_input_tokens"], Tokens(CacheRead)),
    (&["cacheReadInputTokens"], Tokens(CacheRead)),
    (&["cacheReadInputTokenCount"], Tokens(CacheRead)),
    (&["cachedContentTokenCount"], Tokens(CacheRead)),
    (&["cached_content_token_count"], Tokens(CacheRead)),
    (&["cachedInputTokens"], Tokens(CacheRead)),
    (&["prompt_cache_hit_tokens"], Tokens(CacheRead)),
    (&["num_cached_tokens"], Tokens(CacheRead)),
    (&["cached_tokens"], Tokens(CacheRead)),
    (&["total_cached_tokens"], Tokens(CacheRead)),
    (&["cachedPromptTokens"], Tokens(CacheRead)),
    (&["promptCacheHitTokens"], Tokens(CacheRead)),
    (&["prompt_tokens_details", "cache_write_tokens"], Tokens(CacheWrite)),
    (&["prompt_tokens_details", "cache_creation_tokens"], Tokens(CacheWrite)),
    (&["input_tokens_details", "cache_write_tokens"], Tokens(CacheWrite)),
    (&["inputTokenDetails", "cacheWriteTokens"], Tokens(CacheWrite)),
    (&["cache_creation_input_tokens"], Tokens(CacheWrite)),
    (&["cacheWriteInputTokens"], Tokens(CacheWrite)),
    (&["cacheWriteInputTokenCount"], Tokens(CacheWrite)),
    (&["cacheCreationInputTokens"], Tokens(CacheWrite)),
    (&["cache_creation", "ephemeral_5m_input_tokens"], Tokens(CacheWrite5m)),
    (
        &["prompt_tokens_details", "cache_creation_token_details", "ephemeral_5m_input_tokens"],
        Tokens(CacheWrite5m),
    ),
    (&["input_token_details", "ephemeral_5m_input_tokens"], Tokens(CacheWrite5m)),
    (&["cache_creation", "ephemeral_1h_input_tokens"], Tokens(CacheWrite1h)),
    (
        &["prompt_tokens_details", "cache_creation_token_details", "ephemeral_1h_input_tokens"],
        Tokens(CacheWrite1h),
    ),
    (&["input_token_details", "ephemeral_1h_input_tokens"], Tokens(CacheWrite1h)),
    (&["cache_creation_input_tokens_above_1hr"], Tokens(CacheWrite1h)),
    // LangChain zeroes `cache_creation` where it writes the lifetimes, so it is only a fallback.
    (&["input_token_details", "cache_creation"], Tokens(CacheWrite)),
    (&["completion_tokens"], Tokens(Output)),
    (&["tokens", "output_tokens"], Tokens(Output)),
    (&["output_tokens"], Tokens(Output)),
    (&["outputTokens"], Tokens(Output)),
    (&["outputTokenCount"], Tokens(Output)),
    (&["eval_count"], Tokens(Output)),
    (&["generation_token_count"], Tokens(Output)),
    (&["totalOutputTextTokenCount"], Tokens(Output)),
    (&["completionTokens"], Tokens(Output)),
    (&["total_output_tokens"], Tokens(Output)),
    (&["billed_units", "output_tokens"], Tokens(Output)),
    (&["candidatesTokenCount"], VisibleOutput),
    (&["candidates_token_count"], VisibleOutput),
    (&["responseTokenCount"], VisibleOutput),
    (&["response_token_count"], VisibleOutput),
    (&["outputTokenDetails", "textTokens"], VisibleOutput),
    (&["completion_tokens_details", "reasoning_tokens"], Tokens(Reasoning)),
    (&["output_tokens_details", "reasoning_tokens"], Tokens(Reasoning)),
    (&["output_tokens_details", "thinking_tokens"], Tokens(Reasoning)),
    (&["output_token_details", "reasoning_tokens"], Tokens(Reasoning)),
    (&["output_token_details", "reasoning"], Tokens(Reasoning)),
    (&["outputTokenDetails", "reasoningTokens"], Tokens(Reasoning)),
    (&["thoughtsTokenCount"], Tokens(Reasoning)),
    (&["thoughts_token_count"], Tokens(Reasoning)),
    (&["total_thought_tokens"], Tokens(Reasoning)),
    (&["reasoning_tokens"], Tokens(Reasoning)),
    (&["reasoningTokens"], Tokens(Reasoning)),
    (&["prompt_tokens_details", "audio_tokens"], Tokens(AudioInput)),
    (&["input_tokens_details", "audio_tokens"], Tokens(AudioInput)),
    (&["input_token_details", "audio_tokens"], Tokens(AudioInput)),
    (&["input_token_details", "audio"], Tokens(AudioInput)),
    (&["prompt_tokens_details", "image_tokens"], Tokens(ImageInput)),
    (&["input_tokens_details", "image_tokens"], Tokens(ImageInput)),
    (&["input_token_details", "image_tokens"], Tokens(ImageInput)),
    (&["prompt_tokens_details", "video_tokens"], Tokens(VideoInput)),
    (&["input_tokens_details", "text_tokens"], Tokens(TextInput)),
    (&["input_token_details", "text_tokens"], Tokens(TextInput)),
    (&["input_token_details", "cached_tokens_details", "text_tokens"], Tokens(TextCacheRead)),
    (&["input_token_details", "cached_tokens_details", "audio_tokens"], Tokens(AudioCacheRead)),
    (&["input_token_details", "cached_tokens_details", "image_tokens"], Tokens(ImageCacheRead)),
    (&["completion_tokens_details", "audio_tokens"], Tokens(AudioOutput)),
    (&["output_tokens_details", "audio_tokens"], Tokens(AudioOutput)),
    (&["output_token_details", "audio_tokens"], Tokens(AudioOutput)),
    (&["output_token_details", "audio"], Tokens(AudioOutput)),
    (&["completion_tokens_details", "image_tokens"], Tokens(ImageOutput)),
    (&["output_tokens_details", "image_tokens"], Tokens(ImageOutput)),
    (&["output_token_details", "text_tokens"], Tokens(TextOutput)),
    (&["toolUsePromptTokenCount"], Tokens(ToolUseInput)),
    (&["tool_use_prompt_token_count"], Tokens(ToolUseInput)),
    (&["citation_tokens"], Tokens(Citation)),
    (&["total_tokens"], Tokens(Total)),
    (&["totalTokens"], Tokens(Total)),
    (&["totalTokenCount"], Tokens(Total)),
    (&["total_token_count"], Tokens(Total)),
];

/// One row of the table, by the first key of its path: position in the table, the rest of the path, the number.
type Row = (usize, &'static [&'static str], Number);

/// The table by first keys. A usage object has about five of them and the table a hundred rows.
static ROWS: LazyLock<HashMap<&'static str, Vec<Row>>> = LazyLock::new(|| {
    let mut rows: HashMap<&'static str, Vec<Row>> = HashMap::new();
    for (position, (path, number)) in NUMBERS.iter().enumerate() {
        if let Some((first, rest)) = path.split_first() {
            rows.entry(first).or_default().push((position, rest, *number));
        }
    }
    rows
});

/// Reads every count of a usage object; of several for one number the first in the table.
pub(super) fn read(usage: &Map<String, Value>, mut take: impl FnMut(Number, u64)) {
    let mut found: Vec<(usize, Number, u64)> = Vec::with_capacity(12);
    for (key, value) in usage {
        for (position, rest, number) in ROWS.get(key.as_str()).into_iter().flatten() {
            let end = match (*rest, value) {
                ([], _) => Some(value),
                (rest, Value::Object(nested)) => find(nested, rest),
                _ => None,
            };
            if let Some(count) = end.and_then(count) {
                found.push((*position, *number, count));
            }
        }
    }
    // Later calls overwrite earlier ones, so the best position comes last.
    found.sort_unstable_by_key(|(position, ..)| std::cmp::Reverse(*position));
    found.into_iter().for_each(|(_, number, count)| take(number, count));
}

/// Gemini's lists of `{modality, tokenCount}`, in both spellings, with the fields of text, audio, image and video.
const MODALITY_LISTS: [([&str; 2], [TokenField; 4]); 3] = [
    (["promptTokensDetails", "prompt_tokens_details"], [TextInput, AudioInput, ImageInput, VideoInput]),
    (
        ["cacheTokensDetails", "cache_tokens_details"],
        [TextCacheRead, AudioCacheRead, ImageCacheRead, VideoCacheRead],
    ),
    (
        ["candidatesTokensDetails", "candidates_tokens_details"],
        [TextOutput, AudioOutput, ImageOutput, VideoOutput],
    ),
];

/// Reads Gemini's counts by modality.
pub(super) fn add_modalities(usage: &Map<String, Value>, tokens: &mut TokenUsage) {
    for (keys, [text, audio, image, video]) in MODALITY_LISTS {
        let Some(Value::Array(items)) = keys.iter().find_map(|key| usage.get(*key)) else { continue };
        for item in items {
            let field = match item.get("modality").and_then(Value::as_str) {
                Some("TEXT") => text,
                Some("AUDIO") => audio,
                Some("IMAGE") => image,
                Some("VIDEO") => video,
                // `DOCUMENT` is no modality that anything is priced or counted by.
                _ => continue,
            };
            let found = item.get("tokenCount").or_else(|| item.get("token_count")).and_then(count);
            if let Some(found) = found {
                let slot = tokens.field_mut(field);
                *slot = Some(slot.unwrap_or(0).saturating_add(found));
            }
        }
    }
}

/// Reads Bedrock's cache writes by lifetime: `cacheDetails: [{ttl, inputTokens}]`.
pub(super) fn add_cache_details(usage: &Map<String, Value>, tokens: &mut TokenUsage) {
    let Some(Value::Array(items)) = usage.get("cacheDetails") else { return };
    for item in items {
        let slot = match item.get("ttl").and_then(Value::as_str) {
            Some("5m") => &mut tokens.cache_write_5m,
            Some("30m") => &mut tokens.cache_write_30m,
            Some("1h") => &mut tokens.cache_write_1h,
            Some("12h") => &mut tokens.cache_write_12h,
            _ => continue,
        };
        if let Some(found) = item.get("inputTokens").and_then(count) {
            *slot = Some(slot.unwrap_or(0).saturating_add(found));
        }
    }
}

/// Follows a path of keys.
pub(super) fn find<'a>(usage: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (last, parents) = path.split_last()?;
    let mut object = usage;
    for key in parents {
        object = object.get(*key)?.as_object()?;
    }
    object.get(*last).filter(|value| !value.is_null())
}

/// Reads a count, which some gateways write as a float or as text.
pub(super) fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| crate::text::whole(number.as_f64()?)),
        Value::String(text) => crate::text::count_in_text(text),
        _ => None,
    }
}
