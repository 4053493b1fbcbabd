//! Why a line could not be read.

use std::sync::Arc;

/// A reason is shown only up to so many characters: a parser may quote a whole prompt in it.
const SHOWN_CHARACTERS: usize = 300;

/// What kind of thing is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The input itself failed, or its compressed data is damaged. The reader ends here.
    Io,
    /// The line is not JSON, or breaks off.
    Syntax,
    /// The line is JSON but not an OTLP request.
    Data,
    /// A span of the line cannot be one, for example without a trace id. The line's other spans are read.
    Span,
    /// The line is longer than allowed ([`MAX_LINE_BYTES`](super::MAX_LINE_BYTES)).
    TooLong,
}

/// A line, or a span of it, that could not be read: where and why.
///
/// Displays as `traces.jsonl:12:345: reason`: input, line and, where known, column, both counted from 1, columns in
/// bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    name: Arc<str>,
    line: u64,
    column: Option<usize>,
    kind: ReadErrorKind,
    reason: String,
}

impl ReadError {
    pub(super) fn new(name: &Arc<str>, line: u64, kind: ReadErrorKind, reason: String) -> Self {
        Self { name: Arc::clone(name), line, column: None, kind, reason }
    }

    pub(super) fn json(name: &Arc<str>, first_line: u64, error: &serde_json::Error) -> Self {
        let kind = if error.is_data() { ReadErrorKind::Data } else { ReadErrorKind::Syntax };
        let mut reason = error.to_string();
        // Its own position counts from the record's first line; ours replaces it.
        if let Some(end) = reason.rfind(" at line ") {
            reason.truncate(end);
        }
        if let Some((end, _)) = reason.char_indices().nth(SHOWN_CHARACTERS) {
            reason.truncate(end);
            reason.push('…');
        }
        if kind == ReadErrorKind::Syntax {
            // The parser's own words ("key must be a string") sound as if they were about spans.
            reason.insert_str(0, "not valid JSON: ");
        }
        let line = first_line + (error.line() as u64).saturating_sub(1);
        let column = (error.column() > 0).then_some(error.column());
        Self { name: Arc::clone(name), line, column, kind, reason }
    }

    /// Returns the input's name: a path, or `<stdin>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of the line, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns the column in bytes, from 1, where it is known.
    pub fn column(&self) -> Option<usize> {
        self.column
    }

    /// Returns what kind of thing is wrong.
    pub fn kind(&self) -> ReadErrorKind {
        self.kind
    }

    /// Returns the reason, without the place.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Tells whether the reader goes on after this error.
    pub fn is_recoverable(&self) -> bool {
        self.kind != ReadErrorKind::Io
    }
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:", self.name, self.line)?;
        if let Some(column) = self.column {
            write!(formatter, "{column}:")?;
        }
        write!(formatter, " {}", self.reason)
    }
}

impl std::error::Error for ReadError {}
