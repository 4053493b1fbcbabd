//! A store is there whole or not at all: whoever is killed while it is made, and however many start on it together.
//!
//! `STORE_ROUNDS=500` makes as many new stores; without it 12, or 4 encrypted ones.
#![cfg(feature = "sqlite")]

use std::path::Path;

use otel_genai_export::store::StoreProblem;
use sample_runs::{OtherProcess, exporter, numbered_batch, resource, store};

mod sample_runs;

const WRITERS: u128 = 6;
const READERS: usize = 3;

fn rounds() -> u64 {
    // Nine processes in each round turn the key into the file's, which is made to take its time.
    let rounds = if cfg!(feature = "encryption") { 4 } else { 12 };
    std::env::var("STORE_ROUNDS").map_or(rounds, |rounds| rounds.parse().expect("a number of rounds"))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

#[test]
fn all_that_start_together_get_the_same_store() {
    for round in 0..rounds() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        if round % 2 == 1 {
            // Made in advance by the user.
            std::fs::write(&path, "").expect("writes");
        }
        let name = path.to_str().expect("UTF-8");
        let mut others: Vec<OtherProcess> = (0..WRITERS)
            .map(|number| {
                let number = number.to_string();
                let variables = [("STORE_PATH", name), ("STORE_NUMBER", number.as_str())];
                OtherProcess::start("opens_and_writes_when_told", &variables)
            })
            .chain((0..READERS).map(|_| OtherProcess::start("opens_when_told", &[("STORE_PATH", name)])))
            .collect();
        for other in &mut others {
            assert_eq!(other.line().as_deref(), Some("ready"));
        }
        std::fs::write(directory.path().join("go"), "").expect("writes");
        for other in others {
            assert!(other.wait(), "a process failed in round {round}");
        }
        let opened = store(&path).expect("opens");
        assert!(opened.check(|_| ()).expect("checks").is_sound());
        assert_eq!(opened.statistics().expect("reads").traces, WRITERS as u64);
        let left: Vec<_> =
            names(directory.path()).into_iter().filter(|name| name.contains(".new-")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn who_is_killed_while_it_makes_a_store_stops_nobody() {
    for round in 0..rounds() * 2 {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let name = path.to_str().expect("UTF-8");
        let variables = [("STORE_PATH", name), ("STORE_NUMBER", "0")];
        let mut killed = OtherProcess::start("opens_and_writes_when_told", &variables);
        assert_eq!(killed.line().as_deref(), Some("ready"));
        std::fs::write(directory.path().join("go"), "").expect("writes");
        while names(directory.path()).len() < 2 {
            std::thread::yield_now();
        }
        for _ in 0..round * 300 {
            std::hint::spin_loop();
            std::thread::yield_now();
        }
        killed.child.kill().expect("kills");
        killed.child.wait().expect("waits");
        match store(&path) {
            Ok(store) => assert!(store.check(|_| ()).expect("checks").is_sound()),
            Err(error) => {
                assert!(matches!(error.problem(), StoreProblem::NotFound), "round {round}: {error}");
            }
        }
        exporter(&path).write(&resource(), numbered_batch(2, 3)).expect("writes");
        let opened = store(&path).expect("opens");
        assert!(opened.check(|_| ()).expect("checks").is_sound());
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("deep/traces.db");
    let _writer = exporter(&path);
    for name in ["traces.db", "traces.db-wal"] {
        let mode = path.with_file_name(name).metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
