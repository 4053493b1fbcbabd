//! A backup is the store at one moment, also while it is written; a check finds what is wrong.
#![cfg(feature = "sqlite")]

use otel_genai_export::store::{SqliteExporter, Store, TraceFilter};
use rusqlite::Connection;
use sample_runs::{numbered_batch, resource, trace_id};

mod sample_runs;

#[test]
fn a_backup_is_whole_while_others_write() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let mut number = 0;
    let mut write = || {
        number += 1;
        exporter.write(&resource(), numbered_batch(number, 200)).expect("writes");
    };
    for _ in 0..15 {
        write();
    }
    let store = Store::open(&path).expect("opens");
    let copy = directory.path().join("copy.db");
    let mut steps = 0;
    store
        .backup(&copy, |progress| {
            assert!(progress.done <= progress.total);
            steps += 1;
            // Each would make SQLite begin anew, were it not for the snapshot.
            write();
        })
        .expect("copies");
    assert!(steps > 1, "too small to be copied in steps");
    assert!(number > 15);
    let copied = Store::open(&copy).expect("opens");
    assert_eq!(copied.statistics().expect("reads").traces, 15);
    assert!(copied.check(|_| ()).expect("checks").is_sound());
    assert_eq!(copied.trace(trace_id(7)).expect("reads"), store.trace(trace_id(7)).expect("reads"));
    // A copy can be written on.
    SqliteExporter::open(&copy).expect("opens").write(&resource(), numbered_batch(99, 2)).expect("writes");

    let error = store.backup(&copy, |_| ()).expect_err("exists");
    assert!(error.to_string().contains("the file exists"), "{error}");
    let nowhere = directory.path().join("none/copy.db");
    assert!(store.backup(&nowhere, |_| ()).is_err());
    let names: Vec<_> = std::fs::read_dir(directory.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("partial")), "{names:?}");
}

#[test]
fn a_check_names_what_is_wrong() {
    let cases = [
        ("DELETE FROM spans WHERE rowid_of_one", "its row says 6 spans, 5 have columns, 6 can be read"),
        ("DELETE FROM contents WHERE id = (SELECT min(id) FROM contents)", "is missing"),
        ("UPDATE segments SET data = x'00' WHERE id = (SELECT min(id) FROM segments)", "compressed data"),
        ("DELETE FROM segments WHERE id = (SELECT min(id) FROM segments)", "0 can be read"),
        ("DELETE FROM traces WHERE id = 2", "belong to no trace"),
    ];
    for (damage, expected) in cases {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let exporter = SqliteExporter::open(&path).expect("opens");
        for number in 1..=3 {
            exporter.write(&resource(), numbered_batch(number, 6)).expect("writes");
        }
        let damage = damage.replace(
            "rowid_of_one",
            "trace = 1 AND span_id = (SELECT max(span_id) FROM spans WHERE trace = 1)",
        );
        Connection::open(&path).expect("opens").execute_batch(&damage).expect(&damage);
        let store = Store::open(&path).expect("opens");
        let report = store.check(|_| ()).expect("checks");
        assert!(!report.is_sound(), "{damage}");
        assert!(
            report.problems.iter().any(|problem| problem.contains(expected)),
            "{damage}: {:?}",
            report.problems
        );
        // The other traces are read all the same.
        let page = store.traces(&TraceFilter::new()).expect("lists");
        assert!(page.traces.len() >= 2);
        // But for those that use a text which the damaged part brought.
        assert!(
            store.trace(trace_id(3)).is_ok_and(|trace| trace.is_some()) || damage.contains("SELECT min(id)"),
            "{damage}"
        );
    }
}
