//! What can be asked on the command line.

use std::fmt;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use otel_genai::{CONFIG_FILE, Settings};

use crate::check::CheckArguments;
use crate::completions::CompletionsArguments;
use crate::config::ConfigArguments;
use crate::doctor::DoctorArguments;
use crate::failure::Failure;
use crate::output::OutputArguments;
use crate::pricing::PricingArguments;
use crate::redact::RedactArguments;
use crate::store::{
    BackupArguments, ExportArguments, ImportArguments, PruneArguments, RekeyArguments, ShowArguments,
    SqlArguments, StatsArguments, TracesArguments, VacuumArguments,
};
use crate::totals::ReportArguments;

/// Observes LLM agents: works on recorded traces and the store that keeps them, on the prices of models, on secrets in text, and on what is wrong with settings
#[derive(Debug, Parser)]
#[command(name = "otel-genai", version, after_help = FIRST_STEPS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Traces(TracesArguments),
    Show(ShowArguments),
    Stats(StatsArguments),
    Sql(SqlArguments),
    Export(ExportArguments),
    Import(ImportArguments),
    Prune(PruneArguments),
    Vacuum(VacuumArguments),
    Backup(BackupArguments),
    Check(CheckArguments),
    Rekey(RekeyArguments),
    Process(ProcessArguments),
    Report(ReportArguments),
    Pricing(PricingArguments),
    Redact(RedactArguments),
    Config(ConfigArguments),
    Doctor(DoctorArguments),
    Completions(CompletionsArguments),
}

const FIRST_STEPS: &str = "\
First steps:
  otel-genai import traces.jsonl
                              adds recorded traces to the store
  otel-genai traces           lists them, newest first
  otel-genai show             shows the newest one as a tree
  otel-genai config init      writes otel-genai.toml, with every key and what it does
  otel-genai config show      tells what holds, and who said so
  otel-genai doctor           finds what is wrong, and says what to do
  otel-genai check --endpoint http://localhost:4318
                              sends a test span to a receiver of OTLP
  otel-genai process --tree --input traces.jsonl
                              draws recorded traces
  otel-genai redact notes.txt
                              takes secrets and personal data out of text
  otel-genai report --by model traces.jsonl
                              sums up calls, tokens and cost, also from a sample

`otel-genai COMMAND --help` says more.";

/// The settings of a command.
#[derive(Args, Debug)]
pub(crate) struct SettingsArguments {
    /// Settings file (TOML); what does not run as `init` does reads none unless told so
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Sets one key, after the file; may be repeated, the last one wins
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<Assignment>,
}

impl SettingsArguments {
    /// Reads the file that is named, if one is, and sets the keys. Says so where a file lies about that is not read.
    pub(crate) fn read(&self) -> Result<Settings, Failure> {
        if self.config.is_none() && Path::new(CONFIG_FILE).is_file() {
            let _ =
                writeln!(stderr().lock(), "note: {CONFIG_FILE} is not read; --config {CONFIG_FILE} takes it");
        }
        let settings = self.config.as_ref().map(Settings::from_file).transpose();
        self.set_keys(settings.map_err(|error| Failure::Usage(error.to_string()))?.unwrap_or_default())
    }

    /// Reads the settings as a program does that calls `init`: file, environment, and then the keys.
    pub(crate) fn load(&self) -> Result<Settings, Failure> {
        let settings = self.config.as_ref().map_or_else(Settings::load, Settings::load_file);
        self.set_keys(settings.map_err(|error| Failure::Usage(error.to_string()))?)
    }

    fn set_keys(&self, mut settings: Settings) -> Result<Settings, Failure> {
        for assignment in &self.set {
            settings
                .set(&assignment.key, &assignment.value)
                .map_err(|error| Failure::Usage(format!("{assignment}: {error}")))?;
        }
        Ok(settings)
    }
}

/// Runs the pipeline over recorded spans: OTLP JSON Lines in, OTLP JSON Lines out
///
/// Reads files with one OTLP/JSON request per line, as the JSON Lines exporter and the OpenTelemetry Collector's file
/// exporter write them, plain or compressed with gzip or zstd. Runs the same stages over them as a live process would,
/// each trace decided when the input ends, and writes what passes, each span with the resource it came with. Lines of
/// metrics and logs are skipped. What was read, written, dropped and repaired is printed on standard error.
#[derive(Args, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct ProcessArguments {
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,

    /// File to read, or - for standard input; may be repeated
    #[arg(long, value_name = "FILE|-", default_value = "-")]
    pub(crate) input: Vec<Stream>,

    #[command(flatten)]
    pub(crate) output: OutputArguments,

    /// Draws each trace as a tree, with sums of tokens and cost, instead of writing it as JSON
    #[arg(long)]
    pub(crate) tree: bool,

    /// File for the gen_ai metrics of the calls in the spans (tokens, durations, errors), as one line of OTLP/JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<Stream>,

    /// Skips and counts lines and spans that cannot be read, instead of stopping at the first
    #[arg(long)]
    pub(crate) skip_invalid: bool,

    /// Prints no counts, notes or progress, only errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

const AFTER_HELP: &str = "\
Examples:
  Look at the traces of a file:
    otel-genai process --tree --input traces.jsonl

  Put the files of a day together, and tolerate lines that a crash cut off:
    otel-genai process --input a.jsonl --input b.jsonl.gz --skip-invalid --output day.jsonl.zst

  In a pipe, with the settings of the live service and more memory for long traces:
    zstd -dc traces.jsonl.zst | otel-genai process --config otel-genai.toml --set pipeline.max_bytes=2GiB > out.jsonl

Output to a file appears under its name when it is complete; until then it is `.NAME.….partial` beside it. If an input \
cannot be read, what came before is kept there, and the error says so. An existing file is replaced with --force only, and \
by a complete one only.

Keys for --config and --set, and a file that has them all: docs/settings.md in the repository.

Exit code: 0 all was read and written; 1 something failed, and the error says what is kept; 2 wrong usage or settings, \
nothing was done.";

/// A file or one of the standard streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Standard,
    File(PathBuf),
}

impl From<std::ffi::OsString> for Stream {
    fn from(argument: std::ffi::OsString) -> Self {
        if argument == "-" { Self::Standard } else { Self::File(argument.into()) }
    }
}

impl Stream {
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Standard => None,
            Self::File(path) => Some(path),
        }
    }
}

/// One `KEY=VALUE`.
#[derive(Clone, Debug)]
struct Assignment {
    key: String,
    value: String,
}

impl fmt::Display for Assignment {
    /// Without the value, which may be a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "--set {}", self.key)
    }
}

fn assignment(text: &str) -> Result<Assignment, String> {
    const EXPECTED: &str = "expected KEY=VALUE, for example pipeline.max_bytes=2GiB";
    let (key, value) = text.split_once('=').ok_or(EXPECTED)?;
    let key = key.trim();
    if key.is_empty() {
        return Err(format!("the key is empty; {EXPECTED}"));
    }
    Ok(Assignment { key: key.to_owned(), value: value.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
        let parsed =
            Arguments::try_parse_from(["otel-genai", "process", "--set", "a.b = c=d", "--input", "-"]);
        let Command::Process(arguments) = parsed.expect("valid").command else {
            unreachable!("it names the command");
        };
        assert_eq!((&*arguments.settings.set[0].key, &*arguments.settings.set[0].value), ("a.b", "c=d"));
        assert_eq!((arguments.input, arguments.output.output), (vec![Stream::Standard], Stream::Standard));
    }
}
