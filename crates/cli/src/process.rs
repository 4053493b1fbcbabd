//! `otel-genai process`: the pipeline over recorded spans.

use std::io::{self, IsTerminal, Write, stderr, stdin, stdout};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_sdk::Resource;
use otel_genai::export::ReadError;
use otel_genai::export::tree::TreeStyle;
use otel_genai::pipeline::Replay;
use otel_genai::{PipelineBuilder, PipelineStats, Settings, Span};

use crate::arguments::{ProcessArguments, Stream};
use crate::failure::Failure;
use crate::input;
use crate::metrics::MetricsFile;
use crate::output::{Kept, Output};
use crate::progress::Progress;
use crate::report::{ReadTotals, Report};
use crate::span_writer::SpanWriter;

/// Runs the command.
pub(crate) fn run(arguments: &ProcessArguments) -> Result<(), Failure> {
    let mut settings = arguments.settings.read()?;
    input::refuse_output(&arguments.input, &arguments.output)?;
    let notes = ignore_what_is_live(&mut settings);
    if let Some(metrics) = &arguments.metrics {
        refuse_metrics(metrics, arguments)?;
    }
    let metrics = arguments.metrics.as_ref().map(MetricsFile::create).transpose();
    let metrics = metrics.map_err(|error| Failure::Work(format!("cannot write the metrics: {error}")))?;
    let builder = match &metrics {
        Some(metrics) => settings.pipeline_with_metrics(metrics.provider()),
        None => settings.pipeline(),
    };
    let builder = builder.map_err(|error| Failure::Usage(error.to_string()))?;
    if !arguments.quiet {
        let _ = stderr().lock().write_all(notes.as_bytes());
    }
    let total_bytes = input::check(&arguments.input)?;
    if arguments.input.contains(&Stream::Standard) && stdin().is_terminal() && !arguments.quiet {
        let _ = writeln!(
            stderr().lock(),
            "note: reading standard input; end it with Ctrl-D, or name files with --input"
        );
    }
    let output = Output::create(&arguments.output).map_err(|error| unwritable(arguments, &error))?;
    let progress = Progress::new(total_bytes, is_progress_wanted(arguments));

    let result = process(arguments, builder, output, &progress);
    progress.finish();
    let outcome = match result {
        Ok(outcome) => outcome,
        // The reader of our output has what it wants, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => return Err(unwritable(arguments, &error)),
    };
    if let Some(metrics) = metrics {
        metrics.finish().map_err(|error| Failure::Work(format!("cannot write the metrics: {error}")))?;
    }
    if !arguments.quiet {
        let report = Report { inputs: arguments.input.len(), read: outcome.read, stats: outcome.stats };
        // Who closed standard error does not want to read it.
        let _ = write!(stderr().lock(), "{report}");
    }
    outcome.failure.map_or(Ok(()), Err)
}

/// Two outputs in one file would be neither, and metrics among spans on standard output are no use to anybody.
fn refuse_metrics(metrics: &Stream, arguments: &ProcessArguments) -> Result<(), Failure> {
    input::refuse_output(&arguments.input, metrics)?;
    if *metrics == arguments.output || *metrics == Stream::Standard {
        return Err(Failure::Usage("--metrics needs a file of its own".into()));
    }
    Ok(())
}

/// Forgets the exporters and returns what there is to say of settings that have no effect here.
fn ignore_what_is_live(settings: &mut Settings) -> String {
    let (exporters, keys) = (settings.exporters(), settings.live_only_keys());
    settings.prepare_replay();
    let mut notes = String::new();
    if !exporters.is_empty() {
        let exporters = exporters.join("], [");
        notes += &format!("note: ignoring [{exporters}]: the output of `process` is the file\n");
    }
    if !keys.is_empty() {
        let keys = keys.join(", ");
        notes += &format!("note: ignoring {keys}: recorded spans do not queue or wait\n");
    }
    notes
}

/// A bar between the lines of an output that goes to the same terminal would garble both.
fn is_progress_wanted(arguments: &ProcessArguments) -> bool {
    !arguments.quiet && (arguments.output != Stream::Standard || !stdout().is_terminal())
}

fn unwritable(arguments: &ProcessArguments, error: &io::Error) -> Failure {
    let name = arguments.output.path().map_or("standard output".into(), |path| path.display().to_string());
    Failure::Work(format!("cannot write {name}: {error}"))
}

/// What was done.
struct Outcome {
    read: ReadTotals,
    stats: PipelineStats,
    /// Why not all of the input was read. What was read has been written.
    failure: Option<Failure>,
}

/// Reads, runs the stages, writes. The errors are the output's: those of the input are part of the outcome.
fn process(
    arguments: &ProcessArguments,
    builder: PipelineBuilder,
    output: Output,
    progress: &Progress,
) -> io::Result<Outcome> {
    let mut writer = match (arguments.tree, &arguments.output) {
        (false, _) => SpanWriter::json_lines(output),
        (true, Stream::Standard) => SpanWriter::trees(output, TreeStyle::stdout()),
        (true, Stream::File(_)) => SpanWriter::trees(output, TreeStyle::default()),
    };
    let mut replay = builder.replay(|resource: &Arc<Resource>, spans: Vec<Span>| {
        progress.wrote_spans(spans.len());
        writer.write(resource, spans)
    });
    let mut inputs = Inputs {
        arguments,
        progress,
        bytes_read: Arc::default(),
        read: ReadTotals::default(),
        skipped: 0,
        failure: None,
    };
    for input in &arguments.input {
        if !inputs.read(input, &mut replay)? {
            break;
        }
    }
    let PipelineStats { delivered, received, .. } = replay.stats();
    progress.start_writing(delivered, received);
    let stats = replay.finish()?;
    let output = writer.into_output();
    let failure = match inputs.failure {
        None => {
            output.finish()?;
            None
        }
        Some(failure) => Some(with_what_is_kept(&failure, &output.finish_incomplete()?, &arguments.output)),
    };
    Ok(Outcome { read: inputs.read, stats, failure })
}

/// Adds to what went wrong where the part of the output is that came before.
fn with_what_is_kept(failure: &Failure, kept: &Kept, output: &Stream) -> Failure {
    let Some(name) = output.path().map(Path::display) else { return Failure::Work(failure.to_string()) };
    Failure::Work(match kept {
        Kept::UnderItsName => format!("{failure}; {name} is incomplete: it has what could be read"),
        Kept::Beside(path) => {
            format!("{failure}; {name} is as it was, and what could be read is in {}", path.display())
        }
    })
}

/// Of so many lines that were skipped the reason is shown; more are only counted.
const SHOWN_REASONS: u64 = 10;

/// What the inputs gave so far.
struct Inputs<'a> {
    arguments: &'a ProcessArguments,
    progress: &'a Progress,
    bytes_read: Arc<AtomicU64>,
    read: ReadTotals,
    skipped: u64,
    failure: Option<Failure>,
}

impl Inputs<'_> {
    /// Hands the spans of one input to the pipeline and returns whether the next input is to be read too.
    fn read<Sink>(&mut self, input: &Stream, replay: &mut Replay<Sink>) -> io::Result<bool>
    where
        Sink: FnMut(&Arc<Resource>, Vec<Span>) -> io::Result<()>,
    {
        let mut reader = match input::open(input, &self.bytes_read) {
            Ok(reader) => reader,
            Err(failure) => {
                self.failure.get_or_insert(failure);
                return Ok(self.arguments.skip_invalid);
            }
        };
        let mut goes_on = true;
        for item in reader.by_ref() {
            match item {
                Ok(read) => {
                    self.progress.read_span(self.bytes_read.load(Ordering::Relaxed));
                    replay.push(&read.resource, read.span)?;
                }
                Err(error) => {
                    if !self.tolerate(&error) {
                        goes_on = false;
                        break;
                    }
                }
            }
        }
        self.read.add(reader.counts());
        Ok(goes_on)
    }

    /// Takes note of what could not be read and returns whether that is no reason to stop.
    fn tolerate(&mut self, error: &ReadError) -> bool {
        if self.arguments.skip_invalid && error.is_recoverable() {
            self.skipped += 1;
            if !self.arguments.quiet && self.skipped <= SHOWN_REASONS {
                let more = if self.skipped == SHOWN_REASONS { " (more are only counted)" } else { "" };
                self.progress.print(&format!("skipped: {error}{more}"));
            }
            return true;
        }
        // The rest of a damaged file is lost whatever was asked for, and that is a failure. Other files are not lost.
        let hint = if error.is_recoverable() { " (--skip-invalid skips what cannot be read)" } else { "" };
        self.failure.get_or_insert(Failure::Work(format!("{error}{hint}")));
        self.arguments.skip_invalid
    }
}
