//! `[sampling]`, `[rate_limit]` and `[limits]`: head and tail belong together, `OTEL_TRACES_SAMPLER` is honoured, and
//! mistakes are named.
#![cfg(all(feature = "enrich", feature = "init", feature = "pricing", feature = "sampling"))]

use std::ffi::OsString;

use opentelemetry::trace::{Span as _, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use otel_genai::Settings;
use otel_genai::sampling::OtelTraceState;

const TRACES: usize = 400;

fn with(text: &str) -> Settings {
    Settings::from_toml_str(&format!("pricing.enabled = false\n{text}")).expect("valid")
}

fn with_variables(text: &str, variables: &[(&str, &str)]) -> Settings {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    with(text).with_environment(variables).expect("valid")
}

/// Runs traces of which one in four fails, and returns what is exported, and whether the agent saw its spans sampled.
fn run(settings: &Settings) -> (Vec<SpanData>, usize) {
    let exporter = InMemorySpanExporter::default();
    let (builder, sampler) = settings.pipeline_and_sampler().expect("valid");
    let pipeline = builder.export(exporter.clone()).build().expect("built");
    let mut provider = SdkTracerProvider::builder().with_span_processor(pipeline);
    if let Some(sampler) = sampler {
        provider = provider.with_sampler(sampler);
    }
    let provider = provider.build();
    let tracer = provider.tracer("test");
    let mut sampled = 0;
    for number in 0..TRACES {
        tracer.in_span("run", |context| {
            sampled += usize::from(context.span().span_context().is_sampled());
            let mut call = tracer.start("call");
            if number % 4 == 0 {
                call.set_status(Status::error("no answer"));
            }
            call.end();
        });
    }
    provider.force_flush().expect("in memory");
    let spans = exporter.get_finished_spans().expect("in memory");
    provider.shutdown().expect("in memory");
    (spans, sampled)
}

fn runs(spans: &[SpanData]) -> Vec<&SpanData> {
    spans.iter().filter(|span| span.name == "run").collect()
}

fn threshold(span: &SpanData) -> Option<String> {
    let state = OtelTraceState::of(span.span_context.trace_state());
    state.threshold().map(|threshold| threshold.to_string())
}

#[test]
fn everything_is_kept_unless_the_settings_say_otherwise() {
    let (spans, sampled) = run(&with(""));
    assert_eq!((runs(&spans).len(), sampled), (TRACES, TRACES));
    assert!(with("").pipeline_and_sampler().expect("valid").1.is_none(), "the SDK's own sampler does");
}

#[test]
fn errors_are_all_kept_and_the_rest_at_the_ratio_and_each_says_what_it_stands_for() {
    let (spans, sampled) = run(&with("sampling.ratio = 0.25"));
    let runs = runs(&spans);
    let (failed, rest): (Vec<_>, Vec<_>) =
        runs.into_iter().partition(|span| threshold(span).as_deref() == Some("0"));
    assert_eq!(failed.len(), TRACES / 4);
    assert!(rest.iter().all(|span| threshold(span).as_deref() == Some("c")), "one in four");
    // 300 traces at a quarter: outside of this once in a million runs.
    assert!((40..=112).contains(&rest.len()), "{}", rest.len());
    assert!((60..=145).contains(&sampled), "what others are told is the head's choice: {sampled}");
    assert!(spans.iter().all(|span| span.span_context.is_sampled()));

    let (spans, _) = run(&with("sampling.ratio = 0\nsampling.keep_errors = false"));
    assert!(spans.is_empty());
}

#[test]
fn a_rate_limit_alone_keeps_the_totals_known() {
    let (spans, _) = run(&with("rate_limit.traces_per_second = 1000000"));
    let runs = runs(&spans);
    assert_eq!(runs.len(), TRACES);
    assert!(runs.iter().all(|span| threshold(span).as_deref() == Some("0")), "each stands for itself");
}

#[test]
fn the_standard_variable_chooses_the_sampler_and_ours_beats_it() {
    let named = |name: &str, argument: &str| {
        let variables = [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)];
        run(&with_variables("sampling.ratio = 1", &variables)).0.len()
    };
    assert_eq!(named("always_off", ""), 0, "instead of the file's ratio");
    assert_eq!(named("parentbased_traceidratio", "0"), 0);
    assert_eq!(named("ALWAYS_ON", ""), 2 * TRACES);
    let both = [("OTEL_TRACES_SAMPLER", "always_off"), ("OTEL_GENAI_SAMPLING_RATIO", "1")];
    assert_eq!(run(&with_variables("", &both)).0.len(), 2 * TRACES);
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, expected) in [
        ("sampling.ratio = 1.5", "line 1, column 10: `sampling.ratio = 1.5`: expected a number from 0 to 1"),
        (
            "sampling.rules = ['slow']",
            "line 1, column 10: `sampling.rules`: \"slow\" is no condition: use error,",
        ),
        ("sampling.rules = ['error; rate=2']", "line 1, column 10: `sampling.rules`: "),
        (
            "rate_limit.burst = 3",
            "line 1, column 12: `rate_limit.burst` says how to limit, but nothing is limited",
        ),
        (
            "rate_limit.traces_per_second = 1\nrate_limit.key = 'colour'",
            "line 2, column 12: `rate_limit.key`: \"colour\" has no rate of its own",
        ),
        (
            "rate_limit.traces_per_second = 1\nrate_limit.spans_per_second = 1",
            "line 2, column 12: `rate_limit.spans_per_second` and `rate_limit.traces_per_second` are both set",
        ),
    ] {
        let error = match Settings::from_toml_str(text) {
            Ok(settings) => settings.pipeline().expect_err(text),
            Err(error) => error,
        };
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
    }
    for (name, argument, expected) in [
        ("sometimes", "", "OTEL_TRACES_SAMPLER=sometimes is no sampler"),
        ("traceidratio", "10%", "OTEL_TRACES_SAMPLER_ARG=10% is not a number"),
    ] {
        let variables = [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)];
        let error = with_variables("", &variables).pipeline().expect_err(name);
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
