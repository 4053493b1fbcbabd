//! Reads the price list of genai-prices (`data.json`, schema 2).

use serde_json::Value;

use super::RefreshError;
use super::draft::{Draft, DraftWindow, fee_pico, rate_pico};
use crate::date::Date;
use crate::flat::Flat;
use crate::row_format::parse_hours;

/// The models of one provider id, in file order, which is the order in which its matching rules are tried.
pub(super) struct GenaiProvider {
    pub(super) id: String,
    pub(super) models: Vec<Draft>,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<GenaiProvider>, RefreshError> {
    let wrong = |message: String| RefreshError::Source { name: super::GENAI, message };
    let whole: Value = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    // Newer files wrap the list; both shapes are the same list.
    let list = whole.as_array().or_else(|| whole.get("providers")?.as_array());
    let list = list.ok_or_else(|| wrong("expected a list of providers".to_owned()))?;
    list.iter().map(|provider| parse_provider(provider).map_err(&wrong)).collect()
}

fn parse_provider(provider: &Value) -> Result<GenaiProvider, String> {
    let id = provider["id"].as_str().ok_or("a provider without id")?.to_owned();
    let models = provider["models"].as_array().ok_or_else(|| format!("provider {id} without models"))?;
    let models = models.iter().map(|model| parse_model(model).map_err(|error| format!("{id}: {error}")));
    Ok(GenaiProvider { id: id.clone(), models: models.collect::<Result<_, _>>()? })
}

fn parse_model(model: &Value) -> Result<Draft, String> {
    let id = model["id"].as_str().ok_or("a model without id")?;
    let mut draft = Draft::named(id);
    collect_names(&model["match"], &mut draft);
    draft.names_are_settled();
    let conditional = match &model["prices"] {
        Value::Array(list) => list.clone(),
        prices => vec![serde_json::json!({ "prices": prices })],
    };
    let mut dated: Vec<(Option<Date>, Flat)> = Vec::new();
    for entry in &conditional {
        let prices = parse_prices(id, &entry["prices"])?;
        let constraint = &entry["constraint"];
        if let (Some(start), Some(end)) = (constraint["start_time"].as_str(), constraint["end_time"].as_str())
        {
            let mut spans = Vec::new();
            parse_hours(&format!("{}-{}", clock(start), clock(end)), &mut spans)
                .ok_or_else(|| format!("{id}: hours {start} to {end}"))?;
            draft.windows.push(DraftWindow { weekdays: 0b111_1111, spans, rates: prices });
        } else {
            let start = constraint["start_date"].as_str().map(str::parse).transpose();
            dated.push((start.map_err(|error| format!("{id}: {error}"))?, prices));
        }
    }
    dated.sort_by_key(|(start, _)| *start);
    for pair in dated.windows(2) {
        if let [(_, older), (Some(until), newer)] = pair
            // A rate that turns up while all others stay was missing from the list before, not free or dearer.
            && !older.iter().all(|(path, value)| newer.get(path) == Some(value))
        {
            draft.history.push((*until, older.clone()));
        }
    }
    draft.history.reverse();
    draft.flat = dated.pop().map(|(_, prices)| prices).unwrap_or_default();
    draft.is_listed_free = draft.flat.is_empty();
    for variant in model["price_variants"].as_array().into_iter().flatten() {
        add_variant(id, variant, &mut draft)?;
    }
    Ok(draft)
}

/// `01:00:00Z` as `01:00`.
fn clock(time: &str) -> &str {
    time.get(..5).unwrap_or(time)
}

fn add_variant(id: &str, variant: &Value, draft: &mut Draft) -> Result<(), String> {
    let when = variant["when"].as_object().ok_or_else(|| format!("{id}: a variant without `when`"))?;
    let key = match when.iter().next().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
    {
        Some(("processing", "batch")) => "batch",
        Some(("service_tier", tier @ ("flex" | "priority" | "fast"))) => tier,
        Some(("speed", "fast")) => "fast",
        // Search types and routes are no ways of processing; `default` is the standard price.
        _ => return Ok(()),
    };
    if when.len() > 1 {
        return Ok(());
    }
    for (path, value) in parse_prices(id, &variant["prices"])? {
        if !path.starts_with("fee/") {
            draft.flat.entry(format!("v/{key}/{path}")).or_insert(value);
        }
    }
    Ok(())
}

fn parse_prices(id: &str, prices: &Value) -> Result<Flat, String> {
    let mut flat = Flat::new();
    for (key, value) in prices.as_object().into_iter().flatten() {
        let wrong = || format!("{id}: {key}: {value} is no price");
        if let Some(meter) = token_key(key) {
            let base = value.get("base").unwrap_or(value);
            flat.insert(
                meter.to_owned(),
                base.as_f64().and_then(|usd| rate_pico(usd, 1e6)).ok_or_else(wrong)?,
            );
            for tier in value["tiers"].as_array().into_iter().flatten() {
                let at = tier["start"].as_u64().ok_or_else(wrong)?;
                let rate = tier["price"].as_f64().and_then(|usd| rate_pico(usd, 1e6)).ok_or_else(wrong)?;
                flat.insert(format!("tiers/{at}/{meter}"), rate);
            }
        } else if let Some((fee, per)) = unit_key(key) {
            flat.insert(
                format!("fee/{fee}"),
                value.as_f64().and_then(|usd| fee_pico(usd / per)).ok_or_else(wrong)?,
            );
        }
    }
    Ok(flat)
}

fn token_key(key: &str) -> Option<&'static str> {
    Some(match key {
        "input_mtok" | "input_text_mtok" => "in",
        "output_mtok" | "output_text_mtok" => "out",
        "cache_read_mtok" => "cr",
        "cache_write_mtok" | "cache_write_5m_mtok" => "cw",
        "cache_write_1h_mtok" => "cw1h",
        "input_audio_mtok" => "in_audio",
        "output_audio_mtok" => "out_audio",
        "cache_audio_read_mtok" => "cr_audio",
        "input_image_mtok" => "in_image",
        "output_image_mtok" => "out_image",
        "cache_image_read_mtok" => "cr_image",
        "input_video_mtok" => "in_video",
        "output_video_mtok" => "out_video",
        "output_reasoning_mtok" => "reason",
        "output_citation_mtok" => "cite",
        _ => return None,
    })
}

fn unit_key(key: &str) -> Option<(&'static str, f64)> {
    Some(match key {
        "web_searches_kcount" => ("web_search", 1e3),
        "storage_searches_kcount" => ("file_search", 1e3),
        "requests_kcount" => ("request", 1e3),
        "audio_hours" | "input_audio_hours" => ("in_second", 3600.0),
        "input_document_kpages" => ("page", 1e3),
        "input_annotated_document_kpages" => ("annotated_page", 1e3),
        "input_mchars" => ("in_character", 1e6),
        _ => return None,
    })
}

/// Turns the matching rules into names and beginnings of names; no rule is evaluated at run time.
fn collect_names(rule: &Value, draft: &mut Draft) {
    for (kind, value) in rule.as_object().into_iter().flatten() {
        match (kind.as_str(), value) {
            ("or" | "and", Value::Array(rules)) => rules.iter().for_each(|rule| collect_names(rule, draft)),
            ("equals", Value::String(name)) => draft.add_alias(name),
            ("starts_with" | "contains" | "ends_with", Value::String(part)) => {
                let part = part.trim_matches('/');
                draft.add_alias(part);
                draft.add_prefix(part);
            }
            ("regex", Value::String(pattern)) => collect_regex_names(pattern, draft),
            _ => {}
        }
    }
}

/// Nearly all patterns are a literal with a date behind it, which the date rule covers once the literal is known.
fn collect_regex_names(pattern: &str, draft: &mut Draft) {
    let Some(body) = pattern.strip_prefix('^').filter(|body| !body.starts_with('(')) else { return };
    let mut literal = String::new();
    let mut letters = body.chars().peekable();
    let mut rest = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek().is_some_and(|next| !next.is_ascii_alphabetic()) => {
                literal.extend(letters.next());
            }
            '$' if letters.peek().is_none() => {}
            '\\' | '[' | '(' | '$' | '*' | '+' | '?' | '.' | '|' => {
                rest.push(letter);
                rest.extend(letters.by_ref());
            }
            _ => literal.push(letter),
        }
    }
    let name = literal.trim_end_matches('-');
    match rest.as_str() {
        "" => draft.add_alias(&literal),
        r"\d{8}$" | r"\d{4}-\d{2}-\d{2}$" | r"[-@]\d{8}$" => draft.add_alias(name),
        r"\d" => {
            draft.add_alias(name);
            draft.add_prefix(name);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_names() {
        let mut draft = Draft::named("x");
        for pattern in [
            r"^gpt-5\.6-sol-\d{4}-\d{2}-\d{2}$",
            r"^composer-2\.5\[fast=true\]$",
            r"^(?!.*-tts$)",
            r"^gemini-4-argon-\d",
        ] {
            collect_regex_names(pattern, &mut draft);
        }
        assert_eq!(draft.aliases, ["gpt-5.6-sol", "composer-2.5[fast=true]", "gemini-4-argon"]);
        assert_eq!(draft.prefixes, ["gemini-4-argon"]);
    }
}
