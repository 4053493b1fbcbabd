//! Without stages, what comes out is what went in.

use std::path::Path;

use serde_json::{Value, json};

use super::otlp::{self, spans_by_id};
use crate::program::Scratch;

/// Compares span by span, field by field, so that a failure shows the field.
#[track_caller]
fn assert_same_spans(name: &str, given: &[Value], written: &str) {
    let given = spans_by_id(given);
    let written = spans_by_id(&otlp::requests(written));
    assert!(given.keys().eq(written.keys()), "{name}: other spans came back");
    for (id, given) in &given {
        let (given, written) =
            (given.as_object().expect("an object"), written[id].as_object().expect("an object"));
        for field in given.keys().chain(written.keys()) {
            assert_eq!(given.get(field), written.get(field), "{name}: {field} of {id:?}");
        }
    }
}

/// Stages are there to change spans.
const ALL_STAGES_OFF: &[&str] = &[
    "--set",
    "enrichment.enabled=false",
    "--set",
    "guardrails.enabled=false",
    "--set",
    "redaction.enabled=false",
];

#[test]
fn every_recorded_trace_comes_back_equal() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/traces.jsonl.zst");
    let archive = zstd::decode_all(std::fs::File::open(path).expect("the data is there")).expect("zstd");
    let scratch = Scratch::new();
    let mut files = 0;
    let mut spans = 0;
    for file in otlp::requests(std::str::from_utf8(&archive).expect("UTF-8")) {
        let requests = file["requests"].as_array().expect("a list");
        let lines: String = requests.iter().map(|request| format!("{request}\n")).collect();
        let ended = scratch.process_with(ALL_STAGES_OFF, &lines);
        let name = file["name"].as_str().expect("a name");
        assert_same_spans(name, requests, ended.success());
        let count = spans_by_id(requests).len();
        assert!(ended.stderr.contains(&format!("written   {count} span")), "{}", ended.stderr);
        files += 1;
        spans += count;
    }
    assert_eq!((files, spans), (270, 917), "as tests/data/README.md has it");
}

/// Returns a request with every field of a span, and with values that the recorded traces do not have.
fn every_field() -> Value {
    let attributes = json!([
        { "key": "count", "value": { "intValue": i64::MIN } },
        { "key": "ratio", "value": { "doubleValue": 0.1 } },
        { "key": "yes", "value": { "boolValue": false } },
        { "key": "empty", "value": { "stringValue": "" } },
        { "key": "list", "value": { "arrayValue": { "values": [{ "intValue": "1" }, { "intValue": 2 }] } } },
        { "key": "text", "value": { "stringValue": "\u{0}\n\"é\u{1f600}" } },
    ]);
    let span = json!({
        "traceId": "5b8aa5a2d2c872e8321cf37308d69df2",
        "spanId": "051581bf3cb55c13",
        "parentSpanId": "051581bf3cb55c12",
        "traceState": "ot=th:8,vendor=x",
        "flags": 0x301,
        "name": "chat",
        "kind": 5,
        "startTimeUnixNano": 1_700_000_000_000_000_001_u64,
        "endTimeUnixNano": "1700000000000000002",
        "attributes": attributes,
        "droppedAttributesCount": 3,
        "events": [{ "timeUnixNano": "1700000000000000001", "name": "e", "attributes": attributes,
                     "droppedAttributesCount": 1 }],
        "droppedEventsCount": 2,
        "links": [{ "traceId": "5b8aa5a2d2c872e8321cf37308d69df3", "spanId": "051581bf3cb55c14",
                    "traceState": "a=b", "attributes": attributes, "droppedAttributesCount": 4, "flags": 0x301 }],
        "droppedLinksCount": 1,
        "status": { "code": 2, "message": "failed" },
    });
    let mut other = span.clone();
    other["spanId"] = "051581bf3cb55c15".into();
    other["name"] = "".into();
    let resource =
        |name: &str| json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": name } }] });
    let scope = json!({ "name": "scope", "version": "1", "attributes": attributes });
    json!({ "resourceSpans": [
        { "resource": resource("a"), "schemaUrl": "https://example.org/a",
          "scopeSpans": [{ "scope": scope, "schemaUrl": "https://example.org/s", "spans": [span] }] },
        { "resource": resource("b"), "scopeSpans": [{ "spans": [other] }] },
    ] })
}

#[test]
fn every_field_comes_back_equal() {
    let request = every_field();
    let ended = Scratch::new().process_with(&[], request.to_string());
    assert_same_spans("every field", &[request], ended.success());
}

/// Without this, a comparison that looks away would make the tests above pass.
#[test]
fn the_comparison_sees_every_change() {
    let request = every_field();
    let expected = otlp::spans(std::slice::from_ref(&request));
    let mut leaves = Vec::new();
    collect_leaves(&request, "", &mut leaves);
    assert!(leaves.len() > 80, "{}", leaves.len());
    for leaf in leaves {
        let mut changed = request.clone();
        let value = changed.pointer_mut(&leaf).expect("a leaf");
        *value = match &*value {
            Value::Bool(value) => (!value).into(),
            Value::Number(number) if number.is_f64() => 0.2.into(),
            Value::Number(number) => (number.as_i64().unwrap_or_default() ^ 0x301).into(),
            _ => "7".into(),
        };
        assert_ne!(otlp::spans(&[changed]), expected, "{leaf}");
    }
}

fn collect_leaves(value: &Value, path: &str, leaves: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect_leaves(value, &format!("{path}/{name}"), leaves));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| collect_leaves(value, &format!("{path}/{index}"), leaves));
        }
        _ => leaves.push(path.to_owned()),
    }
}
