//! What the report says, for programs; `table` has it for people.

use otel_genai::sampling::{CallTotals, Estimate, GroupTotals, RecordedTotals, SampledTotals, SpanCounts};
use serde::Serialize;

use super::group::{By, UNKNOWN};

/// The whole report.
#[derive(Serialize)]
pub(super) struct Answer {
    /// What the groups are by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    pub(super) spans: Spans,
    pub(super) all: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<Vec<Group>>,
}

/// What became of the spans.
#[derive(Serialize)]
pub(super) struct Spans {
    pub(super) read: u64,
    /// Lines and spans that could not be read and were skipped.
    pub(super) skipped: u64,
    pub(super) calls_with_threshold: u64,
    pub(super) calls_without_threshold: u64,
    pub(super) duplicates: u64,
    /// Calls that no enricher has seen: their duplicates are not known.
    pub(super) calls_not_enriched: u64,
}

/// A group; without a name it is that of the calls that do not say.
#[derive(Serialize)]
pub(super) struct Group {
    pub(super) name: Option<String>,
    #[serde(flatten)]
    pub(super) totals: Totals,
}

/// Both kinds of totals. They are never added to each other.
#[derive(Serialize)]
pub(super) struct Totals {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) estimated: Option<Estimated>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recorded: Option<Recorded>,
}

/// For everything that the sample stands for.
#[derive(Serialize)]
pub(super) struct Estimated {
    pub(super) sampled_calls: u64,
    /// Traces in the sample that stand for others too: fewer than some thirty make rough intervals.
    pub(super) uncertain_traces: u64,
    pub(super) calls: Figure,
    pub(super) errors: Figure,
    /// Like the next two, and those that were recorded, nothing where no call has told its part.
    pub(super) input_tokens: Option<Figure>,
    pub(super) output_tokens: Option<Figure>,
    pub(super) cost_usd: Option<Figure>,
    pub(super) calls_without_tokens: Figure,
    pub(super) calls_without_cost: Figure,
}

/// An estimate and the bounds that hold the truth in 95 of 100 samples.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Figure {
    pub(super) total: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// What is there, and no more.
#[derive(Serialize)]
pub(super) struct Recorded {
    pub(super) calls: u64,
    pub(super) errors: u64,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) cost_usd: Option<f64>,
    pub(super) calls_without_tokens: u64,
    pub(super) calls_without_cost: u64,
}

impl Answer {
    pub(super) fn new(by: Option<&By>, totals: &CallTotals, skipped: u64) -> Self {
        let SpanCounts { spans, counted, without_threshold, duplicates, not_enriched, .. } = totals.counts();
        let spans = Spans {
            read: spans,
            skipped,
            calls_with_threshold: counted,
            calls_without_threshold: without_threshold,
            duplicates,
            calls_not_enriched: not_enriched,
        };
        let groups = by.map(|by| groups(by, totals));
        Self { by: by.map(|by| by.name().to_owned()), spans, all: totals.all().into(), groups }
    }
}

/// Days in their order, everything else the dearest first, then by calls, then by name.
fn groups(by: &By, totals: &CallTotals) -> Vec<Group> {
    let mut groups: Vec<_> = totals.groups().into_iter().collect();
    if *by != By::Day {
        let weight = |totals: &GroupTotals| {
            let GroupTotals { sampled, recorded } = totals;
            let calls = sampled.calls.total() + recorded.calls as f64;
            (sampled.cost.total() + recorded.cost, calls)
        };
        groups.sort_by(|(_, one), (_, other)| {
            let (one, other) = (weight(one), weight(other));
            other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1))
        });
    }
    let named = |(name, totals): (&str, GroupTotals)| Group {
        name: (name != UNKNOWN).then(|| name.to_owned()),
        totals: totals.into(),
    };
    groups.into_iter().map(named).collect()
}

impl From<GroupTotals> for Totals {
    fn from(GroupTotals { sampled, recorded }: GroupTotals) -> Self {
        Self {
            estimated: (sampled.sample > 0).then(|| sampled.into()),
            recorded: (recorded.calls > 0).then(|| recorded.into()),
        }
    }
}

impl From<SampledTotals> for Estimated {
    fn from(totals: SampledTotals) -> Self {
        let told = |sum: Estimate, silent: &Estimate| {
            let is_silent = is_silent(sum.total(), totals.calls.total(), silent.total());
            (!is_silent).then(|| Figure::from(sum))
        };
        Self {
            sampled_calls: totals.sample,
            uncertain_traces: totals.uncertain_traces,
            calls: totals.calls.into(),
            errors: totals.errors.into(),
            input_tokens: told(totals.input_tokens, &totals.uncounted_calls),
            output_tokens: told(totals.output_tokens, &totals.uncounted_calls),
            cost_usd: told(totals.cost, &totals.unpriced_calls),
            calls_without_tokens: totals.uncounted_calls.into(),
            calls_without_cost: totals.unpriced_calls.into(),
        }
    }
}

/// Tells whether nothing is known of a sum: no call told its part.
fn is_silent(sum: f64, calls: f64, silent_calls: f64) -> bool {
    // Estimates are sums of weights, which may differ in their last digits.
    sum == 0.0 && silent_calls > 0.0 && silent_calls >= calls * (1.0 - 1e-9)
}

impl From<Estimate> for Figure {
    fn from(estimate: Estimate) -> Self {
        let (low, high) = estimate.interval();
        Self { total: estimate.total(), low, high }
    }
}

impl From<RecordedTotals> for Recorded {
    fn from(totals: RecordedTotals) -> Self {
        let RecordedTotals {
            calls,
            errors,
            input_tokens,
            output_tokens,
            cost,
            uncounted_calls,
            unpriced_calls,
        } = totals;
        let told = |sum: u64| (!is_silent(sum as f64, calls as f64, uncounted_calls as f64)).then_some(sum);
        Self {
            calls,
            errors,
            input_tokens: told(input_tokens),
            output_tokens: told(output_tokens),
            cost_usd: (!is_silent(cost, calls as f64, unpriced_calls as f64)).then_some(cost),
            calls_without_tokens: uncounted_calls,
            calls_without_cost: unpriced_calls,
        }
    }
}
