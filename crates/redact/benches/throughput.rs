//! How fast text is scanned, next to one pass of the automaton over the same literals and the same text.
//!
//! `cargo bench -p otel-genai-redact --bench throughput`

mod inputs;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use otel_genai_redact::{Redactor, RuleSet};
use std::hint::black_box;

use inputs::{ENGLISH, code, repeated, span, with_hits};

fn throughput(criterion: &mut Criterion) {
    let rules = RuleSet::default();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(rules.literals())
        .expect("the rules build the same");
    for (name, text) in
        [("english", repeated(ENGLISH, 1 << 20)), ("code", code()), ("a hit per 400 characters", with_hits())]
    {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        group.bench_function("one pass of the automaton", |bencher| {
            bencher.iter(|| automaton.find_overlapping_iter(black_box(text.as_str())).count());
        });
        group.bench_function("every rule", |bencher| bencher.iter(|| rules.scan(black_box(&text)).len()));
        group.finish();
    }
    let redactor = Redactor::default();
    for (name, has_address) in [("a span of 2 KB", false), ("a span of 2 KB with an address", true)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter_batched(
                || span(has_address),
                |mut span| redactor.redact(&mut span),
                criterion::BatchSize::SmallInput,
            );
        });
    }
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
