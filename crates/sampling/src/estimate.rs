//! Totals of everything, from what a consistent sample kept.

use std::collections::BTreeMap;

use opentelemetry::trace::TraceId;

use crate::Threshold;

/// How many standard errors to each side of a normally distributed estimate hold the truth in 95 of 100 samples.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// What a total of everything probably is, judged by a sample.
///
/// The total is the Horvitz–Thompson estimate: each value times what its span stands for. It is unbiased whatever the
/// values are, also where failing runs cost more and are all kept.
///
/// Source: D. G. Horvitz and D. J. Thompson, "A Generalization of Sampling Without Replacement From a Finite Universe",
/// 1952.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    observed: f64,
    total: f64,
    variance: f64,
}

impl Estimate {
    /// Returns the sum over the sample itself, which is the least that the true total can be.
    pub fn observed(&self) -> f64 {
        self.observed
    }

    /// Returns the estimated total.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Returns the estimated variance of the total. It is zero if every trace was kept with certainty.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// Returns the bounds between which the true total lies in about 95 of 100 samples.
    ///
    /// The lower one is never below what was observed. The interval takes the total for normally distributed, which
    /// needs some thirty traces or more that stand for others, and no single one among them that outweighs the rest:
    /// keep the dearest traces with certainty, as the rule "dear" does.
    pub fn interval(&self) -> (f64, f64) {
        let margin = NORMAL_95 * self.variance.sqrt();
        ((self.total - margin).max(self.observed), self.total + margin)
    }
}

/// Sums up several values at once over the spans of a sample, in any order, each with its own [`Threshold`].
///
/// All spans of a trace share one random number, so they are in the sample together and their values vary together:
/// the variance is therefore that of the traces' sums and not of the spans' values, which would promise too much. With
/// Sₖ the weighted sum of a trace's spans of probability pₖ, a trace adds ΣₖΣₗ SₖSₗ(1 − max(pₖ, pₗ)).
///
/// What is kept with certainty adds nothing to the variance and takes no memory; each other trace takes some hundred
/// bytes. Values must not be negative.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::TraceId;
/// use otel_genai_sampling::{Estimator, Threshold};
///
/// let mut estimator = Estimator::default();
/// let quarter = Threshold::parse("c")?;
/// estimator.add(TraceId::from(1), quarter, [1.0, 0.02]); // one call, and what it cost
/// estimator.add(TraceId::from(1), quarter, [1.0, 0.04]);
/// estimator.add(TraceId::from(2), Threshold::ALWAYS, [1.0, 3.0]);
/// let [calls, cost] = estimator.estimates();
/// assert_eq!((calls.observed(), calls.total()), (3.0, 9.0));
/// assert!((cost.total() - 3.24).abs() < 1e-9);
/// assert_eq!(calls.variance(), 8.0 * 8.0 * 0.75);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Estimator<const N: usize> {
    observed: [f64; N],
    certain: [f64; N],
    /// Of each trace, the weighted sums of its spans by their threshold. Ordered, so that rounding is always the same.
    traces: BTreeMap<[u8; 16], Vec<(Threshold, [f64; N])>>,
}

impl<const N: usize> Default for Estimator<N> {
    fn default() -> Self {
        Self { observed: [0.0; N], certain: [0.0; N], traces: BTreeMap::new() }
    }
}

impl<const N: usize> Estimator<N> {
    /// Adds the values of a span that was kept by `threshold`.
    ///
    /// A span with [`Threshold::NEVER`] was not kept by probability and cannot be counted: it adds nothing.
    pub fn add(&mut self, trace: TraceId, threshold: Threshold, values: [f64; N]) {
        if threshold == Threshold::NEVER {
            return;
        }
        add_to(&mut self.observed, values, 1.0);
        if threshold == Threshold::ALWAYS {
            add_to(&mut self.certain, values, 1.0);
            return;
        }
        let sums = self.traces.entry(trace.to_bytes()).or_default();
        let place = sums.iter().position(|(known, _)| *known == threshold).unwrap_or_else(|| {
            // Nearly every trace has one threshold throughout.
            sums.reserve_exact(1);
            sums.push((threshold, [0.0; N]));
            sums.len() - 1
        });
        add_to(&mut sums[place].1, values, threshold.adjusted_count());
    }

    /// Returns how many traces were kept that stand for others too.
    pub fn uncertain_traces(&self) -> usize {
        self.traces.len()
    }

    /// Returns the estimates of the values, in their order.
    pub fn estimates(&self) -> [Estimate; N] {
        std::array::from_fn(|place| {
            let sums = self.traces.values();
            let uncertain = sums.clone().flatten().map(|(_, sums)| sums[place]).sum::<f64>();
            Estimate {
                observed: self.observed[place],
                total: self.certain[place] + uncertain,
                variance: sums.map(|trace| variance(trace, place)).sum(),
            }
        })
    }
}

/// Returns what one trace adds to the variance.
fn variance<const N: usize>(sums: &[(Threshold, [f64; N])], place: usize) -> f64 {
    let pairs = sums.iter().flat_map(|first| sums.iter().map(move |second| (first, second)));
    pairs
        .map(|((first, first_sums), (second, second_sums))| {
            // The lower threshold has the higher probability: who keeps the other keeps this one too.
            let miss = 1.0 - (*first.min(second)).probability();
            first_sums[place] * second_sums[place] * miss
        })
        .sum()
}

fn add_to<const N: usize>(sums: &mut [f64; N], values: [f64; N], weight: f64) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * weight;
    }
}
