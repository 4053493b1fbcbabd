//! The span as every stage sees it.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// A finished span that a stage may read and edit.
///
/// A thin wrapper around the SDK's [`SpanData`]. Two things it does that plain field access does not: a span may
/// carry the same attribute key more than once (the SDK appends, it never replaces), so [`get`](Self::get) returns
/// the last occurrence, as receivers do, and [`set`](Self::set) and [`remove`](Self::remove) deal with every
/// occurrence. And because stages see this type only, a change of the SDK's own type stays in this crate.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::Span;
///
/// fn tag(span: &mut Span) {
///     if span.get_str("gen_ai.request.model").is_some() {
///         span.set("otel_genai.seen", true);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Span(SpanData);

/// Which text of a span [`Span::edit_texts`] is showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Surface<'a> {
    /// The span's name.
    Name,
    /// The description of an error status.
    StatusDescription,
    /// A string attribute of the span, or one item of a string array.
    Attribute {
        /// The attribute's key.
        key: &'a str,
    },
    /// The name of an event.
    EventName,
    /// A string attribute of an event, or one item of a string array.
    EventAttribute {
        /// The event's name.
        event: &'a str,
        /// The attribute's key.
        key: &'a str,
    },
    /// A string attribute of a link, or one item of a string array.
    LinkAttribute {
        /// The attribute's key.
        key: &'a str,
    },
    /// The value of a member of the span's own or of a link's W3C `tracestate`.
    TraceState {
        /// The member's key (a vendor's name).
        key: &'a str,
    },
}

impl Span {
    /// Returns the value of an attribute; of several with this key the last one.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.attributes.iter().rev().find(|attribute| attribute.key.as_str() == key).map(|a| &a.value)
    }

    /// Returns the value of an attribute when it is a string; of several with this key the last one counts.
    pub fn get_str(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Sets an attribute, replacing every occurrence of its key.
    ///
    /// The SDK's limits on the number of attributes apply only while a span is recorded, not here.
    pub fn set(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        let attributes = &mut self.0.attributes;
        match attributes.iter().position(|attribute| attribute.key == key) {
            None => attributes.push(KeyValue::new(key, value)),
            Some(first) => {
                attributes[first].value = value;
                let mut index = 0;
                attributes.retain(|attribute| {
                    index += 1;
                    index <= first + 1 || attribute.key != key
                });
            }
        }
    }

    /// Removes every occurrence of an attribute and returns the last one's value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let last = self.get(key)?.clone();
        self.0.attributes.retain(|attribute| attribute.key.as_str() != key);
        Some(last)
    }

    /// Returns the attributes in the order in which they were recorded, repeated keys included.
    pub fn attributes(&self) -> &[KeyValue] {
        &self.0.attributes
    }

    /// Returns the attributes for editing, repeated keys included.
    pub fn attributes_mut(&mut self) -> &mut Vec<KeyValue> {
        &mut self.0.attributes
    }

    /// Shows every text of the span to `edit` and replaces those for which it returns a new one.
    ///
    /// Covers the name, the status description, string and string-array attributes of the span, its events and its
    /// links, event names, and tracestate values. Attribute keys are not shown: they are names, not content. A new
    /// tracestate value that W3C does not allow removes the member instead, since the old one must not stay.
    pub fn edit_texts(&mut self, mut edit: impl FnMut(Surface<'_>, &str) -> Option<String>) {
        let span = &mut self.0;
        if let Some(name) = edit(Surface::Name, &span.name) {
            span.name = Cow::Owned(name);
        }
        if let Status::Error { description } = &mut span.status
            && let Some(text) = edit(Surface::StatusDescription, description)
        {
            *description = Cow::Owned(text);
        }
        for KeyValue { key, value, .. } in &mut span.attributes {
            edit_value(value, |text| edit(Surface::Attribute { key: key.as_str() }, text));
        }
        for event in &mut span.events.events {
            let name = &event.name;
            for KeyValue { key, value, .. } in &mut event.attributes {
                edit_value(value, |text| {
                    edit(Surface::EventAttribute { event: name, key: key.as_str() }, text)
                });
            }
            if let Some(text) = edit(Surface::EventName, name) {
                event.name = Cow::Owned(text);
            }
        }
        for link in &mut span.links.links {
            for KeyValue { key, value, .. } in &mut link.attributes {
                edit_value(value, |text| edit(Surface::LinkAttribute { key: key.as_str() }, text));
            }
            if let Some(state) = edit_trace_state(link.span_context.trace_state(), &mut edit) {
                link.span_context = with_trace_state(&link.span_context, state);
            }
        }
        if let Some(state) = edit_trace_state(span.span_context.trace_state(), &mut edit) {
            span.span_context = with_trace_state(&span.span_context, state);
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Sets the name.
    pub fn set_name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.0.name = name.into();
    }

    /// Returns the id of the trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.0.span_context.trace_id()
    }

    /// Returns the span's own id.
    pub fn span_id(&self) -> SpanId {
        self.0.span_context.span_id()
    }

    /// Returns the parent's id, or `None` for a span without a parent.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        (self.0.parent_span_id != SpanId::INVALID).then_some(self.0.parent_span_id)
    }

    /// Tells whether the parent ran in another process.
    pub fn has_remote_parent(&self) -> bool {
        self.0.parent_span_is_remote
    }

    /// Returns the kind.
    pub fn kind(&self) -> &SpanKind {
        &self.0.span_kind
    }

    /// Returns when the span started.
    pub fn start_time(&self) -> SystemTime {
        self.0.start_time
    }

    /// Returns when the span ended.
    pub fn end_time(&self) -> SystemTime {
        self.0.end_time
    }

    /// Returns how long the span took; zero if the clock jumped back meanwhile.
    pub fn duration(&self) -> Duration {
        self.0.end_time.duration_since(self.0.start_time).unwrap_or_default()
    }

    /// Returns the status.
    pub fn status(&self) -> &Status {
        &self.0.status
    }

    /// Sets the status.
    pub fn set_status(&mut self, status: Status) {
        self.0.status = status;
    }

    /// Tells whether the status is an error.
    pub fn is_error(&self) -> bool {
        matches!(self.0.status, Status::Error { .. })
    }

    /// Returns the events.
    pub fn events(&self) -> &[Event] {
        &self.0.events.events
    }

    /// Returns the events for editing.
    pub fn events_mut(&mut self) -> &mut Vec<Event> {
        &mut self.0.events.events
    }

    /// Returns the links.
    pub fn links(&self) -> &[Link] {
        &self.0.links.links
    }

    /// Returns the links for editing.
    pub fn links_mut(&mut self) -> &mut Vec<Link> {
        &mut self.0.links.links
    }

    /// Returns the instrumentation scope: the library that wrote the span.
    pub fn scope(&self) -> &InstrumentationScope {
        &self.0.instrumentation_scope
    }

    /// Sets the instrumentation scope.
    pub fn set_scope(&mut self, scope: InstrumentationScope) {
        self.0.instrumentation_scope = scope;
    }

    /// Tells whether the W3C sampled flag is set. Spans without it never reach an exporter.
    pub fn is_sampled(&self) -> bool {
        self.0.span_context.is_sampled()
    }

    /// Sets or clears the W3C sampled flag.
    pub fn set_sampled(&mut self, sampled: bool) {
        if self.is_sampled() != sampled {
            let context = &self.0.span_context;
            let flags = context.trace_flags().with_sampled(sampled);
            self.0.span_context = rebuilt(context, flags, context.trace_state().clone());
        }
    }

    /// Returns the W3C tracestate.
    pub fn trace_state(&self) -> &TraceState {
        self.0.span_context.trace_state()
    }

    /// Sets the W3C tracestate.
    pub fn set_trace_state(&mut self, state: TraceState) {
        self.0.span_context = with_trace_state(&self.0.span_context, state);
    }

    /// Estimates the memory the span occupies, in bytes. Every byte bound of the pipeline is in this unit.
    ///
    /// Counts the span itself, its name, status description, attribute values, events and links. Attribute keys and
    /// tracestate, which are short as a rule, and the allocator's overhead are not in it: it runs on the caller's
    /// thread, and each text looked at costs a nanosecond or two.
    pub fn approximate_size(&self) -> usize {
        approximate_size(&self.0)
    }

    /// Returns the wrapped SDK span.
    pub fn as_data(&self) -> &SpanData {
        &self.0
    }

    /// Unwraps the SDK span.
    pub fn into_data(self) -> SpanData {
        self.0
    }

    pub(crate) fn data_mut(&mut self) -> &mut SpanData {
        &mut self.0
    }
}

impl From<SpanData> for Span {
    fn from(data: SpanData) -> Self {
        Self(data)
    }
}

impl From<Span> for SpanData {
    fn from(span: Span) -> Self {
        span.0
    }
}

fn edit_value(value: &mut Value, mut edit: impl FnMut(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = edit(text.as_str()) {
                *text = StringValue::from(new);
            }
        }
        Value::Array(Array::String(items)) => {
            for item in items {
                if let Some(new) = edit(item.as_str()) {
                    *item = StringValue::from(new);
                }
            }
        }
        _ => {}
    }
}

fn edit_trace_state(
    state: &TraceState,
    edit: &mut impl FnMut(Surface<'_>, &str) -> Option<String>,
) -> Option<TraceState> {
    let header = state.header();
    if header.is_empty() {
        return None;
    }
    let mut edited: Option<TraceState> = None;
    for (key, value) in header.split(',').filter_map(|member| member.split_once('=')) {
        if let Some(new) = edit(Surface::TraceState { key }, value) {
            let base = edited.as_ref().unwrap_or(state);
            // Only a key that W3C forbids makes `delete` fail, and a parsed state has none.
            edited = Some(base.insert(key, new).or_else(|_| base.delete(key)).unwrap_or_default());
        }
    }
    edited
}

fn with_trace_state(context: &SpanContext, state: TraceState) -> SpanContext {
    rebuilt(context, context.trace_flags(), state)
}

fn rebuilt(context: &SpanContext, flags: TraceFlags, state: TraceState) -> SpanContext {
    SpanContext::new(context.trace_id(), context.span_id(), flags, context.is_remote(), state)
}

/// What a text takes besides its bytes, once the allocator has rounded it up.
const OF_EACH_TEXT: usize = 16;

#[inline]
pub(crate) fn approximate_size(span: &SpanData) -> usize {
    let status = if let Status::Error { description } = &span.status { description.len() } else { 0 };
    // A list that has grown has room to spare.
    let spare = (span.attributes.capacity() - span.attributes.len()) * size_of::<KeyValue>();
    let own = size_of::<SpanData>() + span.name.len() + status + attributes_size(&span.attributes) + spare;
    if span.events.events.is_empty() && span.links.links.is_empty() {
        return own;
    }
    own + events_and_links_size(span)
}

#[inline(never)]
fn events_and_links_size(span: &SpanData) -> usize {
    let events: usize = span
        .events
        .events
        .iter()
        .map(|event| size_of::<Event>() + event.name.len() + attributes_size(&event.attributes))
        .sum();
    let links: usize =
        span.links.links.iter().map(|link| size_of::<Link>() + attributes_size(&link.attributes)).sum();
    events + links
}

#[inline]
fn attributes_size(attributes: &[KeyValue]) -> usize {
    let texts: usize = attributes
        .iter()
        .map(|attribute| match &attribute.value {
            Value::String(text) => text.as_str().len() + OF_EACH_TEXT,
            // Numbers own nothing; arrays are rare. Kept out of the loop, which runs on the caller's thread.
            Value::Array(array) => array_size(array),
            _ => 0,
        })
        .sum();
    texts + size_of_val(attributes)
}

#[cold]
fn array_size(array: &Array) -> usize {
    match array {
        Array::String(items) => items.iter().map(|item| size_of::<StringValue>() + item.as_str().len()).sum(),
        Array::I64(items) => size_of_val(items.as_slice()),
        Array::F64(items) => size_of_val(items.as_slice()),
        Array::Bool(items) => items.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SpanBuilder;

    #[test]
    fn repeated_keys_are_read_last_and_edited_everywhere() {
        let mut span: Span = SpanBuilder::new("s").attribute("k", "old").attribute("x", 1).build();
        span.attributes_mut().push(KeyValue::new("k", "new"));
        assert_eq!(span.get_str("k"), Some("new"));
        span.set("k", 5);
        assert_eq!(span.attributes(), [KeyValue::new("k", 5), KeyValue::new("x", 1)]);
        assert_eq!(span.remove("k"), Some(Value::I64(5)));
        assert_eq!(span.remove("k"), None);
    }

    #[test]
    fn every_text_is_shown_and_can_be_replaced() {
        let state = TraceState::from_key_value([("vendor", "secret")]).expect("valid");
        let mut span = SpanBuilder::new("secret")
            .attribute("a", "secret")
            .attribute("b", Value::Array(Array::String(vec!["secret".into(), "fine".into()])))
            .event("secret", [KeyValue::new("c", "secret")])
            .link([KeyValue::new("d", "secret")])
            .status(Status::error("secret"))
            .build();
        span.set_trace_state(state);
        let mut seen = 0;
        span.edit_texts(|_, text| {
            seen += 1;
            text.contains("secret").then(|| text.replace("secret", "-"))
        });
        assert_eq!(seen, 9);
        assert!(!format!("{span:?}").contains("secret"), "{span:?}");
        assert_eq!(span.trace_state().get("vendor"), Some("-"));
    }
}
