//! What a store holds.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreProblem;
use super::facts::nanoseconds;
use super::filter::TraceStatus;
use super::process;
use super::retention::{least_bytes, page_bytes, used_bytes};
use super::summary::time;

/// What a store holds, and how large it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct StoreStatistics {
    /// The schema's version.
    pub schema: u64,
    /// Traces.
    pub traces: u64,
    /// Of these, traces without their root whose process runs.
    pub running: u64,
    /// Of these, traces whose process ended before their root came.
    pub interrupted: u64,
    /// Of these, traces whose root failed.
    pub failed: u64,
    /// Spans.
    pub spans: u64,
    /// Calls of models.
    pub llm_calls: u64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Cost in US dollars.
    pub cost: f64,
    /// Calls without a price: if there are any, the cost is a lower bound.
    pub unpriced_calls: u64,
    /// The start of the oldest trace.
    pub oldest: Option<SystemTime>,
    /// The start of the newest trace.
    pub newest: Option<SystemTime>,
    /// Traces that retention has deleted.
    pub pruned_traces: u64,
    /// Their spans.
    pub pruned_spans: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Of these, bytes in use; the rest is used again, or given back by `vacuum`.
    pub used_bytes: u64,
    /// Bytes that stay in use when all traces are deleted: no bound on the size may be smaller.
    pub least_bytes: u64,
    /// Bytes of the write-ahead log.
    pub log_bytes: u64,
}

pub(super) fn statistics(
    connection: &Connection,
    log_bytes: u64,
    now: SystemTime,
) -> Result<StoreStatistics, StoreProblem> {
    let property = |name: &str| -> rusqlite::Result<u64> {
        let value = connection
            .prepare_cached("SELECT value FROM properties WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        Ok(value.unwrap_or_default())
    };
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
    // One snapshot for all the queries.
    let transaction = connection.unchecked_transaction()?;
    let ended = process::ended(&transaction, nanoseconds(now))?;
    let [running, interrupted, failed] = [TraceStatus::Running, TraceStatus::Interrupted, TraceStatus::Error]
        .map(|status| status.condition(&ended));
    let sql = format!(
        "SELECT count(*), total({running}), total({interrupted}), total(ifnull({failed}, 0)), total(spans), \
         total(llm_calls), total(tool_calls), total(cost), total(unpriced_calls), min(start_ns), max(start_ns) \
         FROM traces AS t"
    );
    let mut statistics = transaction.query_row(&sql, [], |row| {
        let count = |index| row.get::<_, f64>(index).map(|sum| sum as u64);
        Ok(StoreStatistics {
            traces: row.get(0)?,
            running: count(1)?,
            interrupted: count(2)?,
            failed: count(3)?,
            spans: count(4)?,
            llm_calls: count(5)?,
            tool_calls: count(6)?,
            cost: row.get(7)?,
            unpriced_calls: count(8)?,
            oldest: row.get::<_, Option<i64>>(9)?.map(time),
            newest: row.get::<_, Option<i64>>(10)?.map(time),
            log_bytes,
            ..StoreStatistics::default()
        })
    })?;
    statistics.pruned_traces = property("pruned_traces")?;
    statistics.pruned_spans = property("pruned_spans")?;
    statistics.schema = pragma("user_version")?;
    statistics.file_bytes = pragma("page_count")? * page_bytes(&transaction)?;
    statistics.used_bytes = used_bytes(&transaction)?;
    statistics.least_bytes = least_bytes(&transaction)?;
    Ok(statistics)
}
