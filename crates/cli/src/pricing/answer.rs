//! Prints what a command found out, for people or for programs.

use std::fmt::Display;

use serde::Serialize;

use crate::failure::Failure;
use crate::printed;

/// Prints an answer on standard output: as JSON, or as its `Display` has it.
pub(crate) fn print<Answer: Serialize + Display>(answer: &Answer, json: bool) -> Result<(), Failure> {
    let text = if json {
        let text = serde_json::to_string_pretty(answer)
            .map_err(|error| Failure::Work(format!("cannot write JSON: {error}")))?;
        format!("{text}\n")
    } else {
        answer.to_string()
    };
    printed::print(text)
}
