//! `otel-genai redact` over a text.

use crate::program::{Ended, Scratch};

/// Runs it with this on standard input.
pub(crate) fn redact(arguments: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
    Scratch::new().run_with(&[&["redact"], arguments].concat(), &[], stdin)
}
