//! How the writers of several processes take turns.
//!
//! SQLite hands its lock to whoever asks first when it is free. Somebody who writes batch after batch gives it back for
//! moments only, and whoever waits looks after ever longer sleeps, up to 100 ms: with SQLite's own waiting, one of three busy
//! writers went without a turn for more than five seconds.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::StoreProblem;

/// How often a waiting writer looks.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// After a batch, a writer that is not alone leaves the file to the others for a 20th of the time that the batch took.
const SHARE_OF_OTHERS: u32 = 20;

/// Longer than this, nobody who looks every millisecond needs.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// Begins a transaction that writes, once no other process does.
pub(super) fn begin(connection: &Connection, timeout: Duration) -> Result<Transaction<'_>, StoreProblem> {
    let start = Instant::now();
    connection.busy_timeout(Duration::ZERO)?;
    let transaction = loop {
        let begun = Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
        match begun.map_err(StoreProblem::from) {
            Err(StoreProblem::Busy) if start.elapsed() < timeout => thread::sleep(LOOK_AGAIN),
            result => break result,
        }
    };
    // What comes within a transaction waits for readers and for whoever closes the file, as SQLite does.
    connection.busy_timeout(timeout)?;
    transaction
}

/// Tells whether others have entered as writers. Must be called within the transaction.
pub(super) fn are_others(connection: &Connection, writer: Option<i64>) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM writers WHERE id IS NOT ?1)")?
        .query_row([writer], |row| row.get(0))
}

/// Lets others have their turn after a batch that took so long.
pub(super) fn let_others(batch: Duration) {
    thread::sleep((batch / SHARE_OF_OTHERS).min(LONGEST_PAUSE));
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    /// Ends the other thread, also when this one fails.
    struct DoneAtTheEnd<'a>(&'a AtomicBool);

    impl Drop for DoneAtTheEnd<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_waits_has_a_turn_though_another_writes_on_and_on() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("turns.db");
        let open = || Connection::open(&path).expect("opens");
        let create = "PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER)";
        open().execute_batch(create).expect("creates");
        let write = |connection: &Connection, rows: u32| {
            let transaction = begin(connection, TIMEOUT).expect("a turn");
            let begun = Instant::now();
            for number in 0..rows {
                transaction.execute("INSERT INTO numbers VALUES (?1)", [number]).expect("inserts");
            }
            transaction.commit().expect("commits");
            begun.elapsed()
        };
        let (is_done, batches) = (AtomicBool::new(false), AtomicU32::new(0));
        thread::scope(|scope| {
            let _done = DoneAtTheEnd(&is_done);
            scope.spawn(|| {
                let connection = open();
                while !is_done.load(Ordering::Relaxed) {
                    let_others(write(&connection, 2000));
                    batches.fetch_add(1, Ordering::Relaxed);
                }
            });
            let connection = open();
            while batches.load(Ordering::Relaxed) == 0 {
                thread::yield_now();
            }
            let waited: Vec<u32> = (0..20)
                .map(|_| {
                    let before = batches.load(Ordering::Relaxed);
                    write(&connection, 1);
                    batches.load(Ordering::Relaxed) - before
                })
                .collect();
            // Left to SQLite, twenty turns did not come in ten minutes.
            assert!(waited.iter().sum::<u32>() < 20 * 10, "batches until each turn: {waited:?}");
        });
    }

    #[test]
    fn a_file_that_stays_taken_is_busy() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("turns.db");
        let (one, other) = (Connection::open(&path).expect("opens"), Connection::open(&path).expect("opens"));
        let taken = begin(&one, TIMEOUT).expect("nobody has it");
        assert!(matches!(begin(&other, Duration::from_millis(5)), Err(StoreProblem::Busy)));
        taken.rollback().expect("ends");
        begin(&other, TIMEOUT).expect("it is free");
    }
}
