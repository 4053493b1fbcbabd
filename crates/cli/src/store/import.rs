//! `otel-genai import`: recorded spans into the store.

use std::io::{self, IsTerminal, Write, stderr, stdin};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Args;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use otel_genai::SqliteExporter;
use serde::Serialize;

use super::location::StoreArguments;
use super::stop::{print, write_json};
use crate::arguments::Stream;
use crate::failure::Failure;
use crate::input;
use crate::inputs::Inputs;
use crate::interrupt::ToldAtSignal;
use crate::plain::number;
use crate::progress::Progress;
use crate::report::ReadTotals;

/// So many spans are written in one transaction.
const BATCH: usize = 512;

/// Adds recorded spans to the store, and creates it if it is not there
///
/// Reads OTLP JSON Lines of any producer, as `process` does: plain, gzip or zstd, the Collector's included; lines of metrics, logs
/// and profiles are skipped and counted. Spans are stored
/// as they are; a span that is there already is left as it is; a trace that was
/// deleted counts in the totals once more. To normalise, price and redact what other libraries
/// recorded, put `process` before.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai import traces.jsonl more.jsonl.zst
  otel-genai process --input foreign.jsonl | otel-genai import -

Ctrl-C ends it between two batches: what was stored stays, and importing the same input again adds the rest.

Exit code: 0 all was stored; 1 something failed, and what came before it is stored; 2 wrong usage; 130 Ctrl-C, and it is said
what is stored.")]
pub(crate) struct ImportArguments {
    /// Files to read, or - for standard input
    #[arg(value_name = "FILE|-", required = true)]
    files: Vec<Stream>,

    #[command(flatten)]
    store: StoreArguments,

    /// Skips and counts lines and spans that cannot be read, instead of stopping at the first
    #[arg(long)]
    skip_invalid: bool,

    /// Prints the counts as one JSON object
    #[arg(long)]
    json: bool,

    /// Prints no counts, notes or progress, only errors
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let path = arguments.store.path()?;
    if arguments.files.contains(&Stream::File(path.clone())) {
        return Err(Failure::Usage("the store is among the files to import; `backup` copies a store".into()));
    }
    arguments.store.refuse_missing_folder(&path)?;
    let total_bytes = input::check(&arguments.files)?;
    if arguments.files.contains(&Stream::Standard) && stdin().is_terminal() && !arguments.quiet {
        let _ = writeln!(stderr().lock(), "note: reading standard input; end it with Ctrl-D, or name files");
    }
    let progress = Progress::new(total_bytes, !arguments.quiet);
    let mut writer = Writer {
        arguments: &arguments.store,
        exporter: None,
        resource: None,
        batch: Vec::new(),
        counts: Arc::new(Mutex::new(Counts { store: path.display().to_string(), ..Counts::default() })),
    };
    let stored = Arc::clone(&writer.counts);
    // Waits for the batch that is being written, so that what it says is so.
    let told_at_signal = ToldAtSignal::new(move |say| say(&locked(&stored).so_far()));
    let mut inputs = Inputs::new(arguments.skip_invalid, arguments.quiet, &progress);
    let written = inputs.read(&arguments.files, |resource, span| writer.push(resource, span));
    let written = written.and_then(|()| writer.finish());
    progress.finish();
    drop(told_at_signal);
    let ReadTotals { metrics_lines, logs_lines, profiles_lines, .. } = inputs.read;
    let counts = Counts {
        invalid: inputs.read.invalid(),
        metrics_lines,
        logs_lines,
        profiles_lines,
        ..locked(&writer.counts).clone()
    };
    let is_failed = written.is_err() || inputs.failure.is_some();
    // With a failure, what was stored before it must be known; nothing goes without saying.
    let is_news = !is_failed || counts.new > 0 || counts.repeated > 0;
    if is_news && !arguments.quiet {
        print(|output| {
            if arguments.json {
                Ok(write_json(output, &counts)?)
            } else {
                Ok(counts.write(output, &inputs.read.skipped(), path.exists())?)
            }
        })?;
    }
    written?;
    inputs.failure.map_or(Ok(()), Err)
}

/// What became of the spans.
#[derive(Clone, Debug, Default, Serialize)]
struct Counts {
    /// The file they are in.
    store: String,
    /// In the store now and not before.
    new: u64,
    /// In the store before.
    repeated: u64,
    /// Lines or spans that could not be read.
    invalid: u64,
    /// Lines that were skipped: they are of other signals.
    metrics_lines: u64,
    logs_lines: u64,
    profiles_lines: u64,
}

fn locked(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Counts {
    /// For somebody who has interrupted the import.
    fn so_far(&self) -> String {
        let (new, store) = (number(self.new, "new span", "new spans"), &self.store);
        if !Path::new(store).exists() {
            return format!("nothing was stored, and no file was made at {store}");
        }
        let repeated = number(self.repeated, "span was", "spans were");
        format!(
            "so far stored {new} in {store}, {repeated} there already; import the same input again to add the rest: a span \
             is stored once"
        )
    }

    fn write(&self, output: &mut impl Write, skipped: &str, is_there: bool) -> io::Result<()> {
        let (new, store) = (number(self.new, "new span", "new spans"), &self.store);
        write!(output, "stored {new} in {store}")?;
        if self.repeated > 0 {
            write!(output, "; {} there already", number(self.repeated, "span was", "spans were"))?;
        }
        if self.invalid > 0 {
            write!(output, "; {} not valid", number(self.invalid, "line or span", "lines or spans"))?;
        }
        if !skipped.is_empty() {
            write!(output, "; skipped {skipped}")?;
        }
        if !is_there {
            write!(output, "; no file was made")?;
        }
        writeln!(output)
    }
}

/// Writes spans in batches. The store is opened for the first one: without any, nothing is created.
struct Writer<'a> {
    arguments: &'a StoreArguments,
    exporter: Option<SqliteExporter>,
    resource: Option<Arc<Resource>>,
    batch: Vec<SpanData>,
    counts: Arc<Mutex<Counts>>,
}

impl Writer<'_> {
    fn push(&mut self, resource: &Arc<Resource>, span: SpanData) -> Result<(), Failure> {
        let is_same =
            self.resource.as_ref().is_some_and(|same| Arc::ptr_eq(same, resource) || same == resource);
        if !is_same || self.batch.len() >= BATCH {
            self.write()?;
            self.resource = Some(Arc::clone(resource));
        }
        self.batch.push(span);
        Ok(())
    }

    fn write(&mut self) -> Result<(), Failure> {
        let Some(resource) = self.resource.take().filter(|_| !self.batch.is_empty()) else { return Ok(()) };
        // A signal waits for it: what is half made would be left behind.
        let mut counts = locked(&self.counts);
        let exporter = match &mut self.exporter {
            Some(exporter) => exporter,
            None => self.exporter.insert(self.arguments.create()?),
        };
        let written = exporter.write(&resource, std::mem::take(&mut self.batch))?;
        counts.new += written.stored;
        counts.repeated += written.repeated;
        Ok(())
    }

    /// Writes the rest and closes the store.
    fn finish(&mut self) -> Result<(), Failure> {
        self.write()?;
        // A signal waits for it: SQLCipher must not write while the program ends.
        let _counts = locked(&self.counts);
        let Some(exporter) = self.exporter.take() else { return Ok(()) };
        exporter.shutdown().map_err(|error| Failure::Work(error.to_string()))
    }
}
