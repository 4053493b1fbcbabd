//! Saving what can be read of a damaged store.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use opentelemetry::trace::TraceId;
use opentelemetry_sdk::trace::SpanExporter;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::contents;
use super::error::{StoreError, StoreProblem};
use super::exporter::SqliteExporter;
use super::key::StoreKey;
use super::maintenance::Progress;
use super::open::{self, Synchronous};
use super::segment_reader::SegmentReader;
use crate::json_lines::ReadSpan;

/// So many spans of a trace are put into a repaired copy at once.
const REPAIRED_TOGETHER: usize = 1000;

/// So many damaged traces are named; more are counted.
const MAX_NAMED: usize = 1000;

/// What [`repair_into`] has saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairReport {
    /// Traces of which spans were saved.
    pub traces: u64,
    /// Spans saved.
    pub spans: u64,
    /// Traces of which something, or all, could not be read.
    pub damaged_traces: u64,
    /// Which these are, in the order in which they came; 1,000 at most.
    pub damaged: Vec<DamagedTrace>,
    /// Whether the sums per hour were copied, which also count deleted traces, and those of which something is lost. Else the
    /// copy has only those of the spans that were saved.
    pub has_sums: bool,
}

impl RepairReport {
    fn add(&mut self, damaged: DamagedTrace) {
        self.damaged_traces += 1;
        if self.damaged.len() < MAX_NAMED {
            self.damaged.push(damaged);
        }
    }
}

/// A trace of which [`repair_into`] could not read all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DamagedTrace {
    /// Its number in the damaged file: traces are numbered from 1 on as they come.
    pub number: u64,
    /// Its id, unless that is lost too.
    pub trace_id: Option<TraceId>,
    /// How many of its spans were saved.
    pub saved: u64,
    /// How many it had, if its row can be read.
    pub spans: Option<u64>,
}

/// A damaged file. SQLCipher reads nothing more once a page did not fit the key, so each question may need a new connection.
struct Damaged<'a> {
    path: &'a Path,
    key: Option<&'a StoreKey>,
}

impl Damaged<'_> {
    fn open(&self) -> Result<Connection, StoreProblem> {
        open::salvage(self.path, self.key)
    }

    /// Asks with a connection of its own; `None` if the answer cannot be read.
    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        question(&self.open().ok()?).ok()
    }

    /// Returns the highest number that a trace may have. Any of the places that tell it may be what is damaged, most often the
    /// end of the file, where the newest are.
    fn last_trace(&self) -> Option<i64> {
        let told = [
            "SELECT max(id) FROM traces",
            "SELECT max(id) >> 20 FROM segments",
            "SELECT seq FROM sqlite_sequence WHERE name = 'traces'",
        ];
        let told = told
            .iter()
            .filter_map(|sql| {
                self.ask(|connection| connection.query_row(sql, [], |row| row.get(0))).flatten()
            })
            .max();
        let walked = || {
            self.ask(|connection| {
                let mut statement = connection.prepare("SELECT id FROM traces NOT INDEXED ORDER BY id")?;
                let ids = statement.query_map([], |row| row.get(0))?;
                Ok(ids.map_while(Result::ok).last())
            })
        };
        told.or_else(|| walked().flatten())
    }

    /// The ids that the index of ids has, by the number of the trace, and whether that is all of them. The index is another
    /// part of the file than the rows.
    fn ids(&self) -> (HashMap<i64, TraceId>, bool) {
        let mut ids = HashMap::new();
        // Damage ends a walk: the other one comes from the other end.
        for direction in ["ASC", "DESC"] {
            let sql = format!(
                "SELECT id, trace_id FROM traces INDEXED BY sqlite_autoindex_traces_1 ORDER BY trace_id {direction}"
            );
            let walk = self.ask(|connection| {
                let mut statement = connection.prepare(&sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    ids.insert(row.get(0)?, TraceId::from_bytes(row.get(1)?));
                }
                Ok(())
            });
            if walk.is_some() {
                return (ids, true);
            }
        }
        (ids, false)
    }

    /// What can be read of a trace, segment by segment, and whether that is all.
    fn segments(&self, trace: i64) -> (Vec<ReadSpan>, bool) {
        let ids = self.ask(|connection| {
            let mut statement = connection.prepare("SELECT id FROM segments WHERE id >= ?1 AND id < ?2")?;
            let range = (contents::first_part(trace), contents::first_part(trace + 1));
            statement.query_map(range, |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()
        });
        let (mut spans, mut is_whole) = (Vec::new(), ids.is_some());
        let mut open = None;
        for id in ids.unwrap_or_default() {
            let Some(connection) = open.take().or_else(|| self.open().ok()) else { return (spans, false) };
            let read = SegmentReader::new(&connection).and_then(|mut reader| reader.segment(trace, id));
            is_whole &= read.is_ok();
            if read.is_ok() || self.key.is_none() {
                open = Some(connection);
            }
            spans.extend(read.unwrap_or_default());
        }
        (spans, is_whole)
    }

    /// The rows of the tables of sums, as they were at one moment; `None` if one cannot be read.
    fn sums(&self) -> Option<Vec<Vec<Vec<Value>>>> {
        self.ask(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let rows = |table: &&str| {
                let mut statement = transaction.prepare(&format!("SELECT * FROM {table}"))?;
                let columns = statement.column_count();
                let rows =
                    statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
                rows.collect()
            };
            SUMS.iter().map(rows).collect()
        })
    }
}

/// The tables that count deleted traces too.
const SUMS: [&str; 3] = ["hourly", "daily", "properties"];

/// Gives the copy the sums of the damaged file, which also count what was deleted; tells whether that was possible.
fn copy_sums(from: &Damaged<'_>, into: &Path, key: Option<&StoreKey>) -> Result<bool, StoreProblem> {
    let mut target = open::writer(into, key, Synchronous::Normal, Duration::ZERO)?;
    let copied = from.sums().is_some_and(|tables| replace_sums(&mut target, tables).is_ok());
    // Only the file gets the name of the copy, so that nothing may stay in the log.
    let is_busy: i64 = target.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    target.close().map_err(|(_, error)| error)?;
    if is_busy == 0 { Ok(copied) } else { Err(StoreProblem::Busy) }
}

/// Replaces all sums or, where one of them is none that can be written, nothing.
fn replace_sums(target: &mut Connection, tables: Vec<Vec<Vec<Value>>>) -> rusqlite::Result<()> {
    let transaction = target.transaction()?;
    for (table, rows) in SUMS.iter().zip(tables) {
        transaction.execute(&format!("DELETE FROM {table}"), [])?;
        for row in rows {
            let places = vec!["?"; row.len()].join(", ");
            transaction
                .prepare_cached(&format!("INSERT INTO {table} VALUES ({places})"))?
                .execute(params_from_iter(row))?;
        }
    }
    transaction.commit()
}

/// What the row of a trace says of it.
enum Row {
    Read {
        trace_id: TraceId,
        spans: u64,
    },
    /// There is no such trace: it was deleted.
    Absent,
    Damaged,
}

fn row(connection: &Connection, trace: i64) -> Row {
    let read = connection.prepare_cached("SELECT trace_id, spans FROM traces WHERE id = ?1").and_then(
        |mut statement| {
            statement
                .query_row([trace], |row| {
                    Ok(Row::Read { trace_id: TraceId::from_bytes(row.get(0)?), spans: row.get(1)? })
                })
                .optional()
        },
    );
    read.map_or(Row::Damaged, |row| row.unwrap_or(Row::Absent))
}

/// Copies all that can be read into a new store at `into`. The damaged file and its log stay as they are.
///
/// # Errors
///
/// When `into` exists or cannot be written, or when of `path` nothing at all can be read. What is lost of single traces is no
/// error: the report names them.
pub fn repair_into(
    path: impl AsRef<Path>,
    into: impl AsRef<Path>,
    key: Option<&StoreKey>,
    mut progress: impl FnMut(Progress),
) -> Result<RepairReport, StoreError> {
    const ACTION: &str = "repair";
    let (path, into) = (path.as_ref(), into.as_ref());
    if into.exists() {
        let detail = "the file exists; choose a new name for the repaired copy".to_owned();
        return Err(StoreError::new("repair into", into, StoreProblem::Other { detail }));
    }
    let fail = |problem: StoreProblem| StoreError::new(ACTION, path, problem);
    let source = Damaged { path, key };
    let mut connection = source.open().map_err(fail)?;
    let last = source.last_trace().ok_or_else(|| fail(StoreProblem::corrupt("no trace can be read")))?;
    let mut builder = SqliteExporter::builder(into);
    if let Some(key) = key {
        builder = builder.key(key.clone());
    }
    let target = builder.build()?;
    let mut report = RepairReport::default();
    // Looked up when the first trace is damaged.
    let mut indexed_ids = None;
    let mut trace = 0;
    while trace < last {
        let mut reader = SegmentReader::new(&connection).map_err(fail)?;
        let mut is_readable = true;
        while trace < last && is_readable {
            trace += 1;
            // To try each deleted trace anew would take a tenth of a second of each.
            let is_deleted = key.is_some()
                && indexed_ids.as_ref().is_some_and(|(ids, are_all): &(HashMap<_, _>, bool)| {
                    *are_all && !ids.contains_key(&trace)
                });
            if is_deleted {
                continue;
            }
            let row = row(&connection, trace);
            let read = reader.trace(trace);
            is_readable = key.is_none() || (read.is_ok() && !matches!(row, Row::Damaged));
            let (spans, is_whole) = read.map_or_else(|_| source.segments(trace), |spans| (spans, true));
            let saved = spans.len() as u64;
            let is_all = match row {
                Row::Read { spans, .. } => is_whole && saved >= spans,
                Row::Absent | Row::Damaged => is_whole,
            };
            if !is_all {
                let (ids, are_all_ids) = indexed_ids.get_or_insert_with(|| source.ids());
                let indexed = ids.get(&trace).copied();
                let of_span = spans.first().map(|read| read.span.span_context.trace_id());
                let damaged = match row {
                    Row::Read { trace_id, spans } => Some((Some(trace_id), Some(spans))),
                    // A deleted trace is no loss, wherever its number falls.
                    Row::Absent if indexed.or(of_span).is_none() => None,
                    Row::Damaged if *are_all_ids && indexed.or(of_span).is_none() => None,
                    Row::Absent | Row::Damaged => Some((indexed.or(of_span), None)),
                };
                if let Some((trace_id, spans)) = damaged {
                    report.add(DamagedTrace { number: trace.unsigned_abs(), trace_id, saved, spans });
                }
            }
            report.traces += u64::from(!spans.is_empty());
            report.spans += saved;
            for together in spans.chunk_by(|one, other| one.resource == other.resource) {
                for batch in together.chunks(REPAIRED_TOGETHER) {
                    let resource = &batch[0].resource;
                    target.write(resource, batch.iter().map(|read| read.span.clone()).collect())?;
                }
            }
            progress(Progress { done: trace.unsigned_abs(), total: last.unsigned_abs() });
        }
        drop(reader);
        if trace < last {
            connection = source.open().map_err(fail)?;
        }
    }
    let fail = |problem| StoreError::new("repair into", into, problem);
    // Closed, as sums are replaced behind its back.
    target.shutdown().map_err(|error| fail(StoreProblem::Other { detail: error.to_string() }))?;
    report.has_sums = copy_sums(&source, into, key).map_err(fail)?;
    Ok(report)
}
