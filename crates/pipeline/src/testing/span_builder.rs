//! Finished spans made by hand.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, Key, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::Span;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Builds a finished [`Span`] for a test, without a provider or a clock.
///
/// Every span gets an id of its own, starts at a fixed moment (2025-01-01T00:00:00Z), takes one millisecond, is
/// sampled and belongs to trace 1 unless said otherwise.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::testing::SpanBuilder;
///
/// let root = SpanBuilder::new("invoke_agent").trace(7).build();
/// let child = SpanBuilder::new("chat").child_of(&root).attribute("gen_ai.usage.input_tokens", 12).build();
/// assert_eq!(child.trace_id(), root.trace_id());
/// assert_eq!(child.parent_span_id(), Some(root.span_id()));
/// ```
#[derive(Clone, Debug)]
pub struct SpanBuilder(SpanData);

impl SpanBuilder {
    /// Starts a span with this name.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        let id = SpanId::from(NEXT_ID.fetch_add(1, Ordering::Relaxed));
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600);
        Self(SpanData {
            span_context: SpanContext::new(
                TraceId::from(1),
                id,
                TraceFlags::SAMPLED,
                false,
                TraceState::default(),
            ),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: name.into(),
            start_time: start,
            end_time: start + Duration::from_millis(1),
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::builder("test").build(),
        })
    }

    /// Sets the trace id.
    pub fn trace(self, id: u128) -> Self {
        self.context(|_, span, flags| (TraceId::from(id), span, flags))
    }

    /// Sets the span id, which is otherwise unique in the process.
    pub fn id(self, id: u64) -> Self {
        self.context(|trace, _, flags| (trace, SpanId::from(id), flags))
    }

    /// Clears the sampled flag: the head sampler recorded the span but did not choose it.
    pub fn unsampled(self) -> Self {
        self.context(|trace, span, flags| (trace, span, flags.with_sampled(false)))
    }

    /// Makes the span a child of another, in its trace.
    pub fn child_of(mut self, parent: &Span) -> Self {
        self.0.parent_span_id = parent.span_id();
        self.context(|_, span, flags| (parent.trace_id(), span, flags))
    }

    /// Sets the parent's id, in this process.
    pub fn parent(mut self, id: u64) -> Self {
        self.0.parent_span_id = SpanId::from(id);
        self
    }

    /// Sets a parent in another process, which makes the span a local root.
    pub fn remote_parent(mut self, id: u64) -> Self {
        self.0.parent_span_id = SpanId::from(id);
        self.0.parent_span_is_remote = true;
        self
    }

    /// Sets the kind.
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.0.span_kind = kind;
        self
    }

    /// Sets the instrumentation scope's name.
    pub fn scope(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.instrumentation_scope = InstrumentationScope::builder(name).build();
        self
    }

    /// Adds an attribute; adding a key twice leaves it in twice, as the SDK does.
    pub fn attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.0.attributes.push(KeyValue::new(key, value));
        self
    }

    /// Adds an event at the span's start.
    pub fn event(
        mut self,
        name: impl Into<Cow<'static, str>>,
        attributes: impl IntoIterator<Item = KeyValue>,
    ) -> Self {
        let attributes = attributes.into_iter().collect();
        self.0.events.events.push(Event::new(name, self.0.start_time, attributes, 0));
        self
    }

    /// Adds a link to a span of another trace.
    pub fn link(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        let context = SpanContext::new(
            TraceId::from(0xabc),
            SpanId::from(0xdef),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        self.0.links.links.push(Link::new(context, attributes.into_iter().collect(), 0));
        self
    }

    /// Sets the status.
    pub fn status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    /// Sets start (after the fixed moment) and duration.
    pub fn times(mut self, start: Duration, duration: Duration) -> Self {
        self.0.start_time += start;
        self.0.end_time = self.0.start_time + duration;
        self
    }

    /// Finishes the span.
    pub fn build(self) -> Span {
        Span::from(self.0)
    }

    fn context(
        mut self,
        change: impl FnOnce(TraceId, SpanId, TraceFlags) -> (TraceId, SpanId, TraceFlags),
    ) -> Self {
        let old = &self.0.span_context;
        let (trace, span, flags) = change(old.trace_id(), old.span_id(), old.trace_flags());
        self.0.span_context = SpanContext::new(trace, span, flags, false, old.trace_state().clone());
        self
    }
}
