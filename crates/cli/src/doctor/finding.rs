//! What a check has found.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Ok,
    /// Works, but not as one may think.
    Warn,
    Fail,
}

/// One line of the report.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) level: Level,
    what: &'static str,
    text: String,
}

impl Finding {
    pub(super) fn ok(what: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Ok, what, text: text.into() }
    }

    pub(super) fn warn(what: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Warn, what, text: text.into() }
    }

    pub(super) fn fail(what: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Fail, what, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        };
        write!(formatter, "{level:<5} {:<10} {}", self.what, self.text)
    }
}
