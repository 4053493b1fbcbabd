//! Whether the attribute that calls are grouped by is one that they have.

use std::collections::BTreeSet;

use opentelemetry::Key;
use opentelemetry_sdk::Resource;
use otel_genai::{GenAiSpan, Span};

use crate::plain::printable;

/// So many names are listed: more nobody reads.
const LISTED: usize = 60;

/// So many names are kept: who makes names of values has as many as spans.
const KEPT: usize = 1000;

/// What the calls have, until one has what is looked for.
#[derive(Debug)]
pub(super) struct Attributes {
    wanted: String,
    is_found: bool,
    calls: u64,
    names: BTreeSet<String>,
}

impl Attributes {
    pub(super) fn new(wanted: &str) -> Self {
        Self { wanted: wanted.to_owned(), is_found: false, calls: 0, names: BTreeSet::new() }
    }

    /// Looks at a span.
    pub(super) fn see(&mut self, span: &Span, resource: &Resource) {
        if self.is_found || !GenAiSpan::new(span).is_llm_call() {
            return;
        }
        self.calls += 1;
        self.is_found =
            span.get(&self.wanted).is_some() || resource.get(&Key::new(self.wanted.clone())).is_some();
        let of_span = span.attributes().iter().map(|attribute| attribute.key.as_str());
        for name in of_span.chain(resource.iter().map(|(key, _)| key.as_str())) {
            if self.names.len() < KEPT && !self.names.contains(name) {
                self.names.insert(name.to_owned());
            }
        }
    }

    /// Says what could be meant, if there are calls and none has the attribute.
    pub(super) fn unknown(&self) -> Option<String> {
        if self.is_found || self.calls == 0 {
            return None;
        }
        let listed: Vec<&str> = self.names.iter().take(LISTED).map(String::as_str).collect();
        let more = if self.names.len() > LISTED { " and more" } else { "" };
        Some(printable(&format!(
            "--by {}: no call has such an attribute; possible are model, agent, tool and day, and the attributes of \
             these calls: {}{more}",
            self.wanted,
            listed.join(", ")
        )))
    }
}
