//! Attributes that every span below a point of the program gets when it starts.

mod adopted;
mod settle;

use std::cell::RefCell;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::{Span as _, SpanId, TraceContextExt};
use opentelemetry::{Array, Context, Key, KeyValue, StringValue, Value};

use crate::contain::contain;
use adopted::ADOPTED;

pub(crate) use settle::settle;

/// Marks where the copied attributes begin in a span, until the worker has compared them with the span's own.
const MARK: Key = Key::from_static_str("otel_genai.start_attributes");

/// How many outer sets a set remembers. It only decides between two sets that both reach one span, and code is seldom
/// nested deeper; a bound keeps a program that starts its next turn from within the last from growing for ever.
const MAX_DEPTH: u16 = 32;

/// Whether this process has ever put a set into a context: as long as not, a starting span need not look for one.
static IS_USED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The innermost set that the code on this thread has entered. The current context may not show it: a span that
    /// was made before has a context of its own, which is current while the span is entered.
    static ENTERED: RefCell<Option<StartAttributes>> = const { RefCell::new(None) };
}

/// A set of attributes that lives in a [`Context`] and is copied to every span that starts below it.
///
/// This is the one way in which code on the agent's threads tells the pipeline something about all the spans of a run:
/// [enter](Self::enter) a set, and every [`Pipeline`](crate::Pipeline) copies it to the spans that start there, to their
/// children, and to their children's children on whatever thread they run. `otel-genai-record` builds its `RunContext` on
/// it.
///
/// Which set a span gets:
///
/// 1. The set of its parent, wherever the span starts.
/// 2. If the code that starts it has entered a set that was made [within](Self::within) the parent's one, or the parent
///    has none, then that set. So it does not matter whether a future is given its span or its set first.
///
/// A span starts, for `tracing-opentelemetry`, when it is first entered, or when its context or a child with an explicit
/// parent first needs it. (Its layer must keep context activation, which is the default: without it a span starts only when
/// it closes or has a child, which may be in another set.) An attribute that the span states itself stays: a set says what holds for all, a span what
/// holds for it.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry::KeyValue;
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use otel_genai_pipeline::{Pipeline, StartAttributes};
///
/// let exporter = InMemorySpanExporter::default();
/// let pipeline = Pipeline::builder().export(exporter.clone()).build()?;
/// let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
///
/// let run = StartAttributes::new([KeyValue::new("session.id", "s-1")]);
/// run.enter(|| provider.tracer("agent").in_span("answer", |_| ()));
/// provider.force_flush()?;
///
/// assert_eq!(exporter.get_finished_spans()?[0].attributes, [KeyValue::new("session.id", "s-1")]);
/// provider.shutdown()?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StartAttributes(Arc<Set>);

#[derive(Debug)]
struct Set {
    attributes: Box<[KeyValue]>,
    outer: Option<StartAttributes>,
    depth: u16,
}

/// A set in a context, and the span that was the context's when it was put there.
///
/// A context with another span was made by starting that span, and the set came with it from the span's parent.
struct Placed {
    set: StartAttributes,
    span: SpanId,
}

impl StartAttributes {
    /// Makes a set of its own. Of attributes with the same key the last counts.
    ///
    /// Texts become shared, so that copying the set to a span copies no text. Keys should be `&'static str`, which are
    /// not copied either.
    pub fn new(attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        Self::make(attributes, None)
    }

    /// Makes a set within this one: it has this one's attributes too, except those that it states itself.
    #[must_use]
    pub fn within(&self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        Self::make(self.0.attributes.iter().cloned().chain(attributes), Some(self))
    }

    fn make(attributes: impl IntoIterator<Item = KeyValue>, outer: Option<&Self>) -> Self {
        let mut unique: Vec<KeyValue> = Vec::new();
        for attribute in attributes {
            let attribute = KeyValue::new(attribute.key, share(attribute.value));
            match unique.iter_mut().find(|known| known.key == attribute.key) {
                Some(known) => known.value = attribute.value,
                None => unique.push(attribute),
            }
        }
        let outer = outer.filter(|outer| outer.0.depth < MAX_DEPTH);
        let depth = outer.map_or(0, |outer| outer.0.depth + 1);
        Self(Arc::new(Set { attributes: unique.into(), outer: outer.cloned(), depth }))
    }

    /// Returns the attributes, each key once.
    pub fn attributes(&self) -> &[KeyValue] {
        &self.0.attributes
    }

    /// Runs a block in which this set holds.
    pub fn enter<T>(&self, block: impl FnOnce() -> T) -> T {
        let _context = Context::map_current(|context| self.put_into(context)).attach();
        let _entered = Entered { outer: swap_entered(Some(self.clone())) };
        block()
    }

    /// Returns the set that holds for the calling code.
    pub fn current() -> Option<Self> {
        Context::map_current(Self::of)
    }

    /// Returns a copy of the context with this set in it instead of any other, for code that passes contexts on by
    /// itself.
    #[must_use]
    pub fn put_into(&self, context: &Context) -> Context {
        IS_USED.store(true, Ordering::Relaxed);
        let span = context.span().span_context().span_id();
        context.with_value(Placed { set: self.clone(), span })
    }

    /// Returns the set that a span would get if the calling code started it in this context.
    pub fn of(context: &Context) -> Option<Self> {
        if !is_used() {
            return None;
        }
        match (Self::placed_in(context), entered()) {
            (Some(placed), Some(entered)) if entered.is_within(&placed) => Some(entered),
            (None, entered) => entered,
            (placed, _) => placed,
        }
    }

    /// Returns the set that came with a context, wherever it is looked at.
    fn placed_in(context: &Context) -> Option<Self> {
        let placed = context.get::<Placed>();
        let in_context = || placed.map(|placed| placed.set.clone());
        if ADOPTED.is_empty() {
            return in_context();
        }
        let span = context.span();
        let span = span.span_context();
        // A remote span may be one of this process, called over the network: what may come that way is decided by who
        // reads the headers.
        if span.is_remote() || placed.is_some_and(|placed| placed.span == span.span_id()) {
            return in_context();
        }
        ADOPTED.get(span.span_id()).or_else(in_context)
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn is_within(&self, other: &Self) -> bool {
        let mut outer = self.0.outer.as_ref();
        while let Some(set) = outer {
            if set.is(other) {
                return true;
            }
            outer = set.0.outer.as_ref();
        }
        false
    }
}

/// Two are equal when their attributes are, in any order.
impl PartialEq for StartAttributes {
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.attributes(), other.attributes());
        ptr::eq(left, right)
            || (left.len() == right.len() && left.iter().all(|attribute| right.contains(attribute)))
    }
}

/// Notes, when dropped, that the code has left what it had entered.
struct Entered {
    outer: Option<StartAttributes>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        swap_entered(self.outer.take());
    }
}

fn swap_entered(set: Option<StartAttributes>) -> Option<StartAttributes> {
    ENTERED
        .try_with(|entered| {
            entered.try_borrow_mut().ok().and_then(|mut entered| std::mem::replace(&mut *entered, set))
        })
        .ok()
        .flatten()
}

fn entered() -> Option<StartAttributes> {
    ENTERED.try_with(|entered| entered.try_borrow().ok().and_then(|entered| entered.clone())).ok().flatten()
}

/// Tells whether any span can have got a set.
#[inline]
pub(crate) fn is_used() -> bool {
    IS_USED.load(Ordering::Relaxed)
}

/// Copies to a starting span the set that holds for it.
#[inline]
pub(crate) fn copy(span: &mut opentelemetry_sdk::trace::Span, parent: &Context) {
    if is_used() {
        // No code of others runs in it, but a thread that is being torn down has no current context any more.
        let _ = contain(|| copy_set(span, parent));
    }
}

fn copy_set(span: &mut opentelemetry_sdk::trace::Span, parent: &Context) {
    let Some(set) = StartAttributes::of(parent) else {
        return;
    };
    let attributes = set.attributes();
    span.set_attribute(KeyValue::new(MARK, attributes.len() as i64));
    for attribute in attributes {
        span.set_attribute(attribute.clone());
    }
    if !parent.get::<Placed>().is_some_and(|placed| placed.set.is(&set)) {
        // The context of this span is its parent's with the span in it, so its children would not find the set there.
        ADOPTED.insert(span.span_context().span_id(), set);
    }
}

/// Forgets a span that has ended.
#[inline]
pub(crate) fn forget(span: SpanId) {
    if !ADOPTED.is_empty() {
        ADOPTED.remove(span);
    }
}

fn share(value: Value) -> Value {
    let shared = |text: StringValue| StringValue::from(Arc::<str>::from(text.as_str()));
    match value {
        Value::String(text) => Value::String(shared(text)),
        Value::Array(Array::String(texts)) => {
            Value::Array(Array::String(texts.into_iter().map(shared).collect()))
        }
        other => other,
    }
}
