//! The sums of a trace.

use otel_genai_pipeline::Span;
use otel_genai_semconv::GenAiSpan;
use otel_genai_semconv::names::otel_genai;

/// What the model calls of some spans come to. A call that does not say is counted as such, never as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) spans: usize,
    pub(super) errors: usize,
    pub(super) llm_calls: usize,
    pub(super) input_tokens: Sum<u64>,
    pub(super) output_tokens: Sum<u64>,
    pub(super) cost: Sum<f64>,
}

/// A sum of what is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum<T> {
    /// `None` when nothing was known.
    pub(super) known: Option<T>,
    /// Whether something was not, so that the sum is only a lower bound.
    pub(super) is_partial: bool,
}

impl<T: Copy + Default> Sum<T> {
    fn add(&mut self, value: Option<T>, plus: impl Fn(T, T) -> T) {
        match value {
            Some(value) => self.known = Some(plus(self.known.unwrap_or_default(), value)),
            None => self.is_partial = true,
        }
    }
}

impl Totals {
    pub(super) fn of(spans: &[&Span]) -> Self {
        let mut totals = Self { spans: spans.len(), ..Self::default() };
        for span in spans {
            totals.errors += usize::from(span.is_error());
            if counts(span) {
                let view = GenAiSpan::new(span);
                let usage = view.usage();
                totals.llm_calls += 1;
                totals.input_tokens.add(usage.input, u64::saturating_add);
                totals.output_tokens.add(usage.output, u64::saturating_add);
                totals.cost.add(view.cost(), |sum, cost| sum + cost);
            }
        }
        totals
    }
}

/// Tells whether a span is a model call to be counted: not one that another span already counts, nor a roll-up.
fn counts(span: &Span) -> bool {
    let is_call = match span.get_str(otel_genai::ROLE) {
        Some(role) => role == "llm_call",
        None => GenAiSpan::new(span).is_llm_call(),
    };
    is_call && !is_duplicate(span)
}

/// Tells whether another span reports the same call.
pub(super) fn is_duplicate(span: &Span) -> bool {
    span.get(otel_genai::DUPLICATE_OF).is_some()
}
