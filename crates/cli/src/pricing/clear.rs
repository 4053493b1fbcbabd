//! `otel-genai pricing clear`: back to the prices compiled in.

use std::fmt;
use std::{fs, io};

use serde::Serialize;

use super::answer;
use super::arguments::ClearArguments;
use super::catalogues::cache_path;
use crate::failure::Failure;

/// Runs the command.
pub(super) fn run(arguments: &ClearArguments) -> Result<(), Failure> {
    let sources = arguments.common.sources()?;
    let path = cache_path(&sources)?;
    let removed = match fs::remove_file(path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(Failure::Work(format!("cannot remove {}: {error}", path.display()))),
    };
    answer::print(&Cleared { cache: path.display().to_string(), removed }, arguments.common.json)
}

#[derive(Serialize)]
struct Cleared {
    cache: String,
    removed: bool,
}

impl fmt::Display for Cleared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cache, removed } = self;
        if *removed {
            writeln!(formatter, "removed the local cache {cache}")
        } else {
            writeln!(formatter, "there is no local cache {cache}")
        }
    }
}
