//! While the rate limiter thins, a running trace is held: an error that comes later keeps it, unthinned.

mod support;

use std::num::NonZeroU32;

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanProcessor;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_sampling::{RateLimiter, Threshold};
use support::{Collector, Numbers, threshold};

/// The randomness that the first threshold above none rejects, and one that none rejects.
const UNLUCKY: u128 = 1 << 100;
const LUCKY: u128 = 2 << 100 | 0xff_ffff_ffff_ffff;

#[test]
fn held_until_it_is_known() {
    let collector = Collector::default();
    let number = |number| NonZeroU32::new(number).expect("not zero");
    let pipeline = Pipeline::builder()
        // Burst enough for the backstop never to be met.
        .stage(RateLimiter::traces_per_second(number(10)).burst(number(100_000_000)))
        .export(collector.clone())
        .build()
        .expect("builds");
    let push = |span: SpanBuilder| {
        let mut span: Span = span.build();
        span.set_trace_state("ot=th:0".parse().expect("valid"));
        pipeline.on_end(span.into_data());
    };
    let mut numbers = Numbers::new(1);
    while pipeline.handle().stats().dropped_for("rate_limit") == 0 {
        (0..100).for_each(|_| push(SpanBuilder::new("flood").trace(numbers.trace_id())));
        pipeline.force_flush().expect("flushes");
    }
    collector.take();

    // Spans below roots that run.
    for trace in [UNLUCKY, LUCKY] {
        push(SpanBuilder::new("step").trace(trace).parent(1));
    }
    pipeline.force_flush().expect("flushes");
    assert_eq!((pipeline.handle().stats().held, collector.take().len()), (2, 0));
    push(SpanBuilder::new("step").trace(UNLUCKY).parent(1).status(Status::error("failed")));
    pipeline.force_flush().expect("flushes");
    let kept = collector.take();
    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .all(|span| span.trace_id() == UNLUCKY.into() && threshold(span) == Some(Threshold::ALWAYS))
    );
    push(SpanBuilder::new("root").trace(LUCKY));
    pipeline.force_flush().expect("flushes");
    let kept = collector.take();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|span| threshold(span).is_some_and(|threshold| threshold > Threshold::ALWAYS)));
    pipeline.shutdown().expect("shuts down");
}
