//! A line of stages over real traces of third-party instrumentations, replayed in the order in which the spans ended:
//! the counts add up, every trace ends with exactly one last segment, and what was held comes out once.

#![cfg(feature = "export")]
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fs::File;
use std::sync::{Arc, Mutex};

use otel_genai::pipeline::{Segment, SegmentKind, Stage, stage};
use otel_genai::{JsonLinesReader, Pipeline, Span};
use otel_genai_export::ReadSpan;

type TraceId = [u8; 16];

/// By trace: its model calls and the kinds of its segments.
type Traces = HashMap<TraceId, (usize, Vec<SegmentKind>)>;

/// Every captured trace file: its name and its spans, in the order in which they ended.
fn captured() -> Vec<(String, Vec<ReadSpan>)> {
    let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/traces.jsonl.zst");
    let text = zstd::decode_all(File::open(archive).expect("is there")).expect("is zstd");
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let file: serde_json::Value = serde_json::from_slice(line).expect("is JSON");
            let requests = file["requests"].as_array().expect("an array");
            let text: String = requests.iter().map(|request| format!("{request}\n")).collect();
            let mut spans: Vec<ReadSpan> =
                JsonLinesReader::new(text.as_bytes()).collect::<Result<_, _>>().expect("reads");
            spans.sort_by_key(|read| read.span.end_time);
            (file["name"].as_str().expect("a name").to_owned(), spans)
        })
        .collect()
}

/// Counts model calls per trace in its state, and notes the segments.
#[derive(Clone, Default)]
struct CountCalls(Arc<Mutex<Traces>>);

impl Stage for CountCalls {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let calls = segment.spans().iter().filter(|span| span.get("gen_ai.response.model").is_some()).count();
        *segment.state::<usize>() += calls;
        let total = *segment.state::<usize>();
        let mut traces = self.0.lock().expect("no panic");
        let trace = traces.entry(segment.trace_id().to_bytes()).or_default();
        trace.0 = total;
        trace.1.push(segment.kind());
    }
}

/// Holds while it may, drops every third trace, panics at every seventh, lets the others go.
#[derive(Default)]
struct Holds(usize);

impl Stage for Holds {
    fn process(&mut self, segment: &mut Segment<'_>) {
        if segment.hold() {
            return;
        }
        self.0 += 1;
        assert!(!self.0.is_multiple_of(7), "every seventh");
        if self.0.is_multiple_of(3) {
            segment.drop_trace("every third");
        }
    }
}

/// Runs toy stages over one file's spans and checks the books; returns the segments of each trace and what came out.
fn run(spans: &[ReadSpan], max_bytes: usize, holds: Option<Holds>) -> (Traces, Vec<Span>) {
    let count = CountCalls::default();
    let mut out: Vec<Span> = Vec::new();
    let mut replay = Pipeline::builder()
        .stage(stage::each(|span| span.set("edited", true)))
        .stage((count.clone(), holds))
        .stage(stage::filter("odd", |span| span.span_id().to_bytes()[7] % 2 == 0))
        .max_bytes(max_bytes)
        .replay(|_, spans| {
            out.extend(spans);
            Ok::<_, Infallible>(())
        });
    for read in spans {
        let Ok(()) = replay.push(&read.resource, read.span.clone());
        assert!(replay.stats().is_balanced(), "{:?}", replay.stats());
    }
    let Ok(stats) = replay.finish();
    assert!(stats.is_balanced(), "{stats:?}");
    assert_eq!(stats.received, spans.len() as u64);
    assert_eq!((stats.pending, stats.held, stats.open_traces), (0, 0, 0), "{stats:?}");
    let traces = count.0.lock().expect("no panic").clone();
    (traces, out)
}

#[test]
fn every_trace_ends_once_and_nothing_comes_out_twice() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&"every seventh") {
            report(panic);
        }
    }));
    let mut spans_seen = 0;
    for (name, spans) in captured() {
        spans_seen += spans.len();
        let expected: HashSet<_> =
            spans.iter().map(|read| read.span.span_context.trace_id().to_bytes()).collect();
        let all_calls = spans
            .iter()
            .filter(|read| read.span.attributes.iter().any(|a| a.key.as_str() == "gen_ai.response.model"))
            .count();
        // With room for everything each trace is one segment; with room for a few spans most are forced early.
        for max_bytes in [usize::MAX, 20_000] {
            let (traces, out) = run(&spans, max_bytes, Some(Holds::default()));
            assert_eq!(traces.keys().copied().collect::<HashSet<_>>(), expected, "{name}");
            for (calls, kinds) in traces.values() {
                let last = kinds.iter().filter(|kind| **kind == SegmentKind::Last).count();
                assert_eq!(
                    (last, kinds.last()),
                    (1, Some(&SegmentKind::Last)),
                    "{name}: {kinds:?}, {calls} calls"
                );
                assert!(max_bytes < usize::MAX || kinds.len() == 1, "{name}: {kinds:?}");
            }
            assert_eq!(traces.values().map(|(calls, _)| calls).sum::<usize>(), all_calls, "{name}");
            let ids: HashSet<_> = out.iter().map(|span| (span.trace_id(), span.span_id())).collect();
            assert_eq!(ids.len(), out.len(), "{name}: a span came out twice");
            assert!(out.iter().all(|span| span.get("edited").is_some()), "{name}");
        }
        let (_, out) = run(&spans, usize::MAX, None);
        let even =
            spans.iter().filter(|read| read.span.span_context.span_id().to_bytes()[7] % 2 == 0).count();
        assert_eq!(out.len(), even, "{name}: without the stage that holds, all but the filtered come out");
    }
    assert_eq!(spans_seen, 917);
}
