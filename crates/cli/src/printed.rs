//! What goes to standard output at once.

use std::io::{self, Write};

use crate::failure::Failure;

/// Prints a text on standard output.
pub(crate) fn print(text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_ref()).and_then(|()| output.flush()) {
        // The reader of our output has what it wants, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Work(format!("cannot write standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}
