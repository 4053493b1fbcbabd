//! The report in columns.

use std::fmt;

use otel_genai::export::figures::{shown_cost, shown_count};

use super::answer::{Answer, Estimated, Figure, Group, Recorded, Totals};
use crate::plain::{number, printable};
use crate::store::table::{Cell, Column, Layout};
use crate::store::terminal;

/// From so many traces on, an interval is trusted without a word.
const ENOUGH_TRACES: u64 = 30;

type Row = Vec<String>;

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { estimated, recorded } = &self.all;
        let [calls, errors, input, output, cost] =
            ["calls", "errors", "input tokens", "output tokens", "cost"].map(str::to_owned);
        let by = self.by.clone().unwrap_or_default();
        if let Some(all) = estimated {
            writeln!(
                formatter,
                "Estimated from calls with a sampling threshold; in brackets where the truth is, 95 %"
            )?;
            let header = [&by, "sampled", &cost, &calls, &errors, &input, &output].map(str::to_owned);
            let mut rows = vec![header.to_vec()];
            rows.extend(self.rows(|totals| totals.estimated.as_ref(), estimated_cells));
            rows.push(row("all", estimated_cells(all)));
            write_table(formatter, &rows)?;
        }
        if let Some(all) = recorded {
            if estimated.is_some() {
                writeln!(formatter)?;
            }
            writeln!(
                formatter,
                "Recorded by calls without a sampling threshold: sums of what is there, and of everything only if nothing was left out"
            )?;
            let mut rows = vec![vec![by, cost, calls, errors, input, output]];
            rows.extend(self.rows(|totals| totals.recorded.as_ref(), recorded_cells));
            rows.push(row("all", recorded_cells(all)));
            write_table(formatter, &rows)?;
        }
        if estimated.is_some() || recorded.is_some() {
            writeln!(formatter)?;
        }
        self.write_counts(formatter)?;
        self.write_notes(formatter)
    }
}

impl Answer {
    fn rows<'a, T: 'a>(
        &'a self,
        of: impl Fn(&'a Totals) -> Option<&'a T>,
        cells: impl Fn(&T) -> Row,
    ) -> impl Iterator<Item = Row> {
        let groups = self.groups.iter().flatten();
        groups.filter_map(move |group| of(&group.totals).map(|totals| row(name(group), cells(totals))))
    }

    fn write_counts(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans = &self.spans;
        let mut parts = vec![
            format!("{} with a threshold", calls(spans.calls_with_threshold)),
            format!("{} without", calls(spans.calls_without_threshold)),
        ];
        if spans.duplicates > 0 {
            parts.push(format!("{} left out", number(spans.duplicates, "duplicate", "duplicates")));
        }
        if spans.skipped > 0 {
            parts.push(number(spans.skipped, "line or span skipped", "lines or spans skipped"));
        }
        writeln!(formatter, "read {}: {}", number(spans.read, "span", "spans"), parts.join(", "))
    }

    fn write_notes(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_enriched = self.spans.calls_not_enriched;
        if not_enriched > 0 {
            writeln!(
                formatter,
                "note: {} not enriched: one that two libraries recorded counts twice, and one that came without a cost \
                 has none; `otel-genai process` enriches, before `import`",
                calls(not_enriched)
            )?;
        }
        let lacking = [
            (self.lacking(|all| all.calls_without_cost, |all| all.calls_without_cost), "cost"),
            (self.lacking(|all| all.calls_without_tokens, |all| all.calls_without_tokens), "token counts"),
        ];
        // Tools have neither.
        for (lacking, what) in lacking.into_iter().filter(|_| self.by.as_deref() != Some("tool")) {
            if let Some(lacking) = lacking {
                writeln!(formatter, "note: {lacking} without {what}: the sums are too low by theirs")?;
            }
        }
        let is_rough = |totals: &Totals| {
            totals.estimated.as_ref().is_some_and(|all| (1..ENOUGH_TRACES).contains(&all.uncertain_traces))
        };
        let rough: Vec<_> =
            self.groups.iter().flatten().filter(|group| is_rough(&group.totals)).map(name).collect();
        let rough = if is_rough(&self.all) && self.groups.is_none() { vec!["all"] } else { rough };
        if !rough.is_empty() {
            let names: Vec<_> = rough.into_iter().map(printable).collect();
            let names = names.join(", ");
            writeln!(formatter, "note: fewer than {ENOUGH_TRACES} sampled traces, rough intervals: {names}")?;
        }
        Ok(())
    }

    /// Says how many calls lack something, of those in the sample and of those recorded without a threshold.
    fn lacking(
        &self,
        estimated: impl Fn(&Estimated) -> Figure,
        recorded: impl Fn(&Recorded) -> u64,
    ) -> Option<String> {
        let estimated = self.all.estimated.as_ref().map_or(0.0, |all| estimated(all).total);
        let recorded = self.all.recorded.as_ref().map_or(0, recorded);
        let mut parts = Vec::new();
        if estimated > 0.0 {
            parts.push(format!("an estimated {}", calls(estimated.round() as u64)));
        }
        if recorded > 0 {
            parts.push(format!("{} recorded without a threshold", calls(recorded)));
        }
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

fn name(group: &Group) -> &str {
    group.name.as_deref().unwrap_or("(unknown)")
}

fn row(name: &str, cells: Row) -> Row {
    [vec![name.to_owned()], cells].concat()
}

fn estimated_cells(totals: &Estimated) -> Row {
    let whole = |figure: Figure| with_bounds(figure, |value| shown_count(value.round() as u64));
    let uncounted = totals.calls_without_tokens.total > 0.0;
    vec![
        shown_count(totals.sampled_calls),
        as_far_as_known(
            totals.cost_usd.map(|cost| with_bounds(cost, shown_cost)),
            totals.calls_without_cost.total > 0.0,
        ),
        whole(totals.calls),
        whole(totals.errors),
        as_far_as_known(totals.input_tokens.map(whole), uncounted),
        as_far_as_known(totals.output_tokens.map(whole), uncounted),
    ]
}

fn recorded_cells(totals: &Recorded) -> Row {
    let tokens = |sum: Option<u64>| as_far_as_known(sum.map(shown_count), totals.calls_without_tokens > 0);
    vec![
        as_far_as_known(totals.cost_usd.map(shown_cost), totals.calls_without_cost > 0),
        shown_count(totals.calls),
        shown_count(totals.errors),
        tokens(totals.input_tokens),
        tokens(totals.output_tokens),
    ]
}

/// Of a sum of which no call told its part nothing is known; if some did not, it is a lower bound.
fn as_far_as_known(shown: Option<String>, is_lower_bound: bool) -> String {
    match shown {
        None => "-".to_owned(),
        Some(shown) if is_lower_bound => format!("≥ {shown}"),
        Some(shown) => shown,
    }
}

/// A figure that is certain has no bounds.
fn with_bounds(figure: Figure, write: impl Fn(f64) -> String) -> String {
    let [total, low, high] = [figure.total, figure.low, figure.high].map(write);
    if low == high { total } else { format!("{total} ({low} to {high})") }
}

fn calls(value: u64) -> String {
    number(value, "call", "calls")
}

/// Writes the first row as names of columns: the groups to the left, figures to the right.
fn write_table(formatter: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
    let Some((names, rows)) = rows.split_first() else { return Ok(()) };
    let column = |(place, name): (usize, &String)| {
        if place == 0 { Column::words(name) } else { Column::number(name) }
    };
    let columns = names.iter().enumerate().map(column).collect();
    let rows: Vec<Vec<Cell>> =
        rows.iter().map(|row| row.iter().map(|text| Cell::new(text)).collect()).collect();
    let layout = Layout::new(columns, &rows, terminal::width(), terminal::has_colours());
    formatter.write_str(&layout.header())?;
    rows.iter().try_for_each(|row| formatter.write_str(&layout.line(row)))
}
