//! Azure's content filters, and Azure AI Content Safety.

use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};

use super::Object;
use crate::json::Json;
use crate::rules::native::{AZURE_FILTER, AZURE_SAFETY, AZURE_SHIELD};
use crate::walk::{Walk, escaped};

/// Filters that are not about harm: key, name of the finding, category.
const OTHERS: [(&str, &str, GuardrailCategory); 7] = [
    ("jailbreak", "prompt_shield", GuardrailCategory::PromptInjection),
    ("indirect_attack", "prompt_shield", GuardrailCategory::PromptInjection),
    ("protected_material_text", "protected_material", GuardrailCategory::OutputValidation),
    ("protected_material_code", "protected_material", GuardrailCategory::OutputValidation),
    ("custom_blocklists", "blocklist", GuardrailCategory::Moderation),
    ("ungrounded_material", "groundedness", GuardrailCategory::Grounding),
    ("personally_identifiable_information", "personal_data", GuardrailCategory::Pii),
];

pub(super) fn filter_results<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    let Some(results) = value.as_object() else { return false };
    for (key, result) in results.iter() {
        if key == "error" {
            // The filter broke and the text passed unfiltered.
            let hit = walk.hit_at(&AZURE_FILTER, "/error").status(Some(GuardrailStatus::Failed));
            walk.add(hit);
            continue;
        }
        let flag = |name: &str| result.get(name).and_then(Json::as_bool);
        let severity = result.get("severity").and_then(Json::as_str);
        let (status, enforcement) = match (flag("filtered"), flag("detected"), severity) {
            (Some(true), ..) => (GuardrailStatus::Triggered, Some(Enforcement::Block)),
            (_, Some(true), _) | (_, _, Some("medium" | "high")) => {
                (GuardrailStatus::Triggered, Some(Enforcement::Warn))
            }
            (None, None, None) => continue,
            _ => (GuardrailStatus::NotTriggered, None),
        };
        let hit = walk
            .hit_at(&AZURE_FILTER, &format!("/{}", escaped(key)))
            .status(Some(status))
            .enforcement(enforcement);
        let hit = match OTHERS.iter().find(|(known, ..)| *known == key) {
            Some((_, name, category)) => hit.name(*name).category(*category),
            None => hit,
        };
        let told =
            result.get("severity").or_else(|| result.get("detected")).or_else(|| result.get("filtered"));
        let hit = hit.native(key, told.unwrap_or(&Json::Null));
        walk.add(hit);
    }
    true
}

pub(super) fn categories<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    let Some(items) = value.as_list() else { return false };
    for (index, item) in items.iter().enumerate() {
        let Some(told) = item.get("severity") else { continue };
        let Some(severity) = told.as_u64() else { continue };
        let category = item.get("category").and_then(Json::as_str).unwrap_or("severity");
        let hit = walk
            .hit_at(&AZURE_SAFETY, &format!("/{index}"))
            .status(Some(fired(severity > 0)))
            .at_most(walk.confidence())
            .native(category, told);
        walk.add(hit);
    }
    true
}

pub(super) fn blocklists<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    let Some(items) = value.as_list() else { return false };
    if !items.is_empty() {
        let hit = walk.hit(&AZURE_SAFETY).at_most(walk.confidence()).name("blocklist");
        walk.add(hit);
    }
    true
}

/// Prompt Shields: an object for the prompt, a list for the documents.
pub(super) fn shield<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    let items = value.items();
    for item in items {
        let Some(is_attack) = item.get("attackDetected").and_then(Json::as_bool) else { continue };
        let hit = walk.hit(&AZURE_SHIELD).status(Some(fired(is_attack))).at_most(walk.confidence());
        walk.add(hit);
    }
    true
}

fn fired(has_fired: bool) -> GuardrailStatus {
    if has_fired { GuardrailStatus::Triggered } else { GuardrailStatus::NotTriggered }
}
