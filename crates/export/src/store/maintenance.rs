//! Work on a whole store.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::create::make_private;
use super::error::{StoreError, StoreProblem};
use super::key::StoreKey;
use super::open::{self, Synchronous};
use super::retention::{PruneReport, Retention, prune};

/// How long work on a whole store waits for writers.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// A backup copies so many pages between two reports.
const BACKUP_PAGES: i32 = 256;

/// `vacuum` gives back so many pages in one transaction, so that writers wait for milliseconds.
const VACUUM_PAGES: u32 = 512;

/// How far long work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is done: pages of a backup or `vacuum`, traces of a check or repair.
    pub done: u64,
    /// What is to be done in all, as far as it is known.
    pub total: u64,
}

/// What [`vacuum`] has given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VacuumReport {
    /// Bytes of file and log before.
    pub bytes_before: u64,
    /// Bytes of file and log after.
    pub bytes_after: u64,
}

fn writer(action: &'static str, path: &Path, key: Option<&StoreKey>) -> Result<Connection, StoreError> {
    // Creating an empty store would hide a wrong path.
    path.metadata().map_err(|error| StoreError::new(action, path, error))?;
    open::writer(path, key, Synchronous::Normal, BUSY_TIMEOUT)
        .map_err(|problem| StoreError::new(action, path, problem))
}

/// Ends at the first damage that SQLite finds in the structure of the file: work on the whole would spread it, or destroy what
/// can still be saved.
fn refuse_damage(connection: &Connection) -> Result<(), StoreProblem> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(StoreProblem::corrupt(found)) }
}

/// Deletes what exceeds the bounds, all of it, after a check of the file.
///
/// # Errors
///
/// When the file cannot be opened or written, or is damaged. What was deleted before the error stays deleted.
pub fn prune_store(
    path: impl AsRef<Path>,
    key: Option<&StoreKey>,
    retention: &Retention,
    now: SystemTime,
) -> Result<PruneReport, StoreError> {
    const ACTION: &str = "delete old traces from";
    let path = path.as_ref();
    let mut connection = writer(ACTION, path, key)?;
    refuse_damage(&connection)
        .and_then(|()| prune_all(&mut connection, retention, now))
        .map_err(|problem| StoreError::new(ACTION, path, problem))
}

fn prune_all(
    connection: &mut Connection,
    retention: &Retention,
    now: SystemTime,
) -> Result<PruneReport, StoreProblem> {
    let mut report = PruneReport::default();
    loop {
        let traces: u64 = connection.query_row("SELECT count(*) FROM traces", [], |row| row.get(0))?;
        let part = prune(connection, retention, now, (traces / 4).max(1), || false)?;
        report.traces += part.traces;
        report.spans += part.spans;
        if part.is_complete {
            return Ok(PruneReport { is_complete: true, ..report });
        }
        if retention.bounds_size() {
            // The search keeps words of deleted traces until it is tidied: as if these took room, more and more would go.
            tidy_search(connection)?;
        }
    }
}

/// Drops from the search's index what was deleted.
fn tidy_search(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO texts (texts) VALUES ('optimize')", []).map(drop)
}

/// Gives free pages back to the file system, tidies the search, and empties the log. Others may read and write meanwhile.
///
/// # Errors
///
/// When the file cannot be opened or written; it stays whole. When it is damaged; then nothing was done.
pub fn vacuum(
    path: impl AsRef<Path>,
    key: Option<&StoreKey>,
    mut progress: impl FnMut(Progress),
) -> Result<VacuumReport, StoreError> {
    const ACTION: &str = "vacuum";
    let path = path.as_ref();
    let bytes = || {
        let of = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        of(path) + of(&open::log_path(path))
    };
    let bytes_before = bytes();
    let connection = writer(ACTION, path, key)?;
    let mut work = |connection: &Connection| -> Result<(), StoreProblem> {
        let free = || connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, u64>(0));
        refuse_damage(connection)?;
        tidy_search(connection)?;
        let total = free()?;
        let mut left = total;
        while left > 0 {
            let sql = format!("PRAGMA incremental_vacuum({VACUUM_PAGES})");
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while rows.next()?.is_some() {}
            let now_left = free()?;
            if now_left >= left {
                break;
            }
            left = now_left;
            progress(Progress { done: total.saturating_sub(left), total });
        }
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    };
    work(&connection).map_err(|problem| StoreError::new(ACTION, path, problem))?;
    Ok(VacuumReport { bytes_before, bytes_after: bytes() })
}

/// Changes the key of an encrypted store. Nobody else may have it open.
///
/// # Errors
///
/// When the old key does not fit, the file is in use, or cannot be written. It then has the old key.
pub fn rekey(path: impl AsRef<Path>, old: &StoreKey, new: &StoreKey) -> Result<(), StoreError> {
    const ACTION: &str = "change the key of";
    let path = path.as_ref();
    let connection = writer(ACTION, path, Some(old))?;
    let work = |connection: &Connection| -> Result<(), StoreProblem> {
        // Every page is written anew in one transaction; with a rollback journal nothing of it stays in a log.
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
        if mode != "delete" {
            return Err(StoreProblem::Busy);
        }
        connection.pragma_update(None, "rekey", new.reveal())?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        Ok(())
    };
    work(&connection).map_err(|problem| StoreError::new(ACTION, path, problem))
}

/// Copies a store as it is at this moment, while others read and write it. The copy has the same key.
pub(super) fn backup(
    source: &Connection,
    path: &Path,
    to: &Path,
    key: Option<&StoreKey>,
    mut progress: impl FnMut(Progress),
) -> Result<(), StoreError> {
    const ACTION: &str = "back up to";
    let fail = |problem: StoreProblem| StoreError::new(ACTION, to, problem);
    if to.exists() {
        let detail = format!("the file exists; choose a new name for the copy of {path:?}");
        return Err(fail(StoreProblem::Other { detail }));
    }
    // Only whole copies have the name asked for.
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let result = copy(source, &partial, key, &mut progress).and_then(|()| {
        std::fs::File::open(&partial)?.sync_all()?;
        Ok(std::fs::rename(&partial, to)?)
    });
    result.map_err(|problem| {
        // Our own, and of no use; if it cannot be removed, the error itself matters more.
        let _ = std::fs::remove_file(&partial);
        match problem {
            // The copy is as its source is.
            problem @ StoreProblem::Corrupt { .. } => StoreError::new("back up", path, problem),
            problem => fail(problem),
        }
    })
}

fn copy(
    source: &Connection,
    to: &Path,
    key: Option<&StoreKey>,
    progress: &mut impl FnMut(Progress),
) -> Result<(), StoreProblem> {
    // A copy that was begun before and never finished.
    match std::fs::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // An empty file is a database; made here, only its owner may read it, as a store.
    make_private(to)?;
    let mut copy = Connection::open(to)?;
    if let Some(key) = key {
        copy.pragma_update(None, "key", key.reveal())?;
    }
    // One snapshot: without it the copy would begin anew whenever somebody writes.
    let transaction = source.unchecked_transaction()?;
    transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let backup = Backup::new(source, &mut copy)?;
    loop {
        let step = backup.step(BACKUP_PAGES)?;
        let at = backup.progress();
        let number = |pages: i32| u64::from(pages.unsigned_abs());
        let total = number(at.pagecount);
        progress(Progress { done: total.saturating_sub(number(at.remaining)), total });
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(StoreProblem::Busy),
        }
    }
    drop(backup);
    refuse_damage(&copy)
}
