//! How many spans the tail sampler, the rate limiter and the caps get through per CPU-second.
//!
//! `cargo bench -p otel-genai-sampling --bench tail` (Linux: reads CPU time from `/proc/thread-self`)
//!
//! Recorded traces run through a replay on this thread, once without stages and once with; the difference in CPU time is
//! what the stages take. Spans have the attributes of enriched calls and tools. Making them is not counted.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_sdk::Resource;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, Span, Stage};
use otel_genai_sampling::{RateLimiter, Sampling, TraceCaps};

const TRACES: u64 = 10_000;
const SPANS: u64 = 20;
const ROUNDS: usize = 7;

/// CPU time of this thread in nanoseconds.
fn own_time() -> u64 {
    let schedule = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    schedule.split(' ').next().and_then(|field| field.parse().ok()).expect("a number")
}

/// Spreads ids over their whole range, so that thresholds reject what they should.
fn spread(number: u64) -> u128 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u128::from(mixed) << 64 | u128::from(mixed.rotate_left(32).wrapping_mul(0xbf58_476d_1ce4_e5b9))
}

fn traces() -> Vec<Span> {
    let mut spans = Vec::new();
    for trace in 1..=TRACES {
        let id = spread(trace);
        for index in 0..SPANS {
            let builder = SpanBuilder::new("chat").trace(id);
            let builder = match index {
                _ if index + 1 == SPANS => builder.id(1).attribute("otel_genai.trace.llm_calls", 15),
                4 | 8 | 12 | 16 => builder
                    .parent(1)
                    .attribute("otel_genai.role", "tool")
                    .attribute("gen_ai.operation.name", "execute_tool")
                    .attribute("gen_ai.tool.name", "search")
                    .attribute("otel_genai.tool.arguments_hash", format!("{index:016x}")),
                _ => builder
                    .parent(1)
                    .attribute("otel_genai.role", "llm_call")
                    .attribute("gen_ai.operation.name", "chat")
                    .attribute("gen_ai.request.model", "claude-sonnet-4-5")
                    .attribute("gen_ai.response.model", "claude-sonnet-4-5")
                    .attribute("gen_ai.usage.input_tokens", 1200)
                    .attribute("gen_ai.usage.output_tokens", 80)
                    .attribute("gen_ai.input.messages", "x".repeat(64))
                    .attribute("llm.cost.total", 0.004)
                    .attribute("llm.cost.prompt", 0.003)
                    .attribute("llm.cost.completion", 0.001),
            };
            let builder =
                if index == 3 && trace % 20 == 0 { builder.status(Status::error("failed")) } else { builder };
            let mut data = builder.build().into_data();
            let start = Duration::from_micros(trace * 1000);
            (data.start_time, data.end_time) = (data.start_time + start, data.end_time + start);
            let mut span = Span::from(data);
            span.set_trace_state("ot=th:0".parse().expect("valid"));
            spans.push(span);
        }
    }
    spans
}

/// Returns the CPU time that the spans take through these stages.
fn run(stages: Vec<Box<dyn Stage>>, resource: &Arc<Resource>, spans: Vec<Span>) -> (u64, usize) {
    let mut left = Vec::with_capacity(spans.len());
    let mut replay = Pipeline::builder().max_bytes(usize::MAX / 2).stage(stages).replay(|_, spans| {
        left.push(spans);
        Ok::<_, std::convert::Infallible>(())
    });
    let before = own_time();
    for span in spans {
        let Ok(()) = replay.push(resource, span);
    }
    let Ok(_) = replay.finish();
    let used = own_time() - before;
    (used, left.iter().map(Vec::len).sum())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn sampling(ratio: f64) -> Sampling {
    Sampling::ratio(ratio)
        .expect("valid")
        .keep_errors()
        .keep_slower_than(Duration::from_secs(60))
        .keep_dearer_than(0.5)
        .keep_guarded()
        .rule("loop=10".parse().expect("valid"))
        .rule("model~^gpt-4; rate=0.5".parse().expect("valid"))
}

fn limiter(rate: u32) -> RateLimiter {
    RateLimiter::traces_per_second(NonZeroU32::new(rate).expect("not zero"))
}

fn main() {
    let cap = NonZeroUsize::new(1000).expect("not zero");
    type MakeStages = Box<dyn Fn() -> Vec<Box<dyn Stage>>>;
    let lines: Vec<(&str, MakeStages)> = vec![
        ("tail, six rules, ratio 0.1", Box::new(|| vec![Box::new(sampling(0.1).tail())])),
        ("tail, six rules, all kept and marked", Box::new(|| vec![Box::new(sampling(1.0).tail())])),
        ("rate limiter, all pass", Box::new(|| vec![Box::new(limiter(1_000_000))])),
        ("rate limiter, a tenth passes", Box::new(|| vec![Box::new(limiter(100))])),
        (
            "caps, spans and depth",
            Box::new(move || vec![Box::new(TraceCaps::default().spans(cap).depth(cap))]),
        ),
        (
            "tail at 0.1 and rate limiter",
            Box::new(|| vec![Box::new(sampling(0.1).tail()), Box::new(limiter(1_000_000))]),
        ),
    ];
    let resource = Arc::new(Resource::builder_empty().build());
    let spans = traces();
    println!(
        "stages | spans per CPU-second of the stages alone (replay without stages subtracted) | spans kept"
    );
    let mut without = Vec::new();
    for _ in 0..ROUNDS {
        without.push(run(Vec::new(), &resource, spans.clone()).0 as f64);
    }
    let without = median(without);
    println!("none, with the replay itself | {:.0} | {}", spans.len() as f64 / (without / 1e9), spans.len());
    for (name, stages) in lines {
        let (mut used, mut kept) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let (time, left) = run(stages(), &resource, spans.clone());
            used.push(time as f64);
            kept = left;
        }
        let own = median(used) - without;
        println!("{name} | {:.0} | {kept}", spans.len() as f64 / (own / 1e9));
    }
}
