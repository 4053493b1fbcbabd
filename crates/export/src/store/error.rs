//! What can go wrong with a store.

use std::path::{Path, PathBuf};

use opentelemetry::trace::TraceId;
use rusqlite::ErrorCode;

/// A store could not be opened, read or written.
///
/// Displays what was tried, with which file, what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {path:?}: {problem}")]
pub struct StoreError {
    action: &'static str,
    path: PathBuf,
    problem: StoreProblem,
    trace_id: Option<TraceId>,
}

/// What is wrong with a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreProblem {
    /// There is no such file.
    #[error("the file does not exist; check the path")]
    NotFound,
    /// The file is empty.
    #[error("the file is empty: there is no store in it yet")]
    Empty,
    /// The file is no SQLite database, or an encrypted one that was opened without a key.
    #[error(
        "the file is not a store (no SQLite database, or an encrypted one: then give its key); nothing was changed"
    )]
    NotADatabase,
    /// The file is an SQLite database of another program.
    #[error(
        "the file is an SQLite database but not a store of otel-genai; choose another path; nothing was changed"
    )]
    Foreign,
    /// The file was written by a newer version of this library.
    #[error(
        "the file has schema {found}, and this version knows up to {known}; use a newer otel-genai; nothing was changed"
    )]
    NewerSchema {
        /// The schema of the file.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// The file is encrypted with another key, or is not encrypted at all.
    #[error("the key does not fit, or the file is not encrypted; nothing was changed")]
    WrongKey,
    /// A key was given, but the library was built without the cargo feature `encryption`.
    #[error("a key was given, but this program was built without the cargo feature `encryption`")]
    NoEncryption,
    /// The content of the file is damaged.
    #[error(
        "the file is damaged ({detail}); `otel-genai check --repair-into NEW` copies what can be read into a new file, \
         and leaves this one and its write-ahead log as they are"
    )]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// There is no space left where the file is.
    #[error(
        "no space is left on its disk; free some, or set a smaller bound with `prune`; what was acknowledged is safe"
    )]
    FullDisk,
    /// A bound on the size that a store exceeds without any trace.
    #[error(
        "the bound of {bound} bytes is too small: without any trace it takes {smallest} bytes; set a larger one, or bound the \
         age or the number of traces; nothing was deleted"
    )]
    BoundTooSmall {
        /// The bound, in bytes.
        bound: u64,
        /// What is in use without any trace, in bytes.
        smallest: u64,
    },
    /// Another process held the file for longer than the busy timeout.
    #[error(
        "another process is writing to it and did not finish in time; try again, or set a longer busy timeout"
    )]
    Busy,
    /// The file, or the directory it is in, may not be written.
    #[error("the file or its directory may not be written; check permissions")]
    ReadOnly,
    /// A change of its key was interrupted, and left its rollback journal.
    #[error(
        "a change of its key was interrupted, and its journal (`-journal`) is still to be undone, which reading cannot do; \
         open it once for writing, by `SqliteExporter::open` or any `otel-genai` command, with the key that it had before: \
         it then has that one"
    )]
    HalfRekeyed,
    /// The file has a write-ahead log, and nothing can be written beside the two, which reading the log needs.
    #[error(
        "reading its write-ahead log (`-wal`) needs to write beside the file; allow that, or copy both files to a directory \
         where it is allowed"
    )]
    LogNeedsWriting,
    /// The operating system failed to read or write.
    #[error(
        "the system failed to read or write ({detail}); check the disk; what was acknowledged before is safe"
    )]
    Io {
        /// What SQLite or the system says.
        detail: String,
    },
    /// A query of [`Store::sql`](super::Store::sql) that is not valid or would change the file.
    #[error("{detail}")]
    Query {
        /// What is wrong with it.
        detail: String,
    },
    /// A span could not be encoded or is too large for SQLite.
    #[error("spans could not be encoded ({detail})")]
    Encode {
        /// Why.
        detail: String,
    },
    /// There is not enough memory.
    #[error("there is not enough memory")]
    OutOfMemory,
    /// Anything else that SQLite reports.
    #[error("{detail}")]
    Other {
        /// What SQLite says.
        detail: String,
    },
}

impl StoreError {
    pub(super) fn new(action: &'static str, path: &Path, problem: impl Into<StoreProblem>) -> Self {
        Self { action, path: path.to_owned(), problem: problem.into(), trace_id: None }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says which trace could not be read.
    pub(super) fn of_trace(self, trace_id: TraceId) -> Self {
        Self { trace_id: Some(trace_id), problem: self.problem.of_trace(trace_id), ..self }
    }

    /// Returns the trace that could not be read, if it is one that is concerned.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.trace_id
    }

    /// Returns what is wrong.
    pub fn problem(&self) -> &StoreProblem {
        &self.problem
    }
}

impl StoreProblem {
    pub(super) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }

    /// Says which trace is damaged.
    fn of_trace(self, trace_id: TraceId) -> Self {
        match self {
            Self::Corrupt { detail } => Self::Corrupt { detail: format!("trace {trace_id}: {detail}") },
            other => other,
        }
    }
}

impl From<rusqlite::Error> for StoreProblem {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };
        let detail = error.to_string();
        // No value that was written is of another type or out of range.
        if let FromSqlConversionFailure(..)
        | IntegralValueOutOfRange(..)
        | InvalidColumnType(..)
        | Utf8Error(..) = error
        {
            return Self::Corrupt { detail };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { detail },
            Some(ErrorCode::OutOfMemory) => Self::OutOfMemory,
            Some(ErrorCode::NotADatabase) => Self::NotADatabase,
            Some(ErrorCode::DiskFull) => Self::FullDisk,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(
                ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed | ErrorCode::CannotOpen,
            ) => Self::Io { detail },
            _ => Self::Other { detail },
        }
    }
}

impl From<std::io::Error> for StoreProblem {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound,
            std::io::ErrorKind::PermissionDenied => Self::ReadOnly,
            std::io::ErrorKind::StorageFull => Self::FullDisk,
            _ => Self::Io { detail: error.to_string() },
        }
    }
}
