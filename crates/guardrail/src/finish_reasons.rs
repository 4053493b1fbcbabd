//! Finish and stop reasons in attributes of their own.

use opentelemetry::{Array, KeyValue, Value};
use otel_genai_semconv::names::gen_ai;

use crate::shapes::finish_rule;
use crate::sink::{Hit, Place, Sink};
use crate::texts::with_structure;

/// Tells whether an attribute is a finish reason.
pub(crate) fn is_finish_reason(key: &str) -> bool {
    // What most are.
    if key == gen_ai::RESPONSE_FINISH_REASONS {
        return true;
    }
    matches!(key.as_bytes(), [.., b'a', b's', b'o', b'n'] | [.., b's', b'o', b'n', b's']) && {
        let name = key.rsplit('.').next().unwrap_or(key);
        matches!(
            name,
            "finish_reason"
                | "finish_reasons"
                | "finishReason"
                | "stop_reason"
                | "stopReason"
                | "stop_reasons"
                | "done_reason"
        )
    }
}

/// Tells whether a finish reason is none of those that almost all calls have.
pub(crate) fn may_stop(reason: &str) -> bool {
    !matches!(
        reason,
        "stop"
            | "STOP"
            | "end_turn"
            | "tool_calls"
            | "tool_use"
            | "length"
            | "max_tokens"
            | "MAX_TOKENS"
            | "completed"
    )
}

/// Reads the finish reasons of a span, or of one of its events.
pub(crate) fn read(attributes: &[KeyValue], event: Option<usize>, sink: &mut Sink) {
    for attribute in attributes {
        let key = attribute.key.as_str();
        if !is_finish_reason(key) {
            continue;
        }
        let mut add = |reason: &str, pointer: String| {
            if let Some((rule, word)) = finish_rule(reason) {
                let place = Place { attribute: key, event, pointer };
                sink.add(Hit::new(rule, place).native("finish_reason", &(*word).into()));
            }
        };
        match &attribute.value {
            Value::Array(Array::String(items)) => {
                for (index, item) in items.iter().enumerate() {
                    add(item.as_str(), format!("/{index}"));
                }
            }
            Value::String(text) => {
                let is_list = with_structure(text.as_str(), |json, _| {
                    for (index, item) in json.as_list().unwrap_or_default().iter().enumerate() {
                        add(item.as_str().unwrap_or_default(), format!("/{index}"));
                    }
                });
                if !is_list {
                    add(text.as_str(), String::new());
                }
            }
            _ => {}
        }
    }
}
