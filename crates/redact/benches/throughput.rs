//! How fast text is scanned, next to one pass of the automaton over the same literals and the same text.
//!
//! `cargo bench -p otel-genai-redact --bench throughput`

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_redact::{Redactor, RuleSet};
use std::hint::black_box;

const ENGLISH: &str = "The committee met in the old town hall on a Tuesday afternoon and talked for three hours about the bridge. \
Most of the people who live near the river want a wider footpath, while the farmers further up the valley would rather see the money go into the road. \
An engineer explained that the stone piers were built in 1874 and repaired in 1931, and that the timber deck will not last another 12 winters. \
Nobody disagreed with her figures, but several members asked whether a temporary deck might be put in place for less than 40 percent of the price. \
She answered that it could be done in about nine weeks, provided the water stays low and the contractor has a crane that can reach across. \
After a short break the chair read out two letters from residents and thanked everyone for their patience. \
The vote was put off until the spring, when the new survey is expected to arrive, and the meeting ended shortly before seven.\n";

fn repeated(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len() + 1)
}

fn code() -> String {
    let source = concat!(
        include_str!("../../pipeline/src/queue.rs"),
        include_str!("../../pipeline/src/trace_table.rs"),
        include_str!("../../pipeline/src/segment.rs")
    );
    repeated(source, 1 << 20)
}

fn with_hits() -> String {
    let hits = [
        " jane.doe@example.org ",
        " 4111 1111 1111 1111 ",
        " +44 20 7946 0018 ",
        " postgres://app:Hx7aQ2m9Lk@db.example.org/x ",
        " password=Hx7aQ2m9Lk! ",
    ];
    let text = repeated(ENGLISH, 1 << 20);
    text.as_bytes()
        .chunks(400)
        .enumerate()
        .map(|(index, chunk)| String::from_utf8_lossy(chunk).into_owned() + hits[index % hits.len()])
        .collect()
}

fn span() -> Span {
    let message =
        serde_json::json!([{"role": "user", "parts": [{"type": "text", "content": &ENGLISH[..900]}]}])
            .to_string();
    SpanBuilder::new("chat gpt-4o")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-4o")
        .attribute("gen_ai.response.model", "gpt-4o-2024-08-06")
        .attribute("gen_ai.response.id", "chatcmpl-LcJYGEB5NpV2NS9Sz3W4Oj0I")
        .attribute("gen_ai.usage.input_tokens", 220)
        .attribute("gen_ai.usage.output_tokens", 180)
        .attribute("gen_ai.input.messages", message.clone())
        .attribute("gen_ai.output.messages", message)
        .build()
}

fn throughput(criterion: &mut Criterion) {
    let rules = RuleSet::default();
    for (name, text) in
        [("english", repeated(ENGLISH, 1 << 20)), ("code", code()), ("a hit per 400 characters", with_hits())]
    {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        group.bench_function("one pass of the automaton", |bencher| {
            bencher.iter(|| rules.literals().find_overlapping_iter(black_box(text.as_str())).count());
        });
        group.bench_function("every rule", |bencher| bencher.iter(|| rules.scan(black_box(&text)).len()));
        group.finish();
    }
    let redactor = Redactor::default();
    criterion.bench_function("a span of 2 KB", |bencher| {
        bencher.iter_batched(span, |mut span| redactor.redact(&mut span), criterion::BatchSize::SmallInput);
    });
}

/// Hostile text at two sizes: the time per byte must stay.
fn worst_inputs(criterion: &mut Criterion) {
    let rules = RuleSet::default();
    for unit in [
        "password='",
        "-----BEGIN PRIVATE KEY-----\n",
        "a@",
        "https://a:",
        "eyJaaaaaaaaaa.",
        "4111 ",
        "sk-",
        "born ",
        "1-1.",
        "::1",
        "Q~",
        "AAAA",
    ] {
        let mut group = criterion.benchmark_group(format!("repeated {unit:?}"));
        for bytes in [1 << 18, 1 << 20] {
            let text = repeated(unit, bytes);
            group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
            group.bench_function(format!("{} KB", bytes >> 10), |bencher| {
                bencher.iter(|| rules.scan(black_box(&text)).len());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, throughput, worst_inputs);
criterion_main!(benches);
