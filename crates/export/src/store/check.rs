//! Looking for damage in a whole store.

use rusqlite::Connection;

use super::error::{StoreError, StoreProblem};
use super::maintenance::Progress;
use super::segment_reader::SegmentReader;
use super::trace_row::{self, TraceRow};

/// So many problems of the structure are named, so that there is room for the traces that they cost.
const STRUCTURE_PROBLEMS: usize = 50;

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
