//! Reads the price list of LiteLLM (`model_prices_and_context_window.json`).

use serde_json::{Map, Value};

use super::RefreshError;
use super::draft::{Draft, DraftWindow, fee_pico, rate_pico};
use crate::flat::Flat;
use crate::row_format::{parse_hours, parse_weekdays};

/// USD per token to pico-dollars per token.
const PER_TOKEN: f64 = 1e12;

/// One row with the value of its `litellm_provider`.
pub(super) struct LiteLlmRow {
    pub(super) provider: String,
    pub(super) draft: Draft,
}

/// A row that cannot be used, and why.
pub(super) struct Unusable {
    pub(super) provider: String,
    pub(super) id: String,
    pub(super) reason: String,
}

pub(super) fn parse(bytes: &[u8]) -> Result<(Vec<LiteLlmRow>, Vec<Unusable>), RefreshError> {
    let wrong = |message: String| RefreshError::Source { name: super::LITELLM, message };
    let whole: Value = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let whole = whole.as_object().ok_or_else(|| wrong("expected an object of models".to_owned()))?;
    let (mut rows, mut unusable) = (Vec::new(), Vec::new());
    for (id, value) in whole {
        let Some(fields) = value.as_object() else { continue };
        let Some(provider) = fields.get("litellm_provider").and_then(Value::as_str) else { continue };
        // The template row, wildcards, and prices of reserved capacity, which no call is billed at.
        if id == "sample_spec" || id.contains('*') || id.contains("-month-commitment") {
            continue;
        }
        match parse_row(id, fields, provider) {
            Ok(draft) if draft.flat.is_empty() => {}
            Ok(draft) => rows.push(LiteLlmRow { provider: provider.to_owned(), draft }),
            Err(reason) => unusable.push(Unusable { provider: provider.to_owned(), id: id.clone(), reason }),
        }
    }
    Ok((rows, unusable))
}

fn parse_row(id: &str, fields: &Map<String, Value>, provider: &str) -> Result<Draft, String> {
    let mut draft = Draft::named(id);
    for (field, value) in fields {
        let Some(number) = value.as_f64() else { continue };
        let wrong = || format!("{field}: {value} is no price");
        if let Some(path) = token_path(field) {
            draft.flat.insert(path, rate_pico(number, PER_TOKEN).ok_or_else(wrong)?);
        } else if let Some((fee, per)) = unit_key(field) {
            draft.flat.insert(format!("fee/{fee}"), fee_pico(number / per).ok_or_else(wrong)?);
        } else if let Some(region) = region_key(field) {
            draft.flat.insert(format!("r/{region}"), millionths(number).ok_or_else(wrong)?);
        }
    }
    add_range_tiers(fields, &mut draft)?;
    add_multipliers(fields, &mut draft);
    add_searches(fields, provider, &mut draft)?;
    add_off_peak(fields, &mut draft)?;
    draft.deprecated =
        fields.get("deprecation_date").and_then(Value::as_str).and_then(|date| date.parse().ok());
    drop_empty_zeros(&mut draft.flat);
    drop_second_bills(&mut draft.flat);
    Ok(draft)
}

/// `input_cost_per_token_above_272k_tokens_priority` as `v/priority/tiers/272000/in`.
fn token_path(field: &str) -> Option<String> {
    const BASES: [(&str, &str); 14] = [
        ("input_cost_per_token", "in"),
        ("output_cost_per_token", "out"),
        ("cache_read_input_token_cost", "cr"),
        ("cache_creation_input_token_cost", "cw"),
        ("output_cost_per_reasoning_token", "reason"),
        ("citation_cost_per_token", "cite"),
        ("input_cost_per_audio_token", "in_audio"),
        ("output_cost_per_audio_token", "out_audio"),
        ("input_cost_per_image_token", "in_image"),
        ("output_cost_per_image_token", "out_image"),
        ("input_cost_per_video_token", "in_video"),
        ("output_cost_per_video_token", "out_video"),
        ("cache_read_input_audio_token_cost", "cr_audio"),
        ("cache_read_input_image_token_cost", "cr_image"),
    ];
    let (mut rest, mut meter) =
        BASES.iter().find_map(|(base, meter)| Some((field.strip_prefix(base)?, *meter)))?;
    // `above_1hr` is a lifetime of the cache, not a length of the prompt.
    for (lifetime, with_lifetime) in [("_above_1hr", "cw1h"), ("_above_12hr", "cw12h")] {
        if meter == "cw"
            && let Some(after) = rest.strip_prefix(lifetime)
        {
            (rest, meter) = (after, with_lifetime);
        }
    }
    let mut tier = String::new();
    if let Some((thousands, after)) =
        rest.strip_prefix("_above_").and_then(|rest| rest.split_once("k_tokens"))
    {
        tier = format!("tiers/{}/", thousands.parse::<u64>().ok()?.checked_mul(1000)?);
        rest = after;
    }
    let variant = match rest {
        "" => "",
        "_batches" => "v/batch/",
        "_flex" => "v/flex/",
        "_balanced" => "v/balanced/",
        "_priority" => "v/priority/",
        "_ultrafast" => "v/ultrafast/",
        _ => return None,
    };
    Some(format!("{variant}{tier}{meter}"))
}

fn unit_key(field: &str) -> Option<(&'static str, f64)> {
    Some(match field {
        "input_cost_per_request" => ("request", 1.0),
        "input_cost_per_query" => ("query", 1.0),
        "google_maps_grounding_cost_per_query" => ("map_query", 1.0),
        "code_interpreter_cost_per_session" => ("code_session", 1.0),
        "file_search_cost_per_1k_calls" => ("file_search", 1e3),
        "input_cost_per_image" => ("in_image", 1.0),
        "output_cost_per_image" => ("out_image", 1.0),
        "input_cost_per_second" | "input_cost_per_audio_per_second" => ("in_second", 1.0),
        "output_cost_per_second" | "output_cost_per_video_per_second" => ("out_second", 1.0),
        "input_cost_per_character" => ("in_character", 1.0),
        "output_cost_per_character" => ("out_character", 1.0),
        "ocr_cost_per_page" => ("page", 1.0),
        "annotation_cost_per_page" => ("annotated_page", 1.0),
        _ => return None,
    })
}

fn region_key(field: &str) -> Option<&str> {
    if field == "regional_endpoint_uplift_multiplier" {
        Some("regional")
    } else {
        field.strip_prefix("regional_processing_uplift_multiplier_")
    }
}

fn millionths(factor: f64) -> Option<u64> {
    crate::factor::Factor::new(factor).map(|factor| factor.millionths().into())
}

/// The second form of tiers: ranges, of which one holds for the whole request.
fn add_range_tiers(fields: &Map<String, Value>, draft: &mut Draft) -> Result<(), String> {
    for range in fields.get("tiered_pricing").and_then(Value::as_array).into_iter().flatten() {
        let from = range["range"][0]
            .as_f64()
            .filter(|from| (0.0..1e12).contains(from))
            .ok_or("tiered_pricing without range")?;
        let tier = if from == 0.0 { String::new() } else { format!("tiers/{}/", from as u64) };
        for (field, value) in range.as_object().into_iter().flatten() {
            if let (Some(path), Some(number)) = (token_path(field), value.as_f64()) {
                let rate = rate_pico(number, PER_TOKEN)
                    .ok_or_else(|| format!("tiered_pricing: {field}: {value} is no price"))?;
                draft.flat.insert(format!("{tier}{path}"), rate);
            }
        }
    }
    Ok(())
}

fn add_multipliers(fields: &Map<String, Value>, draft: &mut Draft) {
    for (name, factor) in
        fields.get("provider_specific_entry").and_then(Value::as_object).into_iter().flatten()
    {
        let path = match name.as_str() {
            "us" | "eu" => format!("r/{name}"),
            "fast" => "v/fast".to_owned(),
            _ => continue,
        };
        if let Some(factor) = factor.as_f64().and_then(millionths) {
            draft.flat.insert(path, factor);
        }
    }
}

fn add_searches(fields: &Map<String, Value>, provider: &str, draft: &mut Draft) -> Result<(), String> {
    let Some(costs) = fields.get("search_context_cost_per_query").and_then(Value::as_object) else {
        return Ok(());
    };
    let cost = |size: &str| {
        let usd = costs.get(&format!("search_context_size_{size}")).and_then(Value::as_f64);
        usd.map(|usd| {
            fee_pico(usd).ok_or_else(|| format!("search_context_cost_per_query: {usd} is no price"))
        })
        .transpose()
    };
    let (low, medium, high) = (cost("low")?, cost("medium")?, cost("high")?);
    let per_query = fields.get("web_search_billing_unit").and_then(Value::as_str) == Some("per_query");
    let (default, others) = if provider == "perplexity" && !draft.id.contains("deep-research") {
        // Perplexity bills the request by its context size, low unless asked otherwise.
        (("request", low), [("request_medium", medium), ("request_high", high)])
    } else if !per_query && (provider == "gemini" || provider.starts_with("vertex_ai")) {
        // Grounding on Gemini 2 is billed once per prompt that searched.
        (("searched_request", medium), [("", None), ("", None)])
    } else {
        (("web_search", medium), [("web_search_low", low), ("web_search_high", high)])
    };
    if let (name, Some(pico)) = default {
        draft.flat.insert(format!("fee/{name}"), pico);
    }
    for (name, pico) in others {
        if let Some(pico) = pico.filter(|pico| Some(*pico) != default.1) {
            draft.flat.insert(format!("fee/{name}"), pico);
        }
    }
    Ok(())
}

fn add_off_peak(fields: &Map<String, Value>, draft: &mut Draft) -> Result<(), String> {
    let Some(off_peak) = fields.get("off_peak_pricing").and_then(Value::as_object) else { return Ok(()) };
    if off_peak
        .get("weekday_timezone")
        .and_then(Value::as_str)
        .is_some_and(|zone| zone != "UTC" && zone != "Asia/Shanghai")
    {
        return Err("off_peak_pricing in an unknown time zone".to_owned());
    }
    let mut rates = Flat::new();
    for (field, value) in off_peak {
        if let (Some(path), Some(number)) = (token_path(field), value.as_f64()) {
            rates.insert(
                path,
                rate_pico(number, PER_TOKEN)
                    .ok_or_else(|| format!("off_peak_pricing: {field}: {value} is no price"))?,
            );
        }
    }
    for window in off_peak.get("windows").and_then(Value::as_array).into_iter().flatten() {
        let hours = match &window["hours_utc"] {
            Value::String(hours) => vec![hours.as_str()],
            hours => hours.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        };
        let mut spans = Vec::new();
        for hours in hours {
            parse_hours(hours, &mut spans)
                .ok_or_else(|| format!("off_peak_pricing: {hours} are no hours"))?;
        }
        let days: Vec<_> =
            window["weekdays"].as_array().into_iter().flatten().map(ToString::to_string).collect();
        let days = if days.is_empty() { "1-7".to_owned() } else { days.join(",") };
        let weekdays =
            parse_weekdays(&days).ok_or_else(|| format!("off_peak_pricing: {days} are no weekdays"))?;
        draft.windows.push(DraftWindow { weekdays, spans, rates: rates.clone() });
    }
    Ok(())
}

/// A zero beside real prices means that the list has no such price, not that the thing is free; only a zero output
/// price says something (embeddings).
fn drop_empty_zeros(flat: &mut Flat) {
    let has_price = flat.iter().any(|(path, value)| *value > 0 && !path.starts_with("r/"));
    let is_by_piece =
        flat.get("in").is_none_or(|rate| *rate == 0) && flat.get("out").is_none_or(|rate| *rate == 0);
    if has_price {
        flat.retain(|path, value| *value > 0 || path == "out" && !is_by_piece);
    }
}

/// A list that gives a price per token and one per image, second or character means two ways of counting the same
/// thing, not two bills.
fn drop_second_bills(flat: &mut Flat) {
    for (meters, fees) in [
        (["in", "in_audio", "in_image"], ["fee/in_image", "fee/in_second", "fee/in_character"]),
        (["out", "out_audio", "out_image"], ["fee/out_image", "fee/out_second", "fee/out_character"]),
    ] {
        if meters.iter().any(|meter| flat.contains_key(*meter)) {
            flat.retain(|path, _| !fees.contains(&path.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_become_paths() {
        for (field, path) in [
            ("input_cost_per_token", Some("in")),
            ("input_cost_per_token_above_272k_tokens_priority", Some("v/priority/tiers/272000/in")),
            ("cache_creation_input_token_cost_above_1hr_above_200k_tokens", Some("tiers/200000/cw1h")),
            ("cache_creation_input_token_cost_above_12hr_flex", Some("v/flex/cw12h")),
            ("output_cost_per_token_batches", Some("v/batch/out")),
            ("input_cost_per_token_cache_hit", None),
            ("input_cost_per_token_decisions", None),
            ("max_tokens", None),
        ] {
            assert_eq!(token_path(field).as_deref(), path, "{field}");
        }
    }
}
