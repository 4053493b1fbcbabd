//! Spans that end after their trace was decided share its fate, whatever they say; another round is decided anew.

mod support;

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanProcessor;
use otel_genai_pipeline::Pipeline;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_sampling::Sampling;
use support::{Collector, threshold};

/// With the highest randomness there is, which every ratio keeps; and the lowest.
const LUCKY: u128 = 0xff_ffff_ffff_ffff;
const UNLUCKY: u128 = 1 << 100;

#[test]
fn errors_that_come_late_neither_save_a_trace_nor_change_what_it_stands_for() {
    let sampling = Sampling::ratio(0.1).expect("valid").keep_errors().assume_all_recorded();
    let collector = Collector::default();
    let pipeline =
        Pipeline::builder().stage(sampling.tail()).export(collector.clone()).build().expect("builds");
    let root = |trace| SpanBuilder::new("root").trace(trace);
    let late_error =
        |trace| SpanBuilder::new("late").trace(trace).parent(1).status(Status::error("failed")).build();
    let pushed = |spans: Vec<otel_genai_pipeline::Span>| {
        spans.into_iter().for_each(|span| pipeline.on_end(span.into_data()));
        pipeline.force_flush().expect("flushes");
        collector
            .take()
            .iter()
            .map(|span| (span.name().to_owned(), threshold(span).map(|th| th.to_string())))
            .collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());

    let kept = pushed(vec![root(LUCKY).build(), root(UNLUCKY).build()]);
    assert_eq!(kept, [("root".to_owned(), some("e666"))]);
    let kept = pushed(vec![late_error(LUCKY), late_error(UNLUCKY)]);
    assert_eq!(kept, [("late".to_owned(), some("e666"))]);
    let stats = pipeline.handle().stats();
    assert_eq!((stats.late_segments, stats.dropped_for("not_chosen")), (2, 2), "{stats:?}");

    // A trace that nobody remembers is a new one.
    let forgetful = Sampling::ratio(0.0).expect("valid").keep_errors().assume_all_recorded();
    let forgetful = Pipeline::builder()
        .stage(forgetful.tail())
        .remembered_traces(0)
        .export(collector.clone())
        .build()
        .expect("builds");
    forgetful.on_end(root(UNLUCKY).build().into_data());
    forgetful.force_flush().expect("flushes");
    forgetful.on_end(late_error(UNLUCKY).into_data());
    forgetful.shutdown().expect("shuts down");
    assert_eq!(collector.take().len(), 1);
}
