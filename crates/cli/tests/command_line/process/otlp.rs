//! OTLP/JSON as test data, and what two requests have in common whatever their spelling.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A request line with one span.
pub(crate) fn line(service: &str, trace: u8, span: u8, parent: Option<u8>) -> String {
    let mut json = json!({
        "traceId": format!("{trace:032x}"),
        "spanId": format!("{span:016x}"),
        "name": format!("span {span}"),
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": format!("17000000000000{span:05}"),
    });
    if let Some(parent) = parent {
        json["parentSpanId"] = format!("{parent:016x}").into();
    }
    let resource = json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] });
    let scopes = json!([{ "scope": { "name": "test" }, "spans": [json] }]);
    json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] }).to_string()
}

/// Returns the names of the spans in these lines, in their order.
pub(crate) fn names(lines: &str) -> Vec<String> {
    spans(&requests(lines))
        .into_iter()
        .map(|span| span["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Parses lines of requests.
pub(crate) fn requests(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Returns all spans of these requests, each with its resource and scope, in one spelling.
///
/// 64-bit integers become strings, defaults are left out, attributes become an object in which the last of a repeated
/// key counts, and flags say what they mean. An array without items has no kind.
pub(crate) fn spans(requests: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    for resource_spans in requests.iter().flat_map(|request| items(&request["resourceSpans"])) {
        for scope_spans in items(&resource_spans["scopeSpans"]) {
            for span in items(&scope_spans["spans"]) {
                let mut span = normal(span);
                let fields = span.as_object_mut().expect("a span is an object");
                let flags = fields.remove("flags").map_or(0, |flags| flags.as_str().map_or(0, number));
                fields.insert("sampled flag".into(), (flags & 1 != 0).into());
                fields.insert("parent is remote".into(), (flags & 0x300 == 0x300).into());
                for (name, holder) in [("resource", resource_spans), ("scope", scope_spans)] {
                    let absent_is_empty = holder.get(name).map_or_else(|| json!({}), normal);
                    fields.insert(name.into(), absent_is_empty);
                    fields.insert(format!("{name} schemaUrl"), normal(&holder["schemaUrl"]));
                }
                all.push(span);
            }
        }
    }
    all
}

/// Returns the spans by trace and span id.
pub(crate) fn spans_by_id(requests: &[Value]) -> BTreeMap<(String, String), Value> {
    let all = spans(requests);
    let count = all.len();
    let id = |span: &Value, name: &str| span[name].as_str().unwrap_or_default().to_lowercase();
    let by_id: BTreeMap<_, _> =
        all.into_iter().map(|span| ((id(&span, "traceId"), id(&span, "spanId")), span)).collect();
    assert_eq!(by_id.len(), count, "two spans have the same id");
    by_id
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn number(text: &str) -> u64 {
    text.parse().expect("a whole number")
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.iter().filter_map(normal_field).collect::<Map<_, _>>()),
        Value::Array(items) => items.iter().map(normal).collect(),
        // Not doubles, which stand in a field of their own.
        Value::Number(number) => number.to_string().into(),
        other => other.clone(),
    }
}

fn normal_field((name, value): (&String, &Value)) -> Option<(String, Value)> {
    let value = match name.as_str() {
        "attributes" => attributes(value),
        "doubleValue" => json!(value.as_f64().expect("a double")),
        // Values: what is default there is still a value.
        "stringValue" | "boolValue" => value.clone(),
        "intValue" | "arrayValue" => normal(value),
        _ => {
            let value = normal(value);
            let is_default = match &value {
                Value::Null => true,
                Value::String(text) => text.is_empty() || text == "0",
                Value::Array(items) => items.is_empty(),
                Value::Object(fields) => fields.is_empty(),
                _ => false,
            };
            if is_default && name != "value" {
                return None;
            }
            value
        }
    };
    Some((name.clone(), value))
}

fn attributes(list: &Value) -> Value {
    let attributes = items(list).iter().map(|attribute| {
        let key = attribute["key"].as_str().expect("a key is a text").to_owned();
        (key, normal(&attribute["value"]))
    });
    Value::Object(attributes.collect())
}
