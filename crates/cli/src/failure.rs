//! How a command ends that does not end well.

use std::fmt;
use std::process::ExitCode;

/// Why a command could not do, or not finish, what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Arguments or settings are wrong; nothing was done.
    Usage(String),
    /// The work failed; what was written before stays.
    Work(String),
}

impl Failure {
    /// Returns 2 for wrong usage, as the argument parser does, and 1 for everything else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Work(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Work(message)) = self;
        formatter.write_str(message)
    }
}
