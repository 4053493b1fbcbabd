//! Why a command stops before its end.

use std::io::{self, BufWriter, StdoutLock, Write, stdout};

use otel_genai::export::store::{StoreError, StoreProblem};

use crate::failure::Failure;

/// Why a command that writes to standard output stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// Its output cannot be written, which is no failure if the reader has what it wants.
    Output(io::Error),
    Failure(Failure),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error.problem() {
            StoreProblem::Query { .. } | StoreProblem::NoEncryption => Self::Usage(error.to_string()),
            _ => Self::Work(error.to_string()),
        }
    }
}

/// Lets a command write to standard output, and end in peace when that is closed.
pub(super) fn print(
    write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> Result<(), Stop>,
) -> Result<(), Failure> {
    let mut output = BufWriter::new(stdout().lock());
    let result = write(&mut output);
    let result = match result {
        // What was written before a failure is what could be read.
        Err(Stop::Failure(failure)) => {
            let _ = output.flush();
            return Err(failure);
        }
        Err(Stop::Output(error)) => Err(error),
        Ok(()) => output.flush(),
    };
    // What a failed write left behind is not to be tried once more.
    let _ = output.into_parts();
    match result {
        // The reader of our output has what it wants, as `head` does.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Work(format!("cannot write standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON value as a line.
pub(super) fn write_json(output: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    writeln!(output)
}
