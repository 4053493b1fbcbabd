//! Spans that are hard on an encoder, and what must arrive of them.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use serde_json::{Value as Json, json};

const LONG_TEXT: usize = 100 << 10;

/// Lets the span's name decide; what is not chosen is recorded and reaches the pipeline all the same.
#[derive(Clone, Debug)]
pub(crate) struct ByName;

impl ShouldSample for ByName {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let chosen = !name.starts_with("unsampled");
        SamplingResult {
            decision: if chosen { SamplingDecision::RecordAndSample } else { SamplingDecision::RecordOnly },
            attributes: Vec::new(),
            trace_state: parent
                .map(|parent| parent.span().span_context().trace_state().clone())
                .unwrap_or_default(),
        }
    }
}

/// Ends four spans that leave the process, in two scopes, and two that do not.
pub(crate) fn end_awkward_spans(provider: &SdkTracerProvider) {
    let scope = InstrumentationScope::builder("interop")
        .with_version("1.2.3")
        .with_schema_url("https://opentelemetry.io/schemas/1.42.0")
        .with_attributes([KeyValue::new("scope.attribute", true)])
        .build();
    let tracer = provider.tracer_with_scope(scope);
    let caller = remote_context(0x51, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    let mut root = tracer
        .span_builder("remote parent")
        .with_kind(SpanKind::Server)
        .with_links(vec![Link::new(
            remote_context(7, "vendor=1"),
            vec![KeyValue::new("k", 1), KeyValue::new("k", 2)],
            0,
        )])
        .start_with_context(&tracer, &Context::new().with_remote_span_context(caller));
    root.set_attribute(KeyValue::new("repeated", "first"));
    root.set_attribute(KeyValue::new("between", ""));
    root.set_attribute(KeyValue::new("repeated", "last"));
    root.add_event("retry \u{1f501}", vec![KeyValue::new("attempt", 1), KeyValue::new("attempt", 2)]);
    root.set_status(Status::error("quota \"exceeded\"\nby 100 %"));
    let parent = Context::new().with_span(root);

    let mut values = tracer.start_with_context("every type of value", &parent);
    for (key, value) in [
        ("largest", Value::I64(i64::MAX)),
        ("smallest", Value::I64(i64::MIN)),
        ("double", Value::F64(0.1 + 0.2)),
        ("nan", Value::F64(f64::NAN)),
        ("infinite", Value::F64(f64::NEG_INFINITY)),
        ("bool", Value::Bool(false)),
        ("unicode \u{fc}", Value::from("\u{4f60}\u{597d} \u{1f980} \u{0} \u{7f} \u{2028} e\u{301}")),
        ("long", Value::from("x".repeat(LONG_TEXT))),
        ("bools", Value::Array(Array::Bool(vec![true, false]))),
        ("integers", Value::Array(Array::I64(vec![-1, 0, i64::MAX]))),
        ("doubles", Value::Array(Array::F64(vec![0.5, -0.0]))),
        ("texts", Value::Array(Array::String(vec!["".into(), "\u{e9}".into()]))),
        ("empty", Value::Array(Array::String(Vec::new()))),
    ] {
        values.set_attribute(KeyValue::new(key, value));
    }
    values.set_status(Status::Ok);
    values.end();

    let now = SystemTime::now();
    let mut backwards =
        tracer.span_builder("clock jumped back").with_start_time(now).start_with_context(&tracer, &parent);
    backwards.end_with_timestamp(now - Duration::from_secs(3600));
    tracer.start_with_context("unsampled child", &parent).end();
    parent.span().end();

    provider.tracer("plain").start("another trace").end();
    provider.tracer("plain").start("unsampled trace").end();
}

fn remote_context(id: u64, state: &str) -> SpanContext {
    let state: TraceState = state.parse().unwrap();
    SpanContext::new(TraceId::from(u128::from(id) << 64), SpanId::from(id), TraceFlags::SAMPLED, true, state)
}

/// Checks the decoded spans against what was sent.
pub(crate) fn assert_arrived(spans: &[Json]) {
    let named =
        |name: &str| spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(spans.len(), 4);

    let root = named("remote parent");
    assert_eq!(root["traceId"], "00000000000000510000000000000000");
    assert_eq!(root["parentSpanId"], "0000000000000051");
    assert_eq!(root["traceState"], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    assert_eq!(root["flags"], 0x301, "sampled, with a parent known to be remote");
    assert_eq!(root["kind"], "SPAN_KIND_SERVER");
    assert_eq!(
        root["attributes"],
        json!({"repeated": {"stringValue": "last"}, "between": {"stringValue": ""}})
    );
    assert_eq!(root["events"][0]["name"], "retry \u{1f501}");
    assert_eq!(root["events"][0]["attributes"], json!({"attempt": {"intValue": "2"}}));
    assert_eq!(root["links"][0]["attributes"], json!({"k": {"intValue": "2"}}));
    assert_eq!(root["links"][0]["traceState"], "vendor=1");
    assert_eq!(
        root["status"],
        json!({"code": "STATUS_CODE_ERROR", "message": "quota \"exceeded\"\nby 100 %"})
    );
    assert_eq!(root["resource"], json!({"service.name": {"stringValue": "interop"}, "a": {"intValue": "1"}}));
    assert_eq!((&root["scope"]["name"], &root["scope"]["version"]), (&json!("interop"), &json!("1.2.3")));

    let values = named("every type of value");
    let attributes = &values["attributes"];
    assert_eq!(values["parentSpanId"], root["spanId"]);
    assert_eq!(values["flags"], 0x101);
    assert_eq!(values["status"], json!({"code": "STATUS_CODE_OK"}));
    assert_eq!(attributes["largest"]["intValue"], "9223372036854775807");
    assert_eq!(attributes["double"]["doubleValue"], json!(0.1 + 0.2));
    assert_eq!(attributes["nan"]["doubleValue"], "NaN");
    assert_eq!(
        attributes["unicode \u{fc}"]["stringValue"],
        "\u{4f60}\u{597d} \u{1f980} \u{0} \u{7f} \u{2028} e\u{301}"
    );
    assert_eq!(attributes["long"]["stringValue"].as_str().map(str::len), Some(LONG_TEXT));
    assert_eq!(attributes["texts"]["arrayValue"]["values"][1], json!({"stringValue": "\u{e9}"}));

    let backwards = named("clock jumped back");
    assert_eq!(backwards["startTimeUnixNano"], backwards["endTimeUnixNano"]);
    assert_eq!(named("another trace")["scope"], json!({"name": "plain"}));
}
