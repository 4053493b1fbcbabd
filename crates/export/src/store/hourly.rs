//! Sums per hour and day.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use rusqlite::{Connection, params};

use super::agents::{Agents, are_related, earlier_spans};
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

/// Behind so many spans of a trace, what comes later moves no sums of earlier ones any more: to look for them would cost more
/// with each batch.
const MOST_EARLIER: i64 = 5_000;

/// What one batch changes of the file's sums.
#[derive(Debug, Default)]
pub(super) struct HourlySums {
    added: HashMap<Group, Sums>,
    /// What belongs to the group of the span before, which most often is the next one's too.
    last: Option<(Group, Sums)>,
    /// From the first group into the second.
    moved: HashMap<(Group, Group), Sums>,
}

impl Group {
    /// The group of a span in a trace of this project, below this agent.
    fn of(facts: &Facts<'_>, project: Option<&str>, agent: Option<&str>) -> Self {
        let (hour, texts, threshold) = Self::parts(facts, project, agent);
        let [project, agent, provider, model] = texts.map(str::to_owned);
        Self { hour, project, agent, provider, model, threshold }
    }

    fn is_of(&self, facts: &Facts<'_>, project: Option<&str>, agent: Option<&str>) -> bool {
        let texts = [&self.project, &self.agent, &self.provider, &self.model].map(String::as_str);
        (self.hour, texts, self.threshold) == Self::parts(facts, project, agent)
    }

    /// The hour, the texts in their order, and the threshold.
    fn parts<'a>(
        facts: &'a Facts<'_>,
        project: Option<&'a str>,
        agent: Option<&'a str>,
    ) -> (i64, [&'a str; 4], i64) {
        // Of calls only: what other spans say of a model is no use of it.
        let of_call = |name: &'a Option<Cow<'_, str>>| name.as_deref().filter(|_| facts.is_llm_call);
        let texts = [project, agent, of_call(&facts.provider), of_call(&facts.model)];
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
    fn add(&mut self, facts: &Facts<'_>, project: Option<&str>, agent: Option<&str>, is_run: bool) {
        if !self.last.as_ref().is_some_and(|(group, _)| group.is_of(facts, project, agent)) {
            self.settle();
        }
        let (_, sums) = self.last.get_or_insert_with(|| {
            let group = Group::of(facts, project, agent);
            let sums = self.added.remove(&group).unwrap_or_default();
            (group, sums)
        });
        sums.add(facts, is_run);
    }

    /// Puts the last group to the others.
    fn settle(&mut self) {
        self.added.extend(self.last.take());
    }

    /// Adds the new spans of a trace, which `segment` holds, and moves the sums of its earlier ones that have another project or
    /// agent now.
    pub(super) fn add_segment(
        &mut self,
        connection: &Connection,
        before: &TraceRow,
        segment: i64,
        added: &[Facts<'_>],
        project: Option<&str>,
    ) -> Result<(), StoreProblem> {
        let earlier;
        let mut agents = Agents::default();
        added.iter().for_each(|facts| agents.add(facts));
        if before.spans > MOST_EARLIER {
            agents.add_ancestors(connection, before.id, added)?;
        } else if before.spans > 0
            && (before.project.as_deref() != project
                || are_related(connection, before.id, segment, added, &agents)?)
        {
            earlier = earlier_spans(connection, before.id, segment)?;
            earlier.iter().for_each(|facts| agents.add(facts));
            self.move_earlier(connection, before, &earlier, &agents, project)?;
        }
        let mut has_root = before.has_root;
        for facts in added {
            let is_run = facts.is_root && !has_root;
            has_root |= facts.is_root;
            self.add(facts, project, agents.of(facts), is_run);
        }
        Ok(())
    }

    fn move_earlier(
        &mut self,
        connection: &Connection,
        before: &TraceRow,
        earlier: &[Facts<'_>],
        agents: &Agents<'_>,
        project: Option<&str>,
    ) -> Result<(), StoreProblem> {
        let mut agents_before = Agents::default();
        earlier.iter().for_each(|facts| agents_before.add(facts));
        let mut first_root = None;
        for facts in earlier {
            let from = Group::of(facts, before.project.as_deref(), agents_before.of(facts));
            let to = Group::of(facts, project, agents.of(facts));
            if from == to {
                continue;
            }
            if first_root.is_none() && before.has_root {
                first_root = Some(SegmentReader::new(connection)?.first_root(before.id)?);
            }
            let is_run = first_root == Some(Some(facts.span_id));
            self.moved.entry((from, to)).or_default().add(facts, is_run);
        }
        Ok(())
    }

    /// Changes the sums of the file, of hours and days.
    pub(super) fn write(mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.settle();
        let [hourly, daily] = &*TABLES;
        for ((from, to), sums) in &self.moved {
            // Nothing is moved that is not there: files of older versions know some sums by another name.
            if hourly.subtract_row(connection, from, sums)? {
                hourly.add_row(connection, to, sums)?;
                if daily.subtract_row(connection, &daily.group(from), sums)? {
                    daily.add_row(connection, &daily.group(to), sums)?;
                }
            }
        }
        // Added one by one: a batch has few groups.
        for (group, sums) in &self.added {
            hourly.add_row(connection, group, sums)?;
            daily.add_row(connection, &daily.group(group), sums)?;
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
        /// Sums of costs differ in their last digits with the order in which they were added. A thousandth of a thousandth of
        /// a dollar is more than that makes, and less than anybody asks for.
        const ROUNDED: f64 = 1e-6;
        let added: Vec<String> = COUNTS.iter().map(|column| saturating(column)).collect();
        let subtracted: Vec<String> = COUNTS
            .iter()
            .enumerate()
            .map(|(index, column)| format!("{column} = {column} - ?{}", index + 7))
            .collect();
        let all_there: Vec<String> =
            COUNTS.iter().enumerate().map(|(index, column)| format!("{column} >= ?{}", index + 7)).collect();
        let add = format!(
            "INSERT INTO {name} (hour, project, agent, provider, model, threshold, {}, cost) VALUES (?1, ?2, ?3, ?4, \
             ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) \
             ON CONFLICT DO UPDATE SET {}, cost = cost + excluded.cost",
            COUNTS.join(", "),
            added.join(", ")
        );
        let subtract = format!(
            "UPDATE {name} SET {}, cost = max(0, cost - ?21) WHERE {KEY} AND cost >= ?21 - {ROUNDED} AND {}",
            subtracted.join(", "),
            all_there.join(" AND ")
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
