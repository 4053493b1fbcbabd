//! The stage that decides about whole traces.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use opentelemetry::StringValue;
use otel_genai_pipeline::{Segment, SegmentKind, Span, Stage};

use crate::Threshold;
use crate::mark::{Leaves, ThresholdWriter, randomness, write_rule};
use crate::rule::Quota;
use crate::rule_set::{RuleSet, TraceFacts};
use crate::sampling::Shared;

/// The name of what no rule is for.
const REST: &str = "ratio";

/// Reasons for drops.
const NOT_CHOSEN: &str = "not_chosen";
const OVER_QUOTA: &str = "quota";
/// Not chosen by what was known when a limit forced the decision.
const FORCED: &str = "not_chosen_forced";
/// Not chosen by what was known when the trace took more than its share.
const TOO_BIG: &str = "not_chosen_too_big";

/// Holds each trace until it can be decided, then keeps or drops it by the rules of a [`Sampling`](crate::Sampling).
///
/// * While a trace runs, its spans are held. It is kept before it has ended only if a rule of rate 1 without a quota is
///   met, and every rule before that one is such a rule too: then nothing can change the outcome.
/// * When it has ended, the first rule that is met decides; if none is, the head's choice does. Without the head, the
///   ratio does.
/// * Where a limit forces a decision, it is made with what is known by then, and holds: what comes later follows it,
///   whatever it is. Late spans follow the decision as well. The pipeline remembers it as long as it remembers the
///   trace (`remembered_traces`); a span that comes still later is a trace of its own.
/// * A trace that is opened again is decided anew by what it did since.
///
/// Kept spans get `otel_genai.sampling.rule` and the threshold of the decision. Dropped spans are counted under
/// `not_chosen`, `quota`, and, where the decision was forced, `not_chosen_forced` and `not_chosen_too_big`.
///
/// Made by [`Sampling::tail`](crate::Sampling::tail).
#[derive(Debug)]
pub struct TailSampler {
    ratio: Threshold,
    rules: RuleSet,
    max_trace_bytes: usize,
    is_all_recorded: bool,
    shared: Arc<Shared>,
    /// How much of its quota each rule has used.
    quotas: Vec<QuotaUse>,
    thresholds: ThresholdWriter,
    /// The name of what no rule is for.
    rest: StringValue,
}

#[derive(Clone, Copy, Debug, Default)]
struct QuotaUse {
    since: Option<SystemTime>,
    traces: u32,
}

/// What the tail remembers of a trace: small, because it outlives the trace.
#[derive(Debug, Default)]
struct TraceMemory {
    facts: Option<Box<TraceFacts>>,
    decision: Option<Decision>,
    /// Whether the trace has ended; a segment other than a late one then begins another round.
    has_ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// Kept by the rule with this position.
    Rule(u32),
    /// Kept because the head chose it, or by the ratio.
    Rest,
    Dropped,
}

/// Why a trace is decided now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occasion {
    Ended,
    Settled,
    Forced,
    TooBig,
}

impl TailSampler {
    pub(crate) fn new(
        ratio: Threshold,
        rules: RuleSet,
        max_trace_bytes: usize,
        is_all_recorded: bool,
        shared: Arc<Shared>,
    ) -> Self {
        let quotas = vec![QuotaUse::default(); rules.rules().len()];
        Self {
            ratio,
            rules,
            max_trace_bytes,
            is_all_recorded,
            shared,
            quotas,
            thresholds: ThresholdWriter::default(),
            rest: REST.into(),
        }
    }

    /// Decides, carries it out and remembers it.
    fn decide(&mut self, segment: &mut Segment<'_>, facts: &TraceFacts, occasion: Occasion) -> Decision {
        let met = facts.first_met(&self.rules).map(|(index, rule)| (index, rule.threshold(), rule.quota()));
        let has_head = self.has_head();
        let is_kept = match met {
            None if has_head => any_span(segment, Span::is_sampled),
            None => self.ratio.keeps(randomness(segment)),
            Some((_, threshold, _)) => threshold.keeps(randomness(segment)),
        };
        let is_within = !is_kept
            || met.is_none_or(|(index, _, quota)| {
                quota.is_none_or(|quota| self.quotas[index].has_room(quota, segment.time()))
            });
        let decision = match met {
            _ if !is_kept || !is_within => Decision::Dropped,
            Some((index, ..)) => Decision::Rule(index as u32),
            None => Decision::Rest,
        };
        count(&self.shared.forced, occasion == Occasion::Forced);
        count(&self.shared.too_big, occasion == Occasion::TooBig);
        count(&self.shared.over_quota, !is_within);
        count(&self.shared.kept, decision != Decision::Dropped);
        count(&self.shared.dropped, decision == Decision::Dropped);
        if decision == Decision::Dropped {
            segment.drop_trace(match occasion {
                _ if !is_within => OVER_QUOTA,
                Occasion::Forced => FORCED,
                Occasion::TooBig => TOO_BIG,
                Occasion::Ended | Occasion::Settled => NOT_CHOSEN,
            });
            return decision;
        }
        self.let_pass(segment, decision);
        decision
    }

    /// Lets the spans of a kept trace go, marked.
    fn let_pass(&mut self, segment: &mut Segment<'_>, decision: Decision) {
        let has_head = self.has_head();
        let unknown = self.is_all_recorded.then_some(Threshold::ALWAYS);
        let (leaves, rule) = match decision {
            Decision::Dropped => return,
            // Each span says for itself whether the head, here or in another process, chose it and how.
            Decision::Rest if has_head => (Leaves::AsItCame, &self.rest),
            Decision::Rest => (Leaves::AtLeast(self.ratio, unknown), &self.rest),
            Decision::Rule(index) => {
                let Some(rule) = self.rules.rules().get(index as usize) else { return };
                let leaves = match rule.quota() {
                    Some(_) => Leaves::Without,
                    // All was recorded here, whatever the head chose: only the rule has thinned this class.
                    None if has_head => Leaves::With(rule.threshold()),
                    None => Leaves::AtLeast(rule.threshold(), unknown),
                };
                (leaves, rule.name_value())
            }
        };
        let is_by_head = decision == Decision::Rest && has_head;
        if is_by_head {
            segment.drop_spans(NOT_CHOSEN, |span| !span.is_sampled());
        }
        let parts = segment.split::<TraceMemory>();
        for span in parts.held.iter_mut().chain(parts.spans) {
            self.thresholds.write(span, leaves);
            write_rule(span, rule);
        }
        if is_by_head { segment.release() } else { segment.keep() }
    }

    fn has_head(&self) -> bool {
        self.shared.has_head.load(Ordering::Relaxed)
    }
}

impl Stage for TailSampler {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let kind = segment.kind();
        let memory = segment.state::<TraceMemory>();
        if memory.has_ended && kind != SegmentKind::Late {
            *memory = TraceMemory::default();
        }
        memory.has_ended |= kind == SegmentKind::Last;
        let (decision, facts) = (memory.decision, memory.facts.take());
        if let Some(decision) = decision {
            return self.let_pass(segment, decision);
        }
        if segment.spans().is_empty() && segment.held_mut().is_empty() {
            // Nothing of the trace has come, so there is nothing to decide.
            return;
        }
        let mut facts = facts.unwrap_or_else(|| Box::new(self.rules.new_trace()));
        for span in segment.spans() {
            facts.absorb(&self.rules, span);
        }
        let occasion = match kind {
            _ if segment.is_forced() => Occasion::Forced,
            SegmentKind::Early if facts.is_settled(&self.rules) => Occasion::Settled,
            SegmentKind::Early if segment.held_bytes() >= self.max_trace_bytes => Occasion::TooBig,
            SegmentKind::Early => {
                segment.state::<TraceMemory>().facts = Some(facts);
                segment.hold();
                return;
            }
            _ => Occasion::Ended,
        };
        let decision = self.decide(segment, &facts, occasion);
        segment.state::<TraceMemory>().decision = Some(decision);
    }
}

impl QuotaUse {
    /// Takes one trace of the quota, if it has room. Spans of time begin with the first trace after the last one ended.
    fn has_room(&mut self, quota: Quota, now: SystemTime) -> bool {
        let has_passed =
            self.since.is_none_or(|since| now.duration_since(since).is_ok_and(|age| age >= quota.per));
        if has_passed {
            *self = Self { since: Some(now), traces: 0 };
        }
        let has_room = self.traces < quota.traces.get();
        self.traces += u32::from(has_room);
        has_room
    }
}

fn any_span(segment: &mut Segment<'_>, is_so: impl Fn(&Span) -> bool) -> bool {
    segment.spans().iter().any(&is_so) || segment.held_mut().iter().any(is_so)
}

fn count(counter: &AtomicU64, by_one: bool) {
    if by_one {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
