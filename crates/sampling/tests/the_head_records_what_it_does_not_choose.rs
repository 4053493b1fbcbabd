//! The head of a [`Sampling`]: which spans are chosen, with which tracestate, and that all are recorded.

mod support;

use opentelemetry::Context;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::{SamplingDecision, SdkTracerProvider, ShouldSample};
use otel_genai_pipeline::Pipeline;
use otel_genai_sampling::Sampling;
use support::Collector;

const LUCKY: u128 = 0xff_ffff_ffff_ffff;
const UNLUCKY: u128 = 1 << 100;

/// Returns whether a span with this parent is chosen, and its tracestate.
fn choice(ratio: f64, trace: u128, parent: Option<SpanContext>) -> (bool, String) {
    let head = Sampling::ratio(ratio).expect("valid").head();
    let context = parent.map(|parent| Context::new().with_remote_span_context(parent));
    let result =
        head.should_sample(context.as_ref(), TraceId::from(trace), "run", &SpanKind::Internal, &[], &[]);
    let is_chosen = match result.decision {
        SamplingDecision::RecordAndSample => true,
        SamplingDecision::RecordOnly => false,
        SamplingDecision::Drop => panic!("every span is recorded"),
    };
    assert!(result.attributes.is_empty());
    (is_chosen, result.trace_state.header())
}

fn parent(span: u64, is_sampled: bool, is_remote: bool, state: &str) -> Option<SpanContext> {
    let flags = TraceFlags::default().with_sampled(is_sampled);
    let state = state.parse().expect("valid");
    Some(SpanContext::new(TraceId::from(LUCKY), SpanId::from(span), flags, is_remote, state))
}

#[test]
fn choices() {
    let cases = [
        ("a root that the ratio chooses", LUCKY, None, true, "ot=th:e666"),
        ("a root that it does not", UNLUCKY, None, false, ""),
        (
            "a root with randomness of its own",
            UNLUCKY,
            parent(0, false, false, "ot=rv:ffffffffffffff,v=1"),
            true,
            "ot=rv:ffffffffffffff;th:e666,v=1",
        ),
        (
            "and one that is not chosen",
            LUCKY,
            parent(0, false, false, "ot=rv:00000000000000"),
            false,
            "ot=rv:00000000000000",
        ),
        ("below a chosen span", LUCKY, parent(1, true, false, "ot=th:e666"), true, "ot=th:e666"),
        ("below one that is not", LUCKY, parent(1, false, false, "v=1"), false, "v=1"),
        (
            "chosen elsewhere with another ratio",
            LUCKY,
            parent(1, true, true, "v=1,ot=th:8;k:v"),
            true,
            "v=1,ot=th:8;k:v",
        ),
        ("chosen elsewhere, nobody knows how", UNLUCKY, parent(1, true, true, ""), true, ""),
        (
            "chosen elsewhere against its threshold",
            UNLUCKY,
            parent(1, true, true, "ot=th:8;k:v"),
            true,
            "ot=k:v",
        ),
        ("not chosen elsewhere", LUCKY, parent(1, false, true, ""), false, ""),
    ];
    for (case, trace, parent, is_chosen, state) in cases {
        assert_eq!(choice(0.1, trace, parent), (is_chosen, state.to_owned()), "{case}");
    }
    assert_eq!(choice(1.0, UNLUCKY, None), (true, "ot=th:0".to_owned()));
    assert_eq!(choice(0.0, LUCKY, None), (false, String::new()));
}

#[test]
fn without_the_tail_what_the_head_chose_is_exported_and_nothing_else() {
    let sampling = Sampling::ratio(0.5).expect("valid");
    let collector = Collector::default();
    let pipeline = Pipeline::builder().export(collector.clone()).build().expect("builds");
    let handle = pipeline.handle();
    let provider =
        SdkTracerProvider::builder().with_sampler(sampling.head()).with_span_processor(pipeline).build();
    let tracer = provider.tracer("test");
    let mut chosen = 0;
    for _ in 0..200 {
        let mut span = tracer.start("run");
        assert!(span.is_recording());
        chosen += usize::from(span.span_context().is_sampled());
        span.end();
    }
    provider.shutdown().expect("shuts down");
    let stats = handle.stats();
    assert_eq!((stats.received, stats.dropped_for("unsampled")), (200, 200 - chosen as u64));
    assert_eq!(collector.take().len(), chosen);
}
