//! Gemini's block reasons and safety ratings.

use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};

use super::Object;
use crate::json::Json;
use crate::rules::native::{GOOGLE_PROMPT, GOOGLE_RATINGS};
use crate::walk::Walk;

pub(super) fn block_reason<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    let Some(reason) = value.as_str() else { return false };
    let reason = reason.rsplit('.').next().unwrap_or(reason);
    let category = match reason.to_ascii_uppercase().as_str() {
        "SAFETY" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "IMAGE_SAFETY" => GuardrailCategory::Moderation,
        "JAILBREAK" => GuardrailCategory::PromptInjection,
        "MODEL_ARMOR" | "OTHER" => GuardrailCategory::Unknown,
        _ => return true,
    };
    let hit = walk.hit(&GOOGLE_PROMPT).category(category).native("block_reason", &reason.into());
    walk.add(hit);
    true
}

pub(super) fn ratings<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    let items = value.items();
    for (index, item) in items.iter().enumerate() {
        let text = |key: &str| {
            item.get(key).and_then(Json::as_str).map(|text| text.rsplit('.').next().unwrap_or(text))
        };
        let Some(probability) = text("probability") else { continue };
        let is_blocked = item.get("blocked").and_then(Json::as_bool) == Some(true);
        let is_likely = ["MEDIUM", "HIGH"].iter().any(|known| known.eq_ignore_ascii_case(probability));
        let (status, enforcement) = match (is_blocked, is_likely) {
            (true, _) => (GuardrailStatus::Triggered, Some(Enforcement::Block)),
            (false, true) => (GuardrailStatus::Triggered, Some(Enforcement::Warn)),
            (false, false) => (GuardrailStatus::NotTriggered, None),
        };
        let harm = text("category").unwrap_or("probability");
        let below = if value.as_list().is_some() { format!("/{index}") } else { String::new() };
        let hit = walk
            .hit_at(&GOOGLE_RATINGS, &below)
            .status(Some(status))
            .enforcement(enforcement)
            .native(harm, &probability.into());
        let hit = if harm.ends_with("JAILBREAK") {
            hit.name("prompt_shield").category(GuardrailCategory::PromptInjection)
        } else {
            hit
        };
        walk.add(hit);
    }
    true
}
