//! Prints what a command found out, for people or for programs.

use std::fmt::Display;
use std::io::{self, Write, stdout};

use serde::Serialize;

use crate::failure::Failure;

/// Prints an answer on standard output: as JSON, or as its `Display` has it.
pub(crate) fn print<Answer: Serialize + Display>(answer: &Answer, json: bool) -> Result<(), Failure> {
    let text = if json {
        let text = serde_json::to_string_pretty(answer)
            .map_err(|error| Failure::Work(format!("cannot write JSON: {error}")))?;
        format!("{text}\n")
    } else {
        answer.to_string()
    };
    let mut output = stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        // The reader of our output has what it wants, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Work(format!("cannot write standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}
