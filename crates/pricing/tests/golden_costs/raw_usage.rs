//! Reads the usage object of a provider's answer, as far as the golden cases need it.

use otel_genai_pricing::{Modalities, Units, Usage, Usd};
use serde_json::Value;

/// The usage of each pass, with its model where it is another one than the answer's.
pub(crate) fn read(provider: &str, raw: &Value) -> Vec<(Option<String>, Usage)> {
    if let Some(passes) = raw["iterations"].as_array() {
        return passes
            .iter()
            .map(|pass| (pass["model"].as_str().map(str::to_owned), anthropic(pass)))
            .collect();
    }
    let usage = if raw.get("promptTokenCount").is_some() {
        gemini(raw)
    } else if raw.get("inputTokens").is_some() {
        bedrock(raw)
    } else if raw.get("prompt_eval_count").is_some() {
        Usage {
            input_tokens: raw["prompt_eval_count"].as_u64(),
            output_tokens: raw["eval_count"].as_u64(),
            ..Usage::default()
        }
    } else if raw.get("cache_read_input_tokens").is_some() || raw.get("cache_creation_input_tokens").is_some()
    {
        anthropic(raw)
    } else if raw.get("billed_units").is_some() {
        let units = &raw["billed_units"];
        Usage {
            input_tokens: units["input_tokens"].as_u64(),
            output_tokens: units["output_tokens"].as_u64(),
            ..Usage::default()
        }
    } else {
        openai(provider, raw)
    };
    vec![(None, usage)]
}

fn first(raw: &Value, pointers: &[&str]) -> Option<u64> {
    pointers.iter().find_map(|pointer| raw.pointer(pointer)?.as_u64())
}

fn plus(one: Option<u64>, others: &[Option<u64>]) -> Option<u64> {
    let others = others.iter().flatten().copied().reduce(|sum, count| sum + count);
    one.map(|one| one + others.unwrap_or(0)).or(others)
}

fn anthropic(raw: &Value) -> Usage {
    let (read, written) =
        (raw["cache_read_input_tokens"].as_u64(), raw["cache_creation_input_tokens"].as_u64());
    Usage {
        input_tokens: plus(raw["input_tokens"].as_u64(), &[read, written]),
        output_tokens: raw["output_tokens"].as_u64(),
        cache_read_tokens: read,
        cache_write_tokens: written,
        cache_write_5m_tokens: first(raw, &["/cache_creation/ephemeral_5m_input_tokens"]),
        cache_write_1h_tokens: first(raw, &["/cache_creation/ephemeral_1h_input_tokens"]),
        reasoning_tokens: first(raw, &["/output_tokens_details/thinking_tokens"]),
        units: Units {
            web_searches: first(raw, &["/server_tool_use/web_search_requests"]),
            ..Units::default()
        },
        ..Usage::default()
    }
}

fn bedrock(raw: &Value) -> Usage {
    let (read, written) = (raw["cacheReadInputTokens"].as_u64(), raw["cacheWriteInputTokens"].as_u64());
    let (input, output) = (raw["inputTokens"].as_u64(), raw["outputTokens"].as_u64());
    let cached = plus(read, &[written]).unwrap_or(0);
    // A total that counts the cache twice is that of an API whose input already holds it (OpenAI models, streamed).
    let counted_twice =
        raw["totalTokens"].as_u64().is_some_and(|total| Some(total) == plus(input, &[output, Some(cached)]))
            && cached > 0
            && input.is_some_and(|input| input >= cached);
    let lifetime = |wanted: &str| {
        let entries = raw["cacheDetails"].as_array()?.iter().filter(|entry| entry["ttl"] == wanted);
        entries.filter_map(|entry| entry["inputTokens"].as_u64()).reduce(|sum, count| sum + count)
    };
    Usage {
        input_tokens: if counted_twice { input } else { plus(input, &[read, written]) },
        output_tokens: output,
        cache_read_tokens: read,
        cache_write_tokens: written,
        cache_write_5m_tokens: lifetime("5m"),
        cache_write_1h_tokens: lifetime("1h"),
        ..Usage::default()
    }
}

fn gemini(raw: &Value) -> Usage {
    let modality = |list: &str, wanted: &str| {
        let entries = raw[list].as_array()?.iter().filter(|entry| entry["modality"] == wanted);
        entries.filter_map(|entry| entry["tokenCount"].as_u64()).reduce(|sum, count| sum + count)
    };
    let modalities = |list: &str| Modalities {
        text: modality(list, "TEXT"),
        audio: modality(list, "AUDIO"),
        image: modality(list, "IMAGE"),
        video: modality(list, "VIDEO"),
    };
    let thoughts = raw["thoughtsTokenCount"].as_u64();
    Usage {
        input_tokens: plus(raw["promptTokenCount"].as_u64(), &[raw["toolUsePromptTokenCount"].as_u64()]),
        output_tokens: plus(raw["candidatesTokenCount"].as_u64(), &[thoughts]),
        cache_read_tokens: raw["cachedContentTokenCount"].as_u64(),
        reasoning_tokens: thoughts,
        input: modalities("promptTokensDetails"),
        output: modalities("candidatesTokensDetails"),
        cache_read: modalities("cacheTokensDetails"),
        ..Usage::default()
    }
}

fn openai(provider: &str, raw: &Value) -> Usage {
    let details = |side: &str, name: &str| {
        let names = match side {
            "input" => ["/prompt_tokens_details", "/input_tokens_details", "/input_token_details"],
            _ => ["/completion_tokens_details", "/output_tokens_details", "/output_token_details"],
        };
        names.iter().find_map(|parent| raw.pointer(&format!("{parent}/{name}"))?.as_u64())
    };
    let modalities = |side: &str| Modalities {
        text: details(side, "text_tokens"),
        audio: details(side, "audio_tokens"),
        image: details(side, "image_tokens"),
        video: details(side, "video_tokens"),
    };
    let input = first(raw, &["/prompt_tokens", "/input_tokens"]);
    let output = first(raw, &["/completion_tokens", "/output_tokens"]);
    let reasoning = details("output", "reasoning_tokens").or(raw["reasoning_tokens"].as_u64());
    let is_apart = raw["total_tokens"].as_u64().is_some_and(|total| {
        reasoning.is_some_and(|reasoning| reasoning > 0) && Some(total) == plus(input, &[output, reasoning])
    });
    let ticks = raw["cost_in_usd_ticks"].as_u64().map(|ticks| Usd::from_pico(u128::from(ticks) * 100));
    let upstream = raw["is_byok"] == true;
    let own =
        raw.pointer("/cost/total_cost").or(raw.get("cost")).and_then(Value::as_f64).and_then(Usd::from_f64);
    let upstream =
        raw.pointer("/cost_details/upstream_inference_cost").and_then(Value::as_f64).filter(|_| upstream);
    Usage {
        input_tokens: input,
        output_tokens: if is_apart || provider == "perplexity" && reasoning > output {
            plus(output, &[reasoning])
        } else {
            output.or(Some(0))
        },
        cache_read_tokens: details("input", "cached_tokens")
            .or_else(|| first(raw, &["/prompt_cache_hit_tokens", "/cached_tokens", "/num_cached_tokens"])),
        cache_write_tokens: details("input", "cache_write_tokens"),
        reasoning_tokens: reasoning,
        citation_tokens: raw["citation_tokens"].as_u64(),
        input: modalities("input"),
        output: modalities("output"),
        cache_read: Modalities {
            text: details("input", "cached_tokens_details/text_tokens"),
            audio: details("input", "cached_tokens_details/audio_tokens"),
            image: details("input", "cached_tokens_details/image_tokens"),
            video: None,
        },
        units: Units {
            web_searches: first(raw, &["/num_search_queries", "/server_tool_use/web_search_requests"]),
            ..Units::default()
        },
        provider_cost: ticks
            .or_else(|| own.map(|own| own + upstream.and_then(Usd::from_f64).unwrap_or(Usd::ZERO))),
        ..Usage::default()
    }
}
