//! What the detector costs per span.
//!
//! `cargo bench -p otel-genai-guardrail --bench per_span [-- PART OF A NAME [ROUNDS]]`
//!
//! Few rounds are for `valgrind --tool=callgrind`, which counts instructions and so does not mind who else is at work.
//!
//! Bounds that the project sets itself: 400 ns for an enriched span of a call without any signal and with 2 KB of content
//! that mentions none of the literals, 5 µs for one with a signal. The time of an empty line of stages over the same
//! spans is taken off, and that of the trace's summary is in. On a machine that is shared the fastest round tells most.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use opentelemetry::{Array, Value};
use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::GuardrailDetector;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{IntoStages, Pipeline, Segment, Span, Stage};

/// Traces and calls of a round. A round is as short as the batches of a pipeline are, so that on a machine that others
/// use too the fastest of many is one that nobody interrupted.
const TRACES: u64 = 25;
const CALLS: u64 = 20;
const ROUNDS: usize = 400;

/// Some 2 KB in all, as half a question and half an answer, or all an answer.
#[derive(Clone, Copy)]
enum Shape {
    Ordinary,
    AllAnswer,
    NoContent,
    ContentFilter,
    RawFilter,
    Refusal,
    Mentioned,
}

fn sentence(bytes: usize) -> String {
    "The quick brown fox jumps over the lazy dog, and then it rests near the river for a while. "
        .repeat(bytes / 91 + 1)[..bytes]
        .to_owned()
}

fn message(role: &str, text: &str, reason: &str) -> String {
    format!(
        r#"[{{"role":"{role}","parts":[{{"type":"text","content":"{text}"}}],"finish_reason":"{reason}"}}]"#
    )
}

fn call(trace: u64, shape: Shape) -> Span {
    let (input, output) = match shape {
        Shape::AllAnswer => (String::new(), sentence(1900)),
        Shape::NoContent => (String::new(), String::new()),
        Shape::Refusal => (sentence(900), format!("I'm sorry, I can't help with that. {}", sentence(850))),
        Shape::Mentioned => {
            (sentence(900), format!("A content_filter is a filter of content. {}", sentence(850)))
        }
        _ => (sentence(900), sentence(900)),
    };
    let reason =
        if matches!(shape, Shape::ContentFilter | Shape::RawFilter) { "content_filter" } else { "stop" };
    let span = SpanBuilder::new("chat gpt-4o-mini")
        .trace(trace.into())
        .parent(trace << 32)
        .scope("opentelemetry.instrumentation.genai.openai")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-4o-mini")
        .attribute("gen_ai.request.temperature", 0.2)
        .attribute("gen_ai.request.max_tokens", 200)
        .attribute("server.address", "api.openai.com")
        .attribute("server.port", 443)
        .attribute("gen_ai.input.messages", message("user", &input, ""))
        .attribute("gen_ai.response.id", "chatcmpl-7a7b7c7d7e7f")
        .attribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
        .attribute("gen_ai.response.finish_reasons", Value::Array(Array::String(vec![reason.into()])))
        .attribute("gen_ai.usage.input_tokens", 211)
        .attribute("gen_ai.usage.output_tokens", 43)
        .attribute("gen_ai.usage.cache_read.input_tokens", 0);
    match shape {
        Shape::NoContent => span,
        Shape::RawFilter => span.attribute(
            "output.value",
            format!(
                r#"{{"id":"c","choices":[{{"index":0,"message":{{"role":"assistant","content":"{output}","refusal":null}},"finish_reason":"content_filter","content_filter_results":{{"hate":{{"filtered":false,"severity":"safe"}},"violence":{{"filtered":true,"severity":"high"}}}}}}]}}"#
            ),
        ),
        _ => span.attribute("gen_ai.output.messages", message("assistant", &output, reason)),
    }
    .build()
}

/// One detector for all rounds: compiling its patterns and dropping them is no cost of a span.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<GuardrailDetector>>);

impl Stage for Shared {
    fn process(&mut self, segment: &mut Segment<'_>) {
        self.0.lock().expect("no stage panics here").process(segment);
    }
}

/// Returns the time per span; `out` is cleared first, and is the same in all rounds, so that its pages are there.
fn run(stages: impl IntoStages, spans: Vec<Span>, out: &mut Vec<Span>) -> f64 {
    let count = spans.len();
    out.clear();
    out.reserve(count);
    let mut replay = Pipeline::builder().stage(stages).max_bytes(usize::MAX).replay(|_, spans| {
        out.extend(spans);
        Ok::<_, Infallible>(())
    });
    let resource = Arc::new(Resource::builder_empty().build());
    for span in spans {
        let Ok(()) = replay.push(&resource, span);
    }
    let start = Instant::now();
    let Ok(_) = replay.finish();
    let nanos = start.elapsed().as_nanos() as f64;
    nanos / count as f64
}

fn main() {
    let shapes = [
        ("no signal, half question half answer", Shape::Ordinary),
        ("no signal, all answer", Shape::AllAnswer),
        ("no signal, no answer", Shape::NoContent),
        ("a literal in the answer, no signal", Shape::Mentioned),
        ("content filter in attribute and messages", Shape::ContentFilter),
        ("content filter in a raw answer of Azure", Shape::RawFilter),
        ("refusal in words", Shape::Refusal),
    ];
    println!("{:42} | fastest round | median     | empty line  (ns/span)", "enriched calls, 20 per trace");
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let wanted = arguments.next().unwrap_or_default();
    let rounds: usize = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS).max(1);
    for (name, shape) in shapes.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let spans: Vec<Span> =
            (1..=TRACES).flat_map(|trace| (0..CALLS).map(move |_| call(trace, shape))).collect();
        let (mut enriched, mut out) = (Vec::new(), Vec::new());
        run(Enricher::default(), spans, &mut enriched);
        let (mut with, mut without) = (Vec::new(), Vec::new());
        let detector = Shared::default();
        for _ in 0..rounds {
            without.push(run(Vec::<Enricher>::new(), enriched.clone(), &mut out));
            with.push(run(detector.clone(), enriched.clone(), &mut out));
        }
        with.sort_by(f64::total_cmp);
        without.sort_by(f64::total_cmp);
        let (fastest, median) = (with[0] - without[0], with[rounds / 2] - without[rounds / 2]);
        println!("{name:42} | {fastest:13.0} | {median:10.0} | {:10.0}", without[0]);
    }
}
