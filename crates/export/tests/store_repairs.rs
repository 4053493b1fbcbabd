//! What can be read of a damaged store is found and saved, what cannot is named, and nothing else is.
#![cfg(feature = "sqlite")]

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::SystemTime;

use otel_genai_export::store::{
    Retention, SqliteExporter, Store, TotalsBy, TotalsQuery, TotalsRow, prune_store, repair_into, vacuum,
};
use rusqlite::Connection;
use sample_runs::{numbered_batch, resource};

mod sample_runs;

/// A store that held 1,000 traces of two spans, and holds the newest 200.
fn pruned(path: &Path) {
    let exporter = SqliteExporter::builder(path).text_search(false).build().expect("opens");
    for number in 1..=1000 {
        exporter.write(&resource(), numbered_batch(number, 2)).expect("writes");
    }
    drop(exporter);
    let retention = Retention::default().max_traces(NonZeroU64::new(200).expect("not 0"));
    prune_store(path, None, &retention, SystemTime::now()).expect("prunes");
    vacuum(path, None, |_| ()).expect("vacuums");
}

fn totals(path: &Path) -> Vec<TotalsRow> {
    Store::open(path).expect("opens").totals(&TotalsQuery::new().by(TotalsBy::Hour)).expect("reads")
}

/// Overwrites the first leaf of each of these tables with zeros.
fn damage_first_leaves(path: &Path, tables: &[&str]) {
    damage_leaves_seen_by(Connection::open(path).expect("opens"), path, tables);
}

fn damage_leaves_seen_by(connection: Connection, path: &Path, tables: &[&str]) {
    let page_bytes: usize =
        connection.query_row("SELECT pgsize FROM dbstat LIMIT 1", [], |row| row.get(0)).expect("a size");
    let leaf = |table: &&str| -> usize {
        connection
            .query_row(
                "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path LIMIT 1",
                [table],
                |row| row.get(0),
            )
            .expect("a leaf")
    };
    let leaves: Vec<usize> = tables.iter().map(leaf).collect();
    drop(connection);
    let mut bytes = fs::read(path).expect("reads");
    for leaf in leaves {
        bytes[(leaf - 1) * page_bytes..leaf * page_bytes].fill(0);
    }
    fs::write(path, bytes).expect("writes");
}

#[test]
fn totals_of_deleted_traces_are_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, copy) = (directory.path().join("traces.db"), directory.path().join("copy.db"));
    pruned(&path);
    let report = repair_into(&path, &copy, None, |_| ()).expect("repairs");
    assert_eq!((report.traces, report.spans, report.damaged_traces, report.has_sums), (200, 400, 0, true));
    assert_eq!(totals(&copy), totals(&path));
    let statistics = Store::open(&copy).expect("opens").statistics().expect("reads");
    assert_eq!((statistics.pruned_traces, statistics.pruned_spans), (800, 1600));
    assert!(Store::open(&copy).expect("opens").check(|_| ()).expect("checks").is_sound());
}

#[test]
fn sums_that_cannot_be_read_are_made_anew() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, copy) = (directory.path().join("traces.db"), directory.path().join("copy.db"));
    pruned(&path);
    damage_first_leaves(&path, &["hourly"]);
    let report = repair_into(&path, &copy, None, |_| ()).expect("repairs");
    assert_eq!((report.traces, report.damaged_traces, report.has_sums), (200, 0, false));
    let spans: u64 = totals(&copy).iter().map(|row| row.spans).sum();
    assert_eq!(spans, 400);
}

/// The file says that a sum is a text, as a flipped bit may.
#[test]
fn sums_that_are_none_stop_no_repair() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, copy) = (directory.path().join("traces.db"), directory.path().join("copy.db"));
    pruned(&path);
    let connection = Connection::open(&path).expect("opens");
    connection
        .execute_batch(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema \
             SET sql = replace(sql, 'STRICT, WITHOUT ROWID', 'WITHOUT ROWID') WHERE name = 'hourly'",
        )
        .expect("writes");
    drop(connection);
    Connection::open(&path).expect("opens").execute("UPDATE hourly SET runs = 'many'", []).expect("writes");
    let report = repair_into(&path, &copy, None, |_| ()).expect("repairs");
    assert_eq!((report.traces, report.damaged_traces, report.has_sums), (200, 0, false));
    assert_eq!(totals(&copy).iter().map(|row| row.spans).sum::<u64>(), 400);
}

#[test]
fn deleted_traces_are_not_said_to_be_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, copy) = (directory.path().join("traces.db"), directory.path().join("copy.db"));
    pruned(&path);
    damage_first_leaves(&path, &["traces", "segments"]);
    let report = repair_into(&path, &copy, None, |_| ()).expect("repairs");
    assert!((100..200).contains(&report.traces), "{report:?}");
    assert_eq!(report.damaged_traces, 200 - report.traces);
    assert!(report.damaged.iter().all(|trace| trace.number > 800 && trace.trace_id.is_some()), "{report:?}");
}

#[test]
fn a_check_names_the_traces_that_damage_costs() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    pruned(&path);
    damage_first_leaves(&path, &["segments"]);
    let report = Store::open(&path).expect("opens").check(|_| ()).expect("checks");
    let named = report.problems.iter().filter(|problem| problem.starts_with("trace 0000")).count() as u64;
    assert!((1..50).contains(&named), "{:?}", report.problems);
    assert_eq!((report.traces, report.spans), (200, 2 * (200 - named)));
    assert!(report.problems.len() as u64 > named, "what SQLite says is missing: {:?}", report.problems);
}

#[cfg(feature = "encryption")]
mod encrypted {
    use super::*;
    use otel_genai_export::store::{StoreKey, StoreProblem, TraceFilter};
    use sample_runs::exporter;

    fn key() -> StoreKey {
        StoreKey::new("secret").expect("not empty")
    }

    /// A page in the middle, which then fits no key. SQLCipher reads nothing more with a connection that has met it.
    #[test]
    fn one_page_costs_the_traces_on_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let (path, copy) = (directory.path().join("traces.db"), directory.path().join("copy.db"));
        let writer = exporter(&path);
        for number in 1..=100 {
            writer.write(&resource(), numbered_batch(number, 10)).expect("writes");
        }
        drop(writer);
        let pages = fs::metadata(&path).expect("there").len() / 4096;
        let sound = fs::read(&path).expect("reads");
        let mut costs = 0;
        for page in [pages / 4, pages / 3, pages / 2, 2 * pages / 3] {
            let mut bytes = sound.clone();
            let at = usize::try_from(page * 4096 + 1000).expect("small");
            bytes[at..at + 16].fill(0);
            fs::write(&path, bytes).expect("writes");
            let store = Store::open_encrypted(&path, key()).expect("opens");
            let report = store.check(|_| ()).expect("checks");
            assert!(!report.is_sound(), "page {page}");
            // The page may be one of an index that lists need.
            let read: Vec<_> = store.stored_traces(TraceFilter::new().oldest_first()).collect();
            let lost = read.iter().filter(|trace| trace.is_err()).count();
            assert!(read.len() >= 90, "page {page}: {} listed", read.len());
            let _ = fs::remove_file(&copy);
            let report = repair_into(&path, &copy, Some(&key()), |_| ()).expect("repairs");
            assert!(report.traces >= 90, "page {page}: {report:?}");
            assert!(report.traces + report.damaged_traces >= 100, "page {page}: {report:?}");
            assert!(lost <= 10, "page {page}: {lost} of {} cannot be exported", read.len());
            costs += report.damaged_traces;
        }
        assert!(costs > 0, "no page held a trace");
    }

    fn unlocked(path: &Path) -> Connection {
        let connection = Connection::open(path).expect("opens");
        connection.pragma_update(None, "key", "secret").expect("a key");
        connection
    }

    #[test]
    fn spans_are_saved_whose_trace_has_lost_its_row() {
        let directory = tempfile::tempdir().expect("a directory");
        let (path, copy) = (directory.path().join("traces.db"), directory.path().join("copy.db"));
        let writer = exporter(&path);
        for number in 1..=60 {
            writer.write(&resource(), numbered_batch(number, 2)).expect("writes");
        }
        drop(writer);
        damage_leaves_seen_by(unlocked(&path), &path, &["traces"]);
        let report = repair_into(&path, &copy, Some(&key()), |_| ()).expect("repairs");
        assert_eq!((report.traces, report.spans, report.damaged_traces), (60, 120, 0));
    }

    /// A checkpoint that a reader holds back leaves pages behind that only the log has.
    #[test]
    fn what_stands_in_the_log_is_no_damage() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let writer = exporter(&path);
        let write = |numbers: std::ops::RangeInclusive<u128>| {
            for number in numbers {
                writer.write(&resource(), numbered_batch(number, 10)).expect("writes");
            }
        };
        write(1..=40);
        let reader = unlocked(&path);
        reader.execute_batch("BEGIN; SELECT count(*) FROM spans").expect("reads");
        write(41..=50);
        unlocked(&path).query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).expect("moves");
        let report = Store::open_encrypted(&path, key()).expect("opens").check(|_| ()).expect("checks");
        assert!(report.is_sound(), "{:?}", report.problems);
    }

    #[test]
    fn a_wrong_key_is_no_damage() {
        let directory = tempfile::tempdir().expect("a directory");
        let (path, copy) = (directory.path().join("traces.db"), directory.path().join("copy.db"));
        exporter(&path).write(&resource(), numbered_batch(1, 2)).expect("writes");
        let wrong = StoreKey::new("another").expect("not empty");
        let error = repair_into(&path, &copy, Some(&wrong), |_| ()).expect_err("another key");
        assert!(matches!(error.problem(), StoreProblem::WrongKey), "{error}");
        assert!(!copy.exists());
    }
}
