//! A rule with a quota keeps so many traces in each span of time, without a threshold, and counts the others.

mod support;

use std::time::Duration;

use opentelemetry::trace::Status;
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_sampling::Sampling;
use support::{replay, threshold};

/// Returns a trace with an error that ends at this second.
fn failed(trace: u128, second: u64) -> Span {
    let mut data = SpanBuilder::new("run").trace(trace).status(Status::error("failed")).build().into_data();
    data.start_time += Duration::from_secs(second);
    data.end_time += Duration::from_secs(second);
    Span::from(data)
}

#[test]
fn three_a_minute() {
    let sampling = Sampling::ratio(0.0)
        .expect("valid")
        .assume_all_recorded()
        .rule("error; quota=3/1m".parse().expect("valid"));
    // One every ten seconds for two minutes.
    let (kept, stats) = replay(sampling.tail(), (0..12).map(|index| failed(index + 1, 10 * index as u64)));
    let mut ids: Vec<u128> =
        kept.iter().map(|span| u128::from_be_bytes(span.trace_id().to_bytes())).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 7, 8, 9]);
    assert!(kept.iter().all(|span| threshold(span).is_none()), "nobody knows what these stand for");
    assert!(kept.iter().all(|span| span.get_str("otel_genai.sampling.rule") == Some("error")));
    assert_eq!(stats.dropped_for("quota"), 6);
    let counts = sampling.counts();
    assert_eq!((counts.kept, counts.over_quota, counts.dropped), (6, 6, 6));
}
