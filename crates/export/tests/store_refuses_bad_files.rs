//! A file that is no sound store of ours is an error that says what it is, and is not changed.
#![cfg(feature = "sqlite")]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use otel_genai_export::store::{
    Retention, SqliteExporter, Store, StoreError, StoreProblem, TotalsQuery, TraceFilter, prune_store,
    repair_into, vacuum,
};
use proptest::prelude::*;
use rusqlite::Connection;
use sample_runs::{at, numbered_batch, resource, trace_id};

mod sample_runs;

/// Every file of the directory with its length and a hash of its content. Not the log's index, which is no data, nor an
/// empty log: readers leave both behind.
fn content(directory: &Path) -> Vec<(String, usize, u64)> {
    let hash = |bytes: &[u8]| {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        hasher.finish()
    };
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            (entry.file_name().into_string().expect("UTF-8"), std::fs::read(entry.path()).expect("a file"))
        })
        .filter(|(name, bytes)| !(name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty()))
        .map(|(name, bytes)| {
            let length = bytes.len();
            (name, length, hash(&bytes))
        })
        .collect();
    files.sort();
    files
}

/// A closed store of some batches.
fn sound(path: &Path) {
    let exporter = SqliteExporter::open(path).expect("opens");
    for number in 1..=30 {
        exporter.write(&resource(), numbered_batch(number, 6)).expect("writes");
    }
}

/// Tries everything that opens a file, and returns the errors.
fn try_all(path: &Path) -> Vec<StoreError> {
    let mut errors = Vec::new();
    errors.extend(SqliteExporter::open(path).err());
    errors.extend(Store::open(path).err());
    errors.extend(prune_store(path, None, &Retention::default(), at(0)).err());
    errors.extend(vacuum(path, None, |_| ()).err());
    errors
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let foreign = |journal: &str| {
        let connection = Connection::open(&path).expect("opens");
        connection.pragma_update_and_check(None, "journal_mode", journal, |_| Ok(())).expect("a mode");
        connection
            .execute_batch("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')")
            .expect("writes");
        connection
    };
    type Make<'a> = Box<dyn Fn() -> Option<Connection> + 'a>;
    type Case<'a> = (&'a str, Make<'a>, fn(&StoreProblem) -> bool);
    let cases: [Case<'_>; 7] = [
        (
            "text",
            Box::new(|| {
                std::fs::write(&path, "a text\n".repeat(1000)).expect("writes");
                None
            }),
            |problem| matches!(problem, StoreProblem::NotADatabase),
        ),
        (
            "short",
            Box::new(|| {
                std::fs::write(&path, "SQLite format 3\0").expect("writes");
                None
            }),
            |problem| matches!(problem, StoreProblem::NotADatabase),
        ),
        (
            "directory",
            Box::new(|| {
                std::fs::create_dir(&path).expect("creates");
                None
            }),
            |problem| matches!(problem, StoreProblem::NotADatabase),
        ),
        (
            "foreign",
            Box::new(|| {
                drop(foreign("DELETE"));
                None
            }),
            |problem| matches!(problem, StoreProblem::Foreign),
        ),
        // Still open, with what it wrote in its log.
        ("foreign with a log", Box::new(|| Some(foreign("WAL"))), |problem| {
            matches!(problem, StoreProblem::Foreign)
        }),
        (
            "newer schema",
            Box::new(|| {
                sound(&path);
                let connection = Connection::open(&path).expect("opens");
                connection.pragma_update(None, "user_version", 77).expect("a version");
                connection
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                    .expect("a checkpoint");
                None
            }),
            |problem| matches!(problem, StoreProblem::NewerSchema { found: 77, known: 2 }),
        ),
        (
            "cut off",
            Box::new(|| {
                sound(&path);
                let file = std::fs::OpenOptions::new().write(true).open(&path).expect("opens");
                let length = file.metadata().expect("there").len();
                file.set_len(length - 5000).expect("cuts");
                None
            }),
            |problem| matches!(problem, StoreProblem::Corrupt { .. }),
        ),
    ];
    for (name, make, is_expected) in cases {
        let _open = make();
        let before = content_or_directory(directory.path());
        let errors = try_all(&path);
        assert_eq!(errors.len(), 4, "{name}: {errors:?}");
        for error in errors {
            assert!(is_expected(error.problem()), "{name}: {error}");
            assert!(error.to_string().contains("traces.db"), "{name}: {error}");
        }
        assert_eq!(content_or_directory(directory.path()), before, "{name}");
        drop(_open);
        for entry in std::fs::read_dir(directory.path()).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { std::fs::remove_dir(&path) } else { std::fs::remove_file(&path) }
                .expect("removes");
        }
    }
    assert!(matches!(Store::open(&path).expect_err("is not there").problem(), StoreProblem::NotFound));
    assert!(matches!(
        vacuum(&path, None, |_| ()).expect_err("is not there").problem(),
        StoreProblem::NotFound
    ));
    assert!(!path.exists(), "nothing was created");
}

fn content_or_directory(directory: &Path) -> Vec<(String, usize, u64)> {
    if directory.join("traces.db").is_dir() { Vec::new() } else { content(directory) }
}

#[test]
fn a_key_without_the_feature_or_for_an_open_store_is_an_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    sound(&path);
    let before = content(directory.path());
    let key = otel_genai_export::store::StoreKey::new("secret").expect("not empty");
    let error = Store::open_encrypted(&path, key.clone()).expect_err("is not encrypted");
    assert!(matches!(error.problem(), StoreProblem::WrongKey | StoreProblem::NoEncryption), "{error}");
    let error = SqliteExporter::builder(&path).key(key).build().expect_err("is not encrypted");
    assert!(matches!(error.problem(), StoreProblem::WrongKey | StoreProblem::NoEncryption), "{error}");
    assert_eq!(content(directory.path()), before);
}

#[test]
fn another_holds_the_file_for_too_long() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::builder(&path)
        .busy_timeout(std::time::Duration::from_millis(1))
        .build()
        .expect("opens");
    let other = Connection::open(&path).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locks");
    let error = exporter.write(&resource(), numbered_batch(1, 2)).expect_err("locked");
    assert!(matches!(error.problem(), StoreProblem::Busy), "{error}");
    // Readers do not care.
    assert_eq!(Store::open(&path).expect("opens").statistics().expect("reads").traces, 0);
    other.execute_batch("ROLLBACK").expect("unlocks");
    exporter.write(&resource(), numbered_batch(1, 2)).expect("goes on");
}

/// A store in whose pages of rows bytes were overwritten, so that SQLite's own check finds it.
fn damaged(path: &Path) {
    const PAGE: usize = 4096;
    const LEAF_OF_INDEX: u8 = 10;
    sound(path);
    let mut bytes = std::fs::read(path).expect("reads");
    let mut leaves = 0;
    for page in bytes.chunks_exact_mut(PAGE).skip(1).filter(|page| page[0] == LEAF_OF_INDEX) {
        // Where the cells begin.
        page[8..12].copy_from_slice(&[0xff; 4]);
        leaves += 1;
    }
    assert!(leaves > 0, "no page of that kind");
    std::fs::write(path, bytes).expect("writes");
}

#[test]
fn a_damaged_store_is_neither_pruned_nor_compacted_nor_backed_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let copy = directory.path().join("copy.db");
    let retention = Retention::default().max_traces(std::num::NonZeroU64::MIN);
    let work: [(&str, &dyn Fn() -> Option<StoreError>); 3] = [
        ("prune", &|| prune_store(&path, None, &retention, at(0)).err()),
        ("vacuum", &|| vacuum(&path, None, |_| ()).err()),
        ("backup", &|| Store::open(&path).and_then(|store| store.backup(&copy, |_| ())).err()),
    ];
    damaged(&path);
    let before = std::fs::read(&path).expect("reads");
    for (name, work) in work {
        let error = work().expect("an error");
        assert!(matches!(error.problem(), StoreProblem::Corrupt { .. }), "{name}: {error}");
        assert!(error.to_string().contains("check --repair-into"), "{name}: {error}");
        assert_eq!(error.path(), path, "{name}");
        assert!(std::fs::read(&path).expect("reads") == before, "{name} changed it");
    }
    let left = content(directory.path());
    assert!(left.iter().all(|(name, ..)| !name.starts_with("copy")), "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_written_is_read_from() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let closed = directory.path().join("closed 100% ?#");
    std::fs::create_dir(&closed).expect("creates");
    let path = closed.join("traces.db");
    sound(&path);
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).expect("closes");
    let is_closed = std::fs::write(closed.join("probe"), "").is_err();
    let store = Store::open(&path).and_then(|store| store.statistics());
    let log = closed.join("traces.db-wal");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).expect("opens");
    assert_eq!(store.expect("reads").traces, 30);
    std::fs::write(&log, [1; 4096]).expect("writes");
    std::fs::remove_file(closed.join("traces.db-shm")).ok();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).expect("closes");
    let result = Store::open(&path);
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).expect("opens");
    // The administrator may write everywhere.
    match result {
        Ok(_) => assert!(!is_closed, "without its log"),
        Err(error) => assert!(matches!(error.problem(), StoreProblem::LogNeedsWriting), "{error}"),
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("runs");
    assert!(made.success());
    let errors = try_all(&path);
    assert_eq!(errors.len(), 4);
    assert!(errors.iter().all(|error| matches!(error.problem(), StoreProblem::NotADatabase)), "{errors:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever is damaged: no panic, no change by reading, and a check that finds nothing means that all can be read.
    #[test]
    fn damage_is_told_and_the_rest_is_saved(
        damage in prop::collection::vec((0.0..1.0_f64, prop::collection::vec(any::<u8>(), 1..200)), 1..4),
        cut in prop::option::of(0.3..1.0_f64),
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        sound(&path);
        let mut bytes = std::fs::read(&path).expect("reads");
        for (place, noise) in damage {
            // Behind the header, which has tests of its own.
            let start = 100 + ((bytes.len() - 300) as f64 * place) as usize;
            bytes[start..start + noise.len()].copy_from_slice(&noise);
        }
        if let Some(cut) = cut {
            bytes.truncate((bytes.len() as f64 * cut) as usize);
        }
        std::fs::write(&path, &bytes).expect("writes");
        let before = content(directory.path());
        let mut is_sound = false;
        if let Ok(store) = Store::open(&path) {
            let _ = store.traces(&TraceFilter::new().text("agent"));
            let _ = store.totals(&TotalsQuery::new());
            let _ = store.statistics();
            let _ = store.trace(trace_id(7));
            is_sound = store.check(|_| ()).is_ok_and(|report| report.is_sound());
            if is_sound {
                prop_assert_eq!(store.stored_traces(TraceFilter::new()).filter_map(Result::ok).count(), 30);
            }
        }
        prop_assert_eq!(&content(directory.path()), &before, "reading changes nothing");
        let saved = directory.path().join("saved.db");
        if let Ok(report) = repair_into(&path, &saved, None, |_| ()) {
            prop_assert!(!is_sound || report.traces == 30);
            let store = Store::open(&saved).expect("opens");
            prop_assert!(store.check(|_| ()).expect("checks").is_sound());
            prop_assert_eq!(store.statistics().expect("reads").spans, report.spans);
        }
        std::fs::remove_file(&saved).ok();
        let files: Vec<_> = content(directory.path()).into_iter().filter(|(name, ..)| !name.starts_with("saved")).collect();
        prop_assert_eq!(&files, &before, "repairing changes nothing");
    }
}

#[test]
fn an_interrupted_change_of_the_key_says_what_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    sound(&path);
    // As a killed `rekey` leaves it, here with no page noted yet.
    let store = std::fs::read(&path).expect("reads");
    let page_bytes = u32::from(u16::from_be_bytes([store[16], store[17]]));
    let pages = u32::try_from(store.len()).expect("small") / page_bytes;
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0, 7, pages, 512, page_bytes] {
        journal.extend_from_slice(&number.to_be_bytes());
    }
    journal.resize(512, 0);
    std::fs::write(directory.path().join("traces.db-journal"), journal).expect("writes");
    let error = Store::open(&path).expect_err("half changed");
    assert!(matches!(error.problem(), StoreProblem::HalfRekeyed), "{error}");
    assert!(error.to_string().contains("open it once for writing, by `SqliteExporter::open`"), "{error}");
    drop(SqliteExporter::open(&path).expect("undoes it"));
    assert_eq!(Store::open(&path).expect("opens").statistics().expect("reads").traces, 30);
}

#[test]
fn behind_a_damaged_trace_the_next_one_is_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    sound(&path);
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection.execute("UPDATE segments SET data = x'00' WHERE id >> 20 IN (3, 7)", []).expect("damages");
    drop(connection);
    let store = Store::open(&path).expect("opens");
    // The fourth trace holds texts that the third has brought.
    for page in [1, 3, 50] {
        let traces = store.stored_traces(TraceFilter::new().oldest_first().limit(page));
        let (read, damaged): (Vec<_>, Vec<_>) = traces.partition(Result::is_ok);
        let damaged: Vec<_> = damaged.into_iter().filter_map(|trace| trace.err()?.trace_id()).collect();
        assert_eq!(
            (read.len(), damaged),
            (27, vec![trace_id(3), trace_id(4), trace_id(7)]),
            "{page} to a page"
        );
    }
}

/// A file that was cut, and one whose end was never written.
#[test]
fn repair_saves_what_stands_before_a_lost_end() {
    const TRACES: u128 = 400;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    for number in 1..=TRACES {
        exporter.write(&resource(), numbered_batch(number, 6)).expect("writes");
    }
    drop(exporter);
    let bytes = std::fs::read(&path).expect("reads");
    for (lost, least) in [(1, 380), (4096, 380), (bytes.len() / 50, 350), (bytes.len() / 2, 50)] {
        let kept = bytes.len() - lost;
        for (name, zeros) in [("cut.db", 0), ("zeros.db", lost)] {
            let damaged = directory.path().join(name);
            let content = [&bytes[..kept], &vec![0; zeros]].concat();
            std::fs::write(&damaged, &content).expect("writes");
            let saved = directory.path().join("saved.db");
            let report = repair_into(&damaged, &saved, None, |_| ()).expect("saves");
            assert!(report.traces >= least, "{name} without {lost} bytes: {report:?}");
            assert!(report.traces == TRACES as u64 || report.damaged_traces > 0, "{report:?}");
            assert_eq!(report.damaged.len() as u64, report.damaged_traces);
            for damaged in &report.damaged {
                let id = damaged.trace_id.unwrap_or_else(|| trace_id(damaged.number.into()));
                assert_eq!(id, trace_id(damaged.number.into()), "{damaged:?}");
            }
            let store = Store::open(&saved).expect("opens");
            assert!(store.check(|_| ()).expect("checks").is_sound());
            assert_eq!(store.statistics().expect("reads").spans, report.spans);
            assert!(std::fs::read(&damaged).expect("reads") == content, "changed");
            std::fs::remove_file(&saved).expect("removes");
        }
    }
}

#[test]
fn repair_saves_what_is_in_the_log_and_leaves_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let source = directory.path().join("running.db");
    // Copied while it is open: what it holds is in the log.
    let exporter = SqliteExporter::open(&source).expect("opens");
    for number in 1..=10 {
        exporter.write(&resource(), numbered_batch(number, 6)).expect("writes");
    }
    let path = directory.path().join("traces.db");
    let log = directory.path().join("traces.db-wal");
    std::fs::copy(&source, &path).expect("copies");
    std::fs::copy(directory.path().join("running.db-wal"), &log).expect("copies");
    let before = (std::fs::read(&path).expect("reads"), std::fs::read(&log).expect("reads"));
    let saved = directory.path().join("saved.db");
    let report = repair_into(&path, &saved, None, |_| ()).expect("saves");
    assert_eq!((report.traces, report.spans, report.damaged_traces), (10, 60, 0));
    assert!((std::fs::read(&path).expect("reads"), std::fs::read(&log).expect("reads")) == before, "changed");
    let error = repair_into(&path, &saved, None, |_| ()).expect_err("exists");
    assert!(error.to_string().contains("the file exists"), "{error}");
}
