//! A trace in one row, as readers get it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::TraceId;

use super::filter::{TraceCursor, TraceStatus};
use super::trace_row::TraceRow;

/// What is known of a trace without reading its spans.
///
/// Tokens and cost are those of the calls that count: duplicates and roll-ups left out. Absent means that no call told.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceSummary {
    /// The trace.
    pub trace_id: TraceId,
    /// The name of its root; absent until that has come.
    pub name: Option<String>,
    /// The agent of its root, else the first that was named.
    pub agent: Option<String>,
    /// The project (`otel_genai.project`).
    pub project: Option<String>,
    /// The session (`session.id`, else `gen_ai.conversation.id`).
    pub session: Option<String>,
    /// The user (`user.id`).
    pub user: Option<String>,
    /// The tenant (`otel_genai.tenant`).
    pub tenant: Option<String>,
    /// When its first span began.
    pub start: SystemTime,
    /// When its last span ended, of those that have come.
    pub end: SystemTime,
    /// Whether it has ended, and how.
    pub status: TraceStatus,
    /// Spans that have come.
    pub spans: u64,
    /// Spans that failed, duplicates left out.
    pub errors: u64,
    /// Calls of models.
    pub llm_calls: u64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: Option<u64>,
    /// Output tokens, reasoning included.
    pub output_tokens: Option<u64>,
    /// Input tokens that came from a cache.
    pub cache_read_tokens: Option<u64>,
    /// Input tokens that were written to a cache.
    pub cache_write_tokens: Option<u64>,
    /// Output tokens that were reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Calls whose tokens nobody told: if there are any, the tokens are lower bounds.
    pub uncounted_calls: u64,
    /// Cost in US dollars.
    pub cost: Option<f64>,
    /// Calls without a price: if there are any, the cost is a lower bound.
    pub unpriced_calls: u64,
    /// The models that were called, 64 at most.
    pub models: Vec<String>,
    /// The agents that took part, 64 at most.
    pub agents: Vec<String>,
    /// Guardrail findings that fired.
    pub findings: u64,
    /// Their categories.
    pub finding_categories: Vec<String>,
    /// The sampling threshold T, of 2^56, that the trace passed: it stands for 2^56 / (2^56 − T) traces. Absent if unknown.
    pub threshold: Option<u64>,
    pub(super) cursor: TraceCursor,
}

impl TraceSummary {
    /// Returns how long the trace took, as far as it has come.
    pub fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    /// Returns the place of this trace in a list: [`TraceFilter::after`](super::TraceFilter::after) continues behind it.
    pub fn cursor(&self) -> TraceCursor {
        self.cursor
    }
}

impl TraceSummary {
    /// Reads a row, when these writers have ended without saying so.
    pub(super) fn new(row: TraceRow, ended: &[i64]) -> Self {
        let interrupted = row.interrupted || row.writer.is_some_and(|writer| ended.contains(&writer));
        let status = match (row.has_root, interrupted, row.status.as_deref()) {
            (true, _, Some("error")) => TraceStatus::Error,
            (true, ..) => TraceStatus::Ok,
            (false, true, _) => TraceStatus::Interrupted,
            (false, false, _) => TraceStatus::Running,
        };
        let optional = |value: Option<i64>| value.map(count);
        Self {
            trace_id: TraceId::from_bytes(row.trace_id),
            name: row.name,
            agent: row.agent,
            project: row.project,
            session: row.session,
            user: row.user,
            tenant: row.tenant,
            start: time(row.start_ns),
            end: time(row.end_ns),
            status,
            spans: count(row.spans),
            errors: count(row.errors),
            llm_calls: count(row.llm_calls),
            tool_calls: count(row.tool_calls),
            input_tokens: optional(row.input_tokens),
            output_tokens: optional(row.output_tokens),
            cache_read_tokens: optional(row.cache_read_tokens),
            cache_write_tokens: optional(row.cache_write_tokens),
            reasoning_tokens: optional(row.reasoning_tokens),
            uncounted_calls: count(row.uncounted_calls),
            cost: row.cost,
            unpriced_calls: count(row.unpriced_calls),
            models: row.models,
            agents: row.agents,
            findings: count(row.findings),
            finding_categories: row.finding_categories,
            threshold: optional(row.threshold),
            cursor: TraceCursor { start_ns: row.start_ns, id: row.id },
        }
    }
}

/// Counts are never negative, unless somebody has edited the file.
fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

pub(super) fn time(nanoseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(count(nanoseconds))
}
