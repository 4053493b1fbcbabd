//! The report in columns.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::answer::{Answer, Estimated, Figure, Group, Recorded, Totals};
use crate::plain::{number, printable};

/// From so many traces on, an interval is trusted without a word.
const ENOUGH_TRACES: u64 = 30;

type Row = Vec<String>;

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { estimated, recorded } = &self.all;
        let [calls, errors, input, output, cost] =
            ["calls", "errors", "input tokens", "output tokens", "cost (USD)"].map(str::to_owned);
        let by = self.by.as_deref().map(printable).unwrap_or_default();
        if let Some(all) = estimated {
            writeln!(
                formatter,
                "Estimated from calls with a sampling threshold; in brackets where the truth is, 95 %"
            )?;
            let header =
                [by.clone(), "sampled".into(), calls.clone(), errors.clone(), input.clone(), output.clone()];
            let mut rows = vec![[&header[..], std::slice::from_ref(&cost)].concat()];
            rows.extend(self.rows(|totals| totals.estimated.as_ref(), estimated_cells));
            rows.push(row("all", estimated_cells(all)));
            write_aligned(formatter, &rows)?;
        }
        if let Some(all) = recorded {
            if estimated.is_some() {
                writeln!(formatter)?;
            }
            writeln!(
                formatter,
                "Recorded by calls without a sampling threshold: sums of what is there, and of everything only if nothing was left out"
            )?;
            let mut rows = vec![vec![by, calls, errors, input, output, cost]];
            rows.extend(self.rows(|totals| totals.recorded.as_ref(), recorded_cells));
            rows.push(row("all", recorded_cells(all)));
            write_aligned(formatter, &rows)?;
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
    [vec![printable(name)], cells].concat()
}

fn estimated_cells(totals: &Estimated) -> Row {
    let whole = |figure: Figure| with_bounds(figure, |value| thousands(value.round() as u64));
    let (calls, uncounted) = (totals.calls.total, totals.calls_without_tokens.total);
    let known = |figure: Figure, unknown, shown| as_far_as_known(figure.total, calls, unknown, shown);
    vec![
        thousands(totals.sampled_calls),
        whole(totals.calls),
        whole(totals.errors),
        known(totals.input_tokens, uncounted, whole(totals.input_tokens)),
        known(totals.output_tokens, uncounted, whole(totals.output_tokens)),
        known(totals.cost_usd, totals.calls_without_cost.total, with_bounds(totals.cost_usd, usd)),
    ]
}

fn recorded_cells(totals: &Recorded) -> Row {
    let known = |sum, unknown: u64, shown| as_far_as_known(sum, totals.calls as f64, unknown as f64, shown);
    let tokens = |sum: u64| known(sum as f64, totals.calls_without_tokens, thousands(sum));
    vec![
        thousands(totals.calls),
        thousands(totals.errors),
        tokens(totals.input_tokens),
        tokens(totals.output_tokens),
        known(totals.cost_usd, totals.calls_without_cost, usd(totals.cost_usd)),
    ]
}

/// Of a sum of which no call told its part nothing is known; if some did not, it is a lower bound.
fn as_far_as_known(sum: f64, calls: f64, unknown: f64, shown: String) -> String {
    // Estimates are sums of weights, which may differ in their last digits.
    if sum == 0.0 && unknown > 0.0 && unknown >= calls * (1.0 - 1e-9) {
        "-".to_owned()
    } else if unknown > 0.0 {
        format!("≥ {shown}")
    } else {
        shown
    }
}

/// A figure that is certain has no bounds.
fn with_bounds(figure: Figure, write: impl Fn(f64) -> String) -> String {
    let [total, low, high] = [figure.total, figure.low, figure.high].map(write);
    if low == high { total } else { format!("{total} ({low} to {high})") }
}

fn usd(value: f64) -> String {
    let cents = (value * 100.0).round();
    // Small sums would vanish in cents.
    if value != 0.0 && value < 1.0 {
        return format!("{value:.4}");
    }
    format!("{}.{:02}", thousands((cents / 100.0) as u64), (cents % 100.0) as u64)
}

fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn calls(value: u64) -> String {
    number(value, "call", "calls")
}

/// Writes the first column to the left and the figures to the right, two spaces between them.
fn write_aligned(formatter: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most)
        .map(|place| rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    for row in rows {
        let mut line = String::new();
        for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            match place {
                0 => line.extend([cell, space.as_str()]),
                _ => line.extend(["  ", space.as_str(), cell]),
            }
        }
        writeln!(formatter, "{}", line.trim_end())?;
    }
    Ok(())
}
