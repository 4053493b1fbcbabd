//! The real stages over real spans: what a file replayed through the tail sampler and the rate limiter stands for.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_sdk::Resource;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_sampling::{Estimator, OtelTraceState, RateLimiter, Sampling, adjusted_count};

use crate::tally::{SLICES, Tally, slices};
use crate::world::{DEAR, MODELS, Random, Trace, traces};

/// Traces a second that the limiter lets pass: about what the rules keep on average, so that it thins the crests.
const ALLOWED: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Enough for what comes until the limiter knows the load, so that its backstop has nothing to do.
const BURST: NonZeroU32 = NonZeroU32::new(300).expect("not zero");

/// Simulates one run. Returns whether its totals can be known: not if more came that is never thinned than the limit lets
/// pass, so that its backstop refused traces and erased thresholds.
pub(crate) fn run(random: &mut Random, count: usize, is_limited: bool, tally: &mut Tally) -> bool {
    let sampling =
        Sampling::ratio(0.1).expect("a ratio").keep_errors().keep_dearer_than(DEAR).assume_all_recorded();
    let limiter = is_limited.then(|| RateLimiter::traces_per_second(ALLOWED).burst(BURST));
    let mut kept: Vec<Span> = Vec::new();
    let sink = |_: &Arc<Resource>, spans: Vec<Span>| {
        kept.extend(spans);
        Ok::<_, Infallible>(())
    };
    let mut replay = Pipeline::builder().stage(sampling.tail()).stage(limiter).replay(sink);
    let resource = Arc::new(Resource::builder_empty().build());
    let mut truth = [0.0; SLICES];
    for trace in traces(random, count) {
        let values = slices(trace.model, trace.class(), trace.cost());
        truth.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        for span in spans(&trace) {
            let Ok(()) = replay.push(&resource, span);
        }
    }
    let Ok(stats) = replay.finish();
    if stats.dropped.iter().any(|dropped| !["not_chosen", "rate_limit"].contains(&dropped.reason)) {
        return false;
    }

    let mut estimator = Estimator::<SLICES>::default();
    let (mut kept_cost, mut kept_traces) = (0.0, 0u32);
    for span in &kept {
        let Some(cost) = span.get("llm.cost.total").and_then(as_number) else {
            kept_traces += 1;
            continue;
        };
        kept_cost += cost;
        let place = |key| span.get(key).and_then(as_number).expect("every call has it") as usize;
        let values = slices(place("model"), place("class"), cost);
        assert!(adjusted_count(span).is_some(), "nothing erased its threshold");
        let threshold = OtelTraceState::of(span.trace_state()).threshold().expect("it has a count");
        estimator.add(span.trace_id(), threshold, values);
    }
    tally.add(estimator.estimates(), truth, kept_cost * count as f64 / f64::from(kept_traces));
    true
}

/// A root and its calls, a tenth of a second each.
fn spans(trace: &Trace) -> impl Iterator<Item = Span> {
    let id = u128::from_be_bytes(trace.id.to_bytes());
    let start = Duration::from_secs_f64(trace.start);
    let step = Duration::from_millis(100);
    let root =
        SpanBuilder::new("invoke_agent").trace(id).times(start, step * trace.calls.len() as u32).build();
    let calls: Vec<Span> = (0..)
        .zip(&trace.calls)
        .map(|(place, cost)| {
            let call = SpanBuilder::new("chat")
                .trace(id)
                .child_of(&root)
                .times(start + step * place, step)
                .attribute("gen_ai.operation.name", "chat")
                .attribute("gen_ai.response.model", MODELS[trace.model].0)
                .attribute("llm.cost.total", *cost)
                .attribute("model", trace.model as i64)
                .attribute("class", trace.class() as i64);
            let has_failed = trace.failed == Some(place as usize);
            if has_failed { call.status(Status::error("timeout")) } else { call }.build()
        })
        .collect();
    calls.into_iter().chain([root])
}

fn as_number(value: &opentelemetry::Value) -> Option<f64> {
    match value {
        opentelemetry::Value::F64(number) => Some(*number),
        opentelemetry::Value::I64(number) => Some(*number as f64),
        _ => None,
    }
}
