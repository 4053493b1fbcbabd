//! What passes the hard limit was chosen by luck: it carries no threshold, and what did not pass is counted by cause.

mod support;

use std::num::NonZeroU32;
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanProcessor;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_sampling::RateLimiter;
use support::{Collector, replay, threshold};

const TEN: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

/// Returns a trace with so high a randomness that no threshold rejects it.
fn trace(id: u128, milliseconds: u64, failed: bool) -> Span {
    let builder = SpanBuilder::new("run").trace(id << 64 | 0xff_ffff_ffff_ffff).attribute("k", "v");
    let builder = if failed { builder.status(Status::error("failed")) } else { builder };
    let mut data = builder.build().into_data();
    data.end_time = data.start_time + Duration::from_millis(milliseconds);
    let mut span = Span::from(data);
    span.set_trace_state("ot=th:0;own:1,vendor=2".parse().expect("valid"));
    span
}

#[test]
fn a_burst_is_cut_and_who_passes_after_the_first_refusal_stands_for_nobody() {
    // 30 at once, every third with an error; a second later, and two seconds later, some more.
    let burst = (1..=30).map(|id| trace(id, 0, id % 3 == 0));
    let later = (31..=33).map(|id| trace(id, 500, false)).chain((34..=36).map(|id| trace(id, 3000, false)));
    let (kept, stats) = replay(RateLimiter::traces_per_second(TEN), burst.chain(later));
    let has_threshold: Vec<_> = kept.iter().map(|span| threshold(span).is_some()).collect();
    // Ten pass before anyone is refused. Half a second later there is room for the three, but others were not as lucky.
    let expected = [vec![true; 10], vec![false; 3], vec![true; 3]].concat();
    assert_eq!(has_threshold, expected);
    assert!(kept[10..13].iter().all(|span| span.trace_state().header() == "ot=own:1,vendor=2"));
    let errors_passed = kept.iter().filter(|span| span.is_error()).count() as u64;
    assert_eq!(stats.dropped_for("rate_limit_errors"), 10 - errors_passed);
    assert_eq!(stats.dropped_for("rate_limit_backstop"), 20 - (10 - errors_passed));
    assert_eq!(stats.dropped_for("rate_limit"), 0);
}

#[test]
fn a_trace_larger_than_the_burst_passes_whole_and_others_wait_for_what_it_took() {
    let large = (0..35).map(|index| {
        let mut data = trace(1, 0, false).into_data();
        data.parent_span_id = if index == 34 { opentelemetry::trace::SpanId::INVALID } else { 1.into() };
        Span::from(data)
    });
    let others = (1..=4).map(|second| trace(1 + u128::from(second), second * 1000, false));
    let (kept, _) = replay(RateLimiter::spans_per_second(TEN), large.chain(others));
    assert_eq!(kept.iter().take_while(|span| span.duration().is_zero()).count(), 35);
    // 25 spans above the burst of ten, at ten a second.
    let seconds: Vec<_> = kept.iter().skip(35).map(|span| span.duration().as_secs()).collect();
    assert_eq!(seconds, [3, 4]);
}

#[test]
fn a_refused_trace_can_wait_and_then_carries_no_threshold() {
    let collector = Collector::default();
    let fifty = NonZeroU32::new(50).expect("not zero");
    let pipeline = Pipeline::builder()
        .stage(RateLimiter::traces_per_second(fifty).burst(TEN).max_wait(Duration::from_secs(600)))
        .grace(Duration::ZERO)
        .export(collector.clone())
        .build()
        .expect("builds");
    for id in 1..=20 {
        pipeline.on_end(trace(id, 0, false).into_data());
    }
    pipeline.force_flush().expect("flushes");
    // Ten at most can have passed at once; 20 ms later there would be room for another, so the time of this test matters
    // only for how many still wait.
    let mut kept = collector.take();
    let at_once = kept.len();
    assert!(at_once >= 10, "{at_once}");
    while kept.len() < 20 {
        pipeline.force_flush().expect("flushes");
        kept.extend(collector.take());
        std::thread::yield_now();
    }
    let stats = pipeline.handle().stats();
    assert_eq!((stats.delivered, stats.held), (20, 0), "{stats:?}");
    assert!(kept[..10].iter().all(|span| threshold(span).is_some()));
    assert!(kept[10..].iter().all(|span| threshold(span).is_none()));
    pipeline.shutdown().expect("shuts down");
}
