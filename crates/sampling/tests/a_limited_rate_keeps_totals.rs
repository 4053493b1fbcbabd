//! The rate limiter raises thresholds to meet its rate, so that what passes still tells the totals.

mod support;

use std::num::NonZeroU32;
use std::time::Duration;

use opentelemetry::trace::Status;
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_sampling::{RateKey, RateLimiter, Sampling, adjusted_count};
use support::{Numbers, replay, threshold};

const SECONDS: u64 = 60;

fn rate(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("not zero")
}

fn at(span: SpanBuilder, time: Duration) -> Span {
    let mut data = span.build().into_data();
    data.start_time += time;
    data.end_time += time;
    Span::from(data)
}

/// Traces of a root and a call that costs something, spread over a minute; one in `errors` fails, and costs more.
fn traces(seed: u64, per_second: u64, errors: u64) -> Vec<Span> {
    let mut numbers = Numbers::new(seed);
    (0..SECONDS * per_second)
        .flat_map(|_| {
            let (trace, time) =
                (numbers.trace_id(), Duration::from_micros(numbers.below(SECONDS * 1_000_000)));
            let failed = numbers.one_in(errors);
            let cost = (1 + numbers.below(10)) as f64 * if failed { 5.0 } else { 1.0 };
            let call =
                SpanBuilder::new("chat").trace(trace).parent(trace as u64).attribute("llm.cost.total", cost);
            let call = if failed { call.status(Status::error("failed")) } else { call };
            [at(call, time), at(SpanBuilder::new("run").trace(trace).id(trace as u64), time)]
        })
        .collect()
}

fn cost(span: &Span) -> f64 {
    match span.get("llm.cost.total") {
        Some(opentelemetry::Value::F64(cost)) => *cost,
        _ => 0.0,
    }
}

/// Cost and number of the traces that end in the steady part, when the threshold has found its place.
fn totals<'a>(spans: impl IntoIterator<Item = &'a Span>, weight: impl Fn(&Span) -> f64) -> (f64, f64) {
    let start = SpanBuilder::new("any").build().start_time() + Duration::from_secs(10);
    let calls = spans.into_iter().filter(|span| span.name() == "chat" && span.start_time() >= start);
    calls.fold((0.0, 0.0), |(sum, number), span| (sum + weight(span) * cost(span), number + weight(span)))
}

#[test]
fn estimates_from_what_passes_are_unbiased() {
    let (mut estimated, mut true_total, mut spread) = (0.0, 0.0, 0.0);
    const RUNS: u64 = 12;
    for seed in 0..RUNS {
        let sampling = Sampling::ratio(0.5).expect("valid").keep_errors().assume_all_recorded();
        let all = traces(seed, 400, 20);
        let (cost, number) = totals(&all, |_| 1.0);
        // 20 errors and 190 others a second come to the limiter.
        let (kept, stats) =
            replay((sampling.tail(), RateLimiter::traces_per_second(rate(60)).burst(rate(120))), all);
        assert!(
            stats.dropped_for("rate_limit") > 0 && stats.dropped_for("rate_limit_errors") == 0,
            "{stats:?}"
        );
        let weight = |span: &Span| adjusted_count(span).expect("the backstop is not met in the steady part");
        let (estimate, estimated_number) = totals(&kept, weight);
        assert!(
            (estimated_number / number - 1.0).abs() < 0.15,
            "seed {seed}: {estimated_number} of {number}"
        );
        let passed = totals(&kept, |_| 1.0).1 / (SECONDS - 10) as f64;
        assert!((45.0..60.0).contains(&passed), "seed {seed}: {passed} a second");
        let errors = kept.iter().filter(|span| span.is_error() && span.name() == "chat");
        assert!(
            errors.clone().all(|span| threshold(span).is_none_or(|threshold| threshold.probability() == 1.0))
        );
        estimated += estimate;
        true_total += cost;
        spread += (estimate / cost - 1.0).powi(2);
    }
    let (bias, deviation) = (estimated / true_total - 1.0, (spread / RUNS as f64).sqrt());
    println!(
        "bias {:+.2} %, one run is off by {:.2} % (one standard deviation)",
        100.0 * bias,
        100.0 * deviation
    );
    // Four standard deviations of the mean of the runs.
    assert!(bias.abs() < 4.0 * deviation / (RUNS as f64).sqrt(), "bias {bias}, deviation {deviation}");
}

#[test]
fn spans_a_second_are_limited_as_well() {
    let (kept, _) =
        replay(RateLimiter::spans_per_second(rate(100)).burst(rate(200)), stated(traces(7, 200, 1000)));
    let passed = 2.0 * totals(&kept, |_| 1.0).1 / (SECONDS - 10) as f64;
    assert!((70.0..100.0).contains(&passed), "{passed} spans a second");
}

/// Returns the spans as a sampler leaves them that keeps everything.
fn stated(spans: Vec<Span>) -> Vec<Span> {
    let mut spans = spans;
    spans.iter_mut().for_each(|span| span.set_trace_state("ot=th:0".parse().expect("valid")));
    spans
}

#[test]
fn below_the_rate_nothing_changes() {
    let all = stated(traces(1, 20, 10));
    let (kept, stats) = replay(RateLimiter::traces_per_second(rate(60)), all.clone());
    assert_eq!(kept.len(), all.len());
    assert_eq!(stats.dropped_for("rate_limit_backstop"), 0);
    assert!(kept.iter().all(|span| threshold(span).is_some_and(|threshold| threshold.probability() == 1.0)));
}

#[test]
fn every_key_has_a_rate_of_its_own_and_those_above_the_bound_share_one() {
    let of = |tenant: &'static str, per_second, seed| {
        let mut spans = stated(traces(seed, per_second, 1000));
        spans.iter_mut().for_each(|span| span.set("otel_genai.tenant", tenant));
        spans
    };
    let all: Vec<Span> = [of("a", 200, 1), of("b", 5, 2)].concat();
    let passed = |spans: &[Span], tenant: &str| {
        let own = spans.iter().filter(|span| span.get_str("otel_genai.tenant") == Some(tenant));
        totals(own, |_| 1.0).1 / (SECONDS - 10) as f64
    };
    let limiter = || RateLimiter::traces_per_second(rate(20)).burst(rate(40)).per(RateKey::Tenant);
    let (kept, _) = replay(limiter(), all.clone());
    assert!((12.0..20.0).contains(&passed(&kept, "a")), "{}", passed(&kept, "a"));
    assert_eq!(passed(&kept, "b"), passed(&all, "b"), "another's flood costs it nothing");
    let (kept, _) = replay(limiter().max_keys(0), all);
    let both = passed(&kept, "a") + passed(&kept, "b");
    assert!((12.0..20.0).contains(&both), "{both}");
}
