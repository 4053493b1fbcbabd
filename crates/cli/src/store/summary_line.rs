//! A trace in one line: JSON for programs, a row of a table for people.

use opentelemetry::trace::TraceId;
use otel_genai::export::figures::{shown_cost, shown_count, shown_duration};
use otel_genai::export::store::{TraceStatus, TraceSummary};
use serde::Serialize;

use super::table::{Cell, Column, Layout, Paint};
use crate::moment;

/// So many digits of an id are shown: enough to tell thousands of traces apart, unless ids begin with the time.
const LEAST_DIGITS: usize = 8;

/// Returns how many digits tell these ids apart, no fewer than are always shown.
pub(super) fn shown_digits(ids: impl IntoIterator<Item = TraceId>) -> usize {
    let mut ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    ids.sort_unstable();
    ids.dedup();
    let common = |pair: &[String]| {
        pair[0].bytes().zip(pair[1].bytes()).take_while(|(one, other)| one == other).count()
    };
    ids.windows(2).map(|pair| common(pair) + 1).fold(LEAST_DIGITS, usize::max)
}

/// What is known of a trace, under the names that the view `agent_runs` has. What is not known is null.
#[derive(Debug, Serialize)]
pub(super) struct SummaryLine<'a> {
    trace_id: String,
    started: String,
    seconds: f64,
    status: &'static str,
    name: Option<&'a str>,
    agent: Option<&'a str>,
    project: Option<&'a str>,
    session: Option<&'a str>,
    user: Option<&'a str>,
    tenant: Option<&'a str>,
    spans: u64,
    errors: u64,
    llm_calls: u64,
    tool_calls: u64,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    uncounted_calls: u64,
    cost: Option<f64>,
    unpriced_calls: u64,
    models: &'a [String],
    agents: &'a [String],
    findings: u64,
    finding_categories: &'a [String],
    threshold: Option<u64>,
}

impl<'a> From<&'a TraceSummary> for SummaryLine<'a> {
    fn from(trace: &'a TraceSummary) -> Self {
        Self {
            trace_id: trace.trace_id.to_string(),
            started: moment::show_exact(trace.start),
            seconds: trace.duration().as_secs_f64(),
            status: trace.status.as_str(),
            name: trace.name.as_deref(),
            agent: trace.agent.as_deref(),
            project: trace.project.as_deref(),
            session: trace.session.as_deref(),
            user: trace.user.as_deref(),
            tenant: trace.tenant.as_deref(),
            spans: trace.spans,
            errors: trace.errors,
            llm_calls: trace.llm_calls,
            tool_calls: trace.tool_calls,
            input_tokens: trace.input_tokens,
            output_tokens: trace.output_tokens,
            cache_read_tokens: trace.cache_read_tokens,
            cache_write_tokens: trace.cache_write_tokens,
            reasoning_tokens: trace.reasoning_tokens,
            uncounted_calls: trace.uncounted_calls,
            cost: trace.cost,
            unpriced_calls: trace.unpriced_calls,
            models: &trace.models,
            agents: &trace.agents,
            findings: trace.findings,
            finding_categories: &trace.finding_categories,
            threshold: trace.threshold,
        }
    }
}

/// Where the findings stand, which are left out if there are none.
const FINDINGS: usize = 8;

/// Lays out a table of traces.
pub(super) fn table(traces: &[TraceSummary], width: Option<usize>, has_colours: bool) -> String {
    let mut columns = columns();
    let digits = shown_digits(traces.iter().map(|trace| trace.trace_id));
    let mut rows: Vec<Vec<Cell>> = traces.iter().map(|trace| cells(trace, digits)).collect();
    if traces.iter().all(|trace| trace.findings == 0) {
        columns.remove(FINDINGS);
        rows.iter_mut().for_each(|row| drop(row.remove(FINDINGS)));
    }
    let layout = Layout::new(columns, &rows, width, has_colours);
    let lines: Vec<String> = rows.iter().map(|row| layout.line(row)).collect();
    layout.header() + &lines.concat()
}

/// The columns of a table of traces.
fn columns() -> Vec<Column> {
    vec![
        Column::whole("TRACE"),
        Column::whole("STARTED (UTC)"),
        Column::whole("STATUS"),
        Column::number("TIME"),
        Column::number("COST"),
        Column::number("TOKENS"),
        Column::number("CALLS"),
        Column::words("NAME"),
        Column::words("FINDINGS"),
        Column::words("MODELS"),
    ]
}

/// The same, as wide as the rows are that are still to come.
pub(super) fn roomy_columns(digits: usize) -> Vec<Column> {
    let widths = [digits, 16, 11, 7, 9, 9, 5, 24, 12, 20];
    columns().into_iter().zip(widths).map(|(column, width)| column.at_least(width)).collect()
}

/// The row of a trace, with so many digits of its id.
pub(super) fn cells(trace: &TraceSummary, digits: usize) -> Vec<Cell> {
    let id: String = trace.trace_id.to_string().chars().take(digits).collect();
    let status = match trace.status {
        TraceStatus::Error => Paint::Red,
        TraceStatus::Running | TraceStatus::Interrupted => Paint::Yellow,
        _ => Paint::Plain,
    };
    let started = moment::show(trace.start).get(..16).unwrap_or_default().replace('T', " ");
    let models = Some(trace.models.join(", ")).filter(|models| !models.is_empty());
    let findings = trace.finding_categories.join(", ");
    let findings =
        if findings.is_empty() && trace.findings > 0 { trace.findings.to_string() } else { findings };
    vec![
        Cell::new(&id),
        Cell::new(&started),
        Cell::painted(trace.status.as_str(), status),
        Cell::new(&shown_duration(trace.duration())),
        sum(trace.cost.map(shown_cost), trace.unpriced_calls),
        sum(tokens(trace).map(shown_count), trace.uncounted_calls),
        Cell::new(&shown_count(trace.llm_calls)),
        Cell::optional(trace.name.as_deref()),
        Cell::painted(&findings, Paint::Red),
        Cell::optional(models.as_deref()),
    ]
}

fn tokens(trace: &TraceSummary) -> Option<u64> {
    match (trace.input_tokens, trace.output_tokens) {
        (None, None) => None,
        (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
    }
}

/// A sum of which some parts are not known is a lower bound.
pub(super) fn sum(shown: Option<String>, unknown_parts: u64) -> Cell {
    match shown {
        None => Cell::unknown(),
        Some(shown) if unknown_parts > 0 => Cell::new(&format!("≥ {shown}")),
        Some(shown) => Cell::new(&shown),
    }
}
