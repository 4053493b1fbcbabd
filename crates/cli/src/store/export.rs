//! `otel-genai export`: traces as JSON Lines, model calls as CSV.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::path::Path;

use clap::Args;
use opentelemetry::trace::TraceId;
use opentelemetry_sdk::trace::SpanData;
use otel_genai::JsonLinesWriter;
use otel_genai::export::ReadSpan;
use otel_genai::export::store::{Store, StoreError, StoreProblem, TraceFilter};

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
use crate::plain::{number, printable};

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
name when it is complete; until then, and if the store cannot be read, it is `.NAME.….partial` beside it. If nothing is found,
no file is written or replaced. Traces that are damaged are named and left out.

Exit code: 0 all was written, or nothing was found; 1 something failed, and the error says what is kept; 2 wrong usage.")]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    store: StoreArguments,

    #[command(flatten)]
    filters: FilterArguments,

    /// One trace: its id, the first digits of it, or `last`; may be repeated. Filters do not apply to it
    #[arg(long, value_name = "TRACE")]
    trace: Vec<String>,

    /// Writes a line per model call, with comma-separated values, as it does for a name that ends with .csv
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
    arguments.filters.check()?;
    let store = arguments.store.open()?;
    // The store itself is what would be lost.
    input::refuse_output(&[Stream::File(store.path().to_owned())], &arguments.output.output)?;
    let filters = filters(arguments, &store)?;
    let is_csv = arguments.csv || is_named_csv(&arguments.output.output);
    let output = arguments.output.create()?;
    let is_terminal = arguments.output.output == Stream::Standard && stdout().is_terminal();
    // A bar between the lines of an output that goes to the same terminal would garble both.
    let progress = if is_terminal { None } else { progress(arguments, &store) };
    let mut work = Work { store: &store, progress, is_terminal, traces: 0, items: 0, unreadable: 0 };
    let (output, result) = if is_csv {
        let mut output = output;
        let result = work.calls(&mut output, &filters);
        (output, result)
    } else {
        let mut writer = JsonLinesWriter::new(output);
        let result = work.spans(&mut writer, filters);
        (writer.into_inner(), result)
    };
    let Work { traces, items, unreadable, progress, .. } = work;
    drop(progress);
    let is_nothing = if is_csv { items == 0 } else { traces == 0 };
    if let Err(Stop::Failure(failure)) = result {
        if traces == 0 {
            return Err(failure);
        }
        return Err(arguments.output.keep(output, &failure));
    }
    let left_out = (unreadable > 0).then(|| {
        let left_out = number(unreadable, "trace that cannot be read is", "traces that cannot be read are");
        format!("{left_out} left out; `otel-genai check --repair-into NEW` saves what is left of them")
    });
    let path = arguments.output.output.path();
    let is_there = path.is_some_and(Path::is_file);
    let ended = match (result, &left_out) {
        (Err(Stop::Output(error)), _) => Err(error),
        // An older file is worth more than none, and may have what cannot be read any more.
        (_, Some(left_out)) if is_there && !is_nothing => {
            return Err(arguments.output.keep(output, &Failure::Work(left_out.clone())));
        }
        _ if is_nothing && path.is_some() => {
            drop(output);
            Ok(())
        }
        _ => output.finish(),
    };
    match ended {
        // The reader of our output has what it wants, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => return Err(arguments.output.unwritable(&error)),
        Ok(()) => {}
    }
    let of_file = path.filter(|_| is_nothing).map(|path| {
        let became = if is_there { "is as it was" } else { "was not written" };
        format!("{} {became}", path.display())
    });
    if let Some(left_out) = left_out {
        let partial = path.map(|path| format!("{} is partial", path.display()));
        let of_file = of_file.or(partial).map(|of_file| format!("; {of_file}")).unwrap_or_default();
        return Err(Failure::Work(format!("{left_out}{of_file}")));
    }
    if is_nothing {
        if traces == 0 {
            note_nothing_found(&store)?;
        } else {
            let traces = number(traces as u64, "trace that was found", "traces that were found");
            let _ = writeln!(stderr().lock(), "note: no model was called in the {traces}");
        }
        if let Some(of_file) = of_file {
            let _ = writeln!(stderr().lock(), "note: {of_file}");
        }
        return Ok(());
    }
    if let Some(path) = path.filter(|_| !arguments.quiet) {
        let items = match is_csv {
            true => number(items as u64, "model call", "model calls"),
            false => number(items as u64, "span", "spans"),
        };
        let (traces, path) = (number(traces as u64, "trace", "traces"), path.display());
        // Who closed standard error does not want to read it.
        let _ = writeln!(stderr().lock(), "exported {items} of {traces} to {path}");
    }
    Ok(())
}

/// Tells whether the name says that there are comma-separated values in it, compressed or not.
fn is_named_csv(output: &Stream) -> bool {
    let Some(name) = output.path().and_then(Path::file_name).and_then(OsStr::to_str) else { return false };
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    name.ends_with(".csv")
}

/// One filter for what the filters say, or one for each trace that is named.
fn filters(arguments: &ExportArguments, store: &Store) -> Result<Vec<TraceFilter>, Failure> {
    if arguments.trace.is_empty() {
        let filter = arguments.filters.filter().oldest_first().limit(PAGE);
        if arguments.filters.text.is_some() {
            // A text without any word is wrong usage, which is to be known before a file is made.
            store.traces(&filter.clone().limit(1))?;
        }
        return Ok(vec![filter]);
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

fn progress(arguments: &ExportArguments, store: &Store) -> Option<(Bar, u64)> {
    if arguments.quiet {
        return None;
    }
    // A store whose figures cannot be read may have traces that can.
    let traces = store.statistics().map_or(0, |statistics| statistics.traces);
    Some((Bar::new("writing", "traces of the store"), traces))
}

/// What is written, and how far it is.
struct Work<'a> {
    store: &'a Store,
    progress: Option<(Bar, u64)>,
    is_terminal: bool,
    traces: usize,
    /// Spans or calls.
    items: usize,
    /// Traces that are damaged.
    unreadable: u64,
}

impl Work<'_> {
    fn spans(&mut self, writer: &mut JsonLinesWriter<Output>, filters: Vec<TraceFilter>) -> Result<(), Stop> {
        for filter in filters {
            for trace in self.store.stored_traces(filter) {
                let id = trace.as_ref().err().and_then(StoreError::trace_id);
                let Some(trace) = self.unless_damaged(id, trace)? else { continue };
                self.count(trace.spans.len());
                write_spans(writer, trace.spans)?;
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
                    // A trace that cannot be read to its end is left out as a whole.
                    let mut lines = Vec::new();
                    let count = calls::write_calls(self.store, trace, &mut lines, self.is_terminal)?;
                    let Some(count) = self.unless_damaged(Some(trace.trace_id), count)? else { continue };
                    self.count(count);
                    output.write_all(&lines)?;
                }
                let Some(cursor) = page.next() else { break };
                filter = filter.after(cursor);
            }
        }
        Ok(())
    }

    /// Names a trace that is damaged; any other error ends the work.
    fn unless_damaged<T>(
        &mut self,
        trace: Option<TraceId>,
        read: Result<T, StoreError>,
    ) -> Result<Option<T>, Stop> {
        let error = match read {
            Ok(read) => return Ok(Some(read)),
            Err(error) => error,
        };
        let (Some(trace), StoreProblem::Corrupt { detail }) = (trace, error.problem()) else {
            return Err(error.into());
        };
        self.unreadable += 1;
        let name = format!("trace {trace}: ");
        let reason = printable(detail.strip_prefix(&name).unwrap_or(detail));
        // Who closed standard error does not want to read it.
        let _ = writeln!(stderr().lock(), "left out: {name}{reason}");
        Ok(None)
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
