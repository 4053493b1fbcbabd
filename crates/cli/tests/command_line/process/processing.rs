//! `otel-genai process` over what a test writes.

use crate::program::{Ended, Scratch};

impl Scratch {
    pub(crate) fn process(&self, arguments: &[&str]) -> Ended {
        self.process_with(arguments, "")
    }

    /// Runs it with this on standard input.
    pub(crate) fn process_with(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
        self.run_with(&[&["process"], arguments].concat(), &[], stdin)
    }
}
