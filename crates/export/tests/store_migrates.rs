//! A file of every schema that was released is read, written on, and brought up to date with its data.
//!
//! `cargo test -p otel-genai-export --features sqlite --test store_migrates -- --ignored` makes the file of the schema that
//! this version writes, once, when it is released. A file that is there is never made again.
#![cfg(feature = "sqlite")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use otel_genai_export::store::{SqlValue, SqliteExporter, Store, TotalsQuery, TraceFilter};
use sample_runs::{build, call, failed, numbered_batch, resource, root, trace_id};

mod sample_runs;

/// The newest schema.
const NEWEST: i64 = 1;

fn archive(schema: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/store_{schema}.db.zst"))
}

/// What every archived file holds.
fn content() -> Vec<Vec<opentelemetry_sdk::trace::SpanData>> {
    let named = [
        failed(root(9, 100), "no").attribute("session.id", "s").attribute("gen_ai.agent.name", "planner"),
        call(9, 2, 101, "o3").attribute("otel_genai.project", "p"),
    ];
    vec![numbered_batch(1, 5), numbered_batch(2, 5), build([call(1, 99, 3, "gpt-4o")]), build(named)]
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
        let mut version = SqlValue::Null;
        store
            .sql("SELECT user_version FROM pragma_user_version", |_, row| {
                version = row[0].clone();
                ControlFlow::Continue(())
            })
            .expect("reads");
        assert_eq!(version, SqlValue::Integer(NEWEST));
        let mut spans: Vec<_> = store
            .stored_traces(TraceFilter::new())
            .flat_map(|trace| trace.expect("reads").spans)
            .map(|read| {
                assert_eq!(*read.resource, resource());
                read.span
            })
            .collect();
        let mut expected: Vec<_> = content().into_iter().flatten().collect();
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
        let repeated = exporter.write(&resource(), content().remove(0)).expect("writes");
        assert_eq!((repeated.stored, repeated.repeated), (0, 5));
        exporter.write(&resource(), numbered_batch(3, 5)).expect("writes");
        assert_eq!(store.statistics().expect("reads").spans, 18);
    }
}

#[test]
#[ignore = "makes the file of a new schema, when it is released"]
fn makes_the_file_of_this_schema() {
    let archive = archive(NEWEST);
    if archive.exists() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    for spans in content() {
        exporter.write(&resource(), spans).expect("writes");
    }
    drop(exporter);
    let bytes = std::fs::read(&path).expect("reads");
    std::fs::write(archive, zstd::encode_all(bytes.as_slice(), 19).expect("compresses")).expect("writes");
}
