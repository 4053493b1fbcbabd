//! What guardrail libraries return, where a span holds it as JSON.

use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};

use super::Object;
use crate::finding::Confidence;
use crate::json::Json;
use crate::rules::explicit::{
    GUARDRAILS_AI, LITELLM, LITELLM_APPLIED, NEMO, OPENAI_GUARDRAILS, TOOL_BEHAVIOR,
};
use crate::sink::{Hit, name_like};
use crate::walk::Walk;
use crate::words;

/// Names a hit, and lets the name tell the category where nothing else does.
pub(crate) fn named<'h>(hit: Hit<'h>, name: Option<&str>, fallback: GuardrailCategory) -> Hit<'h> {
    let Some(name) = name.and_then(name_like) else {
        return hit.category(fallback).at_most(limit(fallback));
    };
    match (words::category_in_name(name), fallback) {
        (Some(category), GuardrailCategory::Unknown) => {
            hit.category(category).at_most(Confidence::Medium).name(name.to_owned())
        }
        _ => hit.category(fallback).at_most(limit(fallback)).name(name.to_owned()),
    }
}

/// Sure of what it is only where its category is stated.
fn limit(category: GuardrailCategory) -> Confidence {
    if category == GuardrailCategory::Unknown { Confidence::Medium } else { Confidence::High }
}

pub(super) fn rails<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    let Some(rails) = value.as_list() else { return false };
    for (index, rail) in rails.iter().enumerate() {
        let Some(has_stopped) = rail.get("stop").and_then(Json::as_bool) else { continue };
        let kind = rail.get("type").and_then(Json::as_str);
        let category = match kind {
            // Dialog and generation rails are how the program talks, not what guards it.
            Some("dialog" | "generation") if !has_stopped => continue,
            Some("input") => GuardrailCategory::InputValidation,
            Some("output") => GuardrailCategory::OutputValidation,
            Some("retrieval") => GuardrailCategory::Grounding,
            _ => GuardrailCategory::Unknown,
        };
        let status = if has_stopped { GuardrailStatus::Triggered } else { GuardrailStatus::NotTriggered };
        let hit = walk
            .hit_at(&NEMO, &format!("/{index}/stop"))
            .status(Some(status))
            .native("type", &kind.unwrap_or_default().into());
        let name = rail.get("name").and_then(Json::as_str);
        let by_name = name.and_then(words::category_in_name).filter(|category| {
            !matches!(category, GuardrailCategory::InputValidation | GuardrailCategory::OutputValidation)
        });
        let hit = named(hit, name, by_name.unwrap_or(category));
        walk.add(hit);
    }
    true
}

pub(super) fn litellm<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    let items = value.items();
    for (index, item) in items.iter().enumerate() {
        let text = |key: &str| item.get(key).and_then(Json::as_str);
        let Some(word) = text("guardrail_status") else { continue };
        let (mut status, mut enforcement) = words::verdict(word).unwrap_or((None, None));
        let masked = item.get("masked_entity_count").and_then(Json::as_object);
        let is_masked = masked.is_some_and(|counts| counts.iter().any(|(_, count)| count.as_u64() > Some(0)));
        if is_masked && status == Some(GuardrailStatus::NotTriggered) {
            (status, enforcement) = (Some(GuardrailStatus::Modified), Some(Enforcement::Modify));
        }
        if let Some((_, Some(action))) = text("guardrail_action").and_then(words::verdict)
            && matches!(status, Some(GuardrailStatus::Triggered | GuardrailStatus::Modified))
        {
            enforcement = Some(action);
        }
        let below = if value.as_list().is_some() {
            format!("/{index}/guardrail_status")
        } else {
            "/guardrail_status".into()
        };
        let hit = walk
            .hit_at(&LITELLM, &below)
            .status(status)
            .enforcement(enforcement)
            .native("guardrail_status", &word.into())
            .native("guardrail_mode", item.get("guardrail_mode").unwrap_or(&Json::Null))
            .native("detection_method", item.get("detection_method").unwrap_or(&Json::Null))
            .native("confidence_score", item.get("confidence_score").unwrap_or(&Json::Null))
            .native("risk_score", item.get("risk_score").unwrap_or(&Json::Null));
        let violated = item.get("violation_categories").and_then(Json::as_list).unwrap_or_default();
        let by_violation =
            violated.iter().filter_map(Json::as_str).find_map(words::category_in_name).filter(|_| !is_masked);
        let fallback = if is_masked {
            GuardrailCategory::Pii
        } else {
            by_violation.unwrap_or(GuardrailCategory::Unknown)
        };
        let hit = named(hit, text("guardrail_name"), fallback);
        walk.add(hit);
    }
    true
}

pub(super) fn applied<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    let Some(names) = value.as_list() else { return false };
    for (index, name) in names.iter().enumerate() {
        if let Some(name) = name.as_str() {
            let hit = walk.hit_at(&LITELLM_APPLIED, &format!("/{index}")).status(None);
            let hit = named(hit, Some(name), GuardrailCategory::Unknown);
            walk.add(hit);
        }
    }
    true
}

pub(super) fn tripwire<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    let Some(has_tripped) = value.as_bool() else { return false };
    let member = |key: &str| parent.and_then(|parent| parent.get(key));
    let has_failed = member("execution_failed").and_then(Json::as_bool) == Some(true);
    let status = match (has_tripped, has_failed) {
        (true, _) => GuardrailStatus::Triggered,
        (false, true) => GuardrailStatus::Failed,
        (false, false) => GuardrailStatus::NotTriggered,
    };
    let name = member("info")
        .and_then(|info| info.get("guardrail_name"))
        .or_else(|| member("guardrail_name"))
        .or_else(|| member("name"))
        .and_then(Json::as_str);
    let hit = named(walk.hit(&OPENAI_GUARDRAILS).status(Some(status)), name, GuardrailCategory::Unknown);
    walk.add(hit);
    true
}

pub(super) fn validation<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    let Some(has_passed) = value.as_bool() else { return false };
    let on_fail = parent.and_then(|parent| parent.get("on_fail")).and_then(Json::as_str);
    let (status, enforcement) = match (has_passed, on_fail.and_then(words::verdict)) {
        (true, _) => (Some(GuardrailStatus::NotTriggered), None),
        (false, Some(outcome)) => outcome,
        (false, None) => (Some(GuardrailStatus::Triggered), None),
    };
    let hit = walk.hit(&GUARDRAILS_AI).status(status).enforcement(enforcement);
    walk.add(hit);
    true
}

pub(super) fn behavior<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    // Beside `output_info` in what a tool guardrail returns; other things have a behaviour too.
    if !parent.is_some_and(|parent| parent.contains_key("output_info")) {
        return false;
    }
    let Some(word) = value.get("type").and_then(Json::as_str) else { return false };
    if !matches!(word, "allow" | "reject_content" | "raise_exception") {
        return false;
    }
    let (status, enforcement) = words::verdict(word).unwrap_or((None, None));
    let hit = walk
        .hit_at(&TOOL_BEHAVIOR, "/type")
        .status(status)
        .enforcement(enforcement)
        .native("behavior", &word.into());
    walk.add(hit);
    true
}
