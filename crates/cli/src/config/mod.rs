//! `otel-genai config`: the settings of live programs.

mod check;
mod init;
mod show;
mod template;

use clap::{Args, Subcommand};

use crate::failure::Failure;

/// Writes, shows and checks the settings that `otel_genai::init()` reads
///
/// Settings come from a file, the environment and the program itself, each beating the one before. The file is the one
/// that OTEL_GENAI_CONFIG names, else otel-genai.toml in the working directory, else otel-genai/otel-genai.toml in the
/// user's folder for settings. A key's variable is its path in capitals: queue.spans is OTEL_GENAI_QUEUE_SPANS.
#[derive(Args, Debug)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Init(init::InitArguments),
    Show(show::ShowArguments),
    Check(check::CheckArguments),
}

/// Runs the command.
pub(crate) fn run(arguments: &ConfigArguments) -> Result<(), Failure> {
    match &arguments.command {
        ConfigCommand::Init(arguments) => init::run(arguments),
        ConfigCommand::Show(arguments) => show::run(arguments),
        ConfigCommand::Check(arguments) => check::run(arguments),
    }
}
