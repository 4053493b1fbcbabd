//! Totals of everything, from what a consistent sample kept.

use std::collections::BTreeMap;

use opentelemetry::trace::TraceId;

use crate::Threshold;

/// How many standard errors to each side of a normally distributed estimate hold the truth in 95 of 100 samples.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// Below this skewness an interval is symmetric to six digits, and the formula for skewed ones divides by it.
const NO_SKEWNESS: f64 = 1e-6;

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
    third_moment: f64,
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
    /// Costs are skewed: most samples lack the dearest traces, and their total and variance are too low at once. So the
    /// upper bound is farther from the total than the lower one, by as much as the sample is skewed. The lower one is
    /// never below what was observed. Some thirty traces that stand for others are needed for 95 of 100 to be about
    /// right, and more where a few outweigh the rest: keep the dearest with certainty, as the rule "dear" does. What no
    /// trace in the sample stands for, nobody knows: an estimate from traces that were kept with certainty has no width.
    ///
    /// Source: the transformation that removes skewness in P. Hall, "On the Removal of Skewness by Transformation",
    /// Journal of the Royal Statistical Society B 54, 1992.
    pub fn interval(&self) -> (f64, f64) {
        let error = self.variance.sqrt();
        if error == 0.0 {
            return (self.total, self.total);
        }
        let skewness = self.third_moment / (self.variance * error);
        let quantile = |normal: f64| {
            if skewness.abs() < NO_SKEWNESS {
                return normal;
            }
            3.0 / skewness * ((1.0 + skewness * (normal - skewness / 6.0)).cbrt() - 1.0)
        };
        let [low, high] = [NORMAL_95, -NORMAL_95].map(|normal| self.total - error * quantile(normal));
        (low.max(self.observed), high.max(self.observed))
    }
}

/// Sums up several values at once over the spans of a sample, in any order, each with its own [`Threshold`].
///
/// All spans of a trace share one random number, so they are in the sample together and their values vary together:
/// the variance is therefore that of the traces' sums and not of the spans' values, which would promise too much. With
/// Sₖ the weighted sum of a trace's spans of probability pₖ, a trace adds ΣₖΣₗ SₖSₗ(1 − max(pₖ, pₗ)). To the third
/// moment it adds ΣₖΣₗΣₘ SₖSₗSₘ(1 − p′)(1 − 2p″), where p′ is the highest of the three probabilities and p″ the second.
/// Both are without bias, because of spans that were kept together the rarest decides whether all are seen.
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
            let certain = self.certain[place];
            let mut estimate =
                Estimate { observed: self.observed[place], total: certain, ..Estimate::default() };
            for trace in self.traces.values() {
                add_trace(&mut estimate, trace, place);
            }
            estimate
        })
    }
}

/// Adds what one trace adds.
fn add_trace<const N: usize>(estimate: &mut Estimate, sums: &[(Threshold, [f64; N])], place: usize) {
    for (first, first_sums) in sums {
        estimate.total += first_sums[place];
        for (second, second_sums) in sums {
            let pair = first_sums[place] * second_sums[place];
            // The lower threshold has the higher probability.
            estimate.variance += pair * (1.0 - (*first.min(second)).probability());
            for (third, third_sums) in sums {
                let mut thresholds = [*first, *second, *third];
                thresholds.sort_unstable();
                let [highest, middle, _] = thresholds.map(Threshold::probability);
                estimate.third_moment += pair * third_sums[place] * (1.0 - highest) * (1.0 - 2.0 * middle);
            }
        }
    }
}

fn add_to<const N: usize>(sums: &mut [f64; N], values: [f64; N], weight: f64) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Randomness;

    /// Over all of sixteen random numbers, what is estimated of the third moment is the third moment on average.
    #[test]
    fn the_third_moment_is_without_bias() {
        for spans in
            [&[(12, 1.0)][..], &[(4, 1.0), (12, 2.0), (12, 3.0)], &[(0, 5.0), (6, 2.0), (8, 1.0), (15, 4.0)]]
        {
            let truth: f64 = spans.iter().map(|(_, value)| value).sum();
            let (mut estimated, mut moment) = (0.0, 0.0);
            for randomness in 0..16 {
                let randomness = Randomness::from_value(randomness << 52).unwrap();
                let mut estimator = Estimator::default();
                for (rejected, value) in spans {
                    let threshold = Threshold::from_rejected(rejected << 52).unwrap();
                    if threshold.keeps(randomness) {
                        estimator.add(TraceId::from(1), threshold, [*value]);
                    }
                }
                let [estimate] = estimator.estimates();
                estimated += estimate.third_moment / 16.0;
                moment += (estimate.total - truth).powi(3) / 16.0;
            }
            assert!((estimated - moment).abs() < 1e-9 * moment.abs(), "{estimated} for {moment}");
        }
    }
}
