//! What can be asked of `otel-genai report`.

use std::time::SystemTime;

use clap::Args;

use super::group::By;
use crate::arguments::Stream;
use crate::moment;
use crate::store::StoreArguments;

/// Sums up calls, errors, tokens and cost of recorded spans, also where they are only a sample
///
/// Reads the store, or files with one OTLP/JSON request per line, plain or compressed with gzip or zstd. Calls with a sampling
/// threshold (`ot=th` in the tracestate) stand for others too: their totals are estimates of everything, with an interval
/// that holds the truth in 95 of 100 samples. Calls without one are summed apart, as they are: nobody knows what they
/// stand for. A call counts once, whichever libraries recorded it, if the spans have been enriched.
#[derive(Args, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct ReportArguments {
    /// File to read, or - for standard input; without any, the store is read
    #[arg(value_name = "FILE|-", conflicts_with_all = ["store", "key_file"])]
    pub(super) files: Vec<Stream>,

    #[command(flatten)]
    pub(super) store: StoreArguments,

    /// Traces of the store that began at this time or later: a day, a time such as 2026-11-20T09:30:00Z, or how long ago,
    /// such as 2h
    #[arg(long, value_name = "TIME|AGO", value_parser = moment::parse_or_ago, allow_hyphen_values = true, conflicts_with = "files")]
    pub(super) since: Option<SystemTime>,

    /// Traces of the store that began before this time
    #[arg(long, value_name = "TIME|AGO", value_parser = moment::parse_or_ago, allow_hyphen_values = true, conflicts_with = "files")]
    pub(super) until: Option<SystemTime>,

    /// Groups by model, agent, tool (the calls of tools, then), day (UTC), or the value of an attribute
    #[arg(long, value_name = "model|agent|tool|day|ATTRIBUTE")]
    pub(super) by: Option<By>,

    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Skips and counts lines and spans that cannot be read, instead of stopping at the first
    #[arg(long)]
    pub(super) skip_invalid: bool,
}

const AFTER_HELP: &str = "\
Examples:
  What each model cost, as far as a sample of a tenth can tell:
    otel-genai report --by model traces.jsonl

  The same of the store, of the last week:
    otel-genai report --by model --since 7d

  By tenant, and by the service that ran:
    otel-genai report --by otel_genai.tenant day1.jsonl.zst day2.jsonl.zst
    otel-genai report --by service.name traces.jsonl

  Files that no enricher has seen:
    otel-genai process --quiet --input raw.jsonl | otel-genai report --by model -

An attribute is looked for on the span, then on its resource; one that no call has is an error, which lists those that \
calls have. The agent of a call is the one it names, else that of the \
nearest span above it that names one.

Exit code: 0 all was read; 1 something could not be read; 2 wrong usage, or no call has the attribute.";
