//! What a model's answer says about its own end.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::Object;
use crate::errors::named_tripwire;
use crate::json::Json;
use crate::rules::native::{ANTHROPIC_DETAILS, OPENAI_INCOMPLETE, OPENAI_REFUSAL};
use crate::rules::{Reads, Rule, by_word, native};
use crate::walk::{Folded, Walk, fold};

/// The longest finish reason that means something has 24 letters, and separators may stand between them. Bytes.
const LONGEST_REASON: usize = 40;

/// Every finish reason that means something, in one spelling, and its rule.
static REASONS: LazyLock<Vec<(Folded, &'static Rule)>> = LazyLock::new(|| {
    let rules = native::RULES.iter().filter(|rule| rule.reads == Reads::FinishReason);
    rules.flat_map(|rule| rule.words.iter().map(|word| (fold(word), *rule))).collect()
});

/// Returns the rule for a finish reason in any library's spelling.
pub(crate) fn finish_rule(reason: &str) -> Option<(&'static Rule, Cow<'_, str>)> {
    let reason = reason.trim().trim_matches('"');
    // `FinishReason.SAFETY` of Python's enums, `incomplete:content_filter` of those that join status and reason.
    let reason = reason.rsplit(['.', ':']).next().unwrap_or(reason);
    let reason = reason.strip_prefix("FINISH_REASON_").unwrap_or(reason);
    if reason.is_empty() || reason.len() > LONGEST_REASON {
        return None;
    }
    // `content-filter`, `contentFilter`, `ProhibitedContent`: how words are joined is the library's.
    let folded = fold(reason);
    let (_, rule) = REASONS.iter().find(|(known, _)| known.as_bytes() == folded.as_bytes())?;
    let is_joined = reason.contains('-');
    Some((rule, if is_joined { reason.replace('-', "_").into() } else { reason.into() }))
}

pub(super) fn finish_reason<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    let reasons = value.items();
    for reason in reasons {
        // pydantic-ai and the AI SDK have objects with the provider's word inside.
        let word = reason
            .as_str()
            .or_else(|| ["raw", "unified", "value"].iter().find_map(|key| reason.get(key)?.as_str()));
        if let Some((rule, word)) = word.and_then(finish_rule) {
            let hit = walk.hit(rule).native("finish_reason", &(*word).into());
            walk.add(hit);
        }
    }
    true
}

/// ADK writes the finish reason into `error_code`; others write the code of an error.
pub(super) fn error_code<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    let Some(code) = value.as_str() else { return false };
    if let Some((rule, word)) = finish_rule(code) {
        let hit = walk.hit(rule).native("finish_reason", &(*word).into());
        walk.add(hit);
    } else if let Some(rule) = by_word(Reads::ErrorCode, code) {
        let hit = walk.hit(rule).native("error_code", value);
        walk.add(hit);
    }
    true
}

pub(super) fn refusal<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    let Some(text) = value.as_beginning() else { return false };
    // A structured answer may have a field of this name; OpenAI's stands in a message, its delta, or a part.
    let is_message = parent.is_none_or(|parent| {
        parent.contains_key("role") || parent.get("type").and_then(Json::as_str) == Some("refusal")
    });
    let holder = walk.holder();
    let is_held = matches!(
        holder.as_ref().map(crate::walk::Folded::as_str),
        Some("message" | "delta" | "additionalkwargs")
    );
    // Outside JSON only a library's own attribute is one: `gen_ai.completion.0.refusal`.
    if !text.is_empty() && (is_message || is_held) {
        let hit = walk.hit(&OPENAI_REFUSAL);
        walk.add(hit);
    }
    true
}

pub(super) fn refusal_part<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    let says_more = parent.is_some_and(|parent| {
        ["refusal", "content", "text"].iter().any(|key| parent.get(key).is_some_and(|text| !text.is_null()))
    });
    let holder = walk.holder();
    if value.as_str() == Some("refusal")
        && says_more
        && matches!(
            holder.as_ref().map(crate::walk::Folded::as_str),
            Some("content" | "parts" | "contents" | "output")
        )
    {
        let hit = walk.hit(&OPENAI_REFUSAL);
        walk.add(hit);
    }
    true
}

pub(super) fn incomplete<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    if value.get("reason").and_then(Json::as_str) == Some("content_filter") {
        let hit =
            walk.hit_at(&OPENAI_INCOMPLETE, "/reason").native("finish_reason", &"content_filter".into());
        walk.add(hit);
    }
    true
}

pub(super) fn stop_details<'j>(
    walk: &mut Walk<'j, '_>,
    value: &'j Json<'j>,
    _: Option<&'j Object<'j>>,
) -> bool {
    if value.get("type").and_then(Json::as_str) == Some("refusal") {
        let category = value.get("category").unwrap_or(&Json::Null);
        let hit = walk.hit_at(&ANTHROPIC_DETAILS, "/type").native("stop_details.category", category);
        walk.add(hit);
    }
    true
}

pub(super) fn rerouted<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    if value.get("type").and_then(Json::as_str) != Some("refusal") {
        return false;
    }
    let hit = walk.hit_at(&ANTHROPIC_DETAILS, "/type").native("is_rerouted", &true.into());
    walk.add(hit);
    true
}

/// An error object; Azure puts a second one inside, with the results of its filters.
pub(super) fn error<'j>(walk: &mut Walk<'j, '_>, value: &'j Json<'j>, _: Option<&'j Object<'j>>) -> bool {
    if let Some(code) = value.get("code").and_then(Json::as_str)
        && let Some(rule) = by_word(Reads::ErrorCode, code)
    {
        let hit = walk.hit_at(rule, "/code").native("error_code", &code.into());
        walk.add(hit);
    }
    if let Some(hit) = named_tripwire(value, walk.place()) {
        walk.add(hit);
    }
    // Goes on into `innererror`.
    false
}
