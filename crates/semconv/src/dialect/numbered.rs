//! Lists that are spread over many attributes: `llm.input_messages.0.message.role` and the like.

use std::collections::BTreeMap;

use otel_genai_pipeline::Span;
use serde_json::{Map, Value};

use crate::value;

/// Deepest real name: `N.message.contents.N.message_content.image.image.url` and `N.message.tool_calls.N.tool_call.function.name`.
const MAX_DEPTH: usize = 12;

/// A node of the tree that the names form: each part of a name is a key, a number as well.
#[derive(Debug, Default)]
struct Node {
    value: Option<Value>,
    children: BTreeMap<Part, Self>,
}

/// One part of a name; numbers sort by value, so that 10 comes after 9.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Name(String),
}

/// Collects the attributes with this prefix into a JSON list; names become objects, numbers lists.
///
/// Gaps in the numbers close, so a wild index costs nothing. A repeated attribute counts by its last occurrence.
pub(super) fn collect(span: &Span, prefix: &str) -> Vec<Value> {
    let mut root = Node::default();
    for attribute in span.attributes() {
        let Some(rest) = attribute.key.as_str().strip_prefix(prefix) else { continue };
        let mut node = &mut root;
        for part in rest.splitn(MAX_DEPTH, '.') {
            let part = part.parse().map_or_else(|_| Part::Name(part.to_owned()), Part::Number);
            node = node.children.entry(part).or_default();
        }
        node.value = Some(match &attribute.value {
            opentelemetry::Value::String(text) => Value::String(text.as_str().to_owned()),
            other => value::json(other),
        });
    }
    match root.into_json() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

impl Node {
    fn into_json(self) -> Value {
        if self.children.is_empty() {
            return self.value.unwrap_or_default();
        }
        let is_list = self.children.keys().all(|part| matches!(part, Part::Number(_)));
        let children = self.children.into_iter();
        if is_list {
            return children.map(|(_, node)| node.into_json()).collect();
        }
        let entries = children.map(|(part, node)| match part {
            Part::Number(number) => (number.to_string(), node.into_json()),
            Part::Name(name) => (name, node.into_json()),
        });
        Value::Object(entries.collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otel_genai_pipeline::testing::SpanBuilder;
    use serde_json::json;

    #[test]
    fn numbers_become_lists_in_their_order() {
        let span = SpanBuilder::new("s")
            .attribute("m.10.role", "user")
            .attribute("m.9.role", "old")
            .attribute("m.9.role", "system")
            .attribute("m.9.calls.0.name", "f")
            .attribute("other.0", "x")
            .build();
        let expected = [json!({"role": "system", "calls": [{"name": "f"}]}), json!({"role": "user"})];
        assert_eq!(collect(&span, "m."), expected);
        assert_eq!(collect(&span, "none."), [json!(null); 0]);
    }
}
