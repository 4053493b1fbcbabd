//! Which spans get which start attributes, with `tracing` spans as applications write them.

use std::collections::BTreeMap;

use opentelemetry::trace::{Span, SpanContext, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SdkTracerProvider};
use otel_genai_pipeline::{Pipeline, StartAttributes};
use tracing::info_span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

/// Runs `code` under a subscriber and returns, by span name, the texts of the attributes that are not the layer's own.
fn spans_of(code: impl FnOnce(&SdkTracer)) -> BTreeMap<String, Vec<(String, String)>> {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder().export(exporter.clone()).build().expect("builds");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let tracer = provider.tracer("test");
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer.clone())
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || code(&tracer));
    provider.force_flush().expect("flushes");
    assert_eq!(handle.stats().repairs.repeated_keys, 0, "nothing is left for the repair to mend");
    let spans = exporter.get_finished_spans().expect("kept");
    let _ = provider.shutdown();
    let text = |attribute: &KeyValue| (attribute.key.to_string(), attribute.value.to_string());
    spans
        .iter()
        .map(|span| {
            let mut attributes: Vec<_> = span.attributes.iter().map(text).collect();
            attributes.sort();
            (span.name.to_string(), attributes)
        })
        .collect()
}

fn set(key: &'static str, value: &'static str) -> StartAttributes {
    StartAttributes::new([KeyValue::new(key, value)])
}

fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_span_and_all_below_it_get_the_set_and_no_other_does() {
    let spans = spans_of(|tracer| {
        info_span!("before").in_scope(|| ());
        set("run", "a").enter(|| {
            info_span!("agent").in_scope(|| {
                info_span!("tool").in_scope(|| ());
                tracer.in_span("by the api", |_| ());
            });
        });
        info_span!("after").in_scope(|| ());
    });
    for name in ["agent", "tool", "by the api"] {
        assert_eq!(spans[name], texts(&[("run", "a")]), "{name}");
    }
    assert_eq!((spans["before"].len(), spans["after"].len()), (0, 0));
}

#[test]
fn a_child_on_another_thread_inherits_through_its_parent_even_if_that_was_made_outside() {
    let spans = spans_of(|_| {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        for (name, child) in [("made inside", "child of inside"), ("made outside", "child of outside")] {
            let outside = info_span!("made outside");
            set("run", "a").enter(|| {
                let span = if name == "made inside" { info_span!("made inside") } else { outside };
                span.in_scope(|| {
                    let parent = span.clone();
                    let run = || {
                        let _subscriber = tracing::dispatcher::set_default(&dispatch);
                        assert!(StartAttributes::current().is_none());
                        info_span!(parent: &parent, "task", otel.name = child).in_scope(|| {
                            info_span!("below", otel.name = format!("below {child}")).in_scope(|| ());
                        });
                    };
                    std::thread::scope(|scope| scope.spawn(run).join().expect("no panic"));
                });
            });
        }
    });
    for name in ["made inside", "child of inside", "below child of inside", "child of outside"] {
        assert_eq!(spans[name], texts(&[("run", "a")]), "{name}");
    }
    assert_eq!(spans["below child of outside"], texts(&[("run", "a")]));
}

#[test]
fn an_inner_set_overrides_the_outer_one_wherever_its_span_was_made() {
    let host = StartAttributes::new([KeyValue::new("project", "p"), KeyValue::new("agent", "host")]);
    let inner = host.within([KeyValue::new("agent", "inner")]);
    let innermost = inner.within([KeyValue::new("agent", "innermost")]);
    let spans = spans_of(|_| {
        host.enter(|| {
            let made_before = info_span!("made before");
            inner.enter(|| {
                made_before.in_scope(|| {
                    assert_eq!(StartAttributes::current(), Some(inner.clone()));
                    info_span!("child").in_scope(|| ());
                    innermost.enter(|| info_span!("grandchild").in_scope(|| ()));
                    info_span!("second child").in_scope(|| ());
                });
            });
            info_span!("of the host").in_scope(|| {
                let host = tracing::Span::current();
                inner.enter(|| info_span!(parent: &host, "explicit parent").in_scope(|| ()));
            });
        });
    });
    for name in ["made before", "child", "second child", "explicit parent"] {
        assert_eq!(spans[name], texts(&[("agent", "inner"), ("project", "p")]), "{name}");
    }
    assert_eq!(spans["grandchild"], texts(&[("agent", "innermost"), ("project", "p")]));
    assert_eq!(spans["of the host"], texts(&[("agent", "host"), ("project", "p")]));
}

#[test]
fn a_span_of_one_run_that_another_happens_to_start_stays_its_own() {
    let spans = spans_of(|_| {
        let of_a = set("run", "a").enter(|| info_span!("of a"));
        set("run", "b").enter(|| of_a.in_scope(|| info_span!("below a").in_scope(|| ())));
    });
    assert_eq!(spans["of a"], texts(&[("run", "a")]));
    assert_eq!(spans["below a"], texts(&[("run", "a")]));
}

#[test]
fn a_set_in_an_explicit_parent_context_counts_more_than_an_unrelated_one_around() {
    let spans = spans_of(|_| {
        let arrived = set("session", "s").put_into(&Context::new());
        set("server", "x").enter(|| {
            let span = info_span!("request");
            span.set_parent(arrived).expect("has not started");
            span.in_scope(|| info_span!("handler").in_scope(|| ()));
        });
    });
    assert_eq!(spans["request"], texts(&[("session", "s")]));
    assert_eq!(spans["handler"], texts(&[("session", "s")]));
}

#[test]
fn a_parent_that_came_over_the_network_brings_no_set_although_its_span_is_of_this_process() {
    let spans = spans_of(|tracer| {
        let outside = info_span!("caller");
        set("run", "a").enter(|| {
            outside.in_scope(|| {
                let caller = outside.context().span().span_context().clone();
                let arrived = SpanContext::new(
                    caller.trace_id(),
                    caller.span_id(),
                    caller.trace_flags(),
                    true,
                    caller.trace_state().clone(),
                );
                let context = Context::new().with_remote_span_context(arrived);
                std::thread::scope(|scope| {
                    scope.spawn(|| tracer.start_with_context("called", &context).end());
                });
            });
        });
    });
    assert_eq!(spans["caller"], texts(&[("run", "a")]));
    assert!(spans["called"].is_empty());
}

#[test]
fn what_a_span_states_itself_stays() {
    let run = StartAttributes::new([
        KeyValue::new("agent", "of the run"),
        KeyValue::new("late", "of the run"),
        KeyValue::new("tags", Value::Array(Array::String(vec!["x".into(), "y".into()]))),
    ]);
    let spans = spans_of(|_| {
        run.enter(|| {
            let span = info_span!("s", agent = "own", late = tracing::field::Empty);
            span.in_scope(|| span.record("late", "own too"));
        });
    });
    assert_eq!(spans["s"], texts(&[("agent", "own"), ("late", "own too"), ("tags", "[\"x\",\"y\"]")]));
}

#[test]
fn sets_that_nest_for_ever_stay_small_and_right() {
    let mut run = set("turn", "0");
    for _ in 0..100_000 {
        run = run.within([KeyValue::new("turn", "next")]);
    }
    assert_eq!(run.attributes(), [KeyValue::new("turn", "next")]);
    let spans = spans_of(|_| run.enter(|| info_span!("s").in_scope(|| ())));
    assert_eq!(spans["s"], texts(&[("turn", "next")]));
}

#[test]
fn a_panic_in_a_block_leaves_the_set() {
    let run = set("run", "a");
    let panicked = std::panic::catch_unwind(|| run.enter(|| panic!("in the block")));
    assert!(panicked.is_err());
    assert_eq!(StartAttributes::current(), None);
    let spans = spans_of(|_| info_span!("after").in_scope(|| ()));
    assert!(spans["after"].is_empty());
}
