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
use super::segment_reader::SegmentReader;
use super::trace_row::{self, TraceRow};

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

/// What [`Store::check`](super::Store::check) found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Traces read.
    pub traces: u64,
    /// Spans read.
    pub spans: u64,
    /// What is wrong, in words, 100 at most; empty if all is well.
    pub problems: Vec<String>,
    /// How many problems more there are.
    pub more: u64,
}

impl CheckReport {
    /// Tells whether all is well.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn add(&mut self, problem: String) {
        const MAX_PROBLEMS: usize = 100;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    fn add_of_structure(&mut self, problem: String) {
        match self.problems.len() {
            ..STRUCTURE_PROBLEMS => self.problems.push(problem),
            STRUCTURE_PROBLEMS => self.problems.push("there is more of this kind".to_owned()),
            _ => {}
        }
    }

    /// Adds what is wrong if that is damage; any other error is none of the file's.
    pub(super) fn add_damage<T>(&mut self, read: Result<T, StoreError>) -> Result<(), StoreError> {
        let Err(error) = read else { return Ok(()) };
        let StoreProblem::Corrupt { detail } = error.problem() else { return Err(error) };
        let name = error.trace_id().map(|id| format!("trace {id}: ")).unwrap_or_default();
        let detail = detail.strip_prefix(&name).unwrap_or(detail);
        for line in detail.lines().filter(|line| !line.starts_with("***")) {
            self.add(format!("{name}{line}"));
        }
        Ok(())
    }
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

/// So many problems of the structure are named, so that there is room for the traces that they cost.
const STRUCTURE_PROBLEMS: usize = 50;

/// Looks at each page of an encrypted file, as it stands there without the log.
pub(super) fn check_pages(connection: &Connection, report: &mut CheckReport) -> Result<(), StoreProblem> {
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.add_of_structure(row.get(0)?);
    }
    Ok(())
}

/// Runs SQLite's own check, unless damage is known.
pub(super) fn check_structure(
    connection: &Connection,
    is_encrypted: bool,
    report: &mut CheckReport,
) -> Result<(), StoreProblem> {
    if !report.is_sound() {
        return Ok(());
    }
    let checked = integrity_check(connection, report);
    match checked {
        // What SQLCipher says of a page after the first that does not fit the key.
        Err(StoreProblem::Other { detail }) if is_encrypted => Err(StoreProblem::Corrupt { detail }),
        other => other,
    }
}

fn integrity_check(connection: &Connection, report: &mut CheckReport) -> Result<(), StoreProblem> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({STRUCTURE_PROBLEMS})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        // SQLite says several things in one row, below a title.
        let lines = line.lines().filter(|line| *line != "ok" && !line.starts_with("***"));
        lines.for_each(|line| report.add_of_structure(line.to_owned()));
    }
    Ok(())
}

/// Reads every trace as readers see it, and looks whether its rows say the same.
pub(super) fn check_traces(
    connection: &Connection,
    mut progress: impl FnMut(Progress),
    report: &mut CheckReport,
) -> Result<(), StoreProblem> {
    let transaction = connection.unchecked_transaction()?;
    let strays = [
        ("spans", "SELECT count(*) FROM spans WHERE trace NOT IN (SELECT id FROM traces)"),
        ("segments", "SELECT count(*) FROM segments WHERE id >> 20 NOT IN (SELECT id FROM traces)"),
        ("labels", "SELECT count(*) FROM labels WHERE trace NOT IN (SELECT id FROM traces)"),
        (
            "texts",
            "SELECT count(*) FROM contents AS c WHERE c.id >> 20 NOT IN (SELECT id FROM traces) \
             AND NOT EXISTS (SELECT 1 FROM content_uses AS u WHERE u.content = c.id)",
        ),
    ];
    for (what, sql) in strays {
        let count: u64 = transaction.query_row(sql, [], |row| row.get(0))?;
        if count > 0 {
            report.add(format!("{count} {what} belong to no trace"));
        }
    }
    let total = transaction.query_row("SELECT count(*) FROM traces", [], |row| row.get(0))?;
    let mut reader = SegmentReader::new(&transaction)?;
    let sql = format!("{} FROM traces AS t ORDER BY t.id", trace_row::select_columns());
    let mut statement = transaction.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let row = TraceRow::read(row)?;
        report.traces += 1;
        check_trace(&transaction, &mut reader, &row, report)?;
        progress(Progress { done: report.traces, total });
    }
    Ok(())
}

fn check_trace(
    connection: &Connection,
    reader: &mut SegmentReader<'_>,
    row: &TraceRow,
    report: &mut CheckReport,
) -> Result<(), StoreProblem> {
    let name = opentelemetry::trace::TraceId::from_bytes(row.trace_id);
    let columns: i64 = connection
        .prepare_cached("SELECT count(*) FROM spans WHERE trace = ?1")?
        .query_row([row.id], |row| row.get(0))?;
    match reader.trace(row.id) {
        Ok(spans) => {
            report.spans += spans.len() as u64;
            let read = i64::try_from(spans.len()).unwrap_or(i64::MAX);
            if read != row.spans || columns != row.spans {
                report.add(format!(
                    "trace {name}: its row says {} spans, {columns} have columns, {read} can be read",
                    row.spans
                ));
            }
            if spans.iter().any(|read| read.span.span_context.trace_id() != name) {
                report.add(format!("trace {name}: holds spans of another trace"));
            }
        }
        Err(problem) => report.add(format!("trace {name}: {problem}")),
    }
    Ok(())
}
