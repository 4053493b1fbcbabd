//! The counts that a command prints when it is done.

use std::fmt;

use otel_genai::PipelineStats;
use otel_genai::export::ReadCounts;

/// What became of everything that was read.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) inputs: usize,
    pub(crate) read: ReadTotals,
    pub(crate) stats: PipelineStats,
}

/// What the readers met, all inputs together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadTotals {
    spans: u64,
    invalid: u64,
    pub(crate) metrics_lines: u64,
    pub(crate) logs_lines: u64,
    pub(crate) profiles_lines: u64,
    invalid_trace_states: u64,
}

impl ReadTotals {
    pub(crate) fn add(&mut self, counts: ReadCounts) {
        self.spans += counts.spans;
        self.invalid += counts.invalid;
        self.metrics_lines += counts.metrics_lines;
        self.logs_lines += counts.logs_lines;
        self.profiles_lines += counts.profiles_lines;
        self.invalid_trace_states += counts.invalid_trace_states;
    }

    /// Returns how many lines and spans could not be read.
    pub(crate) fn invalid(&self) -> u64 {
        self.invalid
    }

    /// Says how many lines of other signals were skipped; empty if there were none.
    pub(crate) fn skipped(&self) -> String {
        happened(&[
            number(self.metrics_lines, "line of metrics", "lines of metrics"),
            number(self.logs_lines, "line of logs", "lines of logs"),
            number(self.profiles_lines, "line of profiles", "lines of profiles"),
        ])
    }
}

/// A line each for what was read and written, and for whatever else happened.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, read, stats } = self;
        let spans = number(read.spans, "span", "spans");
        let traces = number(stats.last_segments, "trace", "traces");
        let inputs = number(*inputs as u64, "input", "inputs");
        writeln!(formatter, "read      {spans} of {traces} from {inputs}")?;
        writeln!(formatter, "written   {}", number(stats.delivered, "span", "spans"))?;
        for dropped in &stats.dropped {
            let (spans, stage, reason) =
                (number(dropped.spans, "span", "spans"), &dropped.stage, dropped.reason);
            writeln!(formatter, "dropped   {spans} by {stage} ({reason})")?;
        }
        let repaired = [
            number(stats.repairs.repeated_keys, "repeated attribute key", "repeated attribute keys"),
            number(stats.repairs.negative_durations, "end before its start", "ends before their start"),
            number(stats.repairs.invalid_links, "link that leads nowhere", "links that lead nowhere"),
        ];
        let invalid = [
            number(read.invalid, "line or span", "lines or spans"),
            number(read.invalid_trace_states, "tracestate, left out", "tracestates, left out"),
        ];
        let forced = [number(
            stats.forced_segments,
            "time that spans moved on before the input ended: they exceed pipeline.max_bytes",
            "times that spans moved on before the input ended: they exceed pipeline.max_bytes",
        )];
        let lines = [
            ("repaired", happened(&repaired)),
            ("skipped", read.skipped()),
            ("invalid", happened(&invalid)),
            ("forced", happened(&forced)),
        ];
        for (word, happened) in lines {
            if !happened.is_empty() {
                writeln!(formatter, "{word:<9} {happened}")?;
            }
        }
        Ok(())
    }
}

/// Lists the counts that are not zero.
fn happened(counts: &[String]) -> String {
    let happened: Vec<&str> =
        counts.iter().map(String::as_str).filter(|count| !count.starts_with("0 ")).collect();
    happened.join(", ")
}

fn number(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
