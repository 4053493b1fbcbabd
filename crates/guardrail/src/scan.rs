//! Reads one span: a fast look that finds nothing in most, and slow readers where it found something.

use otel_genai_pipeline::Span;
use otel_genai_semconv::Role;
use otel_genai_semconv::names::guardrail;

use crate::coverage::{Abilities, Categories};
use crate::finding::Finding;
use crate::keys::is_raw_copy;
use crate::outline::Outline;
use crate::shapes::bedrock_applied;
use crate::sink::Sink;
use crate::texts::Texts;
use crate::{errors, explicit, finish_reasons, llama_guard};

/// Reads spans.
#[derive(Debug)]
pub(crate) struct Scanner(Texts);

/// What a span shows.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) findings: Vec<Finding>,
    /// The findings are in the span already.
    pub(crate) is_known: bool,
    pub(crate) abilities: Abilities,
    pub(crate) suppressed: Categories,
}

impl Scanner {
    pub(crate) fn new(heuristics: bool) -> Self {
        Self(Texts::new(heuristics))
    }

    /// Reads a span by itself. What an earlier detector found in it is taken over; what other tools write under the same
    /// name is not ours and is not read.
    pub(crate) fn scan(&self, span: &Span) -> Seen {
        let outline = Outline::of(span, &self.0);
        // The last of repeated keys counts; an empty list is nobody's of ours.
        let written = outline.has_findings.then(|| span.get_str(guardrail::FINDINGS)).flatten();
        let known = written.and_then(Finding::read_all).filter(|findings| !findings.is_empty());
        Seen {
            is_known: known.is_some(),
            findings: known.unwrap_or_else(|| self.findings(span, outline)),
            abilities: outline.abilities(span),
            suppressed: outline.suppressed,
        }
    }

    fn findings(&self, span: &Span, outline: Outline<'_>) -> Vec<Finding> {
        let has_events = !span.events().is_empty();
        let is_plain = outline.kind.is_none()
            && !outline.has_guardrail_attributes
            && !outline.has_finish_reason
            && outline.first_candidate.is_none()
            && !outline.is_llama_guard
            && !span.is_error()
            && !has_events
            && !explicit::has_name(span);
        if is_plain {
            return Vec::new();
        }
        let mut sink = Sink::new(span);
        if outline.kind.is_some() || outline.has_guardrail_attributes {
            explicit::read(span, outline.kind, &mut sink);
        }
        explicit::read_name(span, &mut sink);
        explicit::read_events(span, &mut sink);
        if outline.has_finish_reason {
            finish_reasons::read(span.attributes(), None, &mut sink);
        }
        for (index, event) in span.events().iter().enumerate() {
            finish_reasons::read(&event.attributes, Some(index), &mut sink);
        }
        let has_texts = outline.first_candidate.is_some() || has_events || span.is_error();
        if has_texts && !is_raw_copy(span.name()) {
            let is_small = !has_events && !span.is_error();
            let first = if is_small { outline.first_candidate } else { None };
            self.0.read(span, outline.role, first, &mut sink);
        }
        if span.is_error() || has_events {
            errors::read(span, &mut sink);
        }
        if outline.has_guardrail_attributes {
            bedrock_applied(span, &mut sink);
        }
        if outline.is_llama_guard {
            llama_guard::read(span, &mut sink);
        }
        if let Some(guesses) = self.0.guesses()
            && outline.role == Role::Tool
            && (span.is_error() || has_events)
        {
            guesses.denial(span, &mut sink);
        }
        sink.finish()
    }
}
