//! Totals, broken down.

use clap::ValueEnum;
use otel_genai::export::figures::{shown_cost, shown_count};
use otel_genai::export::store::{TotalsBy, TotalsRow};
use serde::Serialize;

use super::summary_line::sum;
use super::table::{Cell, Column};
use crate::moment;

/// [`TotalsBy`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    Hour,
    Day,
    Project,
    Agent,
    Provider,
    Model,
    /// The sampling threshold: of rows with one, each trace stands for several
    Threshold,
}

impl From<By> for TotalsBy {
    fn from(by: By) -> Self {
        match by {
            By::Hour => Self::Hour,
            By::Day => Self::Day,
            By::Project => Self::Project,
            By::Agent => Self::Agent,
            By::Provider => Self::Provider,
            By::Model => Self::Model,
            By::Threshold => Self::Threshold,
        }
    }
}

impl By {
    fn column(self) -> Column {
        match self {
            Self::Hour => Column::whole("HOUR (UTC)"),
            Self::Day => Column::whole("DAY (UTC)"),
            Self::Project => Column::words("PROJECT"),
            Self::Agent => Column::words("AGENT"),
            Self::Provider => Column::words("PROVIDER"),
            Self::Model => Column::words("MODEL"),
            Self::Threshold => Column::number("THRESHOLD"),
        }
    }

    fn cell(self, row: &TotalsRow) -> Cell {
        let time = row.time.map(moment::show).unwrap_or_default();
        match self {
            Self::Hour => Cell::new(&time.get(..16).unwrap_or_default().replace('T', " ")),
            Self::Day => Cell::new(time.get(..10).unwrap_or_default()),
            Self::Project => Cell::optional(row.project.as_deref()),
            Self::Agent => Cell::optional(row.agent.as_deref()),
            Self::Provider => Cell::optional(row.provider.as_deref()),
            Self::Model => Cell::optional(row.model.as_deref()),
            Self::Threshold => {
                row.threshold.map_or_else(Cell::unknown, |threshold| Cell::new(&threshold.to_string()))
            }
        }
    }

    /// Whether rows are of model calls only, so that runs and tools have no place in them.
    fn is_of_calls(self) -> bool {
        matches!(self, Self::Provider | Self::Model)
    }
}

/// The columns of a table.
pub(super) fn columns(by: &[By]) -> Vec<Column> {
    let runs: &[&str] = if by.iter().any(|by| by.is_of_calls()) { &[] } else { &["RUNS", "ERRORS", "TOOLS"] };
    let numbers = runs.iter().chain(&["CALLS", "FAILED", "INPUT", "CACHED", "OUTPUT", "COST"]);
    by.iter().map(|by| by.column()).chain(numbers.map(|name| Column::number(name))).collect()
}

/// The row of a table.
pub(super) fn cells(by: &[By], row: &TotalsRow) -> Vec<Cell> {
    let number = |count| Cell::new(&shown_count(count));
    let mut cells: Vec<Cell> = by.iter().map(|by| by.cell(row)).collect();
    if !by.iter().any(|by| by.is_of_calls()) {
        cells.extend([row.runs, row.errors, row.tool_calls].map(number));
    }
    cells.extend([row.llm_calls, row.failed_calls].map(number));
    // Where no call has told anything, and where there was none, zero would be a lie.
    let known = |unknown: u64, shown: String, is_zero: bool| {
        sum(Some(shown).filter(|_| row.llm_calls > 0 && !(is_zero && unknown > 0)), unknown)
    };
    cells.push(known(row.uncounted_calls, shown_count(row.input_tokens), row.input_tokens == 0));
    cells.push(told_part(row.cache_read_tokens).map_or_else(Cell::unknown, number));
    cells.push(known(row.uncounted_calls, shown_count(row.output_tokens), row.output_tokens == 0));
    cells.push(known(row.unpriced_calls, shown_cost(row.cost), row.cost == 0.0));
    cells
}

/// Returns a sum of parts of tokens, of which nobody counts the calls that did not tell theirs: nothing may be zero, or unknown.
fn told_part(tokens: u64) -> Option<u64> {
    (tokens > 0).then_some(tokens)
}

/// Returns a sum unless no call has told its part, or there was none.
fn told<T>(row: &TotalsRow, silent_calls: u64, sum: T) -> Option<T> {
    (silent_calls < row.llm_calls).then_some(sum)
}

/// Totals for programs. What was not asked for, or no span has told, is null.
#[derive(Debug, Serialize)]
pub(super) struct TotalsLine<'a> {
    time: Option<String>,
    project: Option<&'a str>,
    agent: Option<&'a str>,
    provider: Option<&'a str>,
    model: Option<&'a str>,
    threshold: Option<u64>,
    runs: u64,
    spans: u64,
    errors: u64,
    llm_calls: u64,
    failed_calls: u64,
    tool_calls: u64,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    uncounted_calls: u64,
    unpriced_calls: u64,
    call_seconds: f64,
    cost: Option<f64>,
}

impl<'a> From<&'a TotalsRow> for TotalsLine<'a> {
    fn from(row: &'a TotalsRow) -> Self {
        Self {
            time: row.time.map(moment::show),
            project: row.project.as_deref(),
            agent: row.agent.as_deref(),
            provider: row.provider.as_deref(),
            model: row.model.as_deref(),
            threshold: row.threshold,
            runs: row.runs,
            spans: row.spans,
            errors: row.errors,
            llm_calls: row.llm_calls,
            failed_calls: row.failed_calls,
            tool_calls: row.tool_calls,
            input_tokens: told(row, row.uncounted_calls, row.input_tokens),
            output_tokens: told(row, row.uncounted_calls, row.output_tokens),
            cache_read_tokens: told_part(row.cache_read_tokens),
            cache_write_tokens: told_part(row.cache_write_tokens),
            reasoning_tokens: told_part(row.reasoning_tokens),
            uncounted_calls: row.uncounted_calls,
            unpriced_calls: row.unpriced_calls,
            call_seconds: row.call_duration.as_secs_f64(),
            cost: told(row, row.unpriced_calls, row.cost),
        }
    }
}
