//! The captured traces, as spans and truths.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use otel_genai_pipeline::Span;
use serde_json::Value as Json;

/// One captured file.
pub(crate) struct Capture {
    pub(crate) name: String,
    pub(crate) spans: Vec<Span>,
    pub(crate) truth: Json,
}

/// Reads every captured file.
pub(crate) fn captures() -> Vec<Capture> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/traces.jsonl.zst");
    let text = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let lines = std::str::from_utf8(&text).unwrap().lines();
    lines
        .map(|line| {
            let file: Json = serde_json::from_str(line).unwrap();
            let spans =
                items(&file["requests"]).flat_map(|request| spans(request).collect::<Vec<_>>()).collect();
            Capture { name: file["name"].as_str().unwrap().to_owned(), spans, truth: file["expect"].clone() }
        })
        .collect()
}

fn items(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

fn spans(request: &Json) -> impl Iterator<Item = Span> {
    items(&request["resourceSpans"]).flat_map(|resource| items(&resource["scopeSpans"])).flat_map(|scope| {
        let name = scope["scope"]["name"].as_str().unwrap_or_default().to_owned();
        items(&scope["spans"]).map(move |json| span(&name, json))
    })
}

fn span(scope: &str, json: &Json) -> Span {
    let id = |key: &str| SpanId::from_hex(json[key].as_str().unwrap_or_default()).unwrap_or(SpanId::INVALID);
    let trace = TraceId::from_hex(json["traceId"].as_str().unwrap()).unwrap();
    let events = items(&json["events"]).map(|event| {
        let name = event["name"].as_str().unwrap_or_default().to_owned();
        Event::new(name, time(&event["timeUnixNano"]), attributes(&event["attributes"]), 0)
    });
    let mut span_events = SpanEvents::default();
    span_events.events = events.collect();
    SpanData {
        span_context: SpanContext::new(
            trace,
            id("spanId"),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: id("parentSpanId"),
        parent_span_is_remote: false,
        span_kind: match json["kind"].as_u64() {
            Some(2) => SpanKind::Server,
            Some(3) => SpanKind::Client,
            _ => SpanKind::Internal,
        },
        name: json["name"].as_str().unwrap().to_owned().into(),
        start_time: time(&json["startTimeUnixNano"]),
        end_time: time(&json["endTimeUnixNano"]),
        attributes: attributes(&json["attributes"]),
        dropped_attributes_count: 0,
        events: span_events,
        links: SpanLinks::default(),
        status: match json["status"]["code"].as_u64() {
            Some(2) => Status::error("failed"),
            Some(1) => Status::Ok,
            _ => Status::Unset,
        },
        instrumentation_scope: InstrumentationScope::builder(scope.to_owned()).build(),
    }
    .into()
}

fn time(json: &Json) -> SystemTime {
    let nanos = json.as_u64().or_else(|| json.as_str()?.parse().ok()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}

fn attributes(json: &Json) -> Vec<KeyValue> {
    items(json)
        .map(|item| KeyValue::new(item["key"].as_str().unwrap().to_owned(), value(&item["value"])))
        .collect()
}

fn value(json: &Json) -> Value {
    if let Some(text) = json["stringValue"].as_str() {
        return text.to_owned().into();
    }
    if let Some(flag) = json["boolValue"].as_bool() {
        return flag.into();
    }
    if !json["intValue"].is_null() {
        let number = &json["intValue"];
        return number.as_i64().or_else(|| number.as_str()?.parse().ok()).unwrap().into();
    }
    if let Some(number) = json["doubleValue"].as_f64() {
        return number.into();
    }
    let values = items(&json["arrayValue"]["values"]);
    let texts: Option<Vec<_>> =
        values.map(|item| Some(item["stringValue"].as_str()?.to_owned().into())).collect();
    match texts {
        Some(texts) if json["arrayValue"].is_object() => Value::Array(Array::String(texts)),
        _ => json.to_string().into(),
    }
}
