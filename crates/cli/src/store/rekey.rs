//! `otel-genai rekey`: another key for an encrypted store.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use otel_genai::export::store::{Store, StoreKey, StoreProblem, rekey};

use super::location::{KEY_VARIABLE, StoreArguments};
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

If it is interrupted, the next command that opens the store undoes it.

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
    let shown = path.display();
    if is_in_clear(&path)? {
        return Err(Failure::Work(format!(
            "{shown} is not encrypted and has no key to change; a copy can be: `otel-genai export --store {shown} | \
             otel-genai import - --store NEW --key-file FILE`"
        )));
    }
    let old = arguments.store.key()?.ok_or_else(|| {
        Failure::Usage(format!(
            "the key that {shown} has is missing; name the file that has it in its first line by --key-file, or set \
             {KEY_VARIABLE}"
        ))
    })?;
    let new = match &arguments.new_key_file {
        Some(file) => Some(StoreKey::from_file(file).map_err(|error| Failure::Usage(error.to_string()))?),
        None => StoreKey::from_environment(NEW_KEY_VARIABLE),
    };
    let new = new.ok_or_else(|| {
        Failure::Usage(format!(
            "the new key for {shown} is missing; name a file with it in its first line by --new-key-file, or set \
             {NEW_KEY_VARIABLE}"
        ))
    })?;
    if new == old {
        return Err(Failure::Usage(format!("the new key is the old one; {shown} was not changed")));
    }
    // What is no store must stay as it is, and an empty file is none.
    arguments.store.open()?;
    rekey(&path, &old, &new).map_err(|error| match error.problem() {
        StoreProblem::Busy => Failure::Work(format!(
            "the key of {shown} was not changed: another process has it open; end the programs that write or watch it, \
             and try again"
        )),
        _ => error.into(),
    })?;
    print(|output| {
        Ok(writeln!(output, "{shown} has the new key; give it to the programs that use this store")?)
    })
}

/// Tells whether everybody can read the store; an error if it is none, and cannot be an encrypted one either.
fn is_in_clear(path: &Path) -> Result<bool, Failure> {
    match Store::open(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.problem(), StoreProblem::NotADatabase) && path.is_file() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
