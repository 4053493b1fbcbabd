//! `otel-genai export`: traces as JSON Lines, model calls as CSV.

use std::io::{self, IsTerminal, Write, stderr, stdout};

use clap::Args;
use opentelemetry_sdk::trace::SpanData;
use otel_genai::JsonLinesWriter;
use otel_genai::export::ReadSpan;
use otel_genai::export::store::{Store, TraceFilter, TraceSummary};

use super::bar::Bar;
use super::calls;
use super::filters::FilterArguments;
use super::location::{StoreArguments, note_nothing_found};
use super::show;
use super::stop::Stop;
use crate::arguments::Stream;
use crate::failure::Failure;
use crate::input;
use crate::output::{Output, OutputArguments};
use crate::plain::number;

/// So many traces are looked up at a time.
const PAGE: usize = 200;

/// Writes traces of the store as OTLP JSON Lines, or their model calls as CSV, the oldest first
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai export --output everything.jsonl.zst
  otel-genai export --trace last --trace 4bf92f35 > two.jsonl
  otel-genai export --csv --since 7d --output calls.csv

The columns of the CSV are those of the view `llm_calls`; docs/store.md explains them. Output to a file appears under its
name when it is complete; until then, and if the store cannot be read, it is `.NAME.….partial` beside it.

Exit code: 0 all was written; 1 something failed, and the error says what is kept; 2 wrong usage.")]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    store: StoreArguments,

    #[command(flatten)]
    filters: FilterArguments,

    /// One trace: its id, the first digits of it, or `last`; may be repeated. Filters do not apply to it
    #[arg(long, value_name = "TRACE")]
    trace: Vec<String>,

    /// Writes a line per model call, with comma-separated values
    #[arg(long)]
    csv: bool,

    #[command(flatten)]
    output: OutputArguments,

    /// Prints no counts or progress, only errors
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &ExportArguments) -> Result<(), Failure> {
    let store = arguments.store.open()?;
    // The store itself is what would be lost.
    input::refuse_output(&[Stream::File(store.path().to_owned())], &arguments.output.output)?;
    let filters = filters(arguments, &store)?;
    let output = arguments.output.create()?;
    let is_terminal = arguments.output.output == Stream::Standard && stdout().is_terminal();
    // A bar between the lines of an output that goes to the same terminal would garble both.
    let progress = if is_terminal { None } else { progress(arguments, &store)? };
    let mut work = Work { store: &store, progress, is_terminal, traces: 0, items: 0 };
    let (output, result) = if arguments.csv {
        let mut output = output;
        let result = work.calls(&mut output, &filters);
        (output, result)
    } else {
        let mut writer = JsonLinesWriter::new(output);
        let result = work.spans(&mut writer, filters);
        (writer.into_inner(), result)
    };
    let Work { traces, items, progress, .. } = work;
    drop(progress);
    let ended = match result {
        Ok(()) => output.finish(),
        Err(Stop::Output(error)) => Err(error),
        Err(Stop::Failure(failure)) => {
            return Err(arguments.output.keep(output, &failure));
        }
    };
    match ended {
        // The reader of our output has what it wants, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => return Err(arguments.output.unwritable(&error)),
        Ok(()) => {}
    }
    if traces == 0 {
        return note_nothing_found(&store);
    }
    if let Some(path) = arguments.output.output.path().filter(|_| !arguments.quiet) {
        let items = match arguments.csv {
            true => number(items as u64, "model call", "model calls"),
            false => number(items as u64, "span", "spans"),
        };
        let (traces, path) = (number(traces as u64, "trace", "traces"), path.display());
        // Who closed standard error does not want to read it.
        let _ = writeln!(stderr().lock(), "exported {items} of {traces} to {path}");
    }
    Ok(())
}

/// One filter for what the filters say, or one for each trace that is named.
fn filters(arguments: &ExportArguments, store: &Store) -> Result<Vec<TraceFilter>, Failure> {
    if arguments.trace.is_empty() {
        return Ok(vec![arguments.filters.filter().oldest_first().limit(PAGE)]);
    }
    let mut ids = Vec::new();
    for wanted in &arguments.trace {
        let id = show::find(store, wanted)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids.into_iter().map(|id| TraceFilter::new().trace_id(id)).collect())
}

fn progress(arguments: &ExportArguments, store: &Store) -> Result<Option<(Bar, u64)>, Failure> {
    if arguments.quiet {
        return Ok(None);
    }
    Ok(Some((Bar::new("writing", "traces of the store"), store.statistics()?.traces)))
}

/// What is written, and how far it is.
struct Work<'a> {
    store: &'a Store,
    progress: Option<(Bar, u64)>,
    is_terminal: bool,
    traces: usize,
    /// Spans or calls.
    items: usize,
}

impl Work<'_> {
    fn spans(&mut self, writer: &mut JsonLinesWriter<Output>, filters: Vec<TraceFilter>) -> Result<(), Stop> {
        for filter in filters {
            for trace in self.store.stored_traces(filter) {
                let spans = trace?.spans;
                self.count(spans.len());
                write_spans(writer, spans)?;
            }
        }
        Ok(())
    }

    fn calls(&mut self, output: &mut Output, filters: &[TraceFilter]) -> Result<(), Stop> {
        calls::write_header(self.store, output)?;
        for filter in filters {
            let mut filter = filter.clone();
            loop {
                let page = self.store.traces(&filter)?;
                for trace in &page.traces {
                    self.write_calls(trace, output)?;
                }
                let Some(cursor) = page.next() else { break };
                filter = filter.after(cursor);
            }
        }
        Ok(())
    }

    fn write_calls(&mut self, trace: &TraceSummary, output: &mut Output) -> Result<(), Stop> {
        let count = calls::write_calls(self.store, trace, output, self.is_terminal)?;
        self.count(count);
        Ok(())
    }

    fn count(&mut self, items: usize) {
        self.traces += 1;
        self.items += items;
        if let Some((bar, total)) = &mut self.progress {
            bar.set(self.traces as u64, *total);
        }
    }
}

/// Writes the spans of one trace, those of one resource in one line.
pub(super) fn write_spans<W: Write>(writer: &mut JsonLinesWriter<W>, spans: Vec<ReadSpan>) -> io::Result<()> {
    let mut lot: Vec<SpanData> = Vec::new();
    let mut resource = None;
    for read in spans {
        match &resource {
            Some(same) if *same == read.resource => {}
            _ => {
                if let Some(before) = resource.replace(read.resource) {
                    writer.write(&before, &lot)?;
                    lot.clear();
                }
            }
        }
        lot.push(read.span);
    }
    resource.map_or(Ok(()), |resource| writer.write(&resource, &lot))
}
