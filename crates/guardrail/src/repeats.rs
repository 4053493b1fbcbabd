//! One event, one finding: spans above and beside the one that saw it first repeat it.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanId;
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::otel_genai;
use otel_genai_semconv::{Enforcement, GuardrailStatus, Role};

use crate::finding::{Finding, Source};
use crate::rules::explicit::{RAISED, TRIPWIRE, TRIPWIRE_TEXT};
use crate::sink::fnv;

/// Events that are remembered per trace for the spans still to come, 16 bytes each, and for twins still to come, 8 bytes each. A run that is stopped more often
/// has some of it reported again by the spans above.
pub const REMEMBERED_EVENTS: usize = 64;

/// Ancestors followed within a segment; deeper traces are loops that nobody reads.
const MAX_DEPTH: usize = 256;

/// A model's answer, or its prompt, was stopped: however the provider, a library or an exception says it.
const WITHHELD: u64 = 1;
/// A guardrail stopped the run, and an exception says so.
const STOPPED: u64 = 2;
/// A tool was denied.
const DENIED: u64 = 3;

/// What the trace has shown so far.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Events below a span that is still to come.
    below: Box<[(SpanId, u64)]>,
    /// Events that were reported, for twins still to come: the hash of a span and its event, to take half the memory.
    reported: Vec<u64>,
}

impl Memory {
    pub(crate) fn is_empty(&self) -> bool {
        self.below.is_empty() && self.reported.is_empty()
    }

    /// Removes the findings of a segment that repeat an event; those of twins go into the finding that is kept.
    ///
    /// `findings` are those of the span at the same position.
    pub(crate) fn settle(&mut self, spans: &[Span], findings: &mut [Vec<Finding>]) {
        let places: HashMap<SpanId, usize> =
            spans.iter().enumerate().map(|(place, span)| (span.span_id(), place)).collect();
        let mut repeats: HashSet<(usize, u64)> = HashSet::new();

        let mut merges: Vec<(usize, u64, usize)> = Vec::new();
        for (place, span) in spans.iter().enumerate().filter(|(place, _)| !findings[*place].is_empty()) {
            let Some(counting) = counting_twin(span) else { continue };
            for event in findings[place].iter().map(event) {
                match places.get(&counting) {
                    Some(&twin)
                        if twin != place
                            && findings[twin].iter().any(|known| self::event(known) == event) =>
                    {
                        repeats.insert((place, event));
                        merges.push((place, event, twin));
                    }
                    _ if self.reported.contains(&account(counting, event)) => {
                        repeats.insert((place, event));
                    }
                    _ => {}
                }
            }
        }

        let mut still_below = Vec::new();
        let mut climb = |(from, origin): (Option<SpanId>, Option<SpanId>),
                         event: u64,
                         covered: &mut HashSet<(usize, u64)>| {
            let mut above = from;
            for _ in 0..MAX_DEPTH {
                // Broken parents can lead back to where it began.
                let Some(id) = above.filter(|_| above != origin) else { return };
                let Some(&place) = places.get(&id) else {
                    if !still_below.contains(&(id, event)) {
                        still_below.push((id, event));
                    }
                    return;
                };
                covered.insert((place, event));
                above = spans[place].parent_span_id();
            }
        };
        let mut covered = HashSet::new();
        for (waiting, event) in std::mem::take(&mut self.below) {
            climb((Some(waiting), None), event, &mut covered);
        }
        for (place, span) in spans.iter().enumerate() {
            for finding in &findings[place] {
                let event = event(finding);
                if repeats.contains(&(place, event)) {
                    continue;
                }
                // What a helper below a call repeats of it (a raw request's span) is the call's.
                if role(span) != Role::LlmCall
                    && let Some(call) = span.parent_span_id().and_then(|parent| places.get(&parent))
                    && role(&spans[*call]) == Role::LlmCall
                    && findings[*call].iter().any(|known| self::event(known) == event)
                {
                    repeats.insert((place, event));
                    continue;
                }
                let way = (span.parent_span_id(), Some(span.span_id()));
                climb(way, event, &mut covered);
                if finding.source == Source::Explicit && finding.has_fired() {
                    climb(way, STOPPED, &mut covered);
                }
            }
        }
        still_below.truncate(REMEMBERED_EVENTS);
        self.below = still_below.into_boxed_slice();

        for (place, event, twin) in merges {
            let repeated: Vec<Finding> =
                findings[place].iter().filter(|known| self::event(known) == event).cloned().collect();
            for finding in repeated {
                if let Some(kept) = findings[twin].iter_mut().find(|known| self::event(known) == event) {
                    kept.absorb(finding);
                }
            }
        }
        for (place, span) in spans.iter().enumerate() {
            findings[place].retain(|finding| {
                let key = (place, event(finding));
                !repeats.contains(&key) && !covered.contains(&key)
            });
            // As much as is needed: there are as many of these lists as traces that run.
            let room = REMEMBERED_EVENTS - self.reported.len();
            self.reported.reserve_exact(findings[place].len().min(room));
            let accounts = findings[place].iter().map(|finding| account(span.span_id(), event(finding)));
            self.reported.extend(accounts.take(room));
        }
    }
}

/// Joins a span and an event of its.
fn account(span: SpanId, event: u64) -> u64 {
    (u64::from_be_bytes(span.to_bytes()) ^ event).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ event
}

/// The event that a finding is an account of, the same for every account of it.
fn event(finding: &Finding) -> u64 {
    let is_stop = [&TRIPWIRE, &RAISED, &TRIPWIRE_TEXT].iter().any(|rule| rule.id == finding.rule);
    if is_stop {
        return STOPPED;
    }
    let is_model = finding.source != Source::Explicit
        && finding.status == Some(GuardrailStatus::Triggered)
        && finding.enforcement == Some(Enforcement::Block);
    match (is_model, &*finding.name) {
        (true, "tool_denied") => DENIED,
        (true, _) => WITHHELD,
        (false, name) => {
            fnv(&[finding.category.as_str(), name, if finding.has_fired() { "fired" } else { "" }])
        }
    }
}

fn role(span: &Span) -> Role {
    span.get_str(otel_genai::ROLE).and_then(Role::from_name).unwrap_or_default()
}

fn counting_twin(span: &Span) -> Option<SpanId> {
    SpanId::from_hex(span.get_str(otel_genai::DUPLICATE_OF)?).ok()
}
