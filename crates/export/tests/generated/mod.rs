//! Any span, for properties.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Which doubles a span may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubles {
    /// Only those that JSON has numbers for: neither not-a-number nor the infinities.
    pub(crate) finite_only: bool,
}

/// Any resource.
pub(crate) fn any_resource(doubles: Doubles) -> impl Strategy<Value = Resource> {
    (vec(attribute(doubles), 0..4), option::of(non_empty_text())).prop_map(|(attributes, url)| {
        Resource::builder_empty().with_schema_url(attributes, url.unwrap_or_default()).build()
    })
}

/// Any spans, of a few scopes, each as a file can hold it: valid ids, times from 1970 to 2554, no empty arrays but of
/// strings, no empty version or schema URL.
pub(crate) fn any_spans(doubles: Doubles) -> impl Strategy<Value = Vec<SpanData>> {
    vec(scope(doubles), 1..4).prop_flat_map(move |scopes| {
        vec((span(doubles), 0..scopes.len()), 1..6).prop_map(move |spans| {
            spans
                .into_iter()
                .map(|(span, index)| SpanData { instrumentation_scope: scopes[index].clone(), ..span })
                .collect()
        })
    })
}

fn span(doubles: Doubles) -> impl Strategy<Value = SpanData> {
    let identity = (context(false), any::<u64>(), any::<bool>(), kind(), text());
    let times = (time(), time());
    let details = (vec(attribute(doubles), 0..6), any::<u32>(), status());
    let events = (vec(event(doubles), 0..3), any::<u32>());
    let links = (vec(link(doubles), 0..3), any::<u32>());
    (identity, times, details, events, links).prop_map(|(identity, times, details, events, links)| {
        let mut span_events = SpanEvents::default();
        (span_events.events, span_events.dropped_count) = events;
        let mut span_links = SpanLinks::default();
        (span_links.links, span_links.dropped_count) = links;
        SpanData {
            span_context: identity.0,
            parent_span_id: SpanId::from(identity.1),
            parent_span_is_remote: identity.2,
            span_kind: identity.3,
            name: identity.4.into(),
            start_time: times.0,
            end_time: times.1,
            attributes: details.0,
            dropped_attributes_count: details.1,
            events: span_events,
            links: span_links,
            status: details.2,
            instrumentation_scope: InstrumentationScope::default(),
        }
    })
}

fn scope(doubles: Doubles) -> impl Strategy<Value = InstrumentationScope> {
    (text(), option::of(non_empty_text()), option::of(non_empty_text()), vec(attribute(doubles), 0..3))
        .prop_map(|(name, version, url, attributes)| {
            let mut builder = InstrumentationScope::builder(name).with_attributes(attributes);
            if let Some(version) = version {
                builder = builder.with_version(version);
            }
            if let Some(url) = url {
                builder = builder.with_schema_url(url);
            }
            builder.build()
        })
}

fn event(doubles: Doubles) -> impl Strategy<Value = Event> {
    (text(), time(), vec(attribute(doubles), 0..3), any::<u32>())
        .prop_map(|(name, time, attributes, dropped)| Event::new(name, time, attributes, dropped))
}

fn link(doubles: Doubles) -> impl Strategy<Value = Link> {
    (any::<bool>().prop_flat_map(context), vec(attribute(doubles), 0..3), any::<u32>())
        .prop_map(|(context, attributes, dropped)| Link::new(context, attributes, dropped))
}

fn context(is_remote: bool) -> impl Strategy<Value = SpanContext> {
    (1..=u128::MAX, 1..=u64::MAX, any::<u8>(), trace_state()).prop_map(move |(trace, span, flags, state)| {
        SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), is_remote, state)
    })
}

fn trace_state() -> impl Strategy<Value = TraceState> {
    // Anything but the separators; a blank at the end of a value is none of its own, says W3C.
    let value = text().prop_map(|text| text.replace([',', '='], "").trim_end_matches([' ', '\t']).to_owned());
    vec(("[a-z0-9][a-z0-9_*/-]{0,6}", value), 0..3)
        .prop_map(|members| TraceState::from_key_value(members).expect("valid by construction"))
}

fn kind() -> impl Strategy<Value = SpanKind> {
    prop_oneof![
        Just(SpanKind::Internal),
        Just(SpanKind::Server),
        Just(SpanKind::Client),
        Just(SpanKind::Producer),
        Just(SpanKind::Consumer),
    ]
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)]
}

fn time() -> impl Strategy<Value = SystemTime> {
    prop_oneof![Just(0), Just(u64::MAX), any::<u64>()]
        // Windows counts in steps of 100 ns.
        .prop_map(|nanoseconds| if cfg!(windows) { nanoseconds / 100 * 100 } else { nanoseconds })
        .prop_map(|nanoseconds| UNIX_EPOCH + Duration::from_nanos(nanoseconds))
}

fn attribute(doubles: Doubles) -> impl Strategy<Value = KeyValue> {
    (text(), value(doubles)).prop_map(|(key, value)| KeyValue::new(key, value))
}

fn value(doubles: Doubles) -> impl Strategy<Value = Value> {
    let string = || text().prop_map(StringValue::from);
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        integer().prop_map(Value::I64),
        double(doubles).prop_map(Value::F64),
        string().prop_map(Value::String),
        vec(any::<bool>(), 1..4).prop_map(|items| Value::Array(Array::Bool(items))),
        vec(integer(), 1..4).prop_map(|items| Value::Array(Array::I64(items))),
        vec(double(doubles), 1..4).prop_map(|items| Value::Array(Array::F64(items))),
        vec(string(), 0..4).prop_map(|items| Value::Array(Array::String(items))),
    ]
}

fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), any::<i64>()]
}

fn double(doubles: Doubles) -> BoxedStrategy<f64> {
    let finite = prop_oneof![
        Just(-0.0),
        Just(f64::MIN_POSITIVE / 3.0),
        Just(f64::MAX),
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
    ];
    if doubles.finite_only {
        finite.boxed()
    } else {
        prop_oneof![finite, Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)].boxed()
    }
}

/// Any Unicode text: control characters, quotes, emoji, right-to-left marks.
fn text() -> impl Strategy<Value = String> {
    vec(prop_oneof![any::<char>(), prop::char::range('\0', '\u{7f}')], 0..8)
        .prop_map(|characters| characters.into_iter().collect())
}

fn non_empty_text() -> impl Strategy<Value = String> {
    text().prop_filter("not empty", |text| !text.is_empty())
}
