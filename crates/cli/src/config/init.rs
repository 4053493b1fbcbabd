//! `otel-genai config init`: a settings file to start from.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use otel_genai::{CONFIG_FILE, config_file};

use super::template::template;
use crate::failure::Failure;
use crate::printed::print;

/// Writes a settings file with every key, its default and what it does
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai config init              writes otel-genai.toml in the working directory
  otel-genai config init --user       writes the user's file, for all programs
  otel-genai config init --output -   prints it

An existing file is never replaced.")]
pub(crate) struct InitArguments {
    /// File to write, or - for standard output
    #[arg(long, value_name = "FILE|-", default_value = CONFIG_FILE, conflicts_with = "user")]
    output: PathBuf,

    /// Writes the file in the user's folder for settings
    #[arg(long)]
    user: bool,
}

pub(super) fn run(arguments: &InitArguments) -> Result<(), Failure> {
    let path = match arguments.user {
        false => arguments.output.clone(),
        true => config_file().ok_or_else(|| {
            Failure::Work(
                "the user's folder for settings is not known: neither XDG_CONFIG_HOME nor HOME is set".into(),
            )
        })?,
    };
    if path.as_os_str() == "-" {
        return print(template());
    }
    write(&path).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::AlreadyExists => {
                "it is there already; move it away first, or name another with --output".into()
            }
            _ => error.to_string(),
        };
        Failure::Work(format!("cannot write {}: {reason}", path.display()))
    })?;
    print(format!("wrote {}; `otel-genai config check` checks it\n", path.display()))
}

fn write(path: &PathBuf) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    File::options().write(true).create_new(true).open(path)?.write_all(template().as_bytes())
}
