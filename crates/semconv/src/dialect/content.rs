//! Messages, tools and documents, from whatever form a dialect gives them.

use opentelemetry::{Array, Value};
use otel_genai_pipeline::Span;
use serde_json::{Map, Value as Json, json};

use super::aliases::NUMBERED;
use super::fact::Fact;
use super::index::{Found, Slot};
use super::numbered;
use super::reading::Reading;
use super::write::Changes;
use crate::messages::{self, Message, Part};
use crate::names::gen_ai;
use crate::{Operation, Role, text, value};

/// Adds the content that stands in another form than the conventions'.
pub(super) fn write(reading: &Reading, span: &Span, found: &Found<'_>, changes: &mut Changes) {
    let is_canonical = |fact: Fact| found.slot(fact).is_some_and(Slot::is_canonical);
    // A step's messages are those of its calls, or whatever its function got; only calls and runs have a conversation.
    let converses = match reading.role {
        Role::LlmCall | Role::Agent => true,
        Role::RollUp => reading.operation == Some(Operation::InvokeAgent),
        _ => false,
    };
    if converses && !is_canonical(Fact::InputMessages) {
        let messages = input(span, found);
        if messages.iter().any(|message| !message.parts.is_empty()) {
            changes.set(gen_ai::INPUT_MESSAGES, messages::to_json(&messages));
        }
    }
    if converses && !is_canonical(Fact::OutputMessages) {
        let mut messages = output(span, found);
        add_finish_reasons(&mut messages, &reading.finish_reasons);
        if messages.iter().any(|message| !message.parts.is_empty()) {
            changes.set(gen_ai::OUTPUT_MESSAGES, messages::to_json(&messages));
        }
    }
    if !is_canonical(Fact::SystemInstructions)
        && let Some(parts) = system_instructions(reading.role, found)
    {
        changes.set(gen_ai::SYSTEM_INSTRUCTIONS, messages::parts_to_json(&parts));
    }
    if !is_canonical(Fact::ToolDefinitions)
        && let Some(tools) = tool_definitions(span, found)
    {
        changes.set(gen_ai::TOOL_DEFINITIONS, tools.to_string());
    }
    match reading.role {
        Role::Tool => tool_content(found, changes),
        Role::Retrieval => retrieval_content(span, found, changes),
        _ => {}
    }
}

/// Tells whether a numbered attribute's content was moved to an attribute of its own.
pub(super) fn is_moved_number(key: &str, span: &Span, changes: &Changes) -> bool {
    let Some((_, fact)) = NUMBERED.iter().find(|(prefix, _)| key.starts_with(prefix)) else { return false };
    let name = match fact {
        Fact::InputMessages => gen_ai::INPUT_MESSAGES,
        Fact::OutputMessages => gen_ai::OUTPUT_MESSAGES,
        Fact::ToolDefinitions => gen_ai::TOOL_DEFINITIONS,
        _ => return false,
    };
    changes.sets(name) || span.get(name).is_some()
}

fn numbered_items(span: &Span, found: &Found<'_>, fact: Fact) -> Vec<Json> {
    let prefix = found.numbered.iter().find(|(known, _)| *known == fact).map(|(_, prefix)| *prefix);
    prefix.map(|prefix| numbered::collect(span, prefix)).unwrap_or_default()
}

fn input(span: &Span, found: &Found<'_>) -> Vec<Message> {
    let numbered = numbered_items(span, found, Fact::InputMessages);
    if !numbered.is_empty() {
        return numbered.iter().map(|item| numbered_message(item, "user")).collect();
    }
    if let Some(slot) = found.slot(Fact::InputMessages) {
        return read_messages(slot.value(), "user");
    }
    let events = event_messages(span, false);
    if !events.is_empty() {
        return events;
    }
    any(found, Fact::AnyInput, "user")
}

fn output(span: &Span, found: &Found<'_>) -> Vec<Message> {
    let numbered = numbered_items(span, found, Fact::OutputMessages);
    if !numbered.is_empty() {
        return numbered.iter().map(|item| numbered_message(item, "assistant")).collect();
    }
    let assembled = assembled_output(found);
    if !assembled.parts.is_empty() {
        return vec![assembled];
    }
    if let Some(slot) = found.slot(Fact::OutputMessages) {
        let mut messages = read_messages(slot.value(), "assistant");
        // Logfire's list of events begins with what was asked.
        let asked =
            messages.iter().rposition(|message| message.role != "assistant").map_or(0, |last| last + 1);
        if asked < messages.len() {
            messages.drain(..asked);
        }
        return messages;
    }
    let events = event_messages(span, true);
    if !events.is_empty() {
        return events;
    }
    any(found, Fact::AnyOutput, "assistant")
}

/// What a library wrote as "the input" or "the output" of a span, which is messages only if it can be read as such.
fn any(found: &Found<'_>, fact: Fact, speaker: &str) -> Vec<Message> {
    let Some(slot) = found.slot(fact) else { return Vec::new() };
    let messages = read_messages(slot.value(), speaker);
    let is_understood = |message: &Message| message.parts.iter().any(|part| !matches!(part, Part::Other(_)));
    if messages.iter().any(is_understood) { messages } else { Vec::new() }
}

/// Reads messages from a value; what names no speaker is said by `speaker`.
fn read_messages(value: &Value, speaker: &str) -> Vec<Message> {
    let json = match value::json(value) {
        Json::String(text) if text.is_empty() => return Vec::new(),
        Json::String(text) => return vec![Message::text(speaker, text)],
        json => json,
    };
    let mut messages = messages::from_value(&json);
    for message in &mut messages {
        // The reader of shapes takes what names no speaker for a user's.
        if speaker == "assistant" && message.role == "user" && !names_speaker(&json) {
            speaker.clone_into(&mut message.role);
        }
    }
    messages
}

fn names_speaker(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().any(names_speaker),
        Json::Object(object) => object.contains_key("role") || object.values().any(names_speaker),
        _ => false,
    }
}

/// The Vercel AI SDK spreads an answer over text, tool calls and reasoning.
fn assembled_output(found: &Found<'_>) -> Message {
    let mut parts = Vec::new();
    if let Some(content) = found.text(Fact::OutputReasoning) {
        parts.push(Part::Reasoning { content: content.into_owned() });
    }
    if let Some(text) = found.text(Fact::OutputText) {
        parts.push(Part::text(text));
    }
    if let Some(slot) = found.slot(Fact::OutputToolCalls)
        && let Json::Array(calls) = value::json(slot.value())
    {
        parts.extend(messages::parts_from_value(&with_type(calls, "tool-call")));
    }
    Message { role: "assistant".to_owned(), parts, ..Message::default() }
}

/// Adds the type that items of a list have by where they stand.
fn with_type(items: Vec<Json>, kind: &str) -> Json {
    let add = |mut item: Json| {
        if let Json::Object(object) = &mut item {
            object.entry("type").or_insert_with(|| kind.into());
        }
        item
    };
    items.into_iter().map(add).collect()
}

/// One message of a numbered list. OpenInference wraps each level: `message`, `message_content`, `tool_call`.
fn numbered_message(item: &Json, speaker: &str) -> Message {
    let message =
        item.get("message").or_else(|| item.get("prompt")).or_else(|| item.get("completion")).unwrap_or(item);
    let Some(fields) = message.as_object() else { return Message::text(speaker, as_text(message)) };
    let mut plain = Map::new();
    plain.insert("role".to_owned(), fields.get("role").cloned().unwrap_or_else(|| speaker.into()));
    for key in ["content", "name", "tool_call_id", "finish_reason"] {
        if let Some(value) = fields.get(key) {
            plain.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(text) = fields.get("text") {
        plain.entry("content").or_insert_with(|| text.clone());
    }
    if let Some(Json::Array(contents)) = fields.get("contents") {
        plain.insert("content".to_owned(), contents.iter().map(numbered_content).collect());
    }
    if let Some(Json::Array(calls)) = fields.get("tool_calls") {
        let calls = calls.iter().map(|call| call.get("tool_call").unwrap_or(call).clone());
        plain.insert("tool_calls".to_owned(), calls.collect());
    }
    let mut messages = messages::from_value(&Json::Object(plain));
    match messages.len() {
        1 => messages.remove(0),
        _ => Message { role: speaker.to_owned(), ..Message::default() },
    }
}

/// One part of a message's `contents`: the fields stand under `message_content`, a tool call's under `tool_call`.
fn numbered_content(item: &Json) -> Json {
    if let Some(call) = item.get("tool_call") {
        return with_type(vec![call.clone()], "function").get(0).cloned().unwrap_or_default();
    }
    let content = item.get("message_content").unwrap_or(item);
    let kind = content.get("type").and_then(Json::as_str).unwrap_or("text");
    match (kind, content.get("text")) {
        ("reasoning", Some(text)) => json!({"type": "reasoning", "content": text}),
        ("text", Some(text)) => json!({"type": "text", "content": text}),
        _ => content.clone(),
    }
}

fn as_text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// The conventions' former events: one per message, in order.
fn event_messages(span: &Span, answers: bool) -> Vec<Message> {
    let mut messages = Vec::new();
    for event in span.events() {
        let role = match event.name.as_ref() {
            "gen_ai.system.message" => "system",
            "gen_ai.user.message" => "user",
            "gen_ai.assistant.message" => "assistant",
            "gen_ai.tool.message" => "tool",
            "gen_ai.choice" => "choice",
            _ => continue,
        };
        if (role == "choice") != answers {
            continue;
        }
        let speaker = if answers { "assistant" } else { role };
        let mut message = Map::new();
        for attribute in &event.attributes {
            message.insert(attribute.key.as_str().to_owned(), value::json(&attribute.value));
        }
        let content = message.remove("message").or_else(|| message.remove("content"));
        match content {
            Some(Json::Object(inner)) => message.extend(inner),
            Some(content) => drop(message.insert("content".to_owned(), content)),
            None => {}
        }
        message.insert("role".to_owned(), speaker.into());
        messages.extend(messages::from_value(&Json::Object(message)));
    }
    messages
}

/// Puts each choice's finish reason into its message, where backends look for it.
fn add_finish_reasons(messages: &mut [Message], reasons: &[String]) {
    for (index, message) in messages.iter_mut().enumerate() {
        if message.finish_reason.is_none() {
            message.finish_reason = reasons.get(index).or_else(|| reasons.first()).cloned();
        }
    }
}

/// Instructions that a request carries apart from its messages.
fn system_instructions(role: Role, found: &Found<'_>) -> Option<Vec<Part>> {
    if let Some(slot) = found.slot(Fact::SystemInstructions) {
        return Some(messages::parts_from_value(&value::json(slot.value())));
    }
    // Where messages stand in attributes, the instructions are the first of them.
    if role != Role::LlmCall || found.numbered.iter().any(|(fact, _)| *fact == Fact::InputMessages) {
        return None;
    }
    let request = found.slot(Fact::InputMessages).or_else(|| found.slot(Fact::AnyInput))?;
    if request.is_canonical() {
        return None;
    }
    let Json::Object(request) = value::json(request.value()) else { return None };
    let config = request.get("config").and_then(Json::as_object);
    let keys = ["system", "instructions", "system_instruction", "systemInstruction"];
    let instructions = keys.iter().find_map(|key| request.get(*key).or_else(|| config?.get(*key)))?;
    let parts = messages::parts_from_value(instructions.get("parts").unwrap_or(instructions));
    parts.iter().any(|part| matches!(part, Part::Text { content } if !content.is_empty())).then_some(parts)
}

/// Tool definitions that are spread over attributes, or a list of JSON texts.
fn tool_definitions(span: &Span, found: &Found<'_>) -> Option<Json> {
    let items = numbered_items(span, found, Fact::ToolDefinitions);
    let tools: Vec<Json> = if items.is_empty() {
        match found.slot(Fact::ToolDefinitions)?.value() {
            Value::Array(Array::String(texts)) => {
                texts.iter().filter_map(|text| serde_json::from_str(text.as_str()).ok()).collect()
            }
            // JSON text is copied as it is.
            _ => return None,
        }
    } else {
        items.iter().map(numbered_tool).collect()
    };
    (!tools.is_empty()).then(|| tools.into_iter().map(flat_tool).collect())
}

/// `llm.tools.N.tool.json_schema` is JSON text; `llm.request.functions.N.parameters` may be.
fn numbered_tool(item: &Json) -> Json {
    let schema = item.get("tool").and_then(|tool| tool.get("json_schema"));
    if let Some(schema) = schema {
        return schema.as_str().and_then(text::parse_nested).unwrap_or_else(|| schema.clone());
    }
    let mut item = item.clone();
    if let Some(parameters) = item.get("parameters").and_then(Json::as_str).and_then(text::parse_nested) {
        item["parameters"] = parameters;
    }
    item
}

/// OpenAI nests a function's name under `function`; the convention does not.
fn flat_tool(tool: Json) -> Json {
    let Json::Object(mut tool) = tool else { return tool };
    if let Some(Json::Object(function)) = tool.remove("function") {
        tool.extend(function);
    }
    if let Some(schema) = tool.remove("inputSchema").or_else(|| tool.remove("input_schema")) {
        tool.entry("parameters").or_insert(schema);
    }
    tool.entry("type").or_insert_with(|| "function".into());
    tool.retain(|_, value| !value.is_null());
    Json::Object(tool)
}

/// The input and output of a tool span are its arguments and its result.
fn tool_content(found: &Found<'_>, changes: &mut Changes) {
    let pairs = [
        (Fact::ToolArguments, Fact::AnyInput, gen_ai::TOOL_CALL_ARGUMENTS),
        (Fact::ToolResult, Fact::AnyOutput, gen_ai::TOOL_CALL_RESULT),
    ];
    for (own, any, name) in pairs {
        if found.slot(own).is_none()
            && let Some(slot) = found.slot(any)
        {
            changes.set(name, slot.value().clone());
        }
    }
}

/// The input of a retrieval is its query; its documents are kept as id and score only, as the convention says.
fn retrieval_content(span: &Span, found: &Found<'_>, changes: &mut Changes) {
    if found.slot(Fact::RetrievalQuery).is_none()
        && let Some(slot) = found.slot(Fact::AnyInput)
    {
        let query = match value::json(slot.value()) {
            Json::String(text) => Some(text),
            Json::Object(object) => {
                let query = ["query", "input", "q"].iter().find_map(|key| object.get(*key)?.as_str());
                query.map(str::to_owned)
            }
            _ => None,
        };
        if let Some(query) = query {
            changes.set(gen_ai::RETRIEVAL_QUERY_TEXT, query);
        }
    }
    let documents = numbered_items(span, found, Fact::RetrievalDocuments);
    let documents: Vec<Json> = documents
        .iter()
        .map(|item| {
            let document = item.get("document").unwrap_or(item);
            let known = ["id", "score"]
                .iter()
                .filter_map(|key| Some(((*key).to_owned(), document.get(*key)?.clone())));
            Json::Object(known.collect())
        })
        .filter(|document| document.as_object().is_some_and(|object| !object.is_empty()))
        .collect();
    if found.slot(Fact::RetrievalDocuments).is_none() && !documents.is_empty() {
        changes.set(gen_ai::RETRIEVAL_DOCUMENTS, Json::Array(documents).to_string());
    }
}
