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
    /// The work is done, and found what it was asked to fail on.
    Found(String),
}

impl Failure {
    /// Returns 2 for wrong usage, as the argument parser does, 3 for what was found, and 1 for everything else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Work(_) => ExitCode::FAILURE,
            Self::Found(_) => ExitCode::from(3),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Work(message) | Self::Found(message)) = self;
        formatter.write_str(message)
    }
}
