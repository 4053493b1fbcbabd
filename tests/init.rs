//! `init` beside what the application has, and what it brings.
//!
//! What is one per process needs a process each: every test below runs itself again as a program of its own.
#![cfg(feature = "init")]

use std::process::Command;

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, global};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai::{InitError, MAX_ATTRIBUTES, Settings};
use tracing_subscriber::prelude::*;

/// Runs `program` in a process in which nothing is installed yet.
fn alone(test: &str, program: fn()) {
    if std::env::var_os("ALONE").is_some() {
        return program();
    }
    let mut command = Command::new(std::env::current_exe().expect("this test runs"));
    let output = command.args(["--exact", test]).env_clear().env("ALONE", "1").output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn a_subscriber_that_is_there_is_named_and_stays() {
    alone("a_subscriber_that_is_there_is_named_and_stays", || {
        tracing_subscriber::registry().init();
        let error = Settings::default().init().expect_err("there is one");
        assert!(matches!(error, InitError::Subscriber), "{error}");
        assert!(error.to_string().contains("Settings::layer"), "{error}");
        assert_eq!(format!("{error:?}"), error.to_string());
    });
}

#[test]
fn a_tracer_provider_that_is_there_is_named_and_stays() {
    alone("a_tracer_provider_that_is_there_is_named_and_stays", || {
        let mine = SdkTracerProvider::builder().build();
        global::set_tracer_provider(mine.clone());
        let error = Settings::default().init().expect_err("there is one");
        assert!(matches!(error, InitError::TracerProvider), "{error}");
        assert!(!tracing::dispatcher::has_been_set(), "nothing was installed");
    });
}

#[test]
fn the_second_init_is_an_error() {
    alone("the_second_init_is_an_error", || {
        let _guard = Settings::default().init().expect("the first");
        assert!(matches!(Settings::default().init(), Err(InitError::TracerProvider)));
    });
}

#[test]
fn spans_of_tracing_and_of_the_api_are_one_trace_with_the_runs_attributes() {
    alone("spans_of_tracing_and_of_the_api_are_one_trace_with_the_runs_attributes", || {
        let guard = Settings::default().init().expect("nothing is installed");
        tracing::info_span!("agent").in_scope(|| {
            let trace = Context::current().span().span_context().trace_id();
            global::tracer("a library").in_span("call", |context| {
                assert_eq!(context.span().span_context().trace_id(), trace);
            });
        });
        tracing::debug_span!("a detail").in_scope(|| ());
        let handle = guard.handle().expect("enabled").clone();
        assert_eq!(handle.stats().received, 2, "debug spans are not recorded unless `filter` says so");
        assert!(handle.is_healthy());
        let mut headers = std::collections::HashMap::<String, String>::new();
        tracing::info_span!("caller").in_scope(|| {
            global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
        });
        assert!(headers.contains_key("traceparent"), "{headers:?}");
        guard.shutdown().expect("exported");
        assert!(!handle.is_healthy());
    });
}

#[test]
fn a_span_keeps_its_last_attributes_beyond_the_sdks_128() {
    let (layer, guard) = Settings::default().layer().expect("valid");
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || tracing::info_span!("agent").in_scope(|| ()));
    let provider = guard.tracer_provider().expect("enabled");
    const { assert!(MAX_ATTRIBUTES > 128) };
    let mut span = provider.tracer("test").start("wide");
    for number in 0..=MAX_ATTRIBUTES {
        use opentelemetry::trace::Span;

        span.set_attribute(opentelemetry::KeyValue::new(format!("attribute.{number}"), 1));
    }
    let data = span.exported_data().expect("recording");
    assert_eq!(data.attributes.len(), MAX_ATTRIBUTES as usize);
    assert_eq!(data.dropped_attributes_count, 1);
}

/// From within either kind of runtime, and without one, an agent starts and ends.
#[test]
fn with_and_without_tokio() {
    fn start_and_end() {
        let (layer, guard) = Settings::default().layer().expect("valid");
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || tracing::info_span!("agent").in_scope(|| ()));
        guard.force_flush().expect("flushed");
        let handle = guard.handle().expect("enabled").clone();
        guard.shutdown().expect("exported");
        assert_eq!(handle.stats().delivered, 1);
    }
    start_and_end();
    let runtime = |mut builder: tokio::runtime::Builder| builder.enable_all().build().expect("a runtime");
    runtime(tokio::runtime::Builder::new_current_thread()).block_on(async { start_and_end() });
    runtime(tokio::runtime::Builder::new_multi_thread()).block_on(async { start_and_end() });
}
