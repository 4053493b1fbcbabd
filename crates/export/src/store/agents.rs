//! The agent that a span is of, which often only a span above it names.

use std::collections::HashMap;

use super::facts::Facts;

/// How far up an agent is looked for. Deeper traces are loops or broken.
const DEEPEST: usize = 1_000;

type SpanId = [u8; 8];

/// The spans of one trace that are known, each with its parent and the agent that it names.
#[derive(Debug, Default)]
pub(super) struct Agents {
    places: HashMap<SpanId, (Option<SpanId>, Option<String>)>,
}

impl Agents {
    /// Enters a span.
    pub(super) fn add(&mut self, facts: &Facts) {
        self.places.insert(facts.span_id, (facts.parent_id, facts.agent.clone()));
    }

    /// Tells whether a span is known.
    pub(super) fn has(&self, span: SpanId) -> bool {
        self.places.contains_key(&span)
    }

    /// Returns the agent that a span names, else that of the nearest span above it that names one, as `otel-genai report`
    /// does.
    pub(super) fn of<'a>(&'a self, facts: &'a Facts) -> Option<&'a str> {
        if let Some(own) = &facts.agent {
            return Some(own);
        }
        let mut parent = facts.parent_id;
        for _ in 0..DEEPEST {
            let (above, agent) = self.places.get(&parent?)?;
            if let Some(agent) = agent {
                return Some(agent);
            }
            parent = *above;
        }
        None
    }
}
