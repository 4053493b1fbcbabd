//! A trace that a bound forces out is decided with what is known, the decision holds, and it is counted.

mod support;

use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanProcessor;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, PipelineBuilder, PipelineStats, Span};
use otel_genai_sampling::{Condition, Rule, Sampling, SamplingCounts};
use support::{Collector, threshold};

const NO_TIME: Duration = Duration::from_secs(3600);

fn child(trace: u128) -> SpanBuilder {
    SpanBuilder::new("step").trace(trace).parent(1).unsampled()
}

fn failed(trace: u128) -> Span {
    child(trace).status(Status::error("failed")).build()
}

/// Feeds groups of spans, each followed by a flush, which hands the stage what has come of running traces.
fn run(
    sampling: &Sampling,
    bounds: impl FnOnce(PipelineBuilder) -> PipelineBuilder,
    groups: impl IntoIterator<Item = Vec<Span>>,
) -> (Vec<Span>, PipelineStats, SamplingCounts) {
    let collector = Collector::default();
    let builder = Pipeline::builder().stage(sampling.tail()).linger(NO_TIME).grace(NO_TIME);
    let pipeline = bounds(builder).export(collector.clone()).build().expect("builds");
    for group in groups {
        group.into_iter().for_each(|span| pipeline.on_end(span.into_data()));
        pipeline.force_flush().expect("flushes");
    }
    pipeline.shutdown().expect("shuts down");
    let stats = pipeline.handle().stats();
    assert!(stats.is_balanced(), "{stats:?}");
    (collector.take(), stats, sampling.counts())
}

fn nothing_but_errors() -> Sampling {
    Sampling::ratio(0.0).expect("valid").keep_errors().assume_all_recorded()
}

#[test]
fn a_trace_above_its_share_is_decided_and_an_error_after_that_comes_too_late() {
    let groups = (0..20).map(|_| (0..10).map(|_| child(1).build()).collect()).chain([vec![failed(1)]]);
    let (kept, stats, counts) = run(&nothing_but_errors().max_trace_bytes(10_000), |builder| builder, groups);
    assert!(kept.is_empty(), "{kept:?}");
    assert_eq!((counts.too_big, counts.forced, counts.dropped, counts.kept), (1, 0, 1, 0));
    assert_eq!(stats.dropped_for("not_chosen_too_big"), 201);
}

#[test]
fn a_trace_above_its_share_is_kept_for_what_is_known() {
    // The rule before might still be met, so the error alone does not settle it.
    let half = Rule::keep("tag=never".parse().expect("valid")).rate(0.5).expect("valid");
    let sampling = Sampling::ratio(0.0).expect("valid").rule(half).keep_errors().assume_all_recorded();
    let groups =
        [vec![failed(1)]].into_iter().chain((0..20).map(|_| (0..10).map(|_| child(1).build()).collect()));
    let (kept, _, counts) = run(&sampling.max_trace_bytes(10_000), |builder| builder, groups);
    assert_eq!(kept.len(), 201);
    assert!(kept.iter().all(|span| span.get_str("otel_genai.sampling.rule") == Some("error")));
    assert!(kept.iter().all(|span| threshold(span).map(|th| th.to_string()).as_deref() == Some("0")));
    assert_eq!((counts.too_big, counts.forced, counts.kept), (1, 0, 1));
}

#[test]
fn the_byte_budget_and_shutdown_force_and_are_counted() {
    let groups =
        (1..=100).map(|trace| vec![child(trace).build()]).chain((1..=100).map(|trace| vec![failed(trace)]));
    let (kept, stats, counts) = run(&nothing_but_errors(), |builder| builder.max_bytes(20_000), groups);
    // Of those that were forced the error came too late; those that were still held are kept.
    assert_eq!(kept.len() as u64, 2 * counts.kept);
    assert_eq!(counts.kept + counts.dropped, 100);
    assert_eq!(counts.forced, counts.dropped, "an error settles the others");
    assert!(counts.kept > 0 && counts.dropped > 20, "{counts:?}");
    assert_eq!(stats.dropped_for("not_chosen_forced"), 2 * counts.dropped);
}

#[test]
fn shutdown_decides_all_that_is_open() {
    let slow = Sampling::ratio(0.0)
        .expect("valid")
        .rule(Rule::keep(Condition::Tag("a".into())).rate(0.5).expect("valid"))
        .keep_errors()
        .assume_all_recorded();
    let (kept, stats, counts) = run(
        &slow,
        |builder| builder,
        [(1..=50).map(|trace| child(trace).build()).collect(), (26..=50).map(failed).collect()],
    );
    assert_eq!((kept.len(), stats.held, stats.pending, stats.open_traces), (50, 0, 0, 0));
    assert_eq!((counts.forced, counts.kept, counts.dropped), (50, 25, 25));
    assert_eq!(stats.dropped_for("not_chosen_forced"), 25);
}
