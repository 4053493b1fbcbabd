//! What can be wrong with settings.

use std::fmt;
use std::path::{Path, PathBuf};

/// What kind of thing is wrong with a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingsErrorKind {
    /// The file cannot be read.
    Io,
    /// The text is not TOML.
    Syntax,
    /// There is no such key or section.
    UnknownKey,
    /// The key belongs to a part that this version does not have.
    Unsupported,
    /// The value is not of the kind, or in the range, that the key takes.
    WrongValue,
    /// Settings that are each right do not go together, or one is missing that another needs.
    Contradiction,
    /// Prices, discounts or deployments cannot be read or applied.
    Prices,
    /// The setting needs a cargo feature that this program was built without.
    MissingFeature,
}

/// A setting that cannot be used: where, which, why, and what would be right.
///
/// Displays as `otel-genai.toml:3:9: queue.spans = 0: expected …`, or with `environment variable OTEL_GENAI_QUEUE_SPANS`
/// as the place. Never shows a secret value.
#[derive(Debug)]
pub struct SettingsError {
    kind: SettingsErrorKind,
    place: Option<Place>,
    key: Option<String>,
    message: String,
}

/// Where something was set that was not set by code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text {
        file: Option<PathBuf>,
        line: usize,
        column: usize,
    },
    /// An environment variable of this name.
    Variable(String),
}

impl Place {
    /// Finds the line and column, counted from 1, columns in characters, of the byte at `offset`.
    pub(super) fn new(file: Option<&Path>, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self::Text {
            file: file.map(Path::to_path_buf),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { file: Some(file), line, column } => {
                write!(formatter, "{}:{line}:{column}", shown(&file.to_string_lossy()))
            }
            Self::Text { file: None, line, column } => write!(formatter, "line {line}, column {column}"),
            Self::Variable(name) => write!(formatter, "environment variable {}", shown(name)),
        }
    }
}

/// Makes a text from outside fit for a terminal.
pub(super) fn shown(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] }).collect()
}

impl SettingsError {
    pub(super) fn new(kind: SettingsErrorKind, key: Option<&str>, message: impl Into<String>) -> Self {
        Self { kind, place: None, key: key.map(str::to_owned), message: message.into() }
    }

    pub(super) fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// Returns what kind of thing is wrong.
    pub fn kind(&self) -> SettingsErrorKind {
        self.kind
    }

    /// Returns the key that it is about, as it was written, if it is about one.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns the line in the file or text, from 1, if the setting came from one.
    pub fn line(&self) -> Option<usize> {
        match self.place {
            Some(Place::Text { line, .. }) => Some(line),
            _ => None,
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(formatter, "{place}: ")?;
        }
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_from_one_in_characters() {
        let text = "é = 1\nab\n";
        for (offset, expected) in
            [(0, (1, 1)), (3, (1, 3)), (7, (2, 1)), (8, (2, 2)), (10, (3, 1)), (99, (3, 1))]
        {
            let Place::Text { line, column, .. } = Place::new(None, text, offset) else {
                panic!("it is in a text")
            };
            assert_eq!((line, column), expected, "{offset}");
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(shown("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
    }
}
