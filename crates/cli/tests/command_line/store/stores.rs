//! Stores that questions are asked of.

use super::runs;
use crate::program::{Ended, Scratch};

impl Scratch {
    /// With a store `s.db` of a few runs whose every figure is known; see [`runs`].
    pub(crate) fn with_runs() -> Self {
        let scratch = Self::new();
        scratch.write("runs.jsonl", runs::lines());
        assert_eq!(
            scratch.run(&["import", "runs.jsonl", "--store", "s.db"]).success(),
            "stored 6 new spans in s.db\n"
        );
        scratch
    }

    /// With a store `s.db` of traces that other libraries recorded, processed as a user would.
    pub(crate) fn with_captures() -> Self {
        let scratch = Self::new();
        scratch.write("raw.jsonl", runs::captured());
        let full = ["--set", "redaction.content=full"];
        let process = ["process", "--quiet", "--input", "raw.jsonl", "--output", "captures.jsonl"];
        scratch.run(&[&process[..], &full].concat()).success();
        assert_eq!(
            scratch.run(&["import", "captures.jsonl", "--store", "s.db"]).success(),
            "stored 67 new spans in s.db\n"
        );
        scratch
    }

    /// Runs the program on the store `s.db`.
    pub(crate) fn on_store(&self, arguments: &[&str]) -> Ended {
        self.run(&[arguments, &["--store", "s.db"]].concat())
    }

    /// Does to the store `s.db` what only damage does.
    pub(crate) fn damage(&self, sql: &str) {
        let store = rusqlite::Connection::open(self.path().join("s.db")).expect("opens");
        store.execute_batch(sql).expect("runs");
        store.close().expect("closes");
    }
}
