//! Finds id, model, finish reasons and usage in an answer, wherever its shape puts them.

use serde_json::{Map, Value};

use super::{Answer, canonical_finish_reason};
use crate::usage::{Evidence, Hint, Report, fit_parts, report};

/// A real answer nests its facts five deep at most (LangChain: `generations[][] > message > kwargs > …`).
const MAX_DEPTH: u8 = 8;

/// Keys of a usage object, in a provider's answer or in what a library makes of it.
const USAGE_KEYS: [&str; 6] =
    ["usage", "usageMetadata", "usage_metadata", "token_usage", "tokenUsage", "meta"];

/// Counts that Ollama, and Llama and Titan on Bedrock, put on top of an answer or of its last chunk.
const COUNTS_ON_TOP: [&str; 4] =
    ["prompt_eval_count", "eval_count", "generation_token_count", "inputTextTokenCount"];

/// Keys under which an answer, or one chunk of it, nests another part of itself.
const NESTED: [&str; 10] = [
    "message",
    "response",
    "delta",
    "metadata",
    "x_groq",
    "generations",
    "kwargs",
    "response_metadata",
    "llm_output",
    "generation_info",
];

/// What has been found so far.
#[derive(Default)]
struct Found {
    answer: Answer,
    /// The provider's usage object; chunks of a stream are merged into one.
    usage: Map<String, Value>,
    /// LangChain's usage object, which counts in its own names.
    langchain: Map<String, Value>,
    /// Bedrock's counts beside a streamed body of another provider's shape.
    metrics: Map<String, Value>,
    tier: Option<String>,
}

/// Reads an answer; `None` when nothing in it is known.
pub(super) fn answer(hint: Hint<'_>, writer: Evidence, body: &Value) -> Option<Answer> {
    let mut found = Found::default();
    gather(body, &mut found, 0);
    let Found { mut answer, usage, langchain, metrics, tier } = found;
    let model = hint.model.map(str::to_owned).or_else(|| answer.model.clone());
    let hint = Hint { model: model.as_deref(), ..hint };
    let mut reports =
        [usage, langchain, metrics].into_iter().filter_map(|usage| report(hint, writer, &usage));
    answer.report = reports.next();
    for other in reports {
        if let Some(first) = &mut answer.report {
            fill(first, other);
        }
    }
    if answer.report.is_none()
        && let Value::Object(object) = body
    {
        // A bare usage object, or the Vercel AI SDK's metadata, one object per provider.
        let bare = || report(hint, writer, object).filter(|report| !report.tokens.is_empty());
        answer.report = bare().or_else(|| object.values().find_map(|value| metadata(hint, writer, value)));
    }
    if let Some(report) = &mut answer.report {
        report.billing.service_tier = report.billing.service_tier.take().or(tier);
        if is_embedding(body) && report.tokens.input.is_none() {
            report.tokens.input = report.tokens.total;
            fit_parts(&mut report.tokens, &mut report.conservation);
        }
    }
    (answer != Answer::default()).then_some(answer)
}

/// Reads what the Vercel AI SDK keeps of one provider's answer: its usage object, or single counts.
fn metadata(hint: Hint<'_>, writer: Evidence, json: &Value) -> Option<Report> {
    let object = json.as_object()?;
    let nested = USAGE_KEYS.iter().find_map(|key| object.get(*key)?.as_object());
    report(hint, writer, nested.unwrap_or(object)).filter(|report| !report.tokens.is_empty())
}

/// Takes over counts that the first report lacks, if both report the same call.
fn fill(first: &mut Report, other: Report) {
    let agrees =
        |ours: Option<u64>, theirs: Option<u64>| ours.is_none() || theirs.is_none() || ours == theirs;
    let (ours, theirs) = (&mut first.tokens, &other.tokens);
    if !agrees(ours.input, theirs.input) || !agrees(ours.output, theirs.output) {
        return;
    }
    for field in crate::TokenField::ALL {
        let known = theirs.field(field);
        let slot = ours.field_mut(field);
        *slot = slot.or(known);
    }
    first.billing.fill(other.billing);
}

fn gather(json: &Value, found: &mut Found, depth: u8) {
    if depth > MAX_DEPTH {
        return;
    }
    match json {
        Value::Array(items) => items.iter().for_each(|item| gather(item, found, depth + 1)),
        Value::Object(object) => {
            gather_facts(object, found);
            gather_usage(object, found);
            for key in NESTED {
                if let Some(nested @ (Value::Object(_) | Value::Array(_))) = object.get(key) {
                    gather(nested, found, depth + 1);
                }
            }
            for key in ["choices", "candidates"] {
                let choices = object.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                for (position, choice) in choices.iter().enumerate() {
                    gather_reason(choice, position, found);
                }
            }
        }
        _ => {}
    }
}

fn gather_facts(object: &Map<String, Value>, found: &mut Found) {
    let text = |keys: &[&str]| {
        let value = keys.iter().find_map(|key| object.get(*key)?.as_str());
        value.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let answer = &mut found.answer;
    // LangChain gives its own message an id (`lc_run--…`, `run-…`) that no provider knows.
    let id = text(&["response_id", "responseId", "id"])
        .filter(|id| !id.starts_with("lc_run-") && !id.starts_with("run-"));
    answer.id = answer.id.take().or(id);
    answer.model =
        answer.model.take().or_else(|| text(&["model", "modelVersion", "model_version", "model_name"]));
    if found.tier.is_none() {
        found.tier = text(&["service_tier"]);
    }
    let reason = text(&["finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"]);
    let reasons = &mut answer.finish_reasons;
    // Outside of a list of choices there is one reason, which LangChain writes several times.
    if let Some(reason) = reason.or_else(|| response_status(object))
        && reasons.is_empty()
    {
        reasons.push(canonical_finish_reason(&reason).into_owned());
    }
    if let Some(Value::Array(history)) = object.get("automatic_function_calling_history") {
        answer.calls = Some(1 + history.iter().filter(|turn| asks_for_tool(turn)).count() as u64);
    }
}

/// Takes a choice's reason to its place; the chunks of a stream tell it once, in the last one of that choice.
fn gather_reason(choice: &Value, position: usize, found: &mut Found) {
    let reason = ["finish_reason", "finishReason"].iter().find_map(|key| choice.get(*key)?.as_str());
    let Some(reason) = reason.filter(|reason| !reason.is_empty()) else { return };
    let index = choice.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
    let reasons = &mut found.answer.finish_reasons;
    let reason = canonical_finish_reason(reason).into_owned();
    match reasons.get_mut(index.unwrap_or(position)) {
        Some(known) => *known = reason,
        // An index may be anything; the order of arrival is the best that is left.
        None => reasons.push(reason),
    }
}

/// The finish reason that an OpenAI Responses object implies, by the rule of the GenAI conventions.
fn response_status(object: &Map<String, Value>) -> Option<String> {
    if object.get("object").and_then(Value::as_str) != Some("response") {
        return None;
    }
    let calls_tool = || {
        let output = object.get("output").and_then(Value::as_array);
        output.is_some_and(|items| {
            items.iter().any(|item| item.get("type").and_then(Value::as_str) == Some("function_call"))
        })
    };
    let reason = match object.get("status")?.as_str()? {
        "completed" if calls_tool() => "tool_call",
        "completed" => "stop",
        "failed" | "cancelled" => "error",
        "incomplete" => match object.get("incomplete_details")?.get("reason")?.as_str()? {
            "max_output_tokens" => "length",
            other => other,
        },
        _ => return None,
    };
    Some(reason.to_owned())
}

/// Tells whether a turn of Google's automatic function calling is a model's request for a tool.
fn asks_for_tool(turn: &Value) -> bool {
    let has_call = |part: &Value| {
        part.get("function_call").or_else(|| part.get("functionCall")).is_some_and(Value::is_object)
    };
    turn.get("parts").and_then(Value::as_array).is_some_and(|parts| parts.iter().any(has_call))
}

fn gather_usage(object: &Map<String, Value>, found: &mut Found) {
    for key in USAGE_KEYS {
        let Some(Value::Object(usage)) = object.get(key) else { continue };
        let is_langchain = key == "usage_metadata" && usage.contains_key("input_tokens");
        merge(if is_langchain { &mut found.langchain } else { &mut found.usage }, usage);
    }
    if let Some(Value::Object(metrics)) = object.get("amazon-bedrock-invocationMetrics") {
        merge(&mut found.metrics, metrics);
    }
    if COUNTS_ON_TOP.iter().any(|key| object.contains_key(*key)) {
        let numbers = object.iter().filter(|(_, value)| value.is_number());
        merge(&mut found.metrics, &numbers.map(|(key, value)| (key.clone(), value.clone())).collect());
        if let Some(output) = titan_output(object) {
            found.metrics.insert("outputTokens".to_owned(), output.into());
        }
    }
}

/// Sums the output of an Amazon Titan answer, which counts it per result.
fn titan_output(object: &Map<String, Value>) -> Option<u64> {
    let results = object.get("results")?.as_array()?;
    results.iter().filter_map(|result| result.get("tokenCount")?.as_u64()).reduce(u64::saturating_add)
}

/// Merges the usage of a later chunk into that of earlier ones. Counts of a stream only grow, so the larger one stays: a
/// last chunk that leaves a count out, or repeats it as zero, takes nothing away.
fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (_, Value::Null) => {}
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            (Some(old), new) => {
                let shrinks = old.as_f64().zip(new.as_f64()).is_some_and(|(old, new)| new < old);
                if !shrinks {
                    *old = new.clone();
                }
            }
            (None, new) => {
                into.insert(key.clone(), new.clone());
            }
        }
    }
}

/// Tells whether an answer is one of an embedding model, some of which report a total only.
fn is_embedding(body: &Value) -> bool {
    let first = body.get("data").and_then(|data| data.get(0));
    first.is_some_and(|item| {
        item.get("embedding").is_some() || item.get("object").and_then(Value::as_str) == Some("embedding")
    })
}
