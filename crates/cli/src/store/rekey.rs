//! `otel-genai rekey`: another key for an encrypted store.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use otel_genai::export::store::{StoreKey, rekey};

use super::location::StoreArguments;
use super::stop::print;
use crate::failure::Failure;

/// The new key, in the environment.
const NEW_KEY_VARIABLE: &str = "OTEL_GENAI_EXPORT_SQLITE_NEW_KEY";

/// Gives an encrypted store another key
///
/// Nobody else may have it open meanwhile. Keys are never taken from the command line, which others can see. Needs a
/// program built with the cargo feature `encryption`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  otel-genai rekey --key-file old.key --new-key-file new.key

Exit code: 0 it has the new key; 1 it has the old one, and the error says why; 2 wrong usage.")]
pub(crate) struct RekeyArguments {
    #[command(flatten)]
    store: StoreArguments,

    /// File with the new key in its first line; without it $OTEL_GENAI_EXPORT_SQLITE_NEW_KEY
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &RekeyArguments) -> Result<(), Failure> {
    let path = arguments.store.existing_path()?;
    let old = arguments.store.key()?.ok_or_else(|| {
        Failure::Usage("the key that the store has is missing; name a file with it by --key-file".into())
    })?;
    let new = match &arguments.new_key_file {
        Some(file) => Some(StoreKey::from_file(file).map_err(|error| Failure::Usage(error.to_string()))?),
        None => StoreKey::from_environment(NEW_KEY_VARIABLE),
    };
    let new = new.ok_or_else(|| {
        Failure::Usage("the new key is missing; name a file with it by --new-key-file".into())
    })?;
    // What is no store must stay as it is, and an empty file is none.
    arguments.store.open()?;
    rekey(&path, &old, &new)?;
    print(|output| Ok(writeln!(output, "{} has the new key", path.display())?))
}
