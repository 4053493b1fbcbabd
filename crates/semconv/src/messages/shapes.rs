//! The shapes in which libraries write messages.

use serde_json::{Map, Value, json};

use super::{Message, Part};
use crate::text::parse_nested;

/// LangChain nests messages in lists of lists and wrappers in wrappers; nothing real goes deeper than five.
const MAX_DEPTH: u8 = 8;

/// Keys under which an object wraps a list of messages, or one message.
const WRAPPERS: [&str; 9] =
    ["messages", "choices", "candidates", "generations", "output", "input", "contents", "message", "kwargs"];

/// Adds the messages that `json` holds.
pub(super) fn collect(json: &Value, messages: &mut Vec<Message>, depth: u8) {
    if depth > MAX_DEPTH {
        messages.push(other(json));
        return;
    }
    match json {
        Value::Array(items) => items.iter().for_each(|item| collect(item, messages, depth + 1)),
        Value::String(text) if !text.is_empty() => messages.push(Message::text("user", text)),
        Value::Object(object) => collect_object(object, json, messages, depth),
        _ => {}
    }
}

fn collect_object(object: &Map<String, Value>, json: &Value, messages: &mut Vec<Message>, depth: u8) {
    if let Some(item) = response_item(object) {
        // Items of one Responses answer stand side by side; consecutive ones of one role are one message.
        match messages.last_mut() {
            Some(last) if last.role == item.role && item.role == "assistant" => last.parts.extend(item.parts),
            _ => messages.push(item),
        }
        return;
    }
    if let Some(content @ Value::Object(inner)) = object.get("content")
        && inner.contains_key("parts")
    {
        // A candidate of Gemini: the message stands under `content`, its finish reason beside it.
        let before = messages.len();
        collect(content, messages, depth + 1);
        add_finish_reason(object, messages.get_mut(before..));
        return;
    }
    let is_message = ["role", "parts", "content"].iter().any(|key| object.contains_key(*key))
        || object.contains_key("tool_calls");
    if is_message && (object.contains_key("parts") || !object.contains_key("message")) {
        messages.push(message(object));
        return;
    }
    let before = messages.len();
    if let Some(wrapped) = WRAPPERS.iter().find_map(|key| object.get(*key)) {
        match parse_text(wrapped) {
            Some(parsed) => collect(&parsed, messages, depth + 1),
            None => collect(wrapped, messages, depth + 1),
        }
    } else {
        messages.push(other(json));
    }
    // A choice carries its finish reason, a LangChain constructor its role, beside the message.
    add_finish_reason(object, messages.get_mut(before..));
    if let (Some(role), Some(added)) = (constructor_role(object), messages.get_mut(before..)) {
        added.iter_mut().for_each(|message| role.clone_into(&mut message.role));
    }
}

fn add_finish_reason(object: &Map<String, Value>, messages: Option<&mut [Message]>) {
    for message in messages.into_iter().flatten() {
        if message.finish_reason.is_none() {
            message.finish_reason = text(object, &["finish_reason", "finishReason", "stop_reason"]);
        }
    }
}

/// What is no message is at least a part of one: `{"text": "…"}`, or whatever it is.
fn other(json: &Value) -> Message {
    Message { role: "user".to_owned(), parts: vec![part(json)], ..Message::default() }
}

fn message(object: &Map<String, Value>) -> Message {
    let mut parts = Vec::new();
    for key in ["reasoning_content", "thinking"] {
        if let Some(content) = text(object, &[key]) {
            parts.push(Part::Reasoning { content });
        }
    }
    let tool_call_id = text(object, &["tool_call_id", "toolCallId"]);
    let role = role(object, tool_call_id.is_some());
    match object.get("parts").or_else(|| object.get("content")) {
        Some(Value::String(content)) if role == "tool" => {
            parts.push(Part::ToolCallResponse { id: tool_call_id, response: content.as_str().into() });
        }
        Some(Value::String(content)) if !content.is_empty() => parts.push(Part::text(content)),
        Some(Value::Array(items)) if tool_call_id.is_some() => {
            parts.push(Part::ToolCallResponse { id: tool_call_id, response: Value::Array(items.clone()) });
        }
        Some(Value::Array(items)) => parts.extend(items.iter().map(part)),
        Some(content @ Value::Object(_)) => parts.push(part(content)),
        _ => {}
    }
    if let Some(content) = text(object, &["refusal"]) {
        parts.push(Part::Other(json!({"type": "refusal", "content": content})));
    }
    if let Some(Value::Array(calls)) = object.get("tool_calls") {
        for call in calls.iter().filter_map(tool_call) {
            // LangChain writes an Anthropic call twice: as content block and under `tool_calls`.
            if !parts.contains(&call) {
                parts.push(call);
            }
        }
    }
    Message {
        role,
        parts,
        name: text(object, &["name"]),
        finish_reason: text(object, &["finish_reason", "stop_reason"]),
    }
}

fn role(object: &Map<String, Value>, answers_tool: bool) -> String {
    let role = match text(object, &["role", "type"]) {
        Some(role) => role,
        None if answers_tool => return "tool".to_owned(),
        None => return "user".to_owned(),
    };
    match role.as_str() {
        "human" | "HumanMessage" => "user".to_owned(),
        "ai" | "AIMessage" | "AIMessageChunk" | "model" | "message" => "assistant".to_owned(),
        "developer" | "SystemMessage" => "system".to_owned(),
        "function" | "ToolMessage" => "tool".to_owned(),
        _ => role,
    }
}

/// Role by the class name that LangChain's serialisation puts last in `id`.
fn constructor_role(object: &Map<String, Value>) -> Option<&'static str> {
    match object.get("id")?.as_array()?.last()?.as_str()? {
        "HumanMessage" => Some("user"),
        "AIMessage" | "AIMessageChunk" => Some("assistant"),
        "SystemMessage" => Some("system"),
        "ToolMessage" => Some("tool"),
        _ => None,
    }
}

/// Items of an OpenAI Responses conversation that are not messages.
fn response_item(object: &Map<String, Value>) -> Option<Message> {
    let kind = object.get("type")?.as_str()?;
    let (role, part) = match kind {
        "function_call" | "custom_tool_call" => ("assistant", tool_call(&Value::Object(object.clone()))?),
        "function_call_output" | "custom_tool_call_output" => ("tool", part(&Value::Object(object.clone()))),
        "reasoning" => ("assistant", part(&Value::Object(object.clone()))),
        _ => return None,
    };
    Some(Message { role: role.to_owned(), parts: vec![part], ..Message::default() })
}

/// Reads one part, whatever its shape.
fn part(json: &Value) -> Part {
    let object = match json {
        Value::String(content) => return Part::text(content),
        Value::Object(object) => object,
        _ => return Part::Other(json.clone()),
    };
    let kind = object.get("type").and_then(Value::as_str).unwrap_or("");
    let read = match kind {
        "text" | "input_text" | "output_text" => string(object, &["content", "text"]).map(Part::text),
        "reasoning" | "thinking" => reasoning(object),
        "tool_call" | "tool_use" | "tool-call" | "function" | "function_call" => tool_call(json),
        "tool_call_response" | "tool_result" | "tool-result" | "function_call_output" => {
            Some(tool_response(object))
        }
        "" => untyped(object),
        _ => None,
    };
    read.unwrap_or_else(|| Part::Other(json.clone()))
}

/// Gemini and Bedrock name the kind of a part by its only key.
fn untyped(object: &Map<String, Value>) -> Option<Part> {
    let call = ["functionCall", "function_call", "toolUse"].iter().find_map(|key| object.get(*key));
    if let Some(call) = call {
        return tool_call(call);
    }
    let response =
        ["functionResponse", "function_response", "toolResult"].iter().find_map(|key| object.get(*key));
    if let Some(Value::Object(response)) = response {
        return Some(tool_response(response));
    }
    if let Some(Value::Object(reasoning)) = object.get("reasoningContent") {
        let nested = reasoning.get("reasoningText").and_then(Value::as_object).unwrap_or(reasoning);
        return text(nested, &["text"]).map(|content| Part::Reasoning { content });
    }
    let content = text(object, &["text"])?;
    match object.get("thought") {
        Some(Value::Bool(true)) => Some(Part::Reasoning { content }),
        _ => Some(Part::text(content)),
    }
}

fn reasoning(object: &Map<String, Value>) -> Option<Part> {
    if let Some(content) = string(object, &["content", "thinking", "text"]) {
        return Some(Part::Reasoning { content: content.to_owned() });
    }
    let summary = object.get("summary")?.as_array()?;
    let texts: Vec<&str> = summary.iter().filter_map(|item| item.get("text")?.as_str()).collect();
    (!texts.is_empty()).then(|| Part::Reasoning { content: texts.join("\n") })
}

fn tool_call(json: &Value) -> Option<Part> {
    let object = json.as_object()?;
    let function = object.get("function").and_then(Value::as_object).unwrap_or(object);
    let name = text(function, &["name", "toolName"])?;
    let arguments = ["arguments", "input", "args"].iter().find_map(|key| function.get(*key));
    let arguments = arguments.map_or(Value::Null, |value| parse_text(value).unwrap_or_else(|| value.clone()));
    let id = text(object, &["call_id", "id", "toolCallId", "toolUseId"]);
    Some(Part::ToolCall { id, name, arguments })
}

fn tool_response(object: &Map<String, Value>) -> Part {
    let keys = ["response", "result", "output", "content"];
    let response = keys.iter().find_map(|key| object.get(*key)).cloned().unwrap_or(Value::Null);
    let ids = ["id", "tool_use_id", "tool_call_id", "toolCallId", "toolUseId", "call_id"];
    Part::ToolCallResponse { id: text(object, &ids), response }
}

fn parse_text(value: &Value) -> Option<Value> {
    parse_nested(value.as_str()?)
}

fn string<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| object.get(*key)?.as_str())
}

/// Returns the first text of these that says something.
fn text(object: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    let texts = keys.iter().filter_map(|key| object.get(*key)?.as_str());
    texts.into_iter().find(|text| !text.is_empty()).map(str::to_owned)
}

/// Reads a list of parts; a message in it gives its own parts.
pub(super) fn parts(json: &Value) -> Vec<Part> {
    let items = match json {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    let mut parts = Vec::new();
    for item in items {
        match item.as_object() {
            Some(object) if object.contains_key("role") => parts.extend(message(object).parts),
            _ => parts.push(part(item)),
        }
    }
    parts
}
