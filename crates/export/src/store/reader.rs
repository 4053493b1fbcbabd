//! Reading a store.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use rusqlite::{Connection, params};

use super::check::{self, CheckReport};
use super::error::{StoreError, StoreProblem};
use super::facts::nanoseconds;
use super::filter::{TraceCursor, TraceFilter};
use super::key::StoreKey;
use super::list::{self, TracePage};
use super::maintenance::{self, Progress};
use super::open;
use super::process;
use super::query::{self, SqlValue};
use super::segment_reader::SegmentReader;
use super::statistics::{self, StoreStatistics};
use super::stored_trace::StoredTrace;
use super::summary::TraceSummary;
use super::totals::{self, TotalsQuery, TotalsRow};
use super::trace_row::TraceRow;

/// Reads the file that [`SqliteExporter`](super::SqliteExporter) writes, also while it is written.
///
/// Opens the file for reading only and never waits for writers. Each method sees the file as it is when it is called. What
/// changes a store are functions: [`prune_store`](super::prune_store), [`vacuum`](super::vacuum),
/// [`rekey`](super::rekey), [`repair_into`](super::repair_into).
///
/// # Examples
///
/// ```
/// use otel_genai_export::store::{SqliteExporter, Store, TotalsBy, TotalsQuery, TraceFilter};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("traces.db");
/// # let _writer = SqliteExporter::open(&path)?;
/// let store = Store::open(&path)?;
/// for trace in store.traces(&TraceFilter::new().model("gpt-4o").min_cost(0.01))?.traces {
///     println!("{} {:?} {:?}", trace.trace_id, trace.name, trace.cost);
/// }
/// for row in store.totals(&TotalsQuery::new().by(TotalsBy::Day).by(TotalsBy::Model))? {
///     println!("{:?} {:?} {}", row.time, row.model, row.cost);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    key: Option<StoreKey>,
    connection: RefCell<Connection>,
    /// Whether the next one to read needs a new connection.
    is_dead: Cell<bool>,
}

impl Store {
    /// Opens a store for reading.
    ///
    /// # Errors
    ///
    /// When the file does not exist, cannot be read, is not a store, is encrypted, or has a newer schema.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_as(path.into(), None)
    }

    /// Opens an encrypted store for reading.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open), and when the key does not fit.
    pub fn open_encrypted(path: impl Into<PathBuf>, key: StoreKey) -> Result<Self, StoreError> {
        Self::open_as(path.into(), Some(key))
    }

    fn open_as(path: PathBuf, key: Option<StoreKey>) -> Result<Self, StoreError> {
        let connection =
            open::reader(&path, key.as_ref()).map_err(|problem| StoreError::new("open", &path, problem))?;
        Ok(Self { path, key, connection: connection.into(), is_dead: Cell::new(false) })
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists traces, page by page: [`TracePage::next`] and [`TraceFilter::after`] continue.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn traces(&self, filter: &TraceFilter) -> Result<TracePage, StoreError> {
        self.read("list traces of", |connection| list::page(connection, filter, SystemTime::now()))
    }

    /// Reads one trace with all its spans; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn trace(&self, trace_id: TraceId) -> Result<Option<StoredTrace>, StoreError> {
        let read = |connection: &Connection| {
            // One snapshot: the row and the spans belong together.
            let transaction = connection.unchecked_transaction()?;
            let Some(row) = TraceRow::find(&transaction, trace_id.to_bytes())? else { return Ok(None) };
            let spans = SegmentReader::new(&transaction)?.trace(row.id)?;
            let ended = process::ended(&transaction, nanoseconds(SystemTime::now()))?;
            Ok(Some(StoredTrace { summary: TraceSummary::new(row, &ended), spans }))
        };
        self.read("read a trace of", read).map_err(|error| error.of_trace(trace_id))
    }

    /// Finds the traces whose id begins with `prefix`, in hexadecimal digits; ten at most.
    ///
    /// # Errors
    ///
    /// When the file cannot be read. A prefix that is not hexadecimal finds nothing.
    pub fn find(&self, prefix: &str) -> Result<Vec<TraceId>, StoreError> {
        let Some((low, high)) = id_range(prefix) else { return Ok(Vec::new()) };
        self.read("find a trace in", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT trace_id FROM traces WHERE trace_id >= ?1 AND trace_id <= ?2 ORDER BY trace_id LIMIT 10",
            )?;
            let ids = statement.query_map(params![low, high], |row| row.get(0).map(TraceId::from_bytes))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// Reads the traces that a filter asks for, with their spans, one after the other: for exports of everything.
    ///
    /// A trace that is damaged is an error with a [`trace_id`](StoreError::trace_id), and the next one follows. Any other error
    /// is the last that comes. The filter's limit is how many are looked up at a time, not how many come.
    pub fn stored_traces(&self, filter: TraceFilter) -> StoredTraces<'_> {
        StoredTraces { store: self, filter, ready: Vec::new().into_iter(), next: None, has_ended: false }
    }

    /// Reads totals from the sums per hour, which also count what retention has deleted.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn totals(&self, query: &TotalsQuery) -> Result<Vec<TotalsRow>, StoreError> {
        self.read("read totals of", |connection| totals::totals(connection, query))
    }

    /// Tells what the store holds, and how large it is. Reads the row of every trace.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn statistics(&self) -> Result<StoreStatistics, StoreError> {
        let log_bytes = open::log_path(&self.path).metadata().map_or(0, |metadata| metadata.len());
        self.read("read statistics of", |connection| {
            statistics::statistics(connection, log_bytes, SystemTime::now())
        })
    }

    /// Runs one SQL query that only reads; `row` gets the names of the columns and each row, until it breaks off.
    ///
    /// Tables and views are in `docs/store.md`; `llm_calls` and `agent_runs` are made for this. A query can neither change
    /// the file nor read another one. Returns the names of the columns.
    ///
    /// # Errors
    ///
    /// When the query is not valid or does anything but read, or when the file cannot be read.
    pub fn sql(
        &self,
        query: &str,
        row: impl FnMut(&[String], &[SqlValue]) -> ControlFlow<()>,
    ) -> Result<Vec<String>, StoreError> {
        self.read("query", |connection| query::run(connection, query, row))
    }

    /// Copies the store as it is at this moment to a new file, while others read and write it. The copy has the same key.
    ///
    /// # Errors
    ///
    /// When `to` exists or cannot be written, or the store cannot be read. Then there is no file `to`.
    pub fn backup(&self, to: impl AsRef<Path>, progress: impl FnMut(Progress)) -> Result<(), StoreError> {
        let copied = maintenance::backup(
            &self.connection.borrow(),
            &self.path,
            to.as_ref(),
            self.key.as_ref(),
            progress,
        );
        self.is_dead.set(self.is_dead.get() || (copied.is_err() && self.key.is_some()));
        copied
    }

    /// Looks at everything: SQLite's own check, then every trace as readers see it. Changes nothing.
    ///
    /// # Errors
    ///
    /// When the file cannot be read at all; damage that can be named is in the report.
    pub fn check(&self, mut progress: impl FnMut(Progress)) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        // SQLCipher looks at the pages without their log, which may have newer ones.
        let has_log = open::log_path(&self.path).metadata().is_ok_and(|metadata| metadata.len() > 0);
        let structure = self.read("check", |connection| {
            if self.key.is_some() && !has_log {
                check::check_pages(connection, &mut report)?;
            }
            check::check_structure(connection, self.key.is_some(), &mut report)
        });
        report.add_damage(structure)?;
        if report.is_sound() {
            let traces =
                self.read("check", |connection| check::check_traces(connection, &mut progress, &mut report));
            report.add_damage(traces)?;
            return Ok(report);
        }
        // What is damaged is known; which traces that costs is seen by reading them, each for itself.
        let total = self.statistics().map_or(0, |statistics| statistics.traces);
        for trace in self.stored_traces(TraceFilter::new().oldest_first()) {
            report.spans += trace.as_ref().map_or(0, |trace| trace.spans.len() as u64);
            let is_listed = trace.as_ref().err().is_none_or(|error| error.trace_id().is_some());
            report.traces += u64::from(is_listed);
            report.add_damage(trace)?;
            if !is_listed {
                report.add("the traces behind this cannot be listed".to_owned());
            }
            progress(Progress { done: report.traces, total });
        }
        Ok(report)
    }

    /// Reads with the open file; one that is damaged is opened afresh for whoever reads next.
    fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, StoreProblem>,
    ) -> Result<T, StoreError> {
        // Whoever reads within `work` of another keeps the connection as it is.
        if self.is_dead.get()
            && let Ok(mut connection) = self.connection.try_borrow_mut()
        {
            *connection = open::reader(&self.path, self.key.as_ref())
                .map_err(|problem| StoreError::new(action, &self.path, problem))?;
            self.is_dead.set(false);
        }
        let result = work(&self.connection.borrow());
        result.map_err(|problem| StoreError::new(action, &self.path, self.with_key(problem)))
    }

    /// Returns what a problem is of an encrypted file. SQLCipher says that memory is short when a page does not fit the key,
    /// and reads nothing more with that connection.
    fn with_key(&self, problem: StoreProblem) -> StoreProblem {
        if self.key.is_none() {
            return problem;
        }
        self.is_dead.set(true);
        match problem {
            StoreProblem::OutOfMemory => {
                StoreProblem::corrupt("a page does not fit the key, or there is not enough memory")
            }
            other => other,
        }
    }
}

/// The traces that a filter asks for; see [`Store::stored_traces`].
#[derive(Debug)]
pub struct StoredTraces<'a> {
    store: &'a Store,
    filter: TraceFilter,
    ready: std::vec::IntoIter<TraceId>,
    next: Option<TraceCursor>,
    has_ended: bool,
}

impl Iterator for StoredTraces<'_> {
    type Item = Result<StoredTrace, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(trace_id) = self.ready.next() {
                match self.store.trace(trace_id) {
                    // Deleted since it was listed.
                    Ok(None) => continue,
                    Ok(Some(trace)) => return Some(Ok(trace)),
                    Err(error) => {
                        if !matches!(error.problem(), StoreProblem::Corrupt { .. }) {
                            self.has_ended = true;
                            self.next = None;
                            self.ready = Vec::new().into_iter();
                        }
                        return Some(Err(error));
                    }
                }
            }
            if self.has_ended {
                return None;
            }
            if let Some(cursor) = self.next.take() {
                self.filter.after = Some(cursor);
            }
            match self.store.traces(&self.filter) {
                Ok(page) => {
                    self.next = page.next();
                    self.has_ended = self.next.is_none();
                    let ids: Vec<TraceId> = page.traces.iter().map(|trace| trace.trace_id).collect();
                    self.ready = ids.into_iter();
                }
                Err(error) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// The first and the last id that begin with these digits.
fn id_range(prefix: &str) -> Option<([u8; 16], [u8; 16])> {
    if prefix.len() > 32 || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let filled =
        |digit: &str| u128::from_str_radix(&format!("{prefix}{}", digit.repeat(32 - prefix.len())), 16);
    Some((filled("0").ok()?.to_be_bytes(), filled("f").ok()?.to_be_bytes()))
}
