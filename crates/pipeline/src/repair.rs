//! Mends what receivers reject, right before export.

use opentelemetry::{InstrumentationScope, KeyValue};

use crate::Span;

/// What had to be mended so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Repairs {
    /// Attributes removed because their key occurred again later in the list; the last value counts.
    pub repeated_keys: u64,
    /// Spans that ended before they started, because the clock jumped back; they end when they started now.
    pub negative_durations: u64,
    /// Links removed because they lead nowhere: their trace id or span id is all zeros, which W3C and OTLP forbid.
    pub invalid_links: u64,
}

impl Repairs {
    pub(crate) fn add(&mut self, other: Self) {
        self.repeated_keys += other.repeated_keys;
        self.negative_durations += other.negative_durations;
        self.invalid_links += other.invalid_links;
    }
}

/// Mends one span. OTLP requires keys to be unique, and Jaeger and Tempo refuse or misdraw a span that ends before
/// it starts.
pub(crate) fn repair(span: &mut Span) -> Repairs {
    let data = span.data_mut();
    let mut repairs = Repairs::default();
    if data.end_time < data.start_time {
        data.end_time = data.start_time;
        repairs.negative_durations = 1;
    }
    let links = data.links.links.len();
    data.links.links.retain(|link| link.span_context.is_valid());
    repairs.invalid_links = (links - data.links.links.len()) as u64;
    let mut removed = keep_last(&mut data.attributes);
    for event in &mut data.events.events {
        removed += keep_last(&mut event.attributes);
    }
    for link in &mut data.links.links {
        removed += keep_last(&mut link.attributes);
    }
    let scope = &data.instrumentation_scope;
    if scope.attributes().nth(1).is_some() {
        let mut attributes: Vec<KeyValue> = scope.attributes().cloned().collect();
        let repeated = keep_last(&mut attributes);
        if repeated > 0 {
            removed += repeated;
            data.instrumentation_scope = with_attributes(scope, attributes);
        }
    }
    repairs.repeated_keys = removed as u64;
    repairs
}

fn with_attributes(scope: &InstrumentationScope, attributes: Vec<KeyValue>) -> InstrumentationScope {
    let mut builder = InstrumentationScope::builder(scope.name().to_owned()).with_attributes(attributes);
    if let Some(version) = scope.version() {
        builder = builder.with_version(version.to_owned());
    }
    if let Some(schema) = scope.schema_url() {
        builder = builder.with_schema_url(schema.to_owned());
    }
    builder.build()
}

/// Removes every attribute whose key occurs again later and returns how many those were.
fn keep_last(attributes: &mut Vec<KeyValue>) -> usize {
    if !has_repeats(attributes) {
        return 0;
    }
    let before = attributes.len();
    let mut seen = std::collections::HashSet::with_capacity(before);
    let mut is_last: Vec<bool> = attributes.iter().rev().map(|a| seen.insert(a.key.clone())).collect();
    attributes.retain(|_| is_last.pop().unwrap_or(true));
    before - attributes.len()
}

fn has_repeats(attributes: &[KeyValue]) -> bool {
    const MANY: usize = 128;
    if attributes.len() > MANY {
        let mut seen = std::collections::HashSet::with_capacity(attributes.len());
        return !attributes.iter().all(|attribute| seen.insert(attribute.key.as_str()));
    }
    // Keys that differ in this signature differ; the few that share one are compared. That leaves next to no
    // comparisons for the usual number of attributes.
    let mut signatures = 0_u64;
    attributes.iter().enumerate().any(|(index, attribute)| {
        let signature = 1 << signature(attribute.key.as_str());
        let is_known = signatures & signature != 0;
        signatures |= signature;
        is_known && attributes[..index].iter().any(|earlier| earlier.key == attribute.key)
    })
}

/// Returns a number below 64 from a key's length and last bytes, where keys of one family differ.
fn signature(key: &str) -> u32 {
    let bytes = key.as_bytes();
    let byte = |back: usize| bytes.len().checked_sub(back).map_or(0, |index| u32::from(bytes[index]));
    (bytes.len() as u32 + byte(1) * 7 + byte(3) * 31) % 64
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Link, SpanContext};

    use super::*;
    use crate::testing::SpanBuilder;

    #[test]
    fn repeated_keys_keep_their_last_value_however_many_there_are() {
        for extra in [0, 100, 1000] {
            let mut builder = SpanBuilder::new("s").attribute("k", 1).attribute("other", 2).attribute("k", 3);
            for index in 0..extra {
                builder = builder.attribute(format!("extra.{index}"), index);
            }
            let mut span = builder.event("e", [KeyValue::new("x", 1), KeyValue::new("x", 2)]).build();
            assert_eq!(repair(&mut span).repeated_keys, 2);
            assert_eq!(span.attributes()[0], KeyValue::new("other", 2));
            assert_eq!(span.attributes()[1], KeyValue::new("k", 3));
            assert_eq!(span.events()[0].attributes, [KeyValue::new("x", 2)]);
            assert_eq!(repair(&mut span), Repairs::default());
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_removed() {
        let mut span = SpanBuilder::new("s").link([KeyValue::new("k", 1)]).build();
        span.links_mut().push(Link::new(SpanContext::NONE, Vec::new(), 0));
        assert_eq!(repair(&mut span).invalid_links, 1);
        assert_eq!(span.links().len(), 1);
        assert_eq!(span.links()[0].attributes, [KeyValue::new("k", 1)]);
    }

    #[test]
    fn a_scope_keeps_everything_but_the_repeats() {
        let mut span = SpanBuilder::new("s").build();
        let attributes = [KeyValue::new("k", 1), KeyValue::new("k", 2)];
        let scope = || InstrumentationScope::builder("library").with_version("1").with_schema_url("url");
        span.data_mut().instrumentation_scope = scope().with_attributes(attributes).build();
        assert_eq!(repair(&mut span).repeated_keys, 1);
        assert_eq!(span.scope(), &scope().with_attributes([KeyValue::new("k", 2)]).build());
    }

    #[test]
    fn a_span_never_ends_before_it_starts() {
        let mut span = SpanBuilder::new("s").build();
        span.data_mut().end_time = span.start_time() - std::time::Duration::from_secs(5);
        assert_eq!(repair(&mut span).negative_durations, 1);
        assert_eq!(span.duration(), std::time::Duration::ZERO);
        assert_eq!(span.start_time(), span.end_time());
    }
}
