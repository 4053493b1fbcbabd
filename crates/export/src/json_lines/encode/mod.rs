//! Spans as one OTLP/JSON request.

mod value;

use std::collections::HashMap;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, Key, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use serde::ser::{Serialize, SerializeMap, Serializer};

pub(super) use self::value::DoubleJson;
use self::value::{AttributeJson, Each, IdJson, IntegerJson, attribute, attributes, dropped};
use super::flags::{HAS_IS_REMOTE, IS_REMOTE};

/// Batches whose line would be longer than this, in bytes, are written as several lines.
///
/// A collector's request body is limited too (the SDK's own OTLP exporter stops at 64 MiB), and a quarter of what
/// [`super::reader::MAX_LINE_BYTES`] allows leaves room for what other tools add.
const MAX_WRITTEN_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Appends `spans` to `lines` as one line, or as several if one would become too long; no spans, no line.
pub(crate) fn append_lines(lines: &mut Vec<u8>, resource: &Resource, spans: &[SpanData]) -> io::Result<()> {
    append_lines_up_to(MAX_WRITTEN_LINE_BYTES, lines, resource, spans)
}

fn append_lines_up_to(
    limit: usize,
    lines: &mut Vec<u8>,
    resource: &Resource,
    spans: &[SpanData],
) -> io::Result<()> {
    if spans.is_empty() {
        return Ok(());
    }
    let start = lines.len();
    serde_json::to_writer(&mut *lines, &RequestJson { resource, spans })?;
    lines.push(b'\n');
    if lines.len() - start > limit && spans.len() > 1 {
        lines.truncate(start);
        let (first, second) = spans.split_at(spans.len() / 2);
        append_lines_up_to(limit, lines, resource, first)?;
        append_lines_up_to(limit, lines, resource, second)?;
    }
    Ok(())
}

struct RequestJson<'a> {
    resource: &'a Resource,
    spans: &'a [SpanData],
}

impl Serialize for RequestJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("resourceSpans", &[ResourceSpansJson(self)])?;
        object.end()
    }
}

struct ResourceSpansJson<'a>(&'a RequestJson<'a>);

impl Serialize for ResourceSpansJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(RequestJson { resource, spans }) = self;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("resource", &ResourceJson(resource))?;
        object.serialize_entry("scopeSpans", &grouped_by_scope(spans))?;
        if let Some(url) = resource.schema_url() {
            object.serialize_entry("schemaUrl", url)?;
        }
        object.end()
    }
}

struct ResourceJson<'a>(&'a Resource);

impl Serialize for ResourceJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A resource is a hash map: sorted, so that the same resource is always the same text.
        let mut attributes: Vec<(&Key, &Value)> = self.0.iter().collect();
        attributes.sort_unstable_by_key(|(key, _)| *key);
        let mut object = serializer.serialize_map(None)?;
        if !attributes.is_empty() {
            object.serialize_entry(
                "attributes",
                &Each(|| attributes.iter().map(|(k, v)| AttributeJson(k, v))),
            )?;
        }
        object.end()
    }
}

/// Puts the spans of one scope together, scopes in the order in which they first appear and spans in theirs.
fn grouped_by_scope(spans: &[SpanData]) -> Vec<ScopeSpansJson<'_>> {
    let mut groups: Vec<ScopeSpansJson<'_>> = Vec::new();
    let mut index_of_scope = HashMap::new();
    for span in spans {
        let scope = &span.instrumentation_scope;
        let index = *index_of_scope.entry(scope).or_insert_with(|| {
            groups.push(ScopeSpansJson { scope, spans: Vec::new() });
            groups.len() - 1
        });
        groups[index].spans.push(SpanJson(span));
    }
    groups
}

struct ScopeSpansJson<'a> {
    scope: &'a InstrumentationScope,
    spans: Vec<SpanJson<'a>>,
}

impl Serialize for ScopeSpansJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("scope", &ScopeJson(self.scope))?;
        object.serialize_entry("spans", &self.spans)?;
        if let Some(url) = self.scope.schema_url() {
            object.serialize_entry("schemaUrl", url)?;
        }
        object.end()
    }
}

struct ScopeJson<'a>(&'a InstrumentationScope);

impl Serialize for ScopeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("name", self.0.name())?;
        if let Some(version) = self.0.version() {
            object.serialize_entry("version", version)?;
        }
        if self.0.attributes().next().is_some() {
            object.serialize_entry("attributes", &Each(|| self.0.attributes().map(attribute)))?;
        }
        object.end()
    }
}

struct SpanJson<'a>(&'a SpanData);

impl Serialize for SpanJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let span = self.0;
        let context = &span.span_context;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("traceId", &IdJson(context.trace_id().to_bytes()))?;
        object.serialize_entry("spanId", &IdJson(context.span_id().to_bytes()))?;
        let trace_state = context.trace_state().header();
        if !trace_state.is_empty() {
            object.serialize_entry("traceState", &trace_state)?;
        }
        if span.parent_span_id != SpanId::INVALID {
            object.serialize_entry("parentSpanId", &IdJson(span.parent_span_id.to_bytes()))?;
        }
        let flags = flags(context.trace_flags().to_u8(), span.parent_span_is_remote);
        object.serialize_entry("flags", &flags)?;
        object.serialize_entry("name", &span.name)?;
        object.serialize_entry("kind", &kind_number(&span.span_kind))?;
        object.serialize_entry("startTimeUnixNano", &IntegerJson(nanoseconds(span.start_time)))?;
        object.serialize_entry("endTimeUnixNano", &IntegerJson(nanoseconds(span.end_time)))?;
        attributes(&mut object, &span.attributes, span.dropped_attributes_count)?;
        if !span.events.events.is_empty() {
            object.serialize_entry("events", &Each(|| span.events.events.iter().map(EventJson)))?;
        }
        dropped(&mut object, "droppedEventsCount", span.events.dropped_count)?;
        if !span.links.links.is_empty() {
            object.serialize_entry("links", &Each(|| span.links.links.iter().map(LinkJson)))?;
        }
        dropped(&mut object, "droppedLinksCount", span.links.dropped_count)?;
        object.serialize_entry("status", &StatusJson(&span.status))?;
        object.end()
    }
}

struct EventJson<'a>(&'a Event);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("timeUnixNano", &IntegerJson(nanoseconds(self.0.timestamp)))?;
        object.serialize_entry("name", &self.0.name)?;
        attributes(&mut object, &self.0.attributes, self.0.dropped_attributes_count)?;
        object.end()
    }
}

struct LinkJson<'a>(&'a Link);

impl Serialize for LinkJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let context = &self.0.span_context;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("traceId", &IdJson(context.trace_id().to_bytes()))?;
        object.serialize_entry("spanId", &IdJson(context.span_id().to_bytes()))?;
        let trace_state = context.trace_state().header();
        if !trace_state.is_empty() {
            object.serialize_entry("traceState", &trace_state)?;
        }
        attributes(&mut object, &self.0.attributes, self.0.dropped_attributes_count)?;
        object.serialize_entry("flags", &flags(context.trace_flags().to_u8(), context.is_remote()))?;
        object.end()
    }
}

struct StatusJson<'a>(&'a Status);

impl Serialize for StatusJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        match self.0 {
            Status::Unset => {}
            Status::Ok => object.serialize_entry("code", &1)?,
            Status::Error { description } => {
                if !description.is_empty() {
                    object.serialize_entry("message", description)?;
                }
                object.serialize_entry("code", &2)?;
            }
        }
        object.end()
    }
}

fn flags(trace_flags: u8, is_remote: bool) -> u32 {
    u32::from(trace_flags) | HAS_IS_REMOTE | if is_remote { IS_REMOTE } else { 0 }
}

fn kind_number(kind: &SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

/// Nanoseconds since the Unix epoch; a time before it becomes 0, one after the year 2554 the largest number.
fn nanoseconds(time: SystemTime) -> u64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use otel_genai_pipeline::testing::SpanBuilder;

    #[test]
    fn a_line_over_the_limit_is_split_and_nothing_is_lost() {
        let spans: Vec<SpanData> =
            (0..7).map(|i| SpanBuilder::new(format!("span {i}")).build().into_data()).collect();
        let resource = Resource::builder_empty().build();
        let mut lines = Vec::new();
        append_lines_up_to(700, &mut lines, &resource, &spans).expect("a vector takes all");
        let text = String::from_utf8(lines).expect("JSON is UTF-8");
        assert!(text.lines().count() > 1);
        let names: Vec<usize> = (0..7).filter_map(|i| text.find(&format!("\"span {i}\""))).collect();
        assert_eq!(names.len(), 7);
        assert!(names.is_sorted(), "the order is kept: {names:?}");
        assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    }

    #[test]
    fn times_that_otlp_cannot_hold_are_clamped() {
        use std::time::Duration;
        assert_eq!(nanoseconds(UNIX_EPOCH - Duration::from_secs(1)), 0);
        assert_eq!(nanoseconds(UNIX_EPOCH + Duration::from_secs(1 << 40)), u64::MAX);
        assert_eq!(nanoseconds(UNIX_EPOCH + Duration::from_nanos(7)), 7);
    }
}
