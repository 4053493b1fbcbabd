//! Every captured request, read and written again, means the same field by field.

use std::collections::BTreeMap;
use std::path::Path;

use otel_genai_export::{JsonLinesReader, JsonLinesWriter};
use serde_json::{Map, Value};

#[test]
fn every_request_is_semantically_equal_after_a_round_trip() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/traces.jsonl.zst");
    let archive = zstd::decode_all(std::fs::File::open(path).expect("the archive is there")).expect("whole");
    let mut span_count = 0;
    for line in std::str::from_utf8(&archive).expect("UTF-8").lines() {
        let file: Value = serde_json::from_str(line).expect("the archive's lines are JSON");
        for request in file["requests"].as_array().expect("a list of requests") {
            let original = by_span(request);
            let again = by_span_of_lines(&round_trip(request));
            assert_eq!(again.len(), original.len(), "{}", file["name"]);
            for (id, span) in &original {
                assert_eq!(again.get(id), Some(span), "{} {id:?}", file["name"]);
            }
            span_count += original.len();
        }
    }
    assert_eq!(span_count, 917);
}

/// Reads a request and writes each span with its own resource, as `process` does.
fn round_trip(request: &Value) -> Vec<u8> {
    let text = request.to_string();
    let mut writer = JsonLinesWriter::new(Vec::new());
    for read in JsonLinesReader::new(text.as_bytes()) {
        let read = read.expect("captured requests are valid");
        writer.write(&read.resource, &[read.span]).expect("memory takes all");
    }
    writer.into_inner()
}

type SpansById = BTreeMap<(String, String), Value>;

fn by_span_of_lines(lines: &[u8]) -> SpansById {
    let text = std::str::from_utf8(lines).expect("JSON is UTF-8");
    text.lines().flat_map(|line| by_span(&serde_json::from_str(line).expect("JSON"))).collect()
}

/// Each span of a request with its resource and scope, normalised: what differs only in spelling is made the same.
fn by_span(request: &Value) -> SpansById {
    let mut spans = SpansById::new();
    for resource_spans in list(&request["resourceSpans"]) {
        let mut resource = resource_spans["resource"].clone();
        list_mut(&mut resource["attributes"]).sort_by_key(|attribute| attribute["key"].to_string());
        for scope_spans in list(&resource_spans["scopeSpans"]) {
            for span in list(&scope_spans["spans"]) {
                let whole = normalised(&serde_json::json!({
                    "resource": resource,
                    "resourceUrl": resource_spans["schemaUrl"],
                    "scope": scope_spans["scope"],
                    "scopeUrl": scope_spans["schemaUrl"],
                    "span": span,
                }));
                let id = |field: &str| span[field].as_str().expect("hexadecimal").to_owned();
                let previous = spans.insert((id("traceId"), id("spanId")), whole);
                assert!(previous.is_none(), "the same span twice");
            }
        }
    }
    spans
}

/// Drops what equals its default and writes 64-bit integers as strings. Every other difference stays one.
fn normalised(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, field) in fields {
                let mut field = normalised(field);
                match key.as_str() {
                    "intValue" | "startTimeUnixNano" | "endTimeUnixNano" | "timeUnixNano"
                        if field.is_number() =>
                    {
                        field = Value::String(field.to_string());
                    }
                    // Bit 8 says that bit 9 is known; we always know it.
                    "flags" => field = Value::from(field.as_u64().expect("a number") | 0x100),
                    // Doubles may be written as integers.
                    "doubleValue" => field = Value::from(field.as_f64().expect("a number")),
                    _ => {}
                }
                // A value keeps its member: an empty string is not the same as no value.
                let is_value = key.ends_with("Value");
                let is_default = matches!(&field, Value::Null)
                    || field.as_str().is_some_and(str::is_empty)
                    || field.as_u64() == Some(0)
                    || field.as_array().is_some_and(Vec::is_empty)
                    || field.as_object().is_some_and(Map::is_empty);
                if is_value || !is_default {
                    kept.insert(key.clone(), field);
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(normalised).collect()),
        scalar => scalar.clone(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn list_mut(value: &mut Value) -> &mut [Value] {
    value.as_array_mut().map_or(&mut [], Vec::as_mut_slice)
}
