//! Keeping a store within bounds.

use std::num::NonZeroU64;
use std::time::{Duration, SystemTime};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::codec::Encoder;
use super::contents::{first_part, trace_of};
use super::error::StoreProblem;
use super::facts::nanoseconds;
use super::open;
use super::segment_reader::SegmentReader;

/// So many traces are deleted in one transaction, so that other writers wait for milliseconds.
const TRACES_PER_TRANSACTION: u64 = 16;

/// What a store may hold. Without a bound it grows for ever.
///
/// What exceeds a bound is deleted, whole traces, the one that began first first. Sums per hour
/// ([`Store::totals`](super::Store::totals)) stay: what was spent does not change with what is kept.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU64;
/// use std::time::Duration;
/// use otel_genai_export::store::Retention;
///
/// let month = Duration::from_secs(30 * 24 * 3600);
/// let retention = Retention::default().max_age(month).max_bytes(NonZeroU64::MIN.saturating_add(1 << 30));
/// # let _ = retention;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Retention {
    max_age: Option<Duration>,
    max_bytes: Option<NonZeroU64>,
    max_traces: Option<NonZeroU64>,
}

impl Retention {
    /// Deletes traces whose last span ended longer ago than this.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Deletes the oldest traces while the pages in use take more than so many bytes.
    ///
    /// Pages that became free are used again, so the file stops growing but does not shrink by itself; the write-ahead log
    /// (32 MiB, commonly) comes on top. A bound that a store exceeds without any trace (some 150 kB, and its sums per hour) is
    /// an error where it is used, and deletes nothing.
    pub fn max_bytes(mut self, bytes: NonZeroU64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Deletes the oldest traces while there are more than this.
    pub fn max_traces(mut self, traces: NonZeroU64) -> Self {
        self.max_traces = Some(traces);
        self
    }

    pub(super) fn bounds_size(&self) -> bool {
        self.max_bytes.is_some()
    }

    /// Tells whether there is any bound.
    pub fn is_bounded(&self) -> bool {
        *self != Self::default()
    }
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PruneReport {
    /// Traces deleted.
    pub traces: u64,
    /// Their spans.
    pub spans: u64,
    /// Whether the store is within its bounds now; else time was up before.
    pub is_complete: bool,
}

/// Deletes what is too much, `most` traces, until `is_time_up`.
pub(super) fn prune(
    connection: &mut Connection,
    retention: &Retention,
    now: SystemTime,
    most: u64,
    mut is_time_up: impl FnMut() -> bool,
) -> Result<PruneReport, StoreProblem> {
    let mut report = PruneReport::default();
    let cutoff = retention.max_age.and_then(|age| now.checked_sub(age)).map(nanoseconds);
    if let Some(bytes) = retention.max_bytes
        && used_bytes(connection)? > bytes.get()
    {
        refuse_below(bytes, least_bytes(connection)?)?;
    }
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        open::refuse_newer(&transaction)?;
        let mut excess = count_excess(&transaction, retention)?;
        let before = report;
        for _ in 0..TRACES_PER_TRANSACTION.min(most - report.traces) {
            let is_too_large = match retention.max_bytes {
                Some(bytes) => used_bytes(&transaction)? > bytes.get(),
                None => false,
            };
            let Some(trace) = next(&transaction, cutoff, excess > 0 || is_too_large)? else {
                report.is_complete = true;
                break;
            };
            report.spans += delete(&transaction, trace)?;
            report.traces += 1;
            excess = excess.saturating_sub(1);
        }
        if report.traces == before.traces {
            return Ok(report);
        }
        count(&transaction, "pruned_traces", report.traces - before.traces)?;
        count(&transaction, "pruned_spans", report.spans - before.spans)?;
        transaction.commit()?;
        if report.is_complete || report.traces >= most || is_time_up() {
            return Ok(report);
        }
    }
}

/// How many traces there are too many.
fn count_excess(connection: &Connection, retention: &Retention) -> rusqlite::Result<u64> {
    let Some(max) = retention.max_traces else { return Ok(0) };
    let traces: u64 = connection.query_row("SELECT count(*) FROM traces", [], |row| row.get(0))?;
    Ok(traces.saturating_sub(max.get()))
}

/// The next trace to go.
fn next(connection: &Connection, cutoff: Option<i64>, any: bool) -> rusqlite::Result<Option<i64>> {
    if any {
        return connection
            .prepare_cached("SELECT id FROM traces ORDER BY start_ns, id LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional();
    }
    let Some(cutoff) = cutoff else { return Ok(None) };
    connection
        .prepare_cached(
            "SELECT id FROM traces WHERE start_ns < ?1 AND end_ns < ?1 ORDER BY start_ns, id LIMIT 1",
        )?
        .query_row([cutoff], |row| row.get(0))
        .optional()
}

/// Refuses a bound that not even a store without traces keeps within, whatever is in it otherwise.
pub(super) fn refuse_senseless(connection: &Connection, retention: &Retention) -> Result<(), StoreProblem> {
    match retention.max_bytes {
        Some(bytes) => refuse_below(bytes, empty_bytes(connection)?),
        None => Ok(()),
    }
}

fn refuse_below(bound: NonZeroU64, smallest: u64) -> Result<(), StoreProblem> {
    if bound.get() < smallest {
        return Err(StoreProblem::BoundTooSmall { bound: bound.get(), smallest });
    }
    Ok(())
}

/// The bytes that a new store takes: each table and index has a page, the schema some, and one tells where free ones are.
fn empty_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let trees: u64 =
        connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE rootpage > 0", [], |row| row.get(0))?;
    Ok((trees + pages_of(connection, "sqlite_schema")? + 1) * page_bytes(connection)?)
}

/// The bytes that stay in use when all traces are deleted: those of a new store, and the sums.
pub(super) fn least_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let page_bytes = page_bytes(connection)?;
    let sums = pages_of(connection, "hourly")? + pages_of(connection, "daily")?;
    let pages: u64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    // Five bytes for every page of the file say what it is for, as long as no `vacuum` has cut it off.
    let map = (pages * 5).checked_div(page_bytes).unwrap_or_default();
    Ok(empty_bytes(connection)? + (sums.saturating_sub(2) + map) * page_bytes)
}

fn pages_of(connection: &Connection, tree: &str) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM dbstat WHERE name = ?1")?
        .query_row([tree], |row| row.get(0))
}

/// The bytes of the pages in use.
pub(super) fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
    Ok(pragma("page_count")?.saturating_sub(pragma("freelist_count")?) * page_bytes(connection)?)
}

/// The size of a page. With a key SQLCipher answers in its own way: by a text.
pub(super) fn page_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let value = connection.pragma_query_value(None, "page_size", |row| row.get::<_, Value>(0))?;
    match value {
        Value::Integer(bytes) => Ok(bytes.unsigned_abs()),
        Value::Text(bytes) => Ok(bytes.parse().unwrap_or_default()),
        other => Err(rusqlite::Error::InvalidColumnType(0, "page_size".to_owned(), other.data_type())),
    }
}

/// Deletes a trace and what only it holds; returns how many spans it had.
fn delete(transaction: &Transaction<'_>, trace: i64) -> Result<u64, StoreProblem> {
    let range = params![first_part(trace), first_part(trace + 1)];
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| transaction.prepare_cached(sql)?.execute(values);
    let used: Vec<i64> = transaction
        .prepare_cached("SELECT content FROM content_uses WHERE trace = ?1")?
        .query_map([trace], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    run("DELETE FROM content_uses WHERE trace = ?1", params![trace])?;
    // What other traces hold too stays, with the number that it has.
    keep_shared_texts(transaction, trace)?;
    run(
        "DELETE FROM contents WHERE id >= ?1 AND id < ?2 \
         AND NOT EXISTS (SELECT 1 FROM content_uses AS u WHERE u.content = contents.id)",
        range,
    )?;
    for content in used {
        run(
            "DELETE FROM contents WHERE id = ?1 \
             AND NOT EXISTS (SELECT 1 FROM content_uses WHERE content = ?1) \
             AND NOT EXISTS (SELECT 1 FROM traces WHERE id = ?2)",
            params![content, trace_of(content)],
        )?;
    }
    let segments: Vec<i64> = transaction
        .prepare_cached("SELECT id FROM segments WHERE id >= ?1 AND id < ?2")?
        .query_map(range, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for segment in segments {
        run("DELETE FROM texts WHERE rowid = ?1", params![segment])?;
    }
    run("DELETE FROM segments WHERE id >= ?1 AND id < ?2", range)?;
    run("DELETE FROM labels WHERE trace = ?1", params![trace])?;
    let spans = run("DELETE FROM spans WHERE trace = ?1", params![trace])?;
    run("DELETE FROM traces WHERE id = ?1", params![trace])?;
    Ok(spans as u64)
}

/// Gives the texts of a trace that others hold too rows of their own: the segments in which they stand are deleted.
fn keep_shared_texts(transaction: &Transaction<'_>, trace: i64) -> Result<(), StoreProblem> {
    let shared: Vec<i64> = transaction
        .prepare_cached(
            "SELECT id FROM contents WHERE id >= ?1 AND id < ?2 AND segment IS NOT NULL \
             AND EXISTS (SELECT 1 FROM content_uses AS u WHERE u.content = contents.id)",
        )?
        .query_map(params![first_part(trace), first_part(trace + 1)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if shared.is_empty() {
        return Ok(());
    }
    let (mut reader, mut encoder) = (SegmentReader::new(transaction)?, Encoder::new()?);
    for content in shared {
        let text = match reader.content(content) {
            Ok(text) => text,
            // It is lost already, which its readers are told. Without its row, it is stored again when it comes again.
            Err(StoreProblem::Corrupt { .. }) => {
                transaction.prepare_cached("DELETE FROM contents WHERE id = ?1")?.execute([content])?;
                continue;
            }
            Err(problem) => return Err(problem),
        };
        transaction
            .prepare_cached("UPDATE contents SET data = ?2, segment = NULL, start = NULL WHERE id = ?1")?
            .execute(params![content, encoder.text(text.as_bytes())?])?;
    }
    Ok(())
}

/// Adds to a number in `properties`.
fn count(connection: &Connection, name: &str, more: u64) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO properties (name, value) VALUES (?1, ?2) \
         ON CONFLICT DO UPDATE SET value = value + excluded.value",
        params![name, more],
    )?;
    Ok(())
}
