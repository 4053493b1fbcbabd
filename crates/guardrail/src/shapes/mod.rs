//! Readers of the JSON shapes in which providers and guardrails report, by the key that they stand under.

mod azure;
mod bedrock;
mod google;
mod guardrails;
mod model;
mod moderation;

use serde_json::{Map, Value as Json};

use crate::walk::{Walk, fold};

type Object = Map<String, Json>;

/// Reads the value in hand; `Some(false)` tells that it was not of this shape after all.
type Reader = for<'j> fn(&mut Walk<'j, '_>, &'j Json, Option<&'j Object>) -> bool;

/// A reader, and whether what it reads is a signal in a tool's answer too.
struct Shape {
    key: &'static str,
    reads_tools: bool,
    reader: Reader,
}

const fn call(key: &'static str, reader: Reader) -> Shape {
    Shape { key, reads_tools: false, reader }
}

const fn any(key: &'static str, reader: Reader) -> Shape {
    Shape { key, reads_tools: true, reader }
}

/// By folded key.
static SHAPES: [Shape; 40] = [
    call("finishreason", model::finish_reason),
    call("finishreasons", model::finish_reason),
    call("stopreason", model::finish_reason),
    call("donereason", model::finish_reason),
    call("errorcode", model::error_code),
    call("refusal", model::refusal),
    call("type", model::refusal_part),
    call("incompletedetails", model::incomplete),
    call("stopdetails", model::stop_details),
    call("trigger", model::rerouted),
    call("error", model::error),
    call("innererror", model::error),
    call("contentfilterresults", azure::filter_results),
    call("contentfilterresult", azure::filter_results),
    any("categoriesanalysis", azure::categories),
    any("blocklistsmatch", azure::blocklists),
    any("userpromptanalysis", azure::shield),
    any("documentsanalysis", azure::shield),
    call("blockreason", google::block_reason),
    call("safetyratings", google::ratings),
    any("inputassessment", bedrock::assessments),
    any("outputassessments", bedrock::assessments),
    any("outputassessment", bedrock::assessments),
    any("assessments", bedrock::assessments),
    any("action", bedrock::action),
    any("amazonbedrockguardrailaction", bedrock::action),
    any("inputfilter", bedrock::filter),
    any("outputfilter", bedrock::filter),
    any("moderation", moderation::holder),
    any("results", moderation::results),
    any("flagged", moderation::single),
    any("activatedrails", guardrails::rails),
    any("guardrailinformation", guardrails::litellm),
    any("appliedguardrails", guardrails::applied),
    any("tripwiretriggered", guardrails::tripwire),
    any("validationpassed", guardrails::validation),
    any("behavior", guardrails::behavior),
    any("behaviour", guardrails::behavior),
    call("safetyrating", google::ratings),
    call("incompletereason", model::finish_reason),
];

/// Reads the value of a key; true when it was read and holds nothing else.
pub(crate) fn read<'j>(
    walk: &mut Walk<'j, '_>,
    key: &str,
    value: &'j Json,
    parent: Option<&'j Object>,
) -> bool {
    if value.is_null() {
        return true;
    }
    // The longest key of the table has 28 letters, and separators may stand between them.
    if key.len() > 40 {
        return false;
    }
    let folded = fold(key);
    let folded = folded.as_bytes();
    let is_tool = walk.is_tool();
    SHAPES
        .iter()
        .find(|shape| shape.key.as_bytes() == folded && (shape.reads_tools || !is_tool))
        .is_some_and(|shape| (shape.reader)(walk, value, parent))
}

pub(crate) use guardrails::named;
pub(crate) use model::finish_rule;
