//! From a request to spans.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::any_value::AttributeJson;
use super::flags::{HAS_IS_REMOTE, IS_REMOTE};
use super::id;
use super::request::{EventJson, LinkJson, ResourceJson, ScopeJson, SpanJson, StatusJson};
use super::scalar::{Enumeration, Integer, Text};

/// The kinds by number. Unspecified may be taken for internal, says trace.proto.
const KINDS: [(&str, SpanKind); 6] = [
    ("SPAN_KIND_UNSPECIFIED", SpanKind::Internal),
    ("SPAN_KIND_INTERNAL", SpanKind::Internal),
    ("SPAN_KIND_SERVER", SpanKind::Server),
    ("SPAN_KIND_CLIENT", SpanKind::Client),
    ("SPAN_KIND_PRODUCER", SpanKind::Producer),
    ("SPAN_KIND_CONSUMER", SpanKind::Consumer),
];

/// The status codes by number.
const STATUS_CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/// A text from the file is shown in an error only up to so many characters.
const SHOWN_CHARACTERS: usize = 64;

pub(super) fn resource(json: ResourceJson<'_>, schema_url: Text<'_>) -> Resource {
    Resource::builder_empty()
        .with_schema_url(attributes(json.attributes), schema_url.into_option().unwrap_or_default())
        .build()
}

pub(super) fn scope(json: ScopeJson<'_>, schema_url: Text<'_>) -> InstrumentationScope {
    let mut builder = InstrumentationScope::builder(json.name.0.into_owned())
        .with_attributes(json.attributes.into_iter().map(AttributeJson::into_attribute));
    if let Some(version) = json.version.into_option() {
        builder = builder.with_version(version);
    }
    if let Some(url) = schema_url.into_option() {
        builder = builder.with_schema_url(url);
    }
    builder.build()
}

/// A span read, and how many tracestates in it were not valid and therefore left out.
pub(super) struct DecodedSpan {
    pub(super) span: SpanData,
    pub(super) invalid_trace_states: u64,
}

/// Converts one span; the error says what is wrong with it.
pub(super) fn span(json: SpanJson<'_>, scope: InstrumentationScope) -> Result<DecodedSpan, String> {
    let mut invalid_trace_states = 0;
    let trace_id = TraceId::from_bytes(required_id("traceId", &json.trace_id)?);
    let span_id = SpanId::from_bytes(required_id("spanId", &json.span_id)?);
    let parent_span_id = SpanId::from_bytes(optional_id("parentSpanId", &json.parent_span_id)?);
    let (trace_flags, parent_span_is_remote) = flags(json.flags);
    let trace_state = trace_state(&json.trace_state, &mut invalid_trace_states);
    let mut events = SpanEvents::default();
    events.events = json.events.into_iter().map(event).collect::<Result<_, _>>()?;
    events.dropped_count = json.dropped_events_count.0;
    let mut links = SpanLinks::default();
    links.links =
        json.links.into_iter().map(|json| link(json, &mut invalid_trace_states)).collect::<Result<_, _>>()?;
    links.dropped_count = json.dropped_links_count.0;
    let span = SpanData {
        span_context: SpanContext::new(trace_id, span_id, trace_flags, false, trace_state),
        parent_span_id,
        parent_span_is_remote,
        span_kind: kind(&json.kind)?,
        name: owned(json.name),
        start_time: time("startTimeUnixNano", json.start_time_unix_nano)?,
        end_time: time("endTimeUnixNano", json.end_time_unix_nano)?,
        attributes: attributes(json.attributes),
        dropped_attributes_count: json.dropped_attributes_count.0,
        events,
        links,
        status: status(json.status)?,
        instrumentation_scope: scope,
    };
    Ok(DecodedSpan { span, invalid_trace_states })
}

fn event(json: EventJson<'_>) -> Result<Event, String> {
    Ok(Event::new(
        owned(json.name),
        time("timeUnixNano", json.time_unix_nano)?,
        attributes(json.attributes),
        json.dropped_attributes_count.0,
    ))
}

fn link(json: LinkJson<'_>, invalid_trace_states: &mut u64) -> Result<Link, String> {
    // The API keeps links to nothing if they have attributes, so absent ids are no error here.
    let trace_id = TraceId::from_bytes(optional_id("traceId of a link", &json.trace_id)?);
    let span_id = SpanId::from_bytes(optional_id("spanId of a link", &json.span_id)?);
    let (trace_flags, is_remote) = flags(json.flags);
    let trace_state = trace_state(&json.trace_state, invalid_trace_states);
    let context = SpanContext::new(trace_id, span_id, trace_flags, is_remote, trace_state);
    Ok(Link::new(context, attributes(json.attributes), json.dropped_attributes_count.0))
}

fn attributes(list: Vec<AttributeJson<'_>>) -> Vec<KeyValue> {
    list.into_iter().map(AttributeJson::into_attribute).collect()
}

fn owned(text: Text<'_>) -> Cow<'static, str> {
    Cow::Owned(text.0.into_owned())
}

fn required_id<const N: usize>(field: &str, text: &Text<'_>) -> Result<[u8; N], String> {
    if text.0.is_empty() {
        return Err(format!("{field} is missing"));
    }
    let id = optional_id(field, text)?;
    if id == [0; N] { Err(format!("{field} is all zeros")) } else { Ok(id) }
}

fn optional_id<const N: usize>(field: &str, text: &Text<'_>) -> Result<[u8; N], String> {
    if text.0.is_empty() {
        return Ok([0; N]);
    }
    id::decode(&text.0)
        .ok_or_else(|| format!("{field} {} is not {N} bytes in hexadecimal or base64", shown(&text.0)))
}

fn flags(Integer(flags): Integer<u32>) -> (TraceFlags, bool) {
    let [trace_flags, ..] = flags.to_le_bytes();
    let is_remote = flags & (HAS_IS_REMOTE | IS_REMOTE) == HAS_IS_REMOTE | IS_REMOTE;
    (TraceFlags::new(trace_flags), is_remote)
}

fn kind(kind: &Enumeration<'_>) -> Result<SpanKind, String> {
    match kind.index(&KINDS.each_ref().map(|(name, _)| *name)) {
        Some(index) => Ok(KINDS[index].1.clone()),
        None => Err(format!("{} is no span kind", shown_enumeration(kind))),
    }
}

fn status(json: StatusJson<'_>) -> Result<Status, String> {
    match json.code.index(&STATUS_CODES) {
        Some(0) => Ok(Status::Unset),
        Some(1) => Ok(Status::Ok),
        Some(_) => Ok(Status::Error { description: owned(json.message) }),
        None => Err(format!("{} is no status code", shown_enumeration(&json.code))),
    }
}

fn time(field: &str, Integer(nanoseconds): Integer<u64>) -> Result<SystemTime, String> {
    UNIX_EPOCH
        .checked_add(Duration::from_nanos(nanoseconds))
        .ok_or_else(|| format!("{field} {nanoseconds} is beyond what this system can hold"))
}

/// Reads a tracestate; one that W3C does not allow is left out as a whole, as W3C says.
fn trace_state(text: &Text<'_>, invalid: &mut u64) -> TraceState {
    if text.0.is_empty() {
        return TraceState::NONE;
    }
    text.0.parse().unwrap_or_else(|_| {
        *invalid += 1;
        TraceState::NONE
    })
}

/// Quotes a text for an error message: cut, and with control characters escaped.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

fn shown_enumeration(value: &Enumeration<'_>) -> String {
    match value {
        Enumeration::Number(number) => number.to_string(),
        Enumeration::Name(name) => shown(name),
    }
}
