//! `otel-genai completions`: what shells complete the command line with.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::printed::print;

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
    print(script)
}
