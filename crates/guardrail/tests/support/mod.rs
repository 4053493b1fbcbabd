//! The captured traces, and ways to run spans through stages.

#![allow(dead_code, reason = "every test uses a part of it")]

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanProcessor};
use otel_genai_export::{JsonLinesReader, ReadSpan};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{IntoStages, Pipeline, Span};
use serde_json::Value as Json;

/// One captured file: its spans in the order in which they ended, and the truth.
#[derive(Debug)]
pub(crate) struct Capture {
    pub(crate) name: String,
    pub(crate) spans: Vec<ReadSpan>,
    pub(crate) truth: Json,
}

/// Reads every captured file.
pub(crate) fn captures() -> Vec<Capture> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/traces.jsonl.zst");
    let text = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let file: Json = serde_json::from_slice(line).unwrap();
            let requests = file["requests"].as_array().unwrap();
            let text: String = requests.iter().map(|request| format!("{request}\n")).collect();
            let mut spans: Vec<ReadSpan> =
                JsonLinesReader::new(text.as_bytes()).collect::<Result<_, _>>().unwrap();
            spans.sort_by_key(|read| read.span.end_time);
            Capture { name: file["name"].as_str().unwrap().to_owned(), spans, truth: file["expect"].clone() }
        })
        .collect()
}

/// Replays spans through stages; `max_bytes` forces early segments where it is small.
pub(crate) fn replay(
    stages: impl IntoStages,
    max_bytes: usize,
    spans: impl IntoIterator<Item = (Arc<Resource>, Span)>,
) -> Vec<(Arc<Resource>, Span)> {
    let mut out = Vec::new();
    let mut replay = Pipeline::builder().stage(stages).max_bytes(max_bytes).replay(|resource, spans| {
        out.extend(spans.into_iter().map(|span| (Arc::clone(resource), span)));
        Ok::<_, Infallible>(())
    });
    for (resource, span) in spans {
        let Ok(()) = replay.push(&resource, span);
    }
    let Ok(stats) = replay.finish();
    assert_eq!(stats.stage_panics, 0);
    out
}

/// Runs spans through a live pipeline that is flushed after each, so that every span is an early segment of its own.
pub(crate) fn live_one_by_one(
    stages: impl IntoStages,
    spans: impl IntoIterator<Item = (Arc<Resource>, Span)>,
) -> Vec<Span> {
    live(stages, spans.into_iter().map(|(_, span)| span))
}

/// As [`live_one_by_one`], but each trace has ended before, so that every span is a late segment of its own.
pub(crate) fn live_late(
    stages: impl IntoStages,
    spans: impl IntoIterator<Item = (Arc<Resource>, Span)>,
) -> Vec<Span> {
    let mut ended = HashSet::new();
    let spans = spans.into_iter().flat_map(|(_, span)| {
        let trace = u128::from_be_bytes(span.trace_id().to_bytes());
        let root = ended.insert(trace).then(|| SpanBuilder::new("ended before").trace(trace).build());
        root.into_iter().chain([span])
    });
    let mut spans = live(stages, spans);
    spans.retain(|span| span.name() != "ended before");
    spans
}

fn live(stages: impl IntoStages, spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder().stage(stages).export(exporter.clone()).build().expect("builds");
    for mut span in spans {
        span.set_sampled(true);
        pipeline.on_end(span.into_data());
        pipeline.force_flush().expect("flushes");
    }
    let spans = exporter.get_finished_spans().expect("is running");
    pipeline.shutdown().expect("shuts down");
    spans.into_iter().map(Span::from).collect()
}

impl Capture {
    /// The spans as a replay takes them.
    pub(crate) fn input(&self) -> impl Iterator<Item = (Arc<Resource>, Span)> + '_ {
        self.spans.iter().map(|read| (Arc::clone(&read.resource), Span::from(read.span.clone())))
    }
}
