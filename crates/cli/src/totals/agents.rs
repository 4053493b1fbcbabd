//! The agent that made a call, which often only a span above it names.

use std::collections::HashMap;

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, TraceId};
use otel_genai::sampling::CallTotals;
use otel_genai::{GenAiSpan, Span};

use super::group::UNKNOWN;

/// Texts up to this length are kept while a call waits for the spans above it: names, ids and units, but no content.
const LONGEST_FACT: usize = 256;

/// How far up an agent is looked for. Deeper traces are loops or broken.
const DEEPEST: usize = 100;

/// Every span's place in its trace, and the calls that name no agent themselves.
#[derive(Default)]
pub(super) struct Agents {
    places: HashMap<(TraceId, SpanId), Place>,
    waiting: Vec<Span>,
}

struct Place {
    parent: Option<SpanId>,
    agent: Option<Box<str>>,
}

impl Agents {
    /// Adds a span to the totals, or lets it wait: spans above it come after it.
    pub(super) fn push(&mut self, mut span: Span, totals: &mut CallTotals) {
        let agent = GenAiSpan::new(&span).agent_name().map(Box::from);
        let is_waiting = agent.is_none() && totals.is_call(&span);
        if !is_waiting {
            totals.add(&span, agent.as_deref().unwrap_or(UNKNOWN));
        }
        let place = Place { parent: span.parent_span_id(), agent };
        self.places.insert((span.trace_id(), span.span_id()), place);
        if is_waiting {
            slim(&mut span);
            self.waiting.push(span);
        }
    }

    /// Adds what waited.
    pub(super) fn finish(self, totals: &mut CallTotals) {
        for span in &self.waiting {
            totals.add(span, self.agent_above(span).unwrap_or(UNKNOWN));
        }
    }

    fn agent_above(&self, span: &Span) -> Option<&str> {
        let mut parent = span.parent_span_id();
        for _ in 0..DEEPEST {
            let place = self.places.get(&(span.trace_id(), parent?))?;
            if let Some(agent) = &place.agent {
                return Some(agent);
            }
            parent = place.parent;
        }
        None
    }
}

/// Removes what is large and says nothing about counts.
fn slim(span: &mut Span) {
    span.events_mut().clear();
    span.links_mut().clear();
    span.attributes_mut().retain(|attribute| match &attribute.value {
        Value::String(text) => text.as_str().len() <= LONGEST_FACT,
        Value::Array(_) => false,
        _ => true,
    });
    span.attributes_mut().shrink_to_fit();
}
