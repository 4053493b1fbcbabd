//! A file of every schema that was released is read, written on, and brought up to date with its data.
//!
//! `cargo run -p otel-genai-export --features sqlite --example store_process makes_a_released_file` makes the file of the
//! schema that this version writes, once, when it is released. A file that is there is never made again.
#![cfg(feature = "sqlite")]

use std::path::{Path, PathBuf};

use otel_genai_export::store::{SqliteExporter, Store, TotalsQuery, TraceFilter};
use sample_runs::{numbered_batch, released_content, resource};

mod sample_runs;

/// The newest schema.
const NEWEST: u64 = 1;

/// As the example `store_process` names it.
fn archive(schema: u64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/store_{schema}.db.zst"))
}

#[test]
fn files_of_every_schema_keep_their_data() {
    for schema in 1..=NEWEST {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let bytes =
            zstd::decode_all(std::fs::File::open(archive(schema)).expect("an archive")).expect("whole");
        std::fs::write(&path, bytes).expect("writes");
        let exporter = SqliteExporter::open(&path).expect("opens");
        let store = Store::open(&path).expect("opens");
        assert_eq!(store.statistics().expect("reads").schema, NEWEST);
        let mut spans: Vec<_> = store
            .stored_traces(TraceFilter::new())
            .flat_map(|trace| trace.expect("reads").spans)
            .map(|read| {
                assert_eq!(*read.resource, resource());
                read.span
            })
            .collect();
        let mut expected: Vec<_> = released_content().into_iter().flatten().collect();
        let id = |span: &opentelemetry_sdk::trace::SpanData| {
            (span.span_context.trace_id().to_bytes(), span.span_context.span_id().to_bytes())
        };
        spans.sort_by_key(id);
        expected.sort_by_key(id);
        assert_eq!(spans, expected, "schema {schema}");
        let count = |filter: TraceFilter| store.traces(&filter).expect("lists").traces.len();
        for filter in [
            TraceFilter::new().session("s").model("o3").agent("planner").project("p"),
            TraceFilter::new().text("planner"),
            TraceFilter::new().min_cost(0.01).with_errors(),
        ] {
            assert_eq!(count(filter), 1);
        }
        let totals = store.totals(&TotalsQuery::new()).expect("sums").remove(0);
        assert_eq!((totals.runs, totals.spans, totals.llm_calls), (3, 13, 10));
        assert!(store.check(|_| ()).expect("checks").is_sound());
        // What was there is known: repeated spans and texts.
        let repeated = exporter.write(&resource(), released_content().remove(0)).expect("writes");
        assert_eq!((repeated.stored, repeated.repeated), (0, 5));
        exporter.write(&resource(), numbered_batch(3, 5)).expect("writes");
        assert_eq!(store.statistics().expect("reads").spans, 18);
    }
}
