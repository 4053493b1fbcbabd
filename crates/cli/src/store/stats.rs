//! `otel-genai stats`: what the store holds, and totals.

use std::io::{self, Write, stderr};
use std::time::SystemTime;

use clap::Args;
use otel_genai::JsonLinesWriter;
use otel_genai::export::figures::{shown_cost, shown_count};
use otel_genai::export::store::{Store, StoreStatistics, TotalsBy, TotalsQuery, TraceFilter};
use serde::Serialize;

use super::bar::Bar;
use super::location::{StoreArguments, note_nothing_found};
use super::stop::{print, write_json};
use super::table::{Cell, Layout};
use super::totals::{self, By, TotalsLine};
use super::{export, terminal};
use crate::failure::Failure;
use crate::moment;
use crate::plain::{number, printable};

/// Tells what the store holds and how large it is, or totals by model, agent, day and more
///
/// Totals come from sums that are kept by the hour and stay when traces are deleted. They are of the spans that were
/// stored: if traces are sampled, each stands for several. The agent of a span is the one it names, else that of the
/// nearest span above it that names one.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai stats
  otel-genai stats --by day,model --since 7d
  otel-genai stats --by agent --json

Exit code: 0 it is told; 1 the store cannot be read; 2 wrong usage.")]
pub(crate) struct StatsArguments {
    #[command(flatten)]
    store: StoreArguments,

    /// Totals of each of these, or of each combination; separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    by: Vec<By>,

    /// Totals from this time on, in full hours: a day, a time, or how long ago, such as 24h
    #[arg(long, value_name = "TIME|AGO", value_parser = moment::parse_or_ago, allow_hyphen_values = true, requires = "by")]
    since: Option<SystemTime>,

    /// Totals before this time, in full hours
    #[arg(long, value_name = "TIME|AGO", value_parser = moment::parse_or_ago, allow_hyphen_values = true, requires = "by")]
    until: Option<SystemTime>,

    /// Totals of one project
    #[arg(long, requires = "by")]
    project: Option<String>,

    /// Totals of one agent, without those that it called; * stands for any characters
    #[arg(long, requires = "by")]
    agent: Option<String>,

    /// Totals of one model, the one that answered, else the one that was asked for; * stands for any characters
    #[arg(long, requires = "by")]
    model: Option<String>,

    /// Reads everything to tell how large it would be as JSON Lines
    #[arg(long, conflicts_with = "by")]
    measure: bool,

    /// Prints JSON: one object, or one per row of totals and line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &StatsArguments) -> Result<(), Failure> {
    moment::refuse_reversed(arguments.since, arguments.until)?;
    let store = arguments.store.open()?;
    if arguments.by.is_empty() { describe(arguments, &store) } else { total(arguments, &store) }
}

fn total(arguments: &StatsArguments, store: &Store) -> Result<(), Failure> {
    let mut query = TotalsQuery::new();
    if let Some(since) = arguments.since {
        query = query.since(since);
    }
    if let Some(until) = arguments.until {
        query = query.until(until);
    }
    if let Some(project) = &arguments.project {
        query = query.project(project);
    }
    if let Some(agent) = &arguments.agent {
        query = query.agent(agent);
    }
    if let Some(model) = &arguments.model {
        query = query.model(model);
    }
    let mut by: Vec<By> = Vec::new();
    for wanted in &arguments.by {
        if !by.contains(wanted) {
            by.push(*wanted);
        }
    }
    let rows = store.totals(&by.iter().fold(query.clone(), |query, by| query.by((*by).into())))?;
    if rows.is_empty() {
        return note_no_totals(store, query != TotalsQuery::new());
    }
    let thresholds = store.totals(&query.by(TotalsBy::Threshold))?;
    let is_sampled = thresholds.iter().any(|row| row.threshold.is_some_and(|threshold| threshold > 0));
    print(|output| {
        if arguments.json {
            for row in &rows {
                write_json(output, &TotalsLine::from(row))?;
            }
            return Ok(());
        }
        let cells: Vec<Vec<Cell>> = rows.iter().map(|row| totals::cells(&by, row)).collect();
        let layout = Layout::new(totals::columns(&by), &cells, terminal::width(), terminal::has_colours());
        output.write_all(layout.header().as_bytes())?;
        for row in &cells {
            output.write_all(layout.line(row).as_bytes())?;
        }
        if is_sampled {
            writeln!(output, "of what was stored: traces were sampled, and each stands for several")?;
        }
        Ok(())
    })
}

/// Says, where there are no totals, whether there are any at all: they stay when traces are deleted.
fn note_no_totals(store: &Store, is_filtered: bool) -> Result<(), Failure> {
    let is_empty = store.totals(&TotalsQuery::new())?.iter().all(|row| row.spans == 0);
    let note = match (is_empty, is_filtered) {
        (true, _) => return note_nothing_found(store),
        (false, true) => {
            "no totals are like that; leave out a filter, or see all of them with `otel-genai stats --by agent`"
        }
        (false, false) => {
            "no model was called; `otel-genai stats --by agent` has the totals of everything else"
        }
    };
    // Who closed standard error does not want to read it.
    let _ = writeln!(stderr().lock(), "note: {note}");
    Ok(())
}

/// What is told of a store, for programs.
#[derive(Debug, Serialize)]
struct Described {
    path: String,
    schema: u64,
    traces: u64,
    running: u64,
    interrupted: u64,
    failed: u64,
    spans: u64,
    llm_calls: u64,
    tool_calls: u64,
    cost: f64,
    unpriced_calls: u64,
    oldest: Option<String>,
    newest: Option<String>,
    deleted_traces: u64,
    deleted_spans: u64,
    file_bytes: u64,
    used_bytes: u64,
    log_bytes: u64,
    /// Only if it was measured.
    json_lines_bytes: Option<u64>,
    /// How many times larger JSON Lines would be than what is in use.
    factor: Option<f64>,
}

fn describe(arguments: &StatsArguments, store: &Store) -> Result<(), Failure> {
    let statistics = store.statistics()?;
    let json_lines_bytes = arguments.measure.then(|| measure(store, statistics.traces)).transpose()?;
    let StoreStatistics { used_bytes, .. } = statistics;
    let factor = json_lines_bytes.filter(|_| used_bytes > 0).map(|bytes| bytes as f64 / used_bytes as f64);
    let described = Described {
        path: store.path().display().to_string(),
        schema: statistics.schema,
        traces: statistics.traces,
        running: statistics.running,
        interrupted: statistics.interrupted,
        failed: statistics.failed,
        spans: statistics.spans,
        llm_calls: statistics.llm_calls,
        tool_calls: statistics.tool_calls,
        cost: statistics.cost,
        unpriced_calls: statistics.unpriced_calls,
        oldest: statistics.oldest.map(moment::show_exact),
        newest: statistics.newest.map(moment::show_exact),
        deleted_traces: statistics.pruned_traces,
        deleted_spans: statistics.pruned_spans,
        file_bytes: statistics.file_bytes,
        used_bytes,
        log_bytes: statistics.log_bytes,
        json_lines_bytes,
        factor,
    };
    print(|output| {
        if arguments.json {
            return Ok(write_json(output, &described)?);
        }
        for (what, said) in lines(&described) {
            writeln!(output, "{what:<8}  {}", printable(&said))?;
        }
        Ok(())
    })?;
    if described.traces == 0 { note_nothing_found(store) } else { Ok(()) }
}

fn lines(described: &Described) -> Vec<(&'static str, String)> {
    let Described { traces, running, interrupted, failed, .. } = described;
    let states = [("running", running), ("interrupted", interrupted), ("failed", failed)];
    let states: Vec<String> = states
        .into_iter()
        .filter(|(_, count)| **count > 0)
        .map(|(state, count)| format!("{} {state}", shown_count(*count)))
        .collect();
    let states = if states.is_empty() { String::new() } else { format!(" ({})", states.join(", ")) };
    let mut lines = vec![
        ("store", format!("{}, schema {}", described.path, described.schema)),
        ("traces", format!("{}{states}", shown_count(*traces))),
        (
            "spans",
            format!(
                "{}, of which LLM calls {}, tool calls {}",
                shown_count(described.spans),
                shown_count(described.llm_calls),
                shown_count(described.tool_calls)
            ),
        ),
    ];
    let cost = match described.unpriced_calls {
        0 => shown_cost(described.cost),
        unpriced if described.cost == 0.0 => {
            format!("unknown: LLM calls without a price {}", shown_count(unpriced))
        }
        unpriced => {
            format!("≥ {}, LLM calls without a price {}", shown_cost(described.cost), shown_count(unpriced))
        }
    };
    lines.push(("cost", cost));
    if let (Some(oldest), Some(newest)) = (&described.oldest, &described.newest) {
        let second = |time: &str| time.split('.').next().unwrap_or_default().to_owned();
        lines.push(("time", format!("{}Z to {}Z", second(oldest), second(newest))));
    }
    lines.push((
        "size",
        format!(
            "{}, of which {} in use; write-ahead log {}",
            shown_bytes(described.file_bytes),
            shown_bytes(described.used_bytes),
            shown_bytes(described.log_bytes)
        ),
    ));
    if let (Some(bytes), Some(factor)) = (described.json_lines_bytes, described.factor) {
        lines.push(("factor", format!("{factor:.1}: as JSON Lines it would be {}", shown_bytes(bytes))));
    }
    let deleted = match described.deleted_traces {
        0 => "nothing so far".to_owned(),
        deleted => format!(
            "{} with {}; totals still count them",
            number(deleted, "trace", "traces"),
            number(described.deleted_spans, "span", "spans")
        ),
    };
    lines.push(("deleted", deleted));
    lines
}

/// Writes a size to about three digits, by 1000.
pub(super) fn shown_bytes(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let unit = units.into_iter().find(|(_, size)| bytes as f64 >= *size);
    unit.map_or_else(|| format!("{bytes} B"), |(unit, size)| format!("{:.1} {unit}", bytes as f64 / size))
}

/// Writes everything as JSON Lines to nowhere, and counts.
fn measure(store: &Store, traces: u64) -> Result<u64, Failure> {
    let mut bar = Bar::new("reading", "traces");
    let mut writer = JsonLinesWriter::new(Counter::default());
    for (done, trace) in (1..).zip(store.stored_traces(TraceFilter::new())) {
        export::write_spans(&mut writer, trace?.spans)
            .map_err(|error| Failure::Work(format!("cannot measure: {error}")))?;
        bar.set(done, traces);
    }
    Ok(writer.into_inner().bytes)
}

#[derive(Debug, Default)]
struct Counter {
    bytes: u64,
}

impl Write for Counter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.bytes += buffer.len() as u64;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
