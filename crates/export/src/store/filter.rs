//! Which traces are asked for.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;
use rusqlite::types::Value;

use super::facts::nanoseconds;
use super::trace_row::{AGENT, FINDING, MODEL};

/// How many traces a page has by default.
const LIMIT: usize = 50;

/// Whether a run has ended, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TraceStatus {
    /// Its root has not come yet, and the process that writes it runs.
    Running,
    /// Its root has come, without an error. Spans within may have failed: see [`TraceSummary::errors`](super::TraceSummary).
    Ok,
    /// Its root has come, with an error.
    Error,
    /// The process ended before its root came.
    Interrupted,
}

impl TraceStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Running, Self::Ok, Self::Error, Self::Interrupted];

    /// Returns the word that the view `agent_runs` has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Interrupted => "interrupted",
        }
    }

    /// Reads the word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// As SQL, when these writers have ended without saying so.
    pub(super) fn condition(self, ended: &[i64]) -> String {
        let ended: Vec<String> = ended.iter().map(i64::to_string).collect();
        let ended = ended.join(", ");
        match self {
            Self::Running => {
                format!("t.has_root = 0 AND t.interrupted = 0 AND ifnull(t.writer NOT IN ({ended}), 1)")
            }
            Self::Ok => "t.has_root = 1 AND t.status <> 'error'".to_owned(),
            Self::Error => "t.status = 'error' AND t.has_root = 1".to_owned(),
            Self::Interrupted => {
                format!("t.has_root = 0 AND (t.interrupted = 1 OR t.writer IN ({ended}))")
            }
        }
    }
}

/// Where a page ended: [`TraceFilter::after`] continues there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceCursor {
    pub(super) start_ns: i64,
    pub(super) id: i64,
}

/// Which traces are asked for, and how many; all that is stated must hold.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otel_genai_export::store::{TraceFilter, TraceStatus};
///
/// let dear_failures = TraceFilter::new().status(TraceStatus::Error).min_cost(0.5).text("refund").limit(20);
/// # let _ = dear_failures;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct TraceFilter {
    pub(super) conditions: Vec<Condition>,
    /// Kind and label.
    pub(super) labels: Vec<(i64, String)>,
    pub(super) status: Option<TraceStatus>,
    pub(super) min_cost: Option<f64>,
    pub(super) min_duration: Option<i64>,
    pub(super) text: Option<String>,
    pub(super) after: Option<TraceCursor>,
    pub(super) is_oldest_first: bool,
    pub(super) limit: usize,
}

/// SQL with one `?` for each value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
}

impl Default for TraceFilter {
    fn default() -> Self {
        Self::new()
    }
}

impl TraceFilter {
    /// Asks for every trace, the newest (by start) first, 50 to a page.
    pub fn new() -> Self {
        Self {
            conditions: Vec::new(),
            labels: Vec::new(),
            status: None,
            min_cost: None,
            min_duration: None,
            text: None,
            after: None,
            is_oldest_first: false,
            limit: LIMIT,
        }
    }

    /// Asks for traces that began at `time` or later.
    pub fn since(self, time: SystemTime) -> Self {
        self.with("t.start_ns >= ?", [nanoseconds(time).into()])
    }

    /// Asks for traces that began before `time`.
    pub fn until(self, time: SystemTime) -> Self {
        self.with("t.start_ns < ?", [nanoseconds(time).into()])
    }

    /// Asks for one status.
    pub fn status(mut self, status: TraceStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Asks for traces in which any span failed, whatever became of the root.
    pub fn with_errors(self) -> Self {
        self.with("t.errors > 0", [])
    }

    /// Asks for a name: that of the root. `*` stands for any characters.
    pub fn name(self, name: impl Into<String>) -> Self {
        let name = name.into();
        match glob(&name) {
            Some(pattern) => self.with("t.name GLOB ?", [pattern.into()]),
            None => self.with("t.name = ?", [name.into()]),
        }
    }

    /// Asks for a project.
    pub fn project(self, project: impl Into<String>) -> Self {
        self.with("t.project = ?", [project.into().into()])
    }

    /// Asks for a session.
    pub fn session(self, session: impl Into<String>) -> Self {
        self.with("t.session = ?", [session.into().into()])
    }

    /// Asks for a user.
    pub fn user(self, user: impl Into<String>) -> Self {
        self.with("t.user = ?", [user.into().into()])
    }

    /// Asks for a tenant.
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        self.with("t.tenant = ?", [tenant.into().into()])
    }

    /// Asks for traces in which this agent took part. `*` stands for any characters.
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.labels.push((AGENT, agent.into()));
        self
    }

    /// Asks for traces in which this model was asked for, or answered: `gpt-4o` may answer as `gpt-4o-2024-08-06`. `*` stands
    /// for any characters.
    ///
    /// Asked again for another one, the trace must have both.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.labels.push((MODEL, model.into()));
        self
    }

    /// Asks for traces with a finding of this category that fired, such as `pii`. `*` stands for any characters.
    pub fn finding(mut self, category: impl Into<String>) -> Self {
        self.labels.push((FINDING, category.into()));
        self
    }

    /// Asks for a cost of at least so many US dollars. A trace of unknown cost has none.
    pub fn min_cost(mut self, usd: f64) -> Self {
        self.min_cost = Some(usd);
        self
    }

    /// Asks for a cost of at most so many US dollars.
    pub fn max_cost(self, usd: f64) -> Self {
        self.with("t.cost <= ?", [usd.into()])
    }

    /// Asks for a duration of at least this.
    pub fn min_duration(mut self, duration: Duration) -> Self {
        self.min_duration = Some(whole_nanoseconds(duration));
        self
    }

    /// Asks for a duration of at most this.
    pub fn max_duration(self, duration: Duration) -> Self {
        self.with("t.duration_ns <= ?", [whole_nanoseconds(duration).into()])
    }

    /// Asks for at least so many input and output tokens together.
    pub fn min_tokens(self, tokens: u64) -> Self {
        self.with("coalesce(t.input_tokens, 0) + coalesce(t.output_tokens, 0) >= ?", [saturating(tokens)])
    }

    /// Asks for at most so many input and output tokens together.
    pub fn max_tokens(self, tokens: u64) -> Self {
        self.with("coalesce(t.input_tokens, 0) + coalesce(t.output_tokens, 0) <= ?", [saturating(tokens)])
    }

    /// Asks for one trace.
    pub fn trace_id(self, trace_id: TraceId) -> Self {
        self.with("t.trace_id = ?", [trace_id.to_bytes().to_vec().into()])
    }

    /// Asks for words that all occur in spans of the trace that came together.
    ///
    /// Whatever their case and accents; `refund*` finds every word that begins so. Words are what stands between characters
    /// that are neither letters nor digits; languages without spaces are found by the beginnings of their sentences only. A text
    /// without any word, also an empty one, is an error when traces are listed.
    pub fn text(mut self, words: impl Into<String>) -> Self {
        self.text = Some(words.into());
        self
    }

    /// Continues where a page ended.
    pub fn after(mut self, cursor: TraceCursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// Asks for the oldest first.
    pub fn oldest_first(mut self) -> Self {
        self.is_oldest_first = true;
        self
    }

    /// Sets how many traces a page has. Default: 50; at least one.
    pub fn limit(mut self, traces: usize) -> Self {
        self.limit = traces.max(1);
        self
    }

    fn with<const N: usize>(mut self, sql: &'static str, values: [Value; N]) -> Self {
        self.conditions.push(Condition { sql, values: values.into() });
        self
    }
}

/// Returns a pattern as SQLite's GLOB has it, if there is a `*` in the name.
pub(super) fn glob(name: &str) -> Option<String> {
    // GLOB has two more special characters, which stand for themselves in a bracket.
    name.contains('*').then(|| name.replace('[', "[[]").replace('?', "[?]"))
}

fn whole_nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn saturating(tokens: u64) -> Value {
    i64::try_from(tokens).unwrap_or(i64::MAX).into()
}
