//! `otel-genai completions`: what shells complete the command line with.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::failure::Failure;

/// Prints a script with which a shell completes the command line of this program
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai completions bash > ~/.local/share/bash-completion/completions/otel-genai
  otel-genai completions zsh > ~/.zfunc/_otel-genai
  otel-genai completions fish > ~/.config/fish/completions/otel-genai.fish")]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Runs the command.
pub(crate) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "otel-genai", &mut script);
    match io::stdout().lock().write_all(&script) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Work(format!("cannot write standard output: {error}")))
        }
        _ => Ok(()),
    }
}
