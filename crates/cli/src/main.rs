//! The program `otel-genai`: runs the pipeline over recorded traces, keeps and searches a store of them, tells what calls cost, redacts text, and finds what is wrong.

mod arguments;
mod check;
mod completions;
mod config;
mod count;
mod doctor;
mod failure;
mod input;
mod inputs;
mod interrupt;
mod metrics;
mod moment;
mod output;
mod plain;
mod pricing;
mod printed;
mod process;
mod progress;
#[cfg(feature = "otlp")]
mod receiver;
mod redact;
mod report;
mod span_writer;
mod store;
mod totals;

use std::io::{Write, stderr};
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => {
            // Help and version are such answers too. Who closed the pipe does not want to read them.
            let _ = answer.print();
            return u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let result = match &arguments.command {
        Command::Process(arguments) => process::run(arguments),
        Command::Report(arguments) => totals::run(arguments),
        Command::Traces(arguments) => store::traces(arguments),
        Command::Show(arguments) => store::show(arguments),
        Command::Stats(arguments) => store::stats(arguments),
        Command::Sql(arguments) => store::sql(arguments),
        Command::Export(arguments) => store::export(arguments),
        Command::Import(arguments) => store::import(arguments),
        Command::Prune(arguments) => store::prune(arguments),
        Command::Vacuum(arguments) => store::vacuum(arguments),
        Command::Backup(arguments) => store::backup(arguments),
        Command::Rekey(arguments) => store::rekey(arguments),
        Command::Pricing(arguments) => pricing::run(arguments),
        Command::Redact(arguments) => redact::run(arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Without a standard error nobody can be told more than the exit code.
            let _ = writeln!(stderr().lock(), "error: {failure}");
            failure.exit_code()
        }
    }
}
