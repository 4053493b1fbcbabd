//! Sums per hour.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::facts::Facts;

/// What is summed up together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Group {
    hour: i64,
    project: String,
    agent: String,
    provider: String,
    model: String,
    threshold: i64,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    runs: i64,
    spans: i64,
    errors: i64,
    llm_calls: i64,
    failed_calls: i64,
    tool_calls: i64,
    input_tokens: i64,
    output_tokens: i64,
    cache_read_tokens: i64,
    cache_write_tokens: i64,
    reasoning_tokens: i64,
    uncounted_calls: i64,
    unpriced_calls: i64,
    call_duration_ns: i64,
    cost: f64,
}

/// The columns that hold whole numbers, in the order of [`Sums`].
const COUNTS: [&str; 14] = [
    "runs",
    "spans",
    "errors",
    "llm_calls",
    "failed_calls",
    "tool_calls",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "uncounted_calls",
    "unpriced_calls",
    "call_duration_ns",
];

/// The sums of one batch, to be added to the file's.
#[derive(Debug, Default)]
pub(super) struct HourlySums(HashMap<Group, Sums>);

/// What a span does not say and its trace does.
#[derive(Clone, Copy, Debug)]
pub(super) struct TraceNames<'a> {
    pub(super) project: Option<&'a str>,
    pub(super) agent: Option<&'a str>,
    pub(super) threshold: Option<i64>,
}

impl HourlySums {
    /// Adds a span; `is_run` if it is the first root of its trace.
    pub(super) fn add(&mut self, facts: &Facts, names: TraceNames<'_>, is_run: bool) {
        let text = |own: &Option<String>, other: Option<&str>| {
            own.as_deref().or(other).unwrap_or_default().to_owned()
        };
        let is_call = facts.is_llm_call;
        let group = Group {
            hour: facts.start_ns.div_euclid(3_600_000_000_000),
            project: text(&facts.project, names.project),
            agent: text(&facts.agent, names.agent),
            // Of calls only: what other spans say of a model is no use of it.
            provider: if is_call { text(&facts.provider, None) } else { String::new() },
            model: if is_call { text(&facts.model, None) } else { String::new() },
            threshold: facts.threshold.or(names.threshold).unwrap_or(-1),
        };
        let sums = self.0.entry(group).or_default();
        sums.runs += i64::from(is_run);
        sums.spans += 1;
        sums.errors += i64::from(facts.is_error() && facts.duplicate_of.is_none());
        sums.tool_calls += i64::from(facts.is_tool_call);
        if is_call {
            sums.llm_calls += 1;
            sums.failed_calls += i64::from(facts.is_error());
            add(&mut sums.input_tokens, facts.input_tokens.unwrap_or_default());
            add(&mut sums.output_tokens, facts.output_tokens.unwrap_or_default());
            add(&mut sums.cache_read_tokens, facts.cache_read_tokens.unwrap_or_default());
            add(&mut sums.cache_write_tokens, facts.cache_write_tokens.unwrap_or_default());
            add(&mut sums.reasoning_tokens, facts.reasoning_tokens.unwrap_or_default());
            sums.uncounted_calls += i64::from(facts.is_uncounted());
            sums.cost += facts.cost.unwrap_or_default();
            sums.unpriced_calls += i64::from(facts.cost.is_none());
            add(&mut sums.call_duration_ns, facts.end_ns.saturating_sub(facts.start_ns).max(0));
        }
    }

    /// Adds everything to the file.
    pub(super) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let updates: Vec<String> = COUNTS.iter().map(|column| saturating(column)).collect();
        let sql = format!(
            "INSERT INTO hourly (hour, project, agent, provider, model, threshold, {}, cost) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) \
             ON CONFLICT DO UPDATE SET {}, cost = cost + excluded.cost",
            COUNTS.join(", "),
            updates.join(", ")
        );
        let mut statement = connection.prepare_cached(&sql)?;
        for (group, sums) in self.0 {
            statement.execute(params![
                group.hour,
                group.project,
                group.agent,
                group.provider,
                group.model,
                group.threshold,
                sums.runs,
                sums.spans,
                sums.errors,
                sums.llm_calls,
                sums.failed_calls,
                sums.tool_calls,
                sums.input_tokens,
                sums.output_tokens,
                sums.cache_read_tokens,
                sums.cache_write_tokens,
                sums.reasoning_tokens,
                sums.uncounted_calls,
                sums.unpriced_calls,
                sums.call_duration_ns,
                sums.cost,
            ])?;
        }
        Ok(())
    }
}

/// Senseless values must not stop the store: sums end at the largest number that SQLite has.
fn add(sum: &mut i64, value: i64) {
    *sum = sum.saturating_add(value);
}

fn saturating(column: &str) -> String {
    format!(
        "{column} = CASE WHEN {column} > {max} - excluded.{column} THEN {max} ELSE {column} + excluded.{column} END",
        max = i64::MAX
    )
}
