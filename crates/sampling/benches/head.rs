//! What head decisions cost above those of the SDK's `TraceIdRatioBased`.
//!
//! `cargo bench -p otel-genai-sampling --bench head`
//!
//! The bounds that the project sets itself: a root's decision at most 250 ns above the SDK's, a child at most 110 ns
//! above it from its start to its end, with the same tracestate on the parent (which the SDK copies too). Criterion
//! measures one case after another; the table at the end takes turns between them, so that what else the machine does
//! falls on all alike, and says differences and ratios of medians.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample};
use otel_genai_sampling::{CompositeSampler, ParentThreshold, Probability, ProbabilitySampler};

const CALLS: usize = 500;
const ROUNDS: usize = 2_001;

/// Kept by both at one half: low for the SDK, which looks at the last eight bytes, high in the last seven for us.
const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_10e3_0000_0000_0000;

type Call = Box<dyn FnMut()>;

fn samplers() -> [(&'static str, Box<dyn ShouldSample>); 4] {
    let half = || Probability::ratio(0.5).expect("a ratio");
    [
        ("TraceIdRatioBased", Box::new(Sampler::TraceIdRatioBased(0.5))),
        ("ProbabilitySampler", Box::new(ProbabilitySampler::ratio(0.5).expect("a ratio"))),
        ("CompositeSampler, Probability", Box::new(CompositeSampler::new(half()))),
        ("CompositeSampler, ParentThreshold", Box::new(CompositeSampler::new(ParentThreshold::new(half())))),
    ]
}

/// What a sampled parent in another process passes on.
fn parent() -> Context {
    let state = "ot=th:8,vendor=a1b2c3d4".parse().expect("valid");
    let context = SpanContext::new(TraceId::from(TRACE), SpanId::from(1), TraceFlags::SAMPLED, true, state);
    Context::new().with_remote_span_context(context)
}

fn decide(sampler: &dyn ShouldSample, context: &Context) -> SamplingResult {
    sampler.should_sample(Some(context), TraceId::from(TRACE), "chat", &SpanKind::Client, &[], &[])
}

fn whole_span(tracer: &SdkTracer, context: &Context) {
    drop(black_box(tracer.start_with_context("chat", context)));
}

/// The provider must live: a tracer of a provider that has shut down does nothing.
fn provider(sampler: Box<dyn ShouldSample>) -> (SdkTracerProvider, SdkTracer) {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let tracer = provider.tracer("bench");
    (provider, tracer)
}

fn head(criterion: &mut Criterion) {
    for (case, context) in [("decision of a root", Context::new()), ("decision of a child", parent())] {
        let mut group = criterion.benchmark_group(case);
        for (name, sampler) in samplers() {
            group.bench_function(name, |bencher| bencher.iter(|| decide(&*sampler, black_box(&context))));
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("child, start to end");
    let context = parent();
    for (name, sampler) in samplers() {
        let (_provider, tracer) = provider(sampler);
        group.bench_function(name, |bencher| bencher.iter(|| whole_span(&tracer, black_box(&context))));
    }
    group.finish();
}

/// Nanoseconds per call of each: the median over rounds, in each of which all take their turn.
fn in_turns(mut cases: Vec<Call>) -> Vec<f64> {
    let mut rounds = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for _ in 0..ROUNDS {
        for (case, times) in cases.iter_mut().zip(&mut rounds) {
            let began = Instant::now();
            (0..CALLS).for_each(|_| case());
            times.push(began.elapsed().as_nanos() as f64 / CALLS as f64);
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    rounds.iter_mut().map(median).collect()
}

fn print(case: &str, figures: &[f64]) {
    for ((name, _), figure) in samplers().iter().zip(figures) {
        let (above, ratio) = (figure - figures[0], figure / figures[0]);
        println!("{case:<20} {name:<34} {figure:>7.1} ns {above:>+7.1} ns  x{ratio:.2}");
    }
}

fn decisions(context: &Context) -> Vec<f64> {
    let case = |sampler: Box<dyn ShouldSample>| -> Call {
        let context = context.clone();
        Box::new(move || drop(black_box(decide(&*sampler, black_box(&context)))))
    };
    in_turns(samplers().into_iter().map(|(_, sampler)| case(sampler)).collect())
}

fn spans(context: &Context) -> Vec<f64> {
    let case = |sampler: Box<dyn ShouldSample>| -> Call {
        let ((provider, tracer), context) = (provider(sampler), context.clone());
        Box::new(move || {
            let _ = &provider;
            whole_span(&tracer, black_box(&context));
        })
    };
    in_turns(samplers().into_iter().map(|(_, sampler)| case(sampler)).collect())
}

criterion_group!(benches, head);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    print("decision of a root", &decisions(&Context::new()));
    print("decision of a child", &decisions(&parent()));
    print("child, start to end", &spans(&parent()));
}
