//! Totals from the sums per hour.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::StoreProblem;
use super::filter::glob;

const HOUR_SECONDS: u64 = 3600;

/// What totals are broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TotalsBy {
    /// The hour (UTC) in which spans began.
    Hour,
    /// The day (UTC) in which spans began.
    Day,
    /// The project.
    Project,
    /// The agent that a span names, else that of the nearest span above it that names one.
    Agent,
    /// The provider; calls of models only.
    Provider,
    /// The model; calls of models only.
    Model,
    /// The sampling threshold, so that each row can be weighed.
    Threshold,
}

impl TotalsBy {
    const fn column(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "hour / 24 * 24",
            Self::Project => "project",
            Self::Agent => "agent",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Threshold => "threshold",
        }
    }

    /// Rows of other spans would have no name there.
    const fn is_of_calls(self) -> bool {
        matches!(self, Self::Provider | Self::Model)
    }
}

/// Which totals are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct TotalsQuery {
    by: Vec<TotalsBy>,
    conditions: Vec<&'static str>,
    values: Vec<Value>,
    /// The first hour, and the one after the last.
    since: Option<i64>,
    until: Option<i64>,
}

impl TotalsQuery {
    /// Asks for one row: the total of everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Breaks the totals down by one more thing.
    pub fn by(mut self, by: TotalsBy) -> Self {
        self.by.push(by);
        self
    }

    /// Asks for the hour that `time` is in and later ones: sums are kept by the hour.
    pub fn since(mut self, time: SystemTime) -> Self {
        self.since = self.since.max(Some(hour(time)));
        self
    }

    /// Asks for hours before the one that `time` is in; at a full hour that is what lies before it.
    pub fn until(mut self, time: SystemTime) -> Self {
        let hour = hour(time);
        self.until = Some(self.until.map_or(hour, |until| until.min(hour)));
        self
    }

    /// Asks for a project.
    pub fn project(self, project: impl Into<String>) -> Self {
        self.with("project = ?", project.into())
    }

    /// Asks for an agent. `*` stands for any characters.
    pub fn agent(self, agent: impl Into<String>) -> Self {
        let agent = agent.into();
        match glob(&agent) {
            Some(pattern) => self.with("agent GLOB ?", pattern),
            None => self.with("agent = ?", agent),
        }
    }

    /// Asks for a provider.
    pub fn provider(self, provider: impl Into<String>) -> Self {
        self.with("provider = ?", provider.into())
    }

    /// Asks for a model: the one that answered, else the one that was asked for. `*` stands for any characters.
    pub fn model(self, model: impl Into<String>) -> Self {
        let model = model.into();
        match glob(&model) {
            Some(pattern) => self.with("model GLOB ?", pattern),
            None => self.with("model = ?", model),
        }
    }

    /// Which sums to read: of whole days where they will do, of hours for what is left at either end.
    fn parts(&self) -> Vec<Part> {
        let (since, until) = (self.since.unwrap_or(i64::MIN), self.until.unwrap_or(i64::MAX));
        let hours = |from, to| Part { table: "hourly", from, to };
        let first_day = self.since.map_or(since, |since| since.saturating_add(23).div_euclid(24) * 24);
        let last_day = self.until.map_or(until, |until| until.div_euclid(24) * 24);
        if first_day >= last_day || self.by.contains(&TotalsBy::Hour) {
            return vec![hours(since, until)];
        }
        let days = Part { table: "daily", from: first_day, to: last_day };
        let ends = [hours(since, first_day), hours(last_day, until)];
        [days].into_iter().chain(ends.into_iter().filter(|part| part.from < part.to)).collect()
    }

    fn with(mut self, sql: &'static str, value: impl Into<Value>) -> Self {
        self.conditions.push(sql);
        self.values.push(value.into());
        self
    }
}

/// The rows of a table from one hour to before another.
struct Part {
    table: &'static str,
    from: i64,
    to: i64,
}

/// One row of totals. What was not asked for, and what spans did not say, is absent.
///
/// As they were written: of sampled traces each row must be weighed by its threshold.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TotalsRow {
    /// The beginning of the hour or day.
    pub time: Option<SystemTime>,
    /// The project.
    pub project: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The sampling threshold T, of 2^56; absent also where it is not known.
    pub threshold: Option<u64>,
    /// Traces whose root has come.
    pub runs: u64,
    /// Spans.
    pub spans: u64,
    /// Spans that failed, duplicates left out.
    pub errors: u64,
    /// Calls of models.
    pub llm_calls: u64,
    /// Those that failed.
    pub failed_calls: u64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// Input tokens that came from a cache. Of this sum and the next two, 0 is also what nobody has told.
    pub cache_read_tokens: u64,
    /// Input tokens that were written to a cache.
    pub cache_write_tokens: u64,
    /// Output tokens that were reasoning.
    pub reasoning_tokens: u64,
    /// Calls whose tokens nobody told: if there are any, the tokens are lower bounds.
    pub uncounted_calls: u64,
    /// Calls without a price: if there are any, the cost is a lower bound.
    pub unpriced_calls: u64,
    /// How long the calls of models took together.
    pub call_duration: Duration,
    /// Cost in US dollars.
    pub cost: f64,
}

/// Reads totals, the dearest row first, or in order of time where that was asked for.
pub(super) fn totals(connection: &Connection, query: &TotalsQuery) -> Result<Vec<TotalsRow>, StoreProblem> {
    let group: Vec<&str> = query.by.iter().map(|by| by.column()).collect();
    let mut conditions = query.conditions.clone();
    if query.by.iter().any(|by| by.is_of_calls()) {
        conditions.push("llm_calls > 0");
    }
    // Sums of doubles: whole numbers could become larger than SQLite has.
    let sums = "total(runs), total(spans), total(errors), total(llm_calls), total(failed_calls), total(tool_calls), \
                total(input_tokens), total(output_tokens), total(cache_read_tokens), total(cache_write_tokens), \
                total(reasoning_tokens), total(uncounted_calls), total(unpriced_calls), total(call_duration_ns), \
                total(cost)";
    let columns: Vec<&str> = group.iter().copied().chain([sums]).collect();
    let filter = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
    let parts = query.parts();
    let tables: Vec<String> = parts
        .iter()
        .map(|part| format!("SELECT * FROM {} WHERE hour >= ? AND hour < ?", part.table))
        .collect();
    let bounds = parts.iter().flat_map(|part| [Value::from(part.from), Value::from(part.to)]);
    let values: Vec<Value> = bounds.chain(query.values.iter().cloned()).collect();
    let mut sql =
        format!("SELECT {} FROM ({}) WHERE {filter}", columns.join(", "), tables.join(" UNION ALL "));
    if !group.is_empty() {
        sql.push_str(&format!(" GROUP BY {}", group.join(", ")));
        let order: Vec<String> = query
            .by
            .iter()
            .enumerate()
            .filter(|(_, by)| matches!(by, TotalsBy::Hour | TotalsBy::Day))
            .map(|(index, _)| format!("{}", index + 1))
            .chain(["total(cost) DESC".to_owned(), "total(llm_calls) DESC".to_owned(), group.join(", ")])
            .collect();
        sql.push_str(&format!(" ORDER BY {}", order.join(", ")));
    }
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut totals = Vec::new();
    while let Some(row) = rows.next()? {
        let mut totals_row = TotalsRow::default();
        for (index, by) in query.by.iter().enumerate() {
            let name = || row.get(index).map(|name: String| Some(name).filter(|name| !name.is_empty()));
            match by {
                TotalsBy::Hour | TotalsBy::Day => totals_row.time = Some(hour_start(row.get(index)?)),
                TotalsBy::Project => totals_row.project = name()?,
                TotalsBy::Agent => totals_row.agent = name()?,
                TotalsBy::Provider => totals_row.provider = name()?,
                TotalsBy::Model => totals_row.model = name()?,
                TotalsBy::Threshold => totals_row.threshold = u64::try_from(row.get::<_, i64>(index)?).ok(),
            }
        }
        let first = query.by.len();
        // `as` ends at the largest number.
        let count = |index: usize| row.get::<_, f64>(first + index).map(|sum| sum as u64);
        totals_row.runs = count(0)?;
        totals_row.spans = count(1)?;
        totals_row.errors = count(2)?;
        totals_row.llm_calls = count(3)?;
        totals_row.failed_calls = count(4)?;
        totals_row.tool_calls = count(5)?;
        totals_row.input_tokens = count(6)?;
        totals_row.output_tokens = count(7)?;
        totals_row.cache_read_tokens = count(8)?;
        totals_row.cache_write_tokens = count(9)?;
        totals_row.reasoning_tokens = count(10)?;
        totals_row.uncounted_calls = count(11)?;
        totals_row.unpriced_calls = count(12)?;
        totals_row.call_duration = Duration::from_nanos(count(13)?);
        totals_row.cost = row.get(first + 14)?;
        totals.push(totals_row);
    }
    Ok(totals)
}

fn hour(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds / HOUR_SECONDS).unwrap_or(i64::MAX)
}

fn hour_start(hour: i64) -> SystemTime {
    let seconds = u64::try_from(hour).unwrap_or_default().saturating_mul(HOUR_SECONDS);
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}
