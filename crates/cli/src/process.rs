//! `otel-genai process`: the pipeline over recorded spans.

use std::io::{self, IsTerminal, Write, stderr, stdin, stdout};
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use otel_genai::export::tree::TreeStyle;
use otel_genai::{PipelineBuilder, PipelineStats, Settings, Source, Span};

use crate::arguments::{ProcessArguments, Stream};
use crate::failure::Failure;
use crate::input;
use crate::inputs::Inputs;
use crate::metrics::MetricsFile;
use crate::output::Output;
use crate::progress::Progress;
use crate::report::{ReadTotals, Report};
use crate::span_writer::SpanWriter;

/// Runs the command.
pub(crate) fn run(arguments: &ProcessArguments) -> Result<(), Failure> {
    let mut settings = arguments.settings.read()?;
    input::refuse_output(&arguments.input, &arguments.output.output)?;
    let notes = ignore_what_is_live(&mut settings);
    if let Some(metrics) = &arguments.metrics {
        refuse_metrics(metrics, arguments)?;
    }
    let metrics =
        arguments.metrics.as_ref().map(|file| MetricsFile::create(file, arguments.output.force)).transpose();
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
    let output = arguments.output.create()?;
    let progress = Progress::new(total_bytes, is_progress_wanted(arguments));

    let result = process(arguments, builder, output, &progress);
    progress.finish();
    let outcome = match result {
        Ok(outcome) => outcome,
        // The reader of our output has what it wants, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => return Err(arguments.output.unwritable(&error)),
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
    if *metrics == arguments.output.output || *metrics == Stream::Standard {
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
    let keys = keys_of_runs(settings);
    if !keys.is_empty() {
        notes +=
            &format!("note: ignoring {}: recorded spans say themselves whose they are\n", keys.join(", "));
    }
    notes
}

/// Returns the keys that are set and say whose spans are recorded, and which.
fn keys_of_runs(settings: &Settings) -> Vec<&'static str> {
    let is_of_runs =
        |key: &str| key.starts_with("context.") || ["enabled", "filter", "service.name"].contains(&key);
    let keys = settings.describe().into_iter().filter(|described| described.source != Source::Default);
    keys.map(|described| described.key).filter(|key| is_of_runs(key)).collect()
}

/// A bar between the lines of an output that goes to the same terminal would garble both.
fn is_progress_wanted(arguments: &ProcessArguments) -> bool {
    !arguments.quiet && (arguments.output.output != Stream::Standard || !stdout().is_terminal())
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
    let mut writer = match (arguments.tree, &arguments.output.output) {
        (false, _) => SpanWriter::json_lines(output),
        (true, Stream::Standard) => SpanWriter::trees(output, TreeStyle::stdout()),
        (true, Stream::File(_)) => SpanWriter::trees(output, TreeStyle::default()),
    };
    let mut replay = builder.replay(|resource: &Arc<Resource>, spans: Vec<Span>| {
        progress.wrote_spans(spans.len());
        writer.write(resource, spans)
    });
    let mut inputs = Inputs::new(arguments.skip_invalid, arguments.quiet, progress);
    inputs.read(&arguments.input, |resource, span| replay.push(resource, span))?;
    let PipelineStats { delivered, received, .. } = replay.stats();
    progress.start_writing(delivered, received);
    let stats = replay.finish()?;
    let output = writer.into_output();
    let failure = match inputs.failure {
        None => {
            output.finish()?;
            None
        }
        Some(failure) => Some(arguments.output.keep(output, &failure)),
    };
    Ok(Outcome { read: inputs.read, stats, failure })
}
