//! What the thread that starts a span pays for the attributes of its run.
//!
//! `cargo bench -p otel-genai-pipeline --bench start_cost`
//!
//! Only spans with a local parent start here: what announcing a local root costs besides is in `whole_span`. Each figure
//! is the median over rounds of the mean of many calls; "loop" is what the loop around the call takes by itself.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::Instant;

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor};
use otel_genai_pipeline::{Pipeline, StartAttributes};

const CALLS: usize = 2_000;
const ROUNDS: usize = 1_001;

#[derive(Debug)]
struct NoExporter;

impl SpanExporter for NoExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// Nanoseconds per call of `start` on spans that `spans` makes anew for every round.
fn measure(mut spans: impl FnMut() -> Vec<Span>, mut start: impl FnMut(&mut Span)) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let mut spans = spans();
            let calls = CALLS / spans.len() * spans.len();
            let began = Instant::now();
            for index in 0..calls {
                let count = spans.len();
                start(&mut spans[index % count]);
            }
            began.elapsed().as_nanos() as f64 / calls as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn run(texts: usize) -> StartAttributes {
    let keys = ["run.0", "run.1", "run.2", "run.3", "run.4", "run.5", "run.6", "run.7"];
    StartAttributes::new(keys[..texts].iter().map(|key| KeyValue::new(*key, "a value of some length")))
}

fn main() {
    let pipeline = Pipeline::builder().export(NoExporter).build().expect("builds");
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("bench");
    let parent = Context::new().with_span(tracer.start("parent"));
    let one = || vec![tracer.start_with_context("child", &parent)];
    let fresh = || (0..CALLS).map(|_| tracer.start_with_context("child", &parent)).collect();

    println!("on_start, ns per call");
    println!(
        "loop                            {:8.1}",
        measure(one, |span| {
            black_box(span);
        })
    );
    let start =
        |context: &Context| measure(one, |span| pipeline.on_start(black_box(span), black_box(context)));
    println!("no run in this process          {:8.1}", start(&parent));
    let _ = run(1).put_into(&parent);
    println!("no run around this span         {:8.1}", start(&parent));
    for texts in [1, 4, 8] {
        let context = run(texts).put_into(&parent);
        let _current = context.clone().attach();
        let time = measure(fresh, |span| pipeline.on_start(black_box(span), black_box(&context)));
        println!("run with {texts} attributes           {time:8.1}");
    }
    println!("enter a run and leave it        {:8.1}", {
        let run = run(4);
        measure(one, |span| {
            run.enter(|| black_box(span));
        })
    });
}
