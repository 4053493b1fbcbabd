//! Lists of traces, page by page.

use std::time::SystemTime;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::StoreProblem;
use super::facts::nanoseconds;
use super::filter::{TraceFilter, glob};
use super::process;
use super::search::Search;
use super::summary::TraceSummary;
use super::trace_row::{self, TraceRow};

/// Where a bound on cost or duration leaves at most so many traces, they are found by it and sorted.
const FEW_TRACES: i64 = 5000;

/// A page of traces.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TracePage {
    /// The traces, in the order asked for.
    pub traces: Vec<TraceSummary>,
    /// Whether there are more; [`TraceSummary::cursor`] of the last one continues.
    pub has_more: bool,
}

impl TracePage {
    /// Returns where the next page begins, if there is one.
    pub fn next(&self) -> Option<super::TraceCursor> {
        self.traces.last().filter(|_| self.has_more).map(TraceSummary::cursor)
    }
}

/// A query that is put together.
struct Query {
    from: String,
    conditions: Vec<String>,
    values: Vec<Value>,
    /// What rows are sorted by: the columns of the index that leads.
    start: &'static str,
    id: &'static str,
}

/// Reads one page.
pub(super) fn page(
    connection: &Connection,
    filter: &TraceFilter,
    now: SystemTime,
) -> Result<TracePage, StoreProblem> {
    let ended = process::ended(connection, nanoseconds(now))?;
    let mut search = match &filter.text {
        Some(text) => Some(Search::new(connection, text)?),
        None => None,
    };
    let few = search.as_ref().and_then(Search::few);
    let mut query = lead(connection, filter, few.as_deref())?;
    if few.is_some() {
        search = None;
    }
    restrict(&mut query, filter, &ended);
    let (compare, direction) = if filter.is_oldest_first { (">", "ASC") } else { ("<", "DESC") };
    let Query { from, mut conditions, mut values, start, id } = query;
    if let Some(cursor) = filter.after {
        conditions.push(format!("({start}, {id}) {compare} (?, ?)"));
        values.extend([cursor.start_ns.into(), cursor.id.into()]);
    }
    if conditions.is_empty() {
        conditions.push("1".to_owned());
    }
    let sql = format!(
        "{} {from} WHERE {} ORDER BY {start} {direction}, {id} {direction}",
        trace_row::select_columns(),
        conditions.join(" AND ")
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut page = TracePage::default();
    while let Some(row) = rows.next()? {
        let is_wanted = match &mut search {
            Some(search) => search.contains(row.get(0)?)?,
            None => true,
        };
        if is_wanted {
            if page.traces.len() == filter.limit {
                page.has_more = true;
                break;
            }
            page.traces.push(TraceSummary::new(TraceRow::read(row)?, &ended));
        }
    }
    Ok(page)
}

/// Chooses what leads: what leaves few traces, else an index in the order asked for.
///
/// SQLite cannot know: it has no figures of how rare a word or a price is.
fn lead(connection: &Connection, filter: &TraceFilter, few: Option<&[i64]>) -> Result<Query, StoreProblem> {
    let plain = |from: &str| Query {
        from: from.to_owned(),
        conditions: Vec::new(),
        values: Vec::new(),
        start: "t.start_ns",
        id: "t.id",
    };
    if let Some(traces) = few {
        let mut query = plain("FROM json_each(?) AS f CROSS JOIN traces AS t ON t.id = f.value");
        query.values.push(serde_json::Value::from(traces).to_string().into());
        return Ok(query);
    }
    if let Some((kind, label)) = filter.labels.iter().find(|(_, label)| glob(label).is_none()) {
        return Ok(Query {
            from: "FROM labels AS l CROSS JOIN traces AS t ON t.id = l.trace".to_owned(),
            conditions: vec!["l.kind = ? AND l.label = ?".to_owned()],
            values: vec![(*kind).into(), label.clone().into()],
            start: "l.start_ns",
            id: "l.trace",
        });
    }
    if let Some(cost) = filter.min_cost
        && is_rare(connection, "SELECT 1 FROM traces WHERE cost >= ?1", cost.into())?
    {
        return Ok(plain("FROM traces AS t INDEXED BY traces_by_cost"));
    }
    if let Some(duration) = filter.min_duration
        && is_rare(connection, "SELECT 1 FROM traces WHERE duration_ns >= ?1", duration.into())?
    {
        return Ok(plain("FROM traces AS t INDEXED BY traces_by_duration"));
    }
    Ok(plain("FROM traces AS t"))
}

fn is_rare(connection: &Connection, sql: &str, value: Value) -> rusqlite::Result<bool> {
    let sql = format!("SELECT count(*) FROM ({sql} LIMIT {})", FEW_TRACES + 1);
    let count: i64 = connection.prepare_cached(&sql)?.query_row([value], |row| row.get(0))?;
    Ok(count <= FEW_TRACES)
}

fn restrict(query: &mut Query, filter: &TraceFilter, ended: &[i64]) {
    if let Some(status) = filter.status {
        query.conditions.push(status.condition(ended));
    }
    for condition in &filter.conditions {
        query.conditions.push(condition.sql.to_owned());
        query.values.extend(condition.values.iter().cloned());
    }
    for (kind, label) in &filter.labels {
        let (sql, label) = match glob(label) {
            None => (
                "EXISTS (SELECT 1 FROM labels AS o WHERE o.kind = ? AND o.label = ? \
                 AND o.start_ns = t.start_ns AND o.trace = t.id)",
                label.clone(),
            ),
            // A trace has few labels, a kind has those of all traces.
            Some(pattern) => (
                "EXISTS (SELECT 1 FROM labels AS o INDEXED BY labels_by_trace \
                 WHERE o.kind = ? AND o.label GLOB ? AND o.trace = t.id)",
                pattern,
            ),
        };
        query.conditions.push(sql.to_owned());
        query.values.extend([(*kind).into(), label.into()]);
    }
    if let Some(cost) = filter.min_cost {
        query.conditions.push("t.cost >= ?".to_owned());
        query.values.push(cost.into());
    }
    if let Some(duration) = filter.min_duration {
        query.conditions.push("t.duration_ns >= ?".to_owned());
        query.values.push(duration.into());
    }
}
