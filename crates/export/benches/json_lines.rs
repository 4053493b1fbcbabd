//! Bytes per second of writing and reading lines, beside the time `serde_json` takes to parse the same bytes without
//! making spans of them.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use otel_genai_export::{JsonLinesReader, JsonLinesWriter, ReadSpan};
use serde_json::Value;

/// The captured requests, one per line: about 600 to 25,000 bytes each, mostly prompts and answers.
fn captured_lines() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/traces.jsonl.zst");
    let archive = zstd::decode_all(std::fs::File::open(path).expect("the archive is there")).expect("whole");
    let mut lines = Vec::new();
    for line in archive.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let file: Value = serde_json::from_slice(line).expect("the archive's lines are JSON");
        for request in file["requests"].as_array().expect("a list of requests") {
            serde_json::to_writer(&mut lines, request).expect("memory takes all");
            lines.push(b'\n');
        }
    }
    lines
}

fn json_lines(criterion: &mut Criterion) {
    let lines = captured_lines();
    let spans: Vec<ReadSpan> =
        JsonLinesReader::new(lines.as_slice()).collect::<Result<_, _>>().expect("captured lines are valid");
    let mut group = criterion.benchmark_group("json_lines");
    group.throughput(Throughput::Bytes(lines.len() as u64));
    group.bench_function("parse only (serde_json, ignoring all)", |bencher| {
        bencher.iter(|| {
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                black_box(serde_json::from_slice::<serde::de::IgnoredAny>(line).expect("JSON"));
            }
        });
    });
    group.bench_function("parse only (serde_json::Value)", |bencher| {
        bencher.iter(|| {
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                black_box(serde_json::from_slice::<Value>(line).expect("JSON"));
            }
        });
    });
    group.bench_function("read", |bencher| {
        bencher.iter(|| black_box(JsonLinesReader::new(lines.as_slice()).filter_map(Result::ok).count()));
    });
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            let mut writer = JsonLinesWriter::new(std::io::sink());
            for read in &spans {
                writer.write(&read.resource, std::slice::from_ref(&read.span)).expect("a sink takes all");
            }
        });
    });
    group.finish();
}

criterion_group!(benches, json_lines);
criterion_main!(benches);
