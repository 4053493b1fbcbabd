//! What of a run travels over the network, and what is believed that arrives.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Array, Context, StringValue, Value};
use otel_genai_semconv::names::otel_genai;
use thiserror::Error;

use crate::RunContext;
use crate::baggage_header::{self, is_token};
use crate::run_context::FIELDS;

const HEADER: &str = "baggage";
static HEADERS: LazyLock<[String; 1]> = LazyLock::new(|| [HEADER.to_owned()]);

/// Sends fields of the [`RunContext`] to other services as W3C baggage, and believes those that arrive: by two lists,
/// both empty unless filled.
///
/// Baggage is a header that anybody can send, so it sets no tenant and no user here unless the receiving side lists
/// them; and it is a header that everybody called can read, third parties too, so nothing leaves unless the sending side
/// lists it. List on arrival only what the callers of this service may claim.
///
/// Names in the lists are those of the attributes (`session.id`, `otel_genai.tenant` …). A name that is no field of a
/// `RunContext` is a member of the application's own baggage
/// ([`BaggageExt`]), which passes by the same lists.
///
/// Install it beside the SDK's `TraceContextPropagator`, and instead of the SDK's `BaggagePropagator`, which sends and
/// believes everything and writes the same header.
///
/// # Limits
///
/// Arriving headers of more than 8192 bytes together are not read; of more than 64 members, the first 64 are. A value that
/// is empty, not UTF-8, has control characters or is longer than 1024 bytes is left out; properties of members are
/// ignored. Of a member that occurs twice the last counts. What does not fit into a header to send stays behind, with a
/// warning (`tracing`) that names it.
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
///
/// use opentelemetry::Context;
/// use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
/// use otel_genai_record::{Propagation, RunContext};
///
/// let caller = Propagation::builder().send(["session.id"]).build()?;
/// let called = Propagation::builder().believe(["session.id"]).build()?;
///
/// let mut headers = HashMap::new();
/// RunContext::new().session("s 42").user("u-7").enter(|| caller.inject(&mut headers));
/// assert_eq!(headers["baggage"], "session.id=s%2042"); // the user stays here
///
/// headers.insert("baggage".to_owned(), "session.id=s%2042,otel_genai.tenant=somebody-else".to_owned());
/// let arrived = RunContext::of(&called.extract(&headers));
/// assert_eq!(arrived.get("session.id"), Some(&"s 42".into()));
/// assert_eq!(arrived.get("otel_genai.tenant"), None);
///
/// opentelemetry::global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
///     Box::new(TraceContextPropagator::new()),
///     Box::new(called),
/// ]));
/// # Ok::<_, otel_genai_record::PropagationError>(())
/// ```
///
/// The extracted context goes to the span of the request (`span.set_parent(context)`) or around its future
/// (`future.with_context(context)` of `opentelemetry::trace::FutureExt`).
#[derive(Clone, Debug, Default)]
pub struct Propagation {
    send: BTreeSet<String>,
    believe: BTreeSet<String>,
}

/// Collects the two lists of a [`Propagation`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PropagationBuilder {
    lists: Propagation,
}

/// Why a list cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PropagationError {
    /// The name cannot stand in a `baggage` header.
    #[error(
        "`{name}` cannot be the name of a baggage member: use letters, digits and any of !#$%&'*+-.^_`|~, such as \
         `session.id`"
    )]
    NotAToken {
        /// The name, as it was given.
        name: String,
    },
    /// The name looks like a field of a run context and is none.
    #[error("`{name}` is no field of a run context; those are {}", FIELDS.join(", "))]
    UnknownField {
        /// The name, as it was given.
        name: String,
    },
}

impl PropagationBuilder {
    /// Lets these members leave.
    pub fn send<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.lists.send.extend(names.into_iter().map(Into::into));
        self
    }

    /// Believes these members on arrival.
    pub fn believe<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.lists.believe.extend(names.into_iter().map(Into::into));
        self
    }

    /// Checks the lists.
    ///
    /// # Errors
    ///
    /// When a name cannot be sent, or begins like a field of a run context (`gen_ai.`, `otel_genai.`) and is none.
    pub fn build(self) -> Result<Propagation, PropagationError> {
        for name in self.lists.send.iter().chain(&self.lists.believe) {
            if !is_token(name) {
                return Err(PropagationError::NotAToken { name: name.clone() });
            }
            let is_reserved = name.starts_with("gen_ai.") || name.starts_with("otel_genai.");
            if is_reserved && field(name).is_none() {
                return Err(PropagationError::UnknownField { name: name.clone() });
            }
        }
        Ok(self.lists)
    }
}

impl Propagation {
    /// Starts with two empty lists: nothing leaves, nothing is believed.
    pub fn builder() -> PropagationBuilder {
        PropagationBuilder::default()
    }
}

impl TextMapPropagator for Propagation {
    /// Writes what may leave; no header at all when that is nothing.
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        if self.send.is_empty() {
            return;
        }
        let run = RunContext::of(context);
        let member = |name: &String| match field(name) {
            Some(name) => run.get(name).map(text),
            None => context.baggage().get(name).map(ToString::to_string),
        };
        let members = self.send.iter().filter_map(|name| Some((name.as_str(), member(name)?)));
        let (header, left_out) = baggage_header::write(members);
        if !left_out.is_empty() {
            tracing::warn!(members = left_out.join(", "), "baggage has no room for all that may leave");
        }
        if !header.is_empty() {
            injector.set(HEADER, header);
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        if self.believe.is_empty() {
            return context.clone();
        }
        let headers = extractor.get_all(HEADER).unwrap_or_default();
        let mut run = RunContext::of(context);
        let mut others = Vec::new();
        for (name, value) in baggage_header::read(&headers) {
            if !self.believe.contains(&name) {
                continue;
            }
            match field(&name) {
                Some(otel_genai::TAGS) => run = tags(run, &value),
                Some(field) => run = run.state(field, value),
                None => others.push(KeyValueMetadata::new(name, value, "")),
            }
        }
        let context = run.put_into(context);
        if others.is_empty() {
            return context;
        }
        let known = context.baggage().into_iter();
        let known = known.map(|(name, (value, metadata))| {
            KeyValueMetadata::new(name.clone(), value.clone(), metadata.clone())
        });
        context.with_baggage(known.chain(others).collect::<Vec<_>>())
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(HEADERS.as_slice())
    }
}

/// Returns the run context's own spelling of a name, if it is one of its fields.
fn field(name: &str) -> Option<&'static str> {
    FIELDS.into_iter().find(|field| *field == name)
}

/// Returns the value as one text: tags as a JSON array, which keeps commas apart.
fn text(value: &Value) -> String {
    match value {
        Value::Array(Array::String(tags)) => {
            serde_json::Value::from_iter(tags.iter().map(StringValue::as_str)).to_string()
        }
        other => other.to_string(),
    }
}

fn tags(run: RunContext, json: &str) -> RunContext {
    match serde_json::from_str::<Vec<String>>(json) {
        Ok(tags) => run.tags(tags),
        Err(_) => run,
    }
}
