//! Over all random numbers that a trace can have, estimates and their variances are right on average, exactly.

#![expect(clippy::unwrap_used, reason = "a test")]

use opentelemetry::trace::TraceId;
use otel_genai_sampling::{Estimator, Randomness, Threshold};
use proptest::prelude::*;

/// The spans of one trace: how many sixteenths their threshold rejects, and their value.
type Spans = Vec<(u64, f64)>;

fn sixteenths(count: u64) -> Threshold {
    Threshold::from_rejected(count << 52).unwrap()
}

/// Returns the estimated total and variance for each of sixteen random numbers. Whatever they are, the interval has the
/// total in it.
fn samples(spans: &Spans) -> Vec<(f64, f64)> {
    (0..16)
        .map(|randomness| {
            let randomness = Randomness::from_value(randomness << 52).unwrap();
            let mut estimator = Estimator::default();
            for (rejected, value) in spans {
                let threshold = sixteenths(*rejected);
                if threshold.keeps(randomness) {
                    estimator.add(TraceId::from(1), threshold, [*value]);
                }
            }
            let [estimate] = estimator.estimates();
            let (low, high) = estimate.interval();
            assert!(low >= estimate.observed() && low <= estimate.total() && high >= estimate.total());
            (estimate.total(), estimate.variance())
        })
        .collect()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    values.sum::<f64>() / 16.0
}

fn assert_unbiased(spans: &Spans) {
    let samples = samples(spans);
    let truth: f64 = spans.iter().map(|(_, value)| value).sum();
    let total = mean(samples.iter().map(|(total, _)| *total));
    let variance = mean(samples.iter().map(|(_, variance)| *variance));
    let spread = mean(samples.iter().map(|(total, _)| (total - truth).powi(2)));
    let close = |one: f64, other: f64| (one - other).abs() <= 1e-9 * (1.0 + one.abs().max(other.abs()));
    assert!(close(total, truth), "{total} for {truth}");
    assert!(close(variance, spread), "{variance} for {spread}");
}

#[test]
fn one_threshold_several_thresholds_and_certainty() {
    assert_unbiased(&vec![(12, 1.0)]);
    assert_unbiased(&vec![(12, 1.0), (12, 2.0), (12, 0.0)]);
    assert_unbiased(&vec![(0, 5.0), (8, 2.0), (15, 1.0)]);
    assert_unbiased(&vec![(0, 5.0), (0, 2.0)]);
}

#[test]
fn spans_of_one_trace_do_not_make_each_other_surer() {
    let spans = |trace: fn(u128) -> u128| {
        let mut estimator = Estimator::default();
        (1..=10).for_each(|span| estimator.add(TraceId::from(trace(span)), sixteenths(8), [1.0]));
        let [estimate] = estimator.estimates();
        (estimate.total(), estimate.variance(), estimator.uncertain_traces())
    };
    assert_eq!(spans(|_| 1), (20.0, 200.0, 1));
    assert_eq!(spans(|span| span), (20.0, 20.0, 10));
}

/// 400 traces of value 1, each for four: the interval is the normal one but for a little skewness.
#[test]
fn the_interval_of_many_equal_values_is_nearly_the_normal_one() {
    let mut estimator = Estimator::default();
    (1..=400).for_each(|trace| estimator.add(TraceId::from(trace), sixteenths(12), [1.0]));
    let [estimate] = estimator.estimates();
    assert_eq!((estimate.total(), estimate.variance()), (1600.0, 4800.0));
    let (low, high) = estimate.interval();
    let margin = 1.96 * 4800f64.sqrt();
    assert!((0.9..1.0).contains(&((1600.0 - low) / margin)), "{low}");
    assert!((1.0..1.1).contains(&((high - 1600.0) / margin)), "{high}");
}

/// At one half, what is missed and what is kept weigh the same: nothing is skewed.
#[test]
fn the_interval_of_a_half_is_symmetric() {
    let mut estimator = Estimator::default();
    (1..=400u32).for_each(|trace| {
        estimator.add(TraceId::from(u128::from(trace)), sixteenths(8), [f64::from(trace)]);
    });
    let [estimate] = estimator.estimates();
    let (low, high) = estimate.interval();
    let margin = 1.959_964 * estimate.variance().sqrt();
    assert!(
        (high - estimate.total() - margin).abs() < 0.01 && (estimate.total() - low - margin).abs() < 0.01
    );
}

/// One trace of value 1 that stands for ten: the formula of the source by hand. Its variance is 90, its third moment
/// 1000 · 0.9 · 0.8.
#[test]
fn the_interval_of_one_trace() {
    let mut estimator = Estimator::default();
    let tenth = Threshold::from_ratio_with_precision(0.1, 14).unwrap();
    estimator.add(TraceId::from(1), tenth, [1.0]);
    let (low, high) = estimator.estimates()[0].interval();
    assert_eq!(low, 1.0);
    let skewness = 720.0 / 90f64.powf(1.5);
    let quantile = 3.0 / skewness * ((1.0 + skewness * (-1.959_964 - skewness / 6.0)).cbrt() - 1.0);
    assert!((high - (10.0 - 90f64.sqrt() * quantile)).abs() < 1e-3, "{high}");
}

#[test]
fn what_was_not_kept_by_probability_adds_nothing() {
    let mut estimator = Estimator::default();
    estimator.add(TraceId::from(1), Threshold::NEVER, [1.0]);
    assert_eq!(estimator.estimates()[0].total(), 0.0);
    assert_eq!(estimator.estimates()[0].interval(), (0.0, 0.0));
}

proptest! {
    #[test]
    fn any_trace(spans in proptest::collection::vec((0u64..16, 0.0..1000.0), 0..12)) {
        assert_unbiased(&spans);
    }
}
