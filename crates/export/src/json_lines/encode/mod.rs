//! Spans as one OTLP/JSON request.

mod object;
mod value;

use std::collections::HashMap;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, Key, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use self::object::{Object, list};
pub(super) use self::value::DoubleJson;
use self::value::{attribute, attributes, dropped, pair};
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
    request(lines, resource, spans)?;
    lines.push(b'\n');
    if lines.len() - start > limit && spans.len() > 1 {
        lines.truncate(start);
        let (first, second) = spans.split_at(spans.len() / 2);
        append_lines_up_to(limit, lines, resource, first)?;
        append_lines_up_to(limit, lines, resource, second)?;
    }
    Ok(())
}

fn request(out: &mut Vec<u8>, resource: &Resource, spans: &[SpanData]) -> io::Result<()> {
    let mut object = Object::begin(out);
    list(object.name("resourceSpans"), [spans], |out, spans| resource_spans(out, resource, spans))?;
    object.end();
    Ok(())
}

fn resource_spans(out: &mut Vec<u8>, resource: &Resource, spans: &[SpanData]) -> io::Result<()> {
    let mut object = Object::begin(out);
    resource_attributes(object.name("resource"), resource)?;
    list(object.name("scopeSpans"), grouped_by_scope(spans), scope_spans)?;
    if let Some(url) = resource.schema_url() {
        object.string("schemaUrl", url)?;
    }
    object.end();
    Ok(())
}

fn resource_attributes(out: &mut Vec<u8>, resource: &Resource) -> io::Result<()> {
    // A resource is a hash map: sorted, so that the same resource is always the same text.
    let mut attributes: Vec<(&Key, &Value)> = resource.iter().collect();
    attributes.sort_unstable_by_key(|(key, _)| *key);
    let mut object = Object::begin(out);
    if !attributes.is_empty() {
        list(object.name("attributes"), attributes, attribute)?;
    }
    object.end();
    Ok(())
}

/// Spans of one scope.
type OfScope<'a> = (&'a InstrumentationScope, Vec<&'a SpanData>);

/// Puts the spans of one scope together, scopes in the order in which they first appear and spans in theirs.
fn grouped_by_scope(spans: &[SpanData]) -> Vec<OfScope<'_>> {
    let mut groups: Vec<OfScope<'_>> = Vec::new();
    let mut index_of_scope = HashMap::new();
    for span in spans {
        let scope = &span.instrumentation_scope;
        // Most often the one of the span before, which needs no hash. With attributes it does: 0.0 is equal to -0.0.
        if let Some((last, spans)) = groups.last_mut()
            && scope.attributes().next().is_none()
            && *last == scope
        {
            spans.push(span);
            continue;
        }
        let index = *index_of_scope.entry(scope).or_insert_with(|| {
            groups.push((scope, Vec::new()));
            groups.len() - 1
        });
        groups[index].1.push(span);
    }
    groups
}

fn scope_spans(out: &mut Vec<u8>, (scope, spans): OfScope<'_>) -> io::Result<()> {
    let mut object = Object::begin(out);
    instrumentation_scope(object.name("scope"), scope)?;
    list(object.name("spans"), spans, span)?;
    if let Some(url) = scope.schema_url() {
        object.string("schemaUrl", url)?;
    }
    object.end();
    Ok(())
}

fn instrumentation_scope(out: &mut Vec<u8>, scope: &InstrumentationScope) -> io::Result<()> {
    let mut object = Object::begin(out);
    object.string("name", scope.name())?;
    if let Some(version) = scope.version() {
        object.string("version", version)?;
    }
    if scope.attributes().next().is_some() {
        list(object.name("attributes"), scope.attributes().map(pair), attribute)?;
    }
    object.end();
    Ok(())
}

/// Writes whose span it is.
fn span_context(object: &mut Object<'_>, context: &SpanContext) -> io::Result<()> {
    object.trace_id("traceId", context.trace_id());
    object.span_id("spanId", context.span_id());
    let trace_state = context.trace_state().header();
    if !trace_state.is_empty() {
        object.string("traceState", &trace_state)?;
    }
    Ok(())
}

fn span(out: &mut Vec<u8>, span: &SpanData) -> io::Result<()> {
    let context = &span.span_context;
    let mut object = Object::begin(out);
    span_context(&mut object, context)?;
    if span.parent_span_id != SpanId::INVALID {
        object.span_id("parentSpanId", span.parent_span_id);
    }
    object.number("flags", flags(context.trace_flags().to_u8(), span.parent_span_is_remote));
    object.string("name", &span.name)?;
    object.number("kind", kind_number(&span.span_kind));
    object.long("startTimeUnixNano", nanoseconds(span.start_time));
    object.long("endTimeUnixNano", nanoseconds(span.end_time));
    attributes(&mut object, &span.attributes, span.dropped_attributes_count)?;
    if !span.events.events.is_empty() {
        list(object.name("events"), &span.events.events, event)?;
    }
    dropped(&mut object, "droppedEventsCount", span.events.dropped_count);
    if !span.links.links.is_empty() {
        list(object.name("links"), &span.links.links, link)?;
    }
    dropped(&mut object, "droppedLinksCount", span.links.dropped_count);
    status(object.name("status"), &span.status)?;
    object.end();
    Ok(())
}

fn event(out: &mut Vec<u8>, event: &Event) -> io::Result<()> {
    let mut object = Object::begin(out);
    object.long("timeUnixNano", nanoseconds(event.timestamp));
    object.string("name", &event.name)?;
    attributes(&mut object, &event.attributes, event.dropped_attributes_count)?;
    object.end();
    Ok(())
}

fn link(out: &mut Vec<u8>, link: &Link) -> io::Result<()> {
    let context = &link.span_context;
    let mut object = Object::begin(out);
    span_context(&mut object, context)?;
    attributes(&mut object, &link.attributes, link.dropped_attributes_count)?;
    object.number("flags", flags(context.trace_flags().to_u8(), context.is_remote()));
    object.end();
    Ok(())
}

fn status(out: &mut Vec<u8>, status: &Status) -> io::Result<()> {
    let mut object = Object::begin(out);
    match status {
        Status::Unset => {}
        Status::Ok => object.number("code", 1),
        Status::Error { description } => {
            if !description.is_empty() {
                object.string("message", description)?;
            }
            object.number("code", 2);
        }
    }
    object.end();
    Ok(())
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
