//! A file of every schema that was released is read, written on, and brought up to date with its data.
//!
//! `cargo run -p otel-genai-export --features sqlite --example store_process makes_a_released_file` makes the file of the
//! schema that this version writes, once, when it is released. A file that is there is never made again.
#![cfg(feature = "sqlite")]

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use otel_genai_export::store::{
    Retention, SqliteExporter, Store, StoreProblem, TotalsQuery, TraceFilter, prune_store,
};
use sample_runs::{numbered_batch, released_content, resource};

mod sample_runs;

/// The newest schema.
const NEWEST: u64 = 2;

/// As the example `store_process` names it.
fn archive(schema: u64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/store_{schema}.db.zst"))
}

fn assert_holds_released_content(store: &Store, schema: u64) {
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
}

#[test]
fn files_of_every_schema_keep_their_data() {
    for schema in 1..=NEWEST {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let bytes =
            zstd::decode_all(std::fs::File::open(archive(schema)).expect("an archive")).expect("whole");
        std::fs::write(&path, bytes).expect("writes");
        let store = Store::open(&path).expect("opens");
        // A reader does not change the file, and reads it as it is.
        assert_eq!(store.statistics().expect("reads").schema, schema);
        assert_holds_released_content(&store, schema);
        let exporter = SqliteExporter::open(&path).expect("opens");
        // One that was open before sees what has become of it.
        assert_eq!(store.statistics().expect("reads").schema, NEWEST);
        assert_holds_released_content(&store, schema);
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
        // Texts of either schema survive the traces that brought them.
        for kept in (1..=3).rev() {
            let retention = Retention::default().max_traces(NonZeroU64::new(kept).expect("not zero"));
            prune_store(&path, None, &retention, SystemTime::now()).expect("prunes");
            let report = store.check(|_| ()).expect("checks");
            assert!(report.is_sound() && report.traces == kept, "schema {schema}: {report:?}");
        }
    }
}

#[test]
fn a_writer_stops_when_a_newer_version_has_migrated_its_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    exporter.write(&resource(), numbered_batch(1, 3)).expect("writes");
    let newer = rusqlite::Connection::open(&path).expect("opens");
    newer.pragma_update(None, "user_version", NEWEST + 1).expect("a version");
    let error = exporter.write(&resource(), numbered_batch(2, 3)).expect_err("newer");
    assert!(matches!(error.problem(), StoreProblem::NewerSchema { .. }), "{error}");
    // What it remembers is right once the file is its own again.
    newer.pragma_update(None, "user_version", NEWEST).expect("a version");
    exporter.write(&resource(), numbered_batch(2, 3)).expect("writes");
    let report = Store::open(&path).expect("opens").check(|_| ()).expect("checks");
    assert!(report.is_sound() && report.spans == 6, "{report:?}");
}
