//! Bedrock Guardrails: assessments of policies, and what was done.

use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};

use otel_genai_pipeline::Span;

use super::Object;
use crate::finish_reasons::is_finish_reason;
use crate::json::Json;
use crate::rules::native::{
    BEDROCK_ACTION, BEDROCK_APPLIED, BEDROCK_ASSESSMENT, BEDROCK_OPENLLMETRY, BEDROCK_POLICIES,
};
use crate::sink::{Hit, Place, Sink, name_like};
use crate::walk::{Walk, escaped, fold};

/// Levels between the key and the policies: guardrail id, then a list for outputs.
const DEPTH: usize = 4;

pub(super) fn assessments<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    let is_output = walk.key().is_some_and(|key| key.as_str().contains("output"));
    policies(walk, value, "", is_output, DEPTH)
}

fn policies(walk: &mut Walk<'_, '_>, value: &Json<'_>, below: &str, is_output: bool, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Json::List(items) => {
            let mut is_read = false;
            for (index, item) in items.iter().enumerate() {
                is_read |= policies(walk, item, &format!("{below}/{index}"), is_output, depth);
            }
            is_read
        }
        Json::Object(object) => {
            let mut is_read = false;
            for (key, value) in object.iter() {
                let below = format!("{below}/{}", escaped(key));
                match BEDROCK_POLICIES.iter().find(|(known, ..)| fold(known).as_str() == fold(key).as_str()) {
                    Some(&(_, name, of_input, of_output)) => {
                        is_read = true;
                        let category = if is_output { of_output } else { of_input };
                        policy(walk, value, &below, name, category);
                    }
                    None => is_read |= policies(walk, value, &below, is_output, depth),
                }
            }
            is_read
        }
        _ => false,
    }
}

/// One policy: lists of topics, filters, words, entities or expressions, each with the action that was taken.
fn policy(
    walk: &mut Walk<'_, '_>,
    value: &Json<'_>,
    below: &str,
    name: &'static str,
    category: GuardrailCategory,
) {
    let Some(object) = value.as_object() else { return };
    for (key, items) in object.iter() {
        let Some(items) = items.as_list() else { continue };
        for (index, item) in items.iter().enumerate() {
            let action = item.get("action").and_then(Json::as_str);
            let is_detected = item.get("detected").and_then(Json::as_bool).or_else(|| reasoned(item));
            let (status, enforcement) = match (action, is_detected) {
                (Some("BLOCKED"), _) => (Some(GuardrailStatus::Triggered), Some(Enforcement::Block)),
                (Some("ANONYMIZED"), _) => (Some(GuardrailStatus::Modified), Some(Enforcement::Modify)),
                (Some("NONE") | None, Some(false)) => (Some(GuardrailStatus::NotTriggered), None),
                // Detect mode: only what was detected is listed.
                (Some("NONE"), _) | (None, Some(true)) => {
                    (Some(GuardrailStatus::Triggered), Some(Enforcement::Warn))
                }
                _ => (None, None),
            };
            let kind = item.get("type").and_then(Json::as_str);
            let hit = walk
                .hit_at(&BEDROCK_ASSESSMENT, &format!("{below}/{}/{index}", escaped(key)))
                .status(status)
                .enforcement(enforcement)
                .name(name)
                .category(if kind == Some("PROMPT_ATTACK") {
                    GuardrailCategory::PromptInjection
                } else {
                    category
                })
                .at_most(walk.confidence());
            let told = kind.unwrap_or(key);
            let hit = hit.native(told, item.get("action").unwrap_or(&Json::Null));
            // A topic's name is the policy's, a word's or an entity's `match` is content.
            let hit = hit.policy_id(item.get("name").and_then(Json::as_str).and_then(name_like));
            walk.add(hit);
        }
    }
}

/// What automated reasoning found, which names its findings by how they ended and only detects.
fn reasoned(finding: &Json<'_>) -> Option<bool> {
    let has_any =
        |keys: &[&str]| keys.iter().any(|key| finding.get(key).is_some_and(|value| !value.is_null()));
    if has_any(&["invalid", "impossible"]) {
        return Some(true);
    }
    has_any(&["valid", "satisfiable"]).then_some(false)
}

pub(super) fn action<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    let Some(action) = value.as_str() else { return false };
    let is_bedrock = walk.passes("amazonbedrockguardrail")
        || parent.is_some_and(|parent| parent.contains_key("assessments"));
    let status = match action {
        "GUARDRAIL_INTERVENED" | "INTERVENED" => GuardrailStatus::Triggered,
        "NONE" if is_bedrock => GuardrailStatus::NotTriggered,
        _ => return false,
    };
    let hit =
        walk.hit(&BEDROCK_ACTION).status(Some(status)).at_most(walk.confidence()).native("action", value);
    walk.add(hit);
    true
}

/// OpenLLMetry's account: lists by policy of what was found, without what was done about it.
pub(super) fn filter<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    if !walk.passes("bedrockguardrail") {
        return false;
    }
    let is_output = walk.passes("outputfilter");
    let topics =
        if is_output { GuardrailCategory::OutputValidation } else { GuardrailCategory::InputValidation };
    let policies = [
        ("/sensitive/pii", "sensitive_information_policy", GuardrailCategory::Pii),
        ("/sensitive/regex", "sensitive_information_policy", GuardrailCategory::Pii),
        ("/topic", "topic_policy", topics),
        ("/content", "content_policy", GuardrailCategory::Moderation),
        ("/words", "word_policy", GuardrailCategory::Moderation),
    ];
    for (pointer, name, category) in policies {
        let Some(items) = value.below(pointer.split('/').skip(1)).and_then(Json::as_list) else { continue };
        if items.is_empty() {
            continue;
        }
        let mut hit = walk.hit_at(&BEDROCK_OPENLLMETRY, pointer).name(name).category(category);
        if name == "sensitive_information_policy" {
            for item in items.iter().filter_map(Json::as_str) {
                hit = hit.native(item, &true.into());
            }
        }
        walk.add(hit);
    }
    true
}

/// A guardrail of Bedrock that the call asked for: what it did is in the finish reason.
pub(crate) fn applied(span: &Span, sink: &mut Sink) {
    let Some(key) = BEDROCK_APPLIED.words.iter().find(|key| span.get(key).is_some()) else { return };
    let has_fired = sink.findings().iter().any(|finding| {
        finding.has_fired() && matches!(&*finding.name, "content_filter" | "bedrock_guardrail")
    });
    let status = if has_fired {
        Some(GuardrailStatus::Triggered)
    } else if span.attributes().iter().any(|attribute| is_finish_reason(attribute.key.as_str())) {
        Some(GuardrailStatus::NotTriggered)
    } else {
        None
    };
    sink.add(Hit::new(&BEDROCK_APPLIED, Place::attribute(key)).status(status).policy_id(span.get_str(key)));
}
