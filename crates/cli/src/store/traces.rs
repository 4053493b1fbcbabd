//! `otel-genai traces`: which traces there are.

use std::io::Write;
use std::num::NonZeroU64;

use clap::Args;

use super::filters::FilterArguments;
use super::location::{StoreArguments, note_nothing_found};
use super::stop::{print, write_json};
use super::summary_line::{SummaryLine, table};
use super::{terminal, watch};
use crate::count;
use crate::failure::Failure;

/// Lists traces of the store, the newest first
///
/// Filters are put together: all that is stated must hold. `≥` stands before sums of which some calls did not tell their
/// part, `-` stands for what nobody knows.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai traces --since 2h --status error
  otel-genai traces --model gpt-4o --cost-above 0.50 --json
  otel-genai traces --text 'refund order*' --limit 5
  otel-genai traces --watch

Exit code: 0 also if nothing is found; 1 the store cannot be read; 2 wrong usage.")]
pub(crate) struct TracesArguments {
    #[command(flatten)]
    pub(super) store: StoreArguments,

    #[command(flatten)]
    pub(super) filters: FilterArguments,

    /// Lists so many traces at most
    #[arg(
        long,
        short = 'n',
        value_name = "TRACES",
        default_value = "20",
        value_parser = count::parse_from_one,
        allow_negative_numbers = true
    )]
    pub(super) limit: NonZeroU64,

    /// Prints a JSON object per trace and line
    #[arg(long)]
    pub(super) json: bool,

    /// Goes on, and prints each trace when it comes and when its status changes, the newest last, until Ctrl-C
    #[arg(long)]
    pub(super) watch: bool,
}

impl TracesArguments {
    pub(super) fn limit(&self) -> usize {
        usize::try_from(self.limit.get()).unwrap_or(usize::MAX)
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &TracesArguments) -> Result<(), Failure> {
    arguments.filters.check()?;
    let store = arguments.store.open()?;
    if arguments.watch {
        return watch::run(arguments, &store);
    }
    let page = store.traces(&arguments.filters.filter().limit(arguments.limit()))?;
    if page.traces.is_empty() {
        return note_nothing_found(&store);
    }
    print(|output| {
        if arguments.json {
            for trace in &page.traces {
                write_json(output, &SummaryLine::from(trace))?;
            }
            return Ok(());
        }
        output.write_all(table(&page.traces, terminal::width(), terminal::has_colours()).as_bytes())?;
        if page.has_more {
            writeln!(output, "there are more; --limit lists more of them, --until older ones")?;
        }
        Ok(())
    })
}
