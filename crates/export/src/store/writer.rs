//! One transaction per batch.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai_pipeline::Span;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::codec::Encoder;
use super::contents::{ContentWriter, KnownContents, Parts, SegmentTexts};
use super::error::{StoreError, StoreProblem};
use super::facts::{Facts, nanoseconds};
use super::hourly::HourlySums;
use super::key::StoreKey;
use super::open::{self, Synchronous};
use super::process;
use super::segment::SegmentWriter;
use super::trace_row::TraceRow;
use super::turns;
use super::words::Words;

/// Buffers keep at most this capacity, in bytes, between batches.
const KEPT_BUFFER_BYTES: usize = 4 << 20;

/// How a writer opens its file.
#[derive(Clone, Debug)]
pub(super) struct WriterSettings {
    pub(super) path: PathBuf,
    pub(super) key: Option<StoreKey>,
    pub(super) synchronous: Synchronous,
    pub(super) busy_timeout: Duration,
    pub(super) text_search: bool,
}

/// What a batch brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Spans that are in the file now and were not before.
    pub stored: u64,
    /// Spans that were in the file already; they were left as they are.
    pub repeated: u64,
}

/// Writes batches; opens the file again after an error.
pub(super) struct Writer {
    pub(super) settings: WriterSettings,
    connection: Option<Connection>,
    /// This writer's number in the file.
    number: Option<i64>,
    encoder: Encoder,
    known: KnownContents,
    texts: SegmentTexts,
    lines: Vec<u8>,
}

impl Writer {
    pub(super) fn open(settings: WriterSettings, now: SystemTime) -> Result<Self, StoreError> {
        let encoder = Encoder::new()
            .map_err(|error| StoreError::new("open", &settings.path, StoreProblem::from(error)))?;
        let mut writer = Self {
            settings,
            connection: None,
            number: None,
            encoder,
            known: KnownContents::default(),
            texts: SegmentTexts::default(),
            lines: Vec::new(),
        };
        writer.connect(now).map_err(|problem| writer.error("open", problem))?;
        Ok(writer)
    }

    pub(super) fn error(&self, action: &'static str, problem: impl Into<StoreProblem>) -> StoreError {
        StoreError::new(action, &self.settings.path, problem)
    }

    fn connect(&mut self, now: SystemTime) -> Result<(), StoreProblem> {
        if self.connection.is_some() {
            return Ok(());
        }
        let WriterSettings { path, key, synchronous, busy_timeout, .. } = &self.settings;
        let connection = open::writer(path, key.as_ref(), *synchronous, *busy_timeout)?;
        self.known.clear();
        let transaction = turns::begin(&connection, *busy_timeout)?;
        process::mark_interrupted(&transaction, nanoseconds(now))?;
        if self.number.is_none() {
            self.number = Some(process::register(&transaction, nanoseconds(now))?);
        }
        transaction.commit()?;
        self.connection = Some(connection);
        Ok(())
    }

    /// Runs `work` with the open file. After an error other than a busy file it is opened afresh the next time.
    pub(super) fn with_connection<T>(
        &mut self,
        now: SystemTime,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreProblem>,
    ) -> Result<T, StoreProblem> {
        self.connect(now)?;
        let Some(connection) = &mut self.connection else { return Err(StoreProblem::Busy) };
        let result = work(connection);
        // Whatever the work deleted or rolled back.
        self.known.clear();
        if !matches!(result, Ok(_) | Err(StoreProblem::Busy)) {
            self.connection = None;
        }
        result
    }

    /// Writes a batch: all of it, or, with an error, nothing.
    pub(super) fn write(
        &mut self,
        resource: &Resource,
        batch: Vec<SpanData>,
        now: SystemTime,
    ) -> Result<WriteCounts, StoreError> {
        let result = self.connect(now).and_then(|()| self.write_connected(resource, batch, now));
        self.lines.clear();
        self.lines.shrink_to(KEPT_BUFFER_BYTES);
        result.map_err(|problem| {
            if !matches!(problem, StoreProblem::Busy) {
                self.connection = None;
            }
            self.error("write to", problem)
        })
    }

    fn write_connected(
        &mut self,
        resource: &Resource,
        batch: Vec<SpanData>,
        now: SystemTime,
    ) -> Result<WriteCounts, StoreProblem> {
        let Some(connection) = &self.connection else { return Err(StoreProblem::Busy) };
        let traces = by_trace(batch);
        let transaction = turns::begin(connection, self.settings.busy_timeout)?;
        let begun = Instant::now();
        open::refuse_newer(&transaction)?;
        // Taken, so that after an error, or a panic, nothing is remembered that was rolled back.
        let mut known = std::mem::take(&mut self.known);
        known.refresh(&transaction)?;
        let is_entered = transaction
            .prepare_cached("UPDATE writers SET seen_at = ?2 WHERE id = ?1")?
            .execute(params![self.number, nanoseconds(now)])?
            > 0;
        if !is_entered {
            // It was taken for ended after a long silence, or its number was rolled back.
            self.number = Some(process::register(&transaction, nanoseconds(now))?);
        }
        let batch = BatchWriter {
            next_trace: next_trace(&transaction)?,
            transaction: &transaction,
            contents: ContentWriter::new(&transaction, &mut self.encoder, &mut self.texts, &mut known)?,
            lines: &mut self.lines,
            words: self.settings.text_search.then(Words::default),
            sums: HourlySums::default(),
            counts: WriteCounts::default(),
            writer: self.number,
        };
        let counts = batch.write(resource, traces)?;
        let is_shared = turns::are_others(&transaction, self.number)?;
        transaction.commit()?;
        self.known = known;
        if is_shared {
            turns::let_others(begun.elapsed());
        }
        Ok(counts)
    }

    /// Moves the log into the file, which syncs both.
    pub(super) fn checkpoint(&mut self, now: SystemTime) -> Result<(), StoreProblem> {
        self.with_connection(now, |connection| {
            // Busy readers are no error: the log is synced before any page is moved.
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            Ok(())
        })
    }

    /// Says that this writer has ended, and closes the file.
    pub(super) fn close(&mut self) -> Result<(), StoreError> {
        let Some(connection) = self.connection.take() else { return Ok(()) };
        let Some(number) = self.number.take() else { return Ok(()) };
        let end = |connection: &Connection| -> Result<(), StoreProblem> {
            let transaction = turns::begin(connection, self.settings.busy_timeout)?;
            process::end(&transaction, number)?;
            transaction.commit()?;
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            Ok(())
        };
        end(&connection).map_err(|problem| self.error("close", problem))?;
        connection.close().map_err(|(_, error)| self.error("close", error))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Where shutdown was forgotten; there is nobody to tell of an error.
        let _ = self.close();
    }
}

/// One transaction.
struct BatchWriter<'a> {
    transaction: &'a Transaction<'a>,
    contents: ContentWriter<'a>,
    lines: &'a mut Vec<u8>,
    words: Option<Words>,
    sums: HourlySums,
    counts: WriteCounts,
    next_trace: i64,
    writer: Option<i64>,
}

impl BatchWriter<'_> {
    fn write(
        mut self,
        resource: &Resource,
        traces: Vec<(TraceId, Vec<Span>)>,
    ) -> Result<WriteCounts, StoreProblem> {
        for (trace_id, spans) in traces {
            self.write_trace(resource, trace_id, spans)?;
        }
        self.sums.write(self.transaction)?;
        Ok(self.counts)
    }

    fn write_trace(
        &mut self,
        resource: &Resource,
        trace_id: TraceId,
        spans: Vec<Span>,
    ) -> Result<(), StoreProblem> {
        let before = match TraceRow::find(self.transaction, trace_id.to_bytes())? {
            Some(row) => row,
            None => {
                let row =
                    TraceRow { id: self.next_trace, trace_id: trace_id.to_bytes(), ..TraceRow::default() };
                self.next_trace += 1;
                row
            }
        };
        let mut row = before.clone();
        let mut parts = Parts::new(row.id, row.next_part);
        let segment = parts.segment()?;
        let written = self.write_spans(row.id, segment, &spans)?;
        let are_new: Vec<bool> = written.iter().map(Option::is_some).collect();
        let added: Vec<Facts<'_>> = written.into_iter().flatten().collect();
        self.counts.stored += added.len() as u64;
        self.counts.repeated += (spans.len() - added.len()) as u64;
        if added.is_empty() {
            return Ok(());
        }
        added.iter().for_each(|facts| row.add(facts));
        row.write_labels(self.transaction, &before, &added)?;
        self.sums.add_segment(self.transaction, &before, segment, &added, row.project.as_deref())?;
        let new = spans.into_iter().zip(are_new).filter(|(_, is_new)| *is_new);
        let mut new: Vec<SpanData> = new.map(|(span, _)| span.into_data()).collect();
        SegmentWriter {
            connection: self.transaction,
            contents: &mut self.contents,
            parts: &mut parts,
            words: self.words.as_mut(),
        }
        .write(segment, resource, &mut new, self.lines)?;
        if let Some(words) = &mut self.words {
            self.transaction
                .prepare_cached("INSERT INTO texts (rowid, text) VALUES (?1, ?2)")?
                .execute(params![segment, &*words])?;
            words.clear();
        }
        row.next_part = parts.next();
        row.writer = self.writer;
        row.write(self.transaction)?;
        Ok(())
    }

    /// Writes the rows of those spans that are not there yet; the others get `None`.
    fn write_spans<'s>(
        &self,
        trace: i64,
        segment: i64,
        spans: &'s [Span],
    ) -> Result<Vec<Option<Facts<'s>>>, StoreProblem> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT OR IGNORE INTO spans (trace, span_id, segment, parent_id, name, kind, role, operation, \
             provider, model, agent, tool, status, error_type, start_ns, end_ns, is_llm_call, is_tool_call, \
             duplicate_of, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, \
             usage_source, cost, findings, threshold) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
             ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)",
        )?;
        let mut new = Vec::with_capacity(spans.len());
        for span in spans {
            if span.trace_id() == TraceId::INVALID || span.span_id() == SpanId::INVALID {
                let detail = "a span without a valid trace id and span id could not be read back".to_owned();
                return Err(StoreProblem::Encode { detail });
            }
            let facts = Facts::of(span);
            let changes = statement.execute(params![
                trace,
                facts.span_id,
                segment,
                facts.parent_id,
                facts.name,
                facts.kind,
                facts.role,
                facts.operation,
                facts.provider,
                facts.model,
                facts.agent,
                facts.tool,
                facts.status,
                facts.error_type,
                facts.start_ns,
                facts.end_ns,
                facts.is_llm_call,
                facts.is_tool_call,
                facts.duplicate_of,
                facts.input_tokens,
                facts.output_tokens,
                facts.cache_read_tokens,
                facts.cache_write_tokens,
                facts.reasoning_tokens,
                facts.usage_source,
                facts.cost,
                facts.findings,
                facts.threshold,
            ])?;
            new.push((changes > 0).then_some(facts));
        }
        Ok(new)
    }
}

/// The number that the next trace gets: never one that a deleted trace had.
fn next_trace(connection: &Connection) -> rusqlite::Result<i64> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'traces'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or_default() + 1)
}

/// The spans of each trace, both in the order in which they came.
fn by_trace(batch: Vec<SpanData>) -> Vec<(TraceId, Vec<Span>)> {
    // Spans of a trace mostly come one after the other, so that few are looked up.
    let trace_id = |span: &SpanData| span.span_context.trace_id();
    let runs: Vec<(TraceId, usize)> = batch
        .chunk_by(|one, next| trace_id(one) == trace_id(next))
        .map(|run| (trace_id(&run[0]), run.len()))
        .collect();
    let mut traces: Vec<(TraceId, Vec<Span>)> = Vec::with_capacity(runs.len());
    let mut index_of_trace = HashMap::with_capacity(runs.len());
    let mut batch = batch.into_iter();
    for (trace_id, count) in runs {
        let index = *index_of_trace.entry(trace_id).or_insert_with(|| {
            traces.push((trace_id, Vec::with_capacity(count)));
            traces.len() - 1
        });
        traces[index].1.extend(batch.by_ref().take(count).map(Span::from));
    }
    traces
}
