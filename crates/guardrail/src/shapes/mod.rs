//! Readers of the JSON shapes in which providers and guardrails report, by the key that they stand under.

mod azure;
mod bedrock;
mod google;
mod guardrails;
mod model;
mod moderation;

use crate::json::{Json, Object};

use crate::walk::Walk;

/// Reads the value in hand; `false` tells that it was not of this shape after all.
type Reader = for<'j> fn(&mut Walk<'j, '_>, &'j Json<'j>, Option<&'j Object<'j>>) -> bool;

/// Finds the reader of a folded key, and tells whether what it reads is a signal in a tool's answer too.
fn reader(folded: &[u8]) -> Option<(Reader, bool)> {
    let of_calls: Reader = match folded {
        b"finishreason" | b"finishreasons" | b"stopreason" | b"donereason" | b"incompletereason" => {
            model::finish_reason
        }
        b"errorcode" => model::error_code,
        b"refusal" => model::refusal,
        b"type" => model::refusal_part,
        b"incompletedetails" => model::incomplete,
        b"stopdetails" => model::stop_details,
        b"trigger" => model::rerouted,
        b"error" | b"innererror" => model::error,
        b"contentfilterresults" | b"contentfilterresult" => azure::filter_results,
        b"blockreason" => google::block_reason,
        b"safetyratings" | b"safetyrating" => google::ratings,
        _ => return any_reader(folded).map(|reader| (reader, true)),
    };
    Some((of_calls, false))
}

fn any_reader(folded: &[u8]) -> Option<Reader> {
    Some(match folded {
        b"categoriesanalysis" => azure::categories,
        b"blocklistsmatch" => azure::blocklists,
        b"userpromptanalysis" | b"documentsanalysis" => azure::shield,
        b"inputassessment" | b"outputassessments" | b"outputassessment" | b"assessments" => {
            bedrock::assessments
        }
        b"action" | b"amazonbedrockguardrailaction" => bedrock::action,
        b"inputfilter" | b"outputfilter" => bedrock::filter,
        b"moderation" => moderation::holder,
        b"results" => moderation::results,
        b"flagged" => moderation::single,
        b"activatedrails" => guardrails::rails,
        b"guardrailinformation" => guardrails::litellm,
        b"appliedguardrails" => guardrails::applied,
        b"tripwiretriggered" => guardrails::tripwire,
        b"validationpassed" => guardrails::validation,
        b"behavior" | b"behaviour" => guardrails::behavior,
        _ => return None,
    })
}

/// Reads the value of a key; true when it was read and holds nothing else.
pub(crate) fn read<'j>(
    walk: &mut Walk<'j, '_>,
    folded: &[u8],
    value: &'j Json<'j>,
    parent: Option<&'j Object<'j>>,
) -> bool {
    if value.is_null() {
        return true;
    }
    let Some((reader, reads_tools)) = reader(folded) else { return false };
    (reads_tools || !walk.is_tool()) && reader(walk, value, parent)
}

pub(crate) use bedrock::applied as bedrock_applied;
pub(crate) use guardrails::named;
pub(crate) use model::finish_rule;
