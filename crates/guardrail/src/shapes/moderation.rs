//! Results of moderation models: OpenAI's with `flagged`, Mistral's without.

use otel_genai_semconv::{GuardrailCategory, GuardrailStatus};

use super::Object;
use crate::json::Json;
use crate::rules::native::{MISTRAL, MODERATION};
use crate::walk::Walk;

/// OpenAI's `moderation` beside an answer: results for the input and for the output.
pub(super) fn holder<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    for side in ["input", "output"] {
        let Some(results) = value.get(side).and_then(|side| side.get("results")) else { continue };
        items(walk, results, &format!("/{side}/results"));
    }
    // Results right below are met by the walk.
    value.get("input").is_some() || value.get("output").is_some()
}

pub(super) fn results<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    items(walk, value, "")
}

/// One result by itself, as its reader meets the key `flagged`.
pub(super) fn single<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    let (Some(is_flagged), Some(parent)) = (value.as_bool(), parent) else { return false };
    if let Some(categories) = parent.get("categories").and_then(Json::as_object) {
        openai(walk, is_flagged, categories, "");
    }
    true
}

fn items(walk: &mut Walk<'_, '_>, value: &Json<'_>, below: &str) -> bool {
    let Some(items) = value.as_list() else { return false };
    let mut is_read = false;
    for (index, item) in items.iter().enumerate() {
        let below = format!("{below}/{index}");
        let Some(categories) = item.get("categories").and_then(Json::as_object) else { continue };
        match item.get("flagged").and_then(Json::as_bool) {
            Some(is_flagged) => {
                is_read = true;
                openai(walk, is_flagged, categories, &(below + "/flagged"));
            }
            None if item.get("category_scores").is_some() => {
                is_read = true;
                mistral(walk, categories, &(below + "/categories"));
            }
            None => {}
        }
    }
    is_read
}

fn openai(walk: &mut Walk<'_, '_>, is_flagged: bool, categories: &Object<'_>, below: &str) {
    let mut hit = walk.hit_at(&MODERATION, below).status(Some(fired(is_flagged))).at_most(walk.confidence());
    for (category, value) in categories.iter().filter(|(_, value)| value.as_bool() == Some(true)) {
        hit = hit.native(category, value);
    }
    walk.add(hit);
}

fn mistral(walk: &mut Walk<'_, '_>, categories: &Object<'_>, below: &str) {
    let mut by_category = vec![
        (GuardrailCategory::Moderation, "moderation", Vec::new(), false),
        (GuardrailCategory::Pii, "personal_data", Vec::new(), false),
        (GuardrailCategory::PromptInjection, "jailbreaking", Vec::new(), false),
    ];
    for (key, value) in categories.iter() {
        let Some(is_found) = value.as_bool() else { continue };
        let group = match key {
            "pii" => 1,
            "jailbreaking" => 2,
            _ => 0,
        };
        by_category[group].3 |= is_found;
        by_category[group].2.push((key, value));
    }
    for (category, name, found, has_fired) in by_category {
        if found.is_empty() {
            continue;
        }
        let mut hit = walk
            .hit_at(&MISTRAL, below)
            .status(Some(fired(has_fired)))
            .category(category)
            .name(name)
            .at_most(walk.confidence());
        for (key, value) in found.iter().filter(|(_, value)| value.as_bool() == Some(true)) {
            hit = hit.native(key, value);
        }
        walk.add(hit);
    }
}

fn fired(has_fired: bool) -> GuardrailStatus {
    if has_fired { GuardrailStatus::Triggered } else { GuardrailStatus::NotTriggered }
}
