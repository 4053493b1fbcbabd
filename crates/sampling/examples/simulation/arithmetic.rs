//! The decisions alone, as the stages make them, over many traces.

use opentelemetry::trace::TraceState;
use otel_genai_sampling::{Estimator, OtelTraceState, Randomness, Threshold};

use crate::tally::{SLICES, Tally, slices};
use crate::world::{DEAR, Random, Trace, traces};

/// Traces a second that the rate limit lets pass, where it is active. That is about what is kept without it on average,
/// so the crests of the load are thinned, and runs in which much fails all the time.
const ALLOWED: f64 = 60.0;
/// Part of it that is left to what may be thinned, however much is always kept.
const LEAST_PART: f64 = 0.1;

/// How a run of the simulation decides.
#[derive(Clone, Copy)]
pub(crate) struct Decisions {
    pub(crate) head: Threshold,
    /// Whether spans leave while their trace runs, so that those before the failure carry the head's threshold.
    pub(crate) is_streaming: bool,
    pub(crate) is_limited: bool,
}

/// Simulates one run.
pub(crate) fn run(random: &mut Random, count: usize, decisions: Decisions, tally: &mut Tally) {
    let mut estimator = Estimator::<SLICES>::default();
    let mut truth = [0.0; SLICES];
    let (mut kept_traces, mut kept_cost) = (0u32, 0.0);
    let mut limit = Limit::default();
    for trace in traces(random, count) {
        let randomness = Randomness::of(trace.id, OtelTraceState::of(&TraceState::NONE));
        let limit =
            if decisions.is_limited { limit.threshold(&trace, decisions.head) } else { Threshold::ALWAYS };
        let mut is_kept = false;
        for (call, threshold) in trace.calls.iter().zip(thresholds(&trace, decisions, limit)) {
            let values = slices(trace.model, trace.class(), *call);
            truth.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            if threshold.keeps(randomness) {
                is_kept = true;
                kept_cost += call;
                estimator.add(trace.id, threshold, values);
            }
        }
        kept_traces += u32::from(is_kept);
    }
    let naive = kept_cost * count as f64 / f64::from(kept_traces);
    tally.add(estimator.estimates(), truth, naive);
}

/// Returns the threshold of each call: nothing in it depends on the randomness of the trace.
fn thresholds(trace: &Trace, decisions: Decisions, limit: Threshold) -> impl Iterator<Item = Threshold> {
    let is_dear = trace.cost() > DEAR;
    let failed = trace.failed;
    let mut so_far = 0.0;
    trace.calls.iter().enumerate().map(move |(place, call)| {
        so_far += call;
        let (has_failed, is_dear) = if decisions.is_streaming {
            (failed.is_some_and(|failed| place >= failed), so_far > DEAR)
        } else {
            (failed.is_some(), is_dear)
        };
        let rule = if has_failed || is_dear { Threshold::ALWAYS } else { decisions.head };
        // The limit does not thin what failed.
        if failed.is_some() { rule } else { rule.max(limit) }
    })
}

/// A limit that raises the threshold once a second, by what came in the seconds before.
#[derive(Default)]
struct Limit {
    second: u64,
    window: [f64; 3],
    rate: Option<[f64; 3]>,
    threshold: Option<Threshold>,
}

impl Limit {
    fn threshold(&mut self, trace: &Trace, head: Threshold) -> Threshold {
        let second = trace.start as u64;
        if second != self.second {
            let seconds = (second - self.second) as f64;
            let window = std::mem::take(&mut self.window).map(|count| count / seconds);
            let old = self.rate.unwrap_or(window);
            let rate = [0, 1, 2].map(|class| 0.8 * old[class] + 0.2 * window[class]);
            (self.second, self.rate) = (second, Some(rate));
            self.threshold = Some(threshold_for(rate, head));
        }
        self.window[trace.class()] += 1.0;
        self.threshold.unwrap_or(Threshold::ALWAYS)
    }
}

/// The threshold at which the traces of a second, by class, come down to what is allowed.
fn threshold_for([failed, dear, rest]: [f64; 3], head: Threshold) -> Threshold {
    let passing = |ratio: f64| dear * ratio + rest * ratio.min(head.probability());
    let target = (ALLOWED - failed).max(ALLOWED * LEAST_PART);
    if passing(1.0) <= target {
        return Threshold::ALWAYS;
    }
    let (mut low, mut high) = (1e-6, 1.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if passing(middle) > target { high = middle } else { low = middle }
    }
    Threshold::from_ratio(low).unwrap_or(Threshold::ALWAYS)
}
