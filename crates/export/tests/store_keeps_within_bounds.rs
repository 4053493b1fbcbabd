//! Retention deletes what is too much, whole traces, and nothing that others need.
#![cfg(feature = "sqlite")]

use std::num::NonZeroU64;
use std::time::Duration;

use futures_executor::block_on;
use opentelemetry_sdk::trace::SpanExporter;
use otel_genai_export::store::{
    Retention, SqliteExporter, Store, StoreError, StoreProblem, TotalsQuery, TraceFilter, prune_store, vacuum,
};
use sample_runs::{at, build, call, numbered_batch, resource, root, trace_id};

mod sample_runs;

fn bound(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).expect("not zero")
}

fn numbers(store: &Store) -> Vec<u128> {
    let page = store.traces(&TraceFilter::new().limit(1000)).expect("lists");
    page.traces.iter().map(|row| u128::from_be_bytes(row.trace_id.to_bytes())).collect()
}

#[test]
fn age_and_count_delete_the_oldest_and_totals_stay() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    for number in 1..=20 {
        let start = number * 100;
        let spans = build([root(number.into(), start), call(number.into(), 2, start, "o3")]);
        exporter.write(&resource(), spans).expect("writes");
    }
    // A run that began first and still goes on.
    exporter.write(&resource(), build([call(99, 2, 0, "o3"), call(99, 3, 1990, "o3")])).expect("writes");
    let store = Store::open(&path).expect("opens");
    let totals = store.totals(&TotalsQuery::new()).expect("sums");

    let nothing = prune_store(&path, None, &Retention::default(), at(1_000_000)).expect("prunes");
    assert_eq!((nothing.traces, nothing.is_complete), (0, true));
    // Ended (10 s after the start) before second 1000: traces 1 to 9.
    let report = prune_store(&path, None, &Retention::default().max_age(Duration::from_secs(1000)), at(2000))
        .expect("prunes");
    assert_eq!((report.traces, report.spans, report.is_complete), (9, 18, true));
    assert_eq!(numbers(&store), [20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 99]);
    let report = prune_store(&path, None, &Retention::default().max_traces(bound(3)), at(0)).expect("prunes");
    assert_eq!((report.traces, report.is_complete), (9, true));
    assert_eq!(numbers(&store), [20, 19, 18]);
    assert!(store.trace(trace_id(17)).expect("reads").is_none());
    assert_eq!(store.totals(&TotalsQuery::new()).expect("sums"), totals);
    let statistics = store.statistics().expect("reads");
    assert_eq!((statistics.pruned_traces, statistics.pruned_spans, statistics.spans), (18, 36, 6));
    let found = store.traces(&TraceFilter::new().text("invoke_agent")).expect("lists");
    assert_eq!(found.traces.len(), 3, "the search forgets them too");
    assert!(store.check(|_| ()).expect("checks").is_sound());
}

#[test]
fn texts_that_others_hold_stay() {
    for text_search in [true, false] {
        texts_stay(text_search);
    }
}

fn texts_stay(text_search: bool) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::builder(&path).text_search(text_search).build().expect("opens");
    let mut expected = Vec::new();
    for number in 1..=12 {
        let spans = numbered_batch(number, 4);
        expected.push(spans.clone());
        exporter.write(&resource(), spans).expect("writes");
    }
    let store = Store::open(&path).expect("opens");
    for kept in (0..12_u64).rev() {
        let retention = Retention::default().max_traces(bound(kept.max(1)));
        prune_store(&path, None, &retention, at(0)).expect("prunes");
        for number in numbers(&store) {
            let trace = store.trace(trace_id(number)).expect("reads").expect("there");
            let spans: Vec<_> = trace.spans.into_iter().map(|read| read.span).collect();
            assert_eq!(spans, expected[usize::try_from(number).expect("small") - 1]);
        }
        let report = store.check(|_| ()).expect("checks");
        assert!(report.is_sound(), "{:?}", report.problems);
    }
    // The last one gone, nothing is left, and a new trace gets no number that was in use.
    prune_store(&path, None, &Retention::default().max_age(Duration::ZERO), at(1_000_000)).expect("prunes");
    assert_eq!(numbers(&store), [0_u128; 0]);
    let count = |table: &str| {
        let mut rows = 0;
        store
            .sql(&format!("SELECT 1 FROM {table}"), |_, _| {
                rows += 1;
                std::ops::ControlFlow::Continue(())
            })
            .expect("reads");
        rows
    };
    for table in ["traces", "spans", "segments", "contents", "content_uses", "labels"] {
        assert_eq!(count(table), 0, "{table}");
    }
    exporter.write(&resource(), numbered_batch(13, 4)).expect("writes");
    let trace = store.trace(trace_id(13)).expect("reads").expect("there");
    assert_eq!(trace.spans.len(), 4);
}

#[test]
fn a_text_that_was_lost_with_a_damaged_segment_is_stored_when_it_comes_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    for number in 1..=2 {
        exporter.write(&resource(), numbered_batch(number, 4)).expect("writes");
    }
    let rows = rusqlite::Connection::open(&path).expect("opens");
    rows.execute("UPDATE segments SET data = x'00' WHERE id = (SELECT min(id) FROM segments)", [])
        .expect("writes");
    prune_store(&path, None, &Retention::default().max_traces(bound(1)), at(0)).expect("prunes");
    exporter.write(&resource(), numbered_batch(3, 4)).expect("writes");
    let store = Store::open(&path).expect("opens");
    assert!(store.trace(trace_id(2)).is_err(), "it uses the lost text");
    assert_eq!(store.trace(trace_id(3)).expect("reads").expect("there").spans.len(), 4);
}

#[test]
fn size_is_kept_and_vacuum_gives_the_rest_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let max = 1_500_000;
    let exporter = SqliteExporter::builder(&path)
        .retention(Retention::default().max_bytes(bound(max)))
        .retention_time(Duration::from_secs(3600))
        .build()
        .expect("opens");
    let store = Store::open(&path).expect("opens");
    for number in 1..=400 {
        block_on(exporter.export(numbered_batch(number, 10))).expect("exports");
    }
    let before = store.statistics().expect("reads").used_bytes;
    assert!(before > 1_000_000, "the test writes too little: {before}");
    prune_store(&path, None, &Retention::default().max_bytes(bound(max)), at(0)).expect("prunes");
    let statistics = store.statistics().expect("reads");
    assert!(statistics.used_bytes <= max, "{statistics:?}");
    assert_eq!(numbers(&store)[0], 400);

    prune_store(&path, None, &Retention::default().max_traces(bound(10)), at(0)).expect("prunes");
    exporter.shutdown().expect("shuts down");
    let mut steps = 0;
    let report = vacuum(&path, None, |_| steps += 1).expect("vacuums");
    assert!(steps > 0 && report.bytes_after < report.bytes_before / 2, "{steps} {report:?}");
    assert_eq!(store.trace(trace_id(400)).expect("reads").expect("there").spans.len(), 10);
    assert!(store.check(|_| ()).expect("checks").is_sound());
}

#[test]
fn a_size_that_nothing_keeps_within_is_an_error_and_deletes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let empty = Store::open(&path).expect("opens").statistics().expect("reads");
    assert_eq!(empty.least_bytes, empty.used_bytes, "of a store without traces and sums");
    for number in 1..=40 {
        exporter.write(&resource(), numbered_batch(number, 3)).expect("writes");
    }
    exporter.shutdown().expect("shuts down");
    let too_small = Retention::default().max_bytes(bound(empty.least_bytes - 1));
    let smallest = |error: StoreError| match error.problem() {
        StoreProblem::BoundTooSmall { smallest, .. } => *smallest,
        _ => panic!("{error}"),
    };
    let opened = SqliteExporter::builder(&path).retention(too_small).build();
    assert_eq!(smallest(opened.expect_err("too small")), empty.least_bytes);
    let least = smallest(prune_store(&path, None, &too_small, at(0)).expect_err("too small"));
    assert_eq!(numbers(&Store::open(&path).expect("opens")).len(), 40);
    // The smallest one is kept.
    prune_store(&path, None, &Retention::default().max_bytes(bound(least)), at(0)).expect("prunes");
    assert!(numbers(&Store::open(&path).expect("opens")).len() < 40);
}

/// What the search remembers of deleted traces must not cost others their place.
#[test]
fn a_small_size_leaves_what_fits() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    for number in 1..=400 {
        exporter.write(&resource(), numbered_batch(number, 10)).expect("writes");
    }
    exporter.shutdown().expect("shuts down");
    let store = Store::open(&path).expect("opens");
    let statistics = store.statistics().expect("reads");
    let of_one = (statistics.used_bytes - statistics.least_bytes) / 400;
    let max = statistics.least_bytes + of_one * 40;
    prune_store(&path, None, &Retention::default().max_bytes(bound(max)), at(0)).expect("prunes");
    assert!(store.statistics().expect("reads").used_bytes <= max);
    let left = numbers(&store).len();
    assert!((30..=45).contains(&left), "{left} are left of the 40 that fit");
}

#[test]
fn time_that_is_up_leaves_the_rest_for_later() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let first = SqliteExporter::open(&path).expect("opens");
    for number in 1..=100 {
        first.write(&resource(), numbered_batch(number, 2)).expect("writes");
    }
    let exporter = SqliteExporter::builder(&path)
        .retention(Retention::default().max_traces(bound(20)))
        .retention_time(Duration::ZERO)
        .build()
        .expect("opens");
    let store = Store::open(&path).expect("opens");
    let mut counts = vec![numbers(&store).len()];
    for number in 101..=112 {
        block_on(exporter.export(numbered_batch(number, 2))).expect("exports");
        counts.push(numbers(&store).len());
    }
    // One at a time joins, up to 16 leave.
    assert_eq!(counts[1..7], [85, 70, 55, 40, 25, 20]);
}
