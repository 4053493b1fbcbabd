//! Parses an answer's JSON text without keeping its content.
//!
//! An answer is mostly content: messages, embeddings, tool arguments. Only a few short fields matter here, so the parser
//! skips everything else instead of building it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Keys whose value is kept as a whole.
fn is_kept(key: &str) -> bool {
    matches!(
        key,
        "usage"
            | "usageMetadata"
            | "usage_metadata"
            | "token_usage"
            | "tokenUsage"
            | "meta"
            | "amazon-bedrock-invocationMetrics"
            | "incomplete_details"
            | "automatic_function_calling_history"
    )
}

/// Keys whose value is walked on, and kept if it is a text.
fn is_walked(key: &str) -> bool {
    matches!(
        key,
        "id" | "type"
            | "object"
            | "response_id"
            | "responseId"
            | "model"
            | "modelVersion"
            | "model_version"
            | "model_name"
            | "finish_reason"
            | "finishReason"
            | "stop_reason"
            | "stopReason"
            | "done_reason"
            | "status"
            | "service_tier"
            | "choices"
            | "candidates"
            | "generations"
            | "generation_info"
            | "message"
            | "kwargs"
            | "response_metadata"
            | "llm_output"
            | "response"
            | "delta"
            | "metadata"
            | "output"
            | "x_groq"
            | "data"
            | "raw"
            | "results"
            | "action"
            | "groundingMetadata"
            | "grounding_metadata"
            | "webSearchQueries"
            | "web_search_queries"
    )
}

/// Parses JSON, lines of JSON, server-sent events, or a Python dictionary's text; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with("{'") {
        return serde_json::from_str(&python_to_json(text)).ok();
    }
    if text.starts_with('"') {
        // A library that writes JSON text as a JSON string again (MLflow).
        return parse(&serde_json::from_str::<String>(text).ok()?);
    }
    if text.starts_with(['{', '['])
        && let Some(parsed) = parse_one(text)
    {
        return Some(parsed);
    }
    // Lines are chunks of a stream only if the first one is: a text may have JSON anywhere in it.
    if !["{", "data:", "event:", ":"].iter().any(|start| text.starts_with(start)) {
        return None;
    }
    let chunks: Vec<Value> = text
        .lines()
        .filter_map(|line| parse_one(line.strip_prefix("data:").unwrap_or(line).trim()))
        .filter(|chunk| chunk.is_object() || chunk.is_array())
        .collect();
    (!chunks.is_empty()).then_some(Value::Array(chunks))
}

fn parse_one(text: &str) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Prune.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    parsed
}

/// Turns the text of a Python dictionary (`repr`, as LiteLLM writes its usage) into JSON.
fn python_to_json(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let word = ["None", "True", "False"].into_iter().find(|word| rest.starts_with(word));
        if let Some(word) = word {
            json.push_str(if word == "None" {
                "null"
            } else if word == "True" {
                "true"
            } else {
                "false"
            });
            rest = &rest[word.len()..];
        } else if next == '\'' || next == '"' {
            rest = copy_string(&rest[1..], next, &mut json);
        } else {
            json.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    json
}

/// Copies a Python string up to its closing quote as a JSON string; returns what follows.
fn copy_string<'a>(text: &'a str, quote: char, json: &mut String) -> &'a str {
    json.push('"');
    let mut chars = text.char_indices();
    while let Some((index, next)) = chars.next() {
        match next {
            '\\' => match chars.next() {
                Some((_, '\'')) => json.push('\''),
                Some((_, escaped)) => {
                    json.push('\\');
                    json.push(escaped);
                }
                None => break,
            },
            _ if next == quote => {
                json.push('"');
                return &text[index + next.len_utf8()..];
            }
            '"' => json.push_str("\\\""),
            _ => json.push(next),
        }
    }
    json.push('"');
    ""
}

/// Builds a value without the content; `None` for what is not kept.
struct Prune;

impl<'de> DeserializeSeed<'de> for Prune {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Prune {
    type Value = Option<Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            kept.extend(item);
        }
        Ok(Some(Value::Array(kept)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut kept = Map::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            if is_kept(&key) {
                kept.insert(key.into_owned(), entries.next_value()?);
            } else if is_walked(&key) {
                if let Some(value) = entries.next_value_seed(Self)? {
                    kept.insert(key.into_owned(), value);
                }
            } else if let Some(number) = entries.next_value_seed(NumberOnly)? {
                // Ollama, and whoever hands us a bare usage object, has the counts on top.
                kept.insert(key.into_owned(), number);
            }
        }
        Ok(Some(Value::Object(kept)))
    }
}

/// An object's key, borrowed where the text has no escapes in it.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

/// Keeps a number, or an object of numbers such as `prompt_tokens_details`; skips anything else.
struct NumberOnly;

impl<'de> DeserializeSeed<'de> for NumberOnly {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NumberOnly {
    type Value = Option<Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut kept = Map::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            if let Some(number) = entries.next_value_seed(Self)? {
                kept.insert(key.into_owned(), number);
            }
        }
        Ok((!kept.is_empty()).then_some(Value::Object(kept)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_is_skipped_and_facts_are_kept() {
        let text = r#"{"id":"r1","choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"long"}}],
            "usage":{"prompt_tokens":3,"details":{"a":"b"}},"created":1,"big":["x"]}"#;
        let expected = json!({"id": "r1", "choices": [{"finish_reason": "stop", "message": {}}],
            "usage": {"prompt_tokens": 3, "details": {"a": "b"}}, "created": 1});
        assert_eq!(parse(text), Some(expected));
    }

    #[test]
    fn lines_events_and_python_are_read() {
        let events = "event: x\ndata: {\"id\": \"r1\"}\n\ndata: {\"usage\": {\"n\": 1}}\n\ndata: [DONE]\n";
        assert_eq!(parse(events), Some(json!([{"id": "r1"}, {"usage": {"n": 1}}])));
        let python = r#"{'prompt_tokens': 3, 'usage': None, 'id': 'it\'s "x"', 'stream': True}"#;
        assert_eq!(
            parse(python),
            Some(json!({"prompt_tokens": 3, "usage": null, "id": "it's \"x\"", "stream": true}))
        );
        assert_eq!(parse("plain text"), None);
        assert_eq!(parse("{broken"), None);
    }
}
