//! Sums per hour and day.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use otel_genai_pipeline::Span;
use rusqlite::{Connection, params};

use super::error::StoreProblem;
use super::facts::Facts;
use super::segment_reader::SegmentReader;
use super::trace_row::TraceRow;

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

/// What one batch changes of the file's sums.
#[derive(Debug, Default)]
pub(super) struct HourlySums {
    added: HashMap<Group, Sums>,
    /// What belongs to the group of the span before, which most often is the next one's too.
    last: Option<(Group, Sums)>,
    /// From the first group into the second.
    moved: HashMap<(Group, Group), Sums>,
}

/// What sums are known by of a trace: its project, and its agent where a span has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TraceNames<'a> {
    pub(super) project: Option<&'a str>,
    pub(super) agent: Option<&'a str>,
}

impl Group {
    fn of(facts: &Facts<'_>, names: TraceNames<'_>) -> Self {
        let (hour, [project, agent, provider, model], threshold) = Self::parts(facts, names);
        let [project, agent, provider, model] = [project, agent, provider, model].map(str::to_owned);
        Self { hour, project, agent, provider, model, threshold }
    }

    fn is_of(&self, facts: &Facts<'_>, names: TraceNames<'_>) -> bool {
        let Self { hour, project, agent, provider, model, threshold } = self;
        (*hour, [&**project, agent, provider, model], *threshold) == Self::parts(facts, names)
    }

    /// The hour, the texts in their order, and the threshold.
    fn parts<'a>(facts: &'a Facts<'_>, names: TraceNames<'a>) -> (i64, [&'a str; 4], i64) {
        // Of calls only: what other spans say of a model is no use of it.
        let of_call = |name: Option<&'a str>| name.filter(|_| facts.is_llm_call);
        let agent = facts.agent.as_deref().or(names.agent);
        let texts =
            [names.project, agent, of_call(facts.provider.as_deref()), of_call(facts.model.as_deref())];
        let hour = facts.start_ns.div_euclid(3_600_000_000_000);
        (hour, texts.map(Option::unwrap_or_default), facts.threshold.unwrap_or(-1))
    }
}

impl Sums {
    fn add(&mut self, facts: &Facts<'_>, is_run: bool) {
        self.runs += i64::from(is_run);
        self.spans += 1;
        self.errors += i64::from(facts.is_error() && facts.duplicate_of.is_none());
        self.tool_calls += i64::from(facts.is_tool_call);
        if facts.is_llm_call {
            self.llm_calls += 1;
            self.failed_calls += i64::from(facts.is_error());
            add(&mut self.input_tokens, facts.input_tokens.unwrap_or_default());
            add(&mut self.output_tokens, facts.output_tokens.unwrap_or_default());
            add(&mut self.cache_read_tokens, facts.cache_read_tokens.unwrap_or_default());
            add(&mut self.cache_write_tokens, facts.cache_write_tokens.unwrap_or_default());
            add(&mut self.reasoning_tokens, facts.reasoning_tokens.unwrap_or_default());
            self.uncounted_calls += i64::from(facts.is_uncounted());
            self.cost += facts.cost.unwrap_or_default();
            self.unpriced_calls += i64::from(facts.cost.is_none());
            add(&mut self.call_duration_ns, facts.end_ns.saturating_sub(facts.start_ns).max(0));
        }
    }
}

impl HourlySums {
    /// Adds a span; `is_run` if it is the first root of its trace.
    pub(super) fn add(&mut self, facts: &Facts<'_>, names: TraceNames<'_>, is_run: bool) {
        if !self.last.as_ref().is_some_and(|(group, _)| group.is_of(facts, names)) {
            self.settle();
        }
        let (_, sums) = self.last.get_or_insert_with(|| {
            let group = Group::of(facts, names);
            let sums = self.added.remove(&group).unwrap_or_default();
            (group, sums)
        });
        sums.add(facts, is_run);
    }

    /// Puts the last group to the others.
    fn settle(&mut self) {
        self.added.extend(self.last.take());
    }

    /// Moves what the file has of a trace whose names have changed, all but the spans of `segment`, which are new.
    pub(super) fn rename(
        &mut self,
        connection: &Connection,
        trace: &TraceRow,
        segment: i64,
        names: TraceNames<'_>,
    ) -> Result<(), StoreProblem> {
        let old = TraceNames { project: trace.project.as_deref(), agent: trace.agent.as_deref() };
        if trace.spans == 0 || old == names {
            return Ok(());
        }
        // Few traces name themselves after their root has come, so that their spans may be read to find it.
        let first_root = if trace.has_root {
            let spans = SegmentReader::new(connection)?.trace(trace.id)?;
            let mut spans = spans.into_iter().map(|read| Span::from(read.span));
            spans.find(|span| Facts::of(span).is_root).map(|span| span.span_id().to_bytes())
        } else {
            None
        };
        let mut statement = connection.prepare_cached(
            "SELECT span_id, start_ns, end_ns, provider, model, agent, threshold, status = 'error', duplicate_of, \
             is_llm_call, is_tool_call, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, \
             reasoning_tokens, cost FROM spans WHERE trace = ?1 AND segment <> ?2",
        )?;
        let mut rows = statement.query([trace.id, segment])?;
        while let Some(row) = rows.next()? {
            let text =
                |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.map(Cow::Owned));
            let facts = Facts {
                span_id: row.get(0)?,
                start_ns: row.get(1)?,
                end_ns: row.get(2)?,
                provider: text(3)?,
                model: text(4)?,
                agent: text(5)?,
                threshold: row.get(6)?,
                status: if row.get(7)? { "error" } else { "" },
                duplicate_of: text(8)?,
                is_llm_call: row.get(9)?,
                is_tool_call: row.get(10)?,
                input_tokens: row.get(11)?,
                output_tokens: row.get(12)?,
                cache_read_tokens: row.get(13)?,
                cache_write_tokens: row.get(14)?,
                reasoning_tokens: row.get(15)?,
                cost: row.get(16)?,
                ..Facts::default()
            };
            let (from, to) = (Group::of(&facts, old), Group::of(&facts, names));
            if from != to {
                let is_run = first_root == Some(facts.span_id);
                self.moved.entry((from, to)).or_default().add(&facts, is_run);
            }
        }
        Ok(())
    }

    /// Changes the sums of the file, of hours and days.
    pub(super) fn write(mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.settle();
        for table in &*TABLES {
            for ((from, to), sums) in &self.moved {
                // Nothing is moved that is not there: files of older versions know some sums by another name.
                if table.subtract_row(connection, &table.group(from), sums)? {
                    table.add_row(connection, &table.group(to), sums)?;
                }
            }
            // Added one by one: a batch has few groups.
            for (group, sums) in &self.added {
                table.add_row(connection, &table.group(group), sums)?;
            }
        }
        Ok(())
    }
}

/// The table of the sums of one length of time, and the queries that change it.
struct Table {
    hours: i64,
    add: String,
    subtract: String,
    delete_empty: String,
}

static TABLES: LazyLock<[Table; 2]> = LazyLock::new(|| [Table::new("hourly", 1), Table::new("daily", 24)]);

impl Table {
    fn new(name: &str, hours: i64) -> Self {
        const KEY: &str =
            "hour = ?1 AND project = ?2 AND agent = ?3 AND provider = ?4 AND model = ?5 AND threshold = ?6";
        let added: Vec<String> = COUNTS.iter().map(|column| saturating(column)).collect();
        let subtracted: Vec<String> = COUNTS
            .iter()
            .enumerate()
            .map(|(index, column)| format!("{column} = max(0, {column} - ?{})", index + 7))
            .collect();
        let add = format!(
            "INSERT INTO {name} (hour, project, agent, provider, model, threshold, {}, cost) VALUES (?1, ?2, ?3, ?4, \
             ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) \
             ON CONFLICT DO UPDATE SET {}, cost = cost + excluded.cost",
            COUNTS.join(", "),
            added.join(", ")
        );
        let subtract = format!(
            "UPDATE {name} SET {}, cost = max(0, cost - ?21) WHERE {KEY} AND spans >= ?8",
            subtracted.join(", ")
        );
        let delete_empty = format!("DELETE FROM {name} WHERE {KEY} AND spans = 0");
        Self { hours, add, subtract, delete_empty }
    }

    /// The group that holds this one's hour.
    fn group(&self, of_hour: &Group) -> Group {
        Group { hour: of_hour.hour.div_euclid(self.hours) * self.hours, ..of_hour.clone() }
    }

    fn add_row(&self, connection: &Connection, group: &Group, sums: &Sums) -> rusqlite::Result<()> {
        execute(connection, &self.add, group, sums)?;
        Ok(())
    }

    /// Takes sums away from a row, and tells whether it had them. A row without spans goes.
    fn subtract_row(&self, connection: &Connection, group: &Group, sums: &Sums) -> rusqlite::Result<bool> {
        let is_there = execute(connection, &self.subtract, group, sums)? > 0;
        connection.prepare_cached(&self.delete_empty)?.execute(params![
            group.hour,
            group.project,
            group.agent,
            group.provider,
            group.model,
            group.threshold,
        ])?;
        Ok(is_there)
    }
}

fn execute(connection: &Connection, sql: &str, group: &Group, sums: &Sums) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params![
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
    ])
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
