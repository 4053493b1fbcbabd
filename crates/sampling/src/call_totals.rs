//! Calls, errors, tokens and cost of everything, from the spans of a sample.

use std::collections::{BTreeMap, HashSet};

use opentelemetry::trace::TraceId;
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::otel_genai;
use otel_genai_semconv::{GenAiSpan, Operation, Role};

use crate::{Estimate, Estimator, OtelTraceState, adjusted_count};

const MEASURES: usize = 7;

/// What is counted: calls of models, or calls of tools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Calls of models: each once, the marked duplicates left out.
    #[default]
    Models,
    /// Calls of tools; those that two libraries recorded with one id count once.
    Tools,
}

/// Sums up calls by group, as [`Estimator`] does, and refuses to extrapolate what has no `th`.
///
/// A call counts once: spans with `otel_genai.duplicate_of` and roll-ups are left out, so the spans should have passed
/// an enricher. Calls whose adjusted count is undefined are summed apart, as recorded and never extrapolated; spans
/// without the sampled flag are not part of the sample.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::testing::SpanBuilder;
/// use otel_genai_sampling::{CallTotals, Counted, Threshold, set_threshold};
///
/// let mut totals = CallTotals::new(Counted::Models);
/// let mut span = SpanBuilder::new("chat")
///     .trace(0xe0000000000000)
///     .attribute("gen_ai.operation.name", "chat")
///     .attribute("gen_ai.usage.input_tokens", 100)
///     .build();
/// span.set_trace_state(set_threshold(span.trace_state(), Threshold::parse("c")?)?);
/// totals.add(&span, "gpt-5-mini");
///
/// let group = &totals.groups()["gpt-5-mini"];
/// assert_eq!(group.sampled.calls.total(), 4.0);
/// assert_eq!(group.sampled.input_tokens.total(), 400.0);
/// assert_eq!(group.recorded.calls, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallTotals {
    counted: Counted,
    all: Sums,
    groups: BTreeMap<String, Sums>,
    tool_calls: HashSet<(TraceId, String)>,
    counts: SpanCounts,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    sampled: Estimator<MEASURES>,
    sampled_calls: u64,
    recorded: RecordedTotals,
}

/// What became of the spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// Spans that were looked at.
    pub spans: u64,
    /// Spans of calls that count and have a valid `th`.
    pub counted: u64,
    /// Spans of calls that count and have no valid `th`.
    pub without_threshold: u64,
    /// Spans of calls marked, or found, to be recorded twice.
    pub duplicates: u64,
    /// Spans of calls without the sampled flag.
    pub unsampled: u64,
    /// Calls that no enricher has seen, so their duplicates may not be marked.
    pub not_enriched: u64,
}

/// The totals of one group, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GroupTotals {
    /// From the calls with `th`: estimates for everything they stand for.
    pub sampled: SampledTotals,
    /// From the calls without: what is there, and nothing more.
    pub recorded: RecordedTotals,
}

/// Estimated totals.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SampledTotals {
    /// How many calls are in the sample.
    pub sample: u64,
    /// How many traces are in the sample that stand for others too. Intervals from fewer than some thirty are rough.
    pub uncertain_traces: u64,
    /// Calls.
    pub calls: Estimate,
    /// Calls that failed.
    pub errors: Estimate,
    /// Input tokens, of the calls that have them.
    pub input_tokens: Estimate,
    /// Output tokens, of the calls that have them.
    pub output_tokens: Estimate,
    /// Cost in USD, of the calls that have one.
    pub cost: Estimate,
    /// Calls with neither input nor output tokens: the tokens of these are not in the totals.
    pub uncounted_calls: Estimate,
    /// Calls without a cost: what they cost is not in the total.
    pub unpriced_calls: Estimate,
}

/// Sums over what was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecordedTotals {
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Input tokens, of the calls that have them.
    pub input_tokens: u64,
    /// Output tokens, of the calls that have them.
    pub output_tokens: u64,
    /// Cost in USD, of the calls that have one.
    pub cost: f64,
    /// Calls with neither input nor output tokens.
    pub uncounted_calls: u64,
    /// Calls without a cost.
    pub unpriced_calls: u64,
}

/// What one span adds.
#[derive(Clone, Copy)]
struct Call {
    is_error: bool,
    tokens: Option<(u64, u64)>,
    cost: Option<f64>,
}

impl CallTotals {
    /// Starts without calls.
    pub fn new(counted: Counted) -> Self {
        Self { counted, ..Self::default() }
    }

    /// Tells whether a span is one of the calls that are counted, unless it is a duplicate.
    pub fn is_call(&self, span: &Span) -> bool {
        let view = GenAiSpan::new(span);
        match self.counted {
            Counted::Models => view.is_llm_call(),
            Counted::Tools => match view.role() {
                Some(role) => role == Role::Tool,
                None => view.operation() == Some(Operation::ExecuteTool),
            },
        }
    }

    /// Adds a span to a group, if it is a call.
    pub fn add(&mut self, span: &Span, group: &str) {
        self.counts.spans += 1;
        if !self.is_call(span) {
            return;
        }
        let view = GenAiSpan::new(span);
        if span.get(otel_genai::DUPLICATE_OF).is_some() || self.is_repeated_tool_call(&view) {
            self.counts.duplicates += 1;
            return;
        }
        if !span.is_sampled() {
            self.counts.unsampled += 1;
            return;
        }
        self.counts.not_enriched += u64::from(view.role().is_none());
        let usage = view.usage();
        let call = Call {
            is_error: view.error_type().is_some(),
            tokens: (usage.input.is_some() || usage.output.is_some())
                .then(|| (usage.input.unwrap_or(0), usage.output.unwrap_or(0))),
            cost: view.cost(),
        };
        if !self.groups.contains_key(group) {
            self.groups.insert(group.to_owned(), Sums::default());
        }
        let sums = self.groups.get_mut(group).into_iter().chain([&mut self.all]);
        match (adjusted_count(span), OtelTraceState::of(span.trace_state()).threshold()) {
            (Some(_), Some(threshold)) => {
                self.counts.counted += 1;
                for sums in sums {
                    sums.sampled_calls += 1;
                    sums.sampled.add(span.trace_id(), threshold, call.measures());
                }
            }
            _ => {
                self.counts.without_threshold += 1;
                sums.for_each(|sums| sums.recorded.add(call));
            }
        }
    }

    /// Returns the totals of all groups together.
    pub fn all(&self) -> GroupTotals {
        self.all.totals()
    }

    /// Returns the totals by group.
    pub fn groups(&self) -> BTreeMap<&str, GroupTotals> {
        self.groups.iter().map(|(group, sums)| (group.as_str(), sums.totals())).collect()
    }

    /// Returns what became of the spans.
    pub fn counts(&self) -> SpanCounts {
        self.counts
    }

    fn is_repeated_tool_call(&mut self, view: &GenAiSpan<'_>) -> bool {
        self.counted == Counted::Tools
            && view
                .tool_call_id()
                .is_some_and(|id| !self.tool_calls.insert((view.span().trace_id(), id.to_owned())))
    }
}

impl Sums {
    fn totals(&self) -> GroupTotals {
        let [calls, errors, input_tokens, output_tokens, cost, uncounted_calls, unpriced_calls] =
            self.sampled.estimates();
        let sampled = SampledTotals {
            sample: self.sampled_calls,
            uncertain_traces: self.sampled.uncertain_traces() as u64,
            calls,
            errors,
            input_tokens,
            output_tokens,
            cost,
            uncounted_calls,
            unpriced_calls,
        };
        GroupTotals { sampled, recorded: self.recorded }
    }
}

impl Call {
    fn measures(self) -> [f64; MEASURES] {
        let (input, output) = self.tokens.unwrap_or_default();
        [
            1.0,
            f64::from(u8::from(self.is_error)),
            input as f64,
            output as f64,
            self.cost.unwrap_or(0.0),
            f64::from(u8::from(self.tokens.is_none())),
            f64::from(u8::from(self.cost.is_none())),
        ]
    }
}

impl RecordedTotals {
    fn add(&mut self, call: Call) {
        let (input, output) = call.tokens.unwrap_or_default();
        self.calls += 1;
        self.errors += u64::from(call.is_error);
        self.input_tokens += input;
        self.output_tokens += output;
        self.cost += call.cost.unwrap_or(0.0);
        self.uncounted_calls += u64::from(call.tokens.is_none());
        self.unpriced_calls += u64::from(call.cost.is_none());
    }
}
