//! Any span that is written comes back equal.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai_export::{JsonLinesReader, JsonLinesWriter, ReadSpan};
use otel_genai_pipeline::testing::SpanBuilder;
use proptest::prelude::*;

use generated::Doubles;

mod generated;

const ALL: Doubles = Doubles { finite_only: false };

proptest! {
    #[test]
    fn any_spans_come_back_equal(
        batches in prop::collection::vec(
            (generated::any_resource(ALL), generated::any_spans(ALL)), 1..3)
    ) {
        let mut writer = JsonLinesWriter::new(Vec::new());
        let mut expected = Vec::new();
        for (resource, spans) in &batches {
            writer.write(resource, spans).expect("memory takes all");
            let resource = with_bits_resource(resource);
            expected.extend(grouped_by_scope(spans).map(|span| (resource.clone(), with_bits(span.clone()))));
        }
        let bytes = writer.into_inner();
        prop_assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), batches.len());
        let read: Vec<_> = read(&bytes)
            .into_iter()
            .map(|read| (with_bits_resource(&read.resource), with_bits(read.span)))
            .collect();
        prop_assert_eq!(read, expected);
    }
}

fn read(bytes: &[u8]) -> Vec<ReadSpan> {
    JsonLinesReader::new(bytes).collect::<Result<_, _>>().expect("what we wrote is valid")
}

/// The order the writer promises: scopes as they first appear, spans within them as they came.
fn grouped_by_scope(spans: &[SpanData]) -> impl Iterator<Item = &SpanData> {
    let mut groups: Vec<(&InstrumentationScope, Vec<&SpanData>)> = Vec::new();
    for span in spans {
        match groups.iter_mut().find(|(scope, _)| **scope == span.instrumentation_scope) {
            Some((_, group)) => group.push(span),
            None => groups.push((&span.instrumentation_scope, vec![span])),
        }
    }
    groups.into_iter().flat_map(|(_, group)| group)
}

/// Replaces doubles by their bits: NaN is equal to NaN then, and 0.0 is not to -0.0.
fn with_bits(mut span: SpanData) -> SpanData {
    span.attributes = with_bits_attributes(&span.attributes);
    for event in &mut span.events.events {
        let attributes = with_bits_attributes(&event.attributes);
        *event = Event::new(event.name.clone(), event.timestamp, attributes, event.dropped_attributes_count);
    }
    for link in &mut span.links.links {
        let attributes = with_bits_attributes(&link.attributes);
        *link = Link::new(link.span_context.clone(), attributes, link.dropped_attributes_count);
    }
    let scope = &span.instrumentation_scope;
    let mut builder = InstrumentationScope::builder(scope.name().to_owned())
        .with_attributes(with_bits_attributes(scope.attributes()));
    if let Some(version) = scope.version() {
        builder = builder.with_version(version.to_owned());
    }
    if let Some(url) = scope.schema_url() {
        builder = builder.with_schema_url(url.to_owned());
    }
    span.instrumentation_scope = builder.build();
    span
}

fn with_bits_resource(resource: &Resource) -> Resource {
    let attributes = resource.iter().map(|(key, value)| KeyValue::new(key.clone(), with_bits_value(value)));
    Resource::builder_empty()
        .with_schema_url(attributes, resource.schema_url().unwrap_or_default().to_owned())
        .build()
}

fn with_bits_attributes<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Vec<KeyValue> {
    attributes
        .into_iter()
        .map(|attribute| KeyValue::new(attribute.key.clone(), with_bits_value(&attribute.value)))
        .collect()
}

fn with_bits_value(value: &Value) -> Value {
    let bits =
        |value: &f64| if value.is_nan() { "NaN".into() } else { format!("{:x}", value.to_bits()).into() };
    match value {
        Value::F64(value) => Value::String(bits(value)),
        Value::Array(Array::F64(items)) => Value::Array(Array::String(items.iter().map(bits).collect())),
        other => other.clone(),
    }
}

#[test]
fn what_a_file_cannot_hold_becomes_the_nearest_it_can() {
    let mut span =
        SpanBuilder::new("s").attribute("empty", Value::Array(Array::I64(Vec::new()))).build().into_data();
    span.start_time = UNIX_EPOCH - Duration::from_secs(1);
    span.end_time = UNIX_EPOCH + Duration::from_secs(1 << 40);
    let mut writer = JsonLinesWriter::new(Vec::new());
    writer.write(&Resource::builder_empty().build(), &[span]).expect("memory takes all");
    let read = &read(&writer.into_inner())[0].span;
    assert_eq!(read.attributes, [KeyValue::new("empty", Value::Array(Array::String(Vec::new())))]);
    assert_eq!(read.start_time, UNIX_EPOCH);
    assert_eq!(read.end_time, UNIX_EPOCH + Duration::from_nanos(u64::MAX));
}

#[test]
fn equal_resources_share_one_allocation() {
    let span = SpanBuilder::new("s").build().into_data();
    let mut writer = JsonLinesWriter::new(Vec::new());
    for name in ["a", "b", "a"] {
        let resource = Resource::builder_empty().with_service_name(name).build();
        writer.write(&resource, std::slice::from_ref(&span)).expect("memory takes all");
    }
    let read = read(&writer.into_inner());
    assert!(Arc::ptr_eq(&read[0].resource, &read[2].resource));
    assert_ne!(read[0].resource, read[1].resource);
}
