//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

/// A file could not be opened, written, read or put aside.
///
/// Says what was tried with which file and what the system answered.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {path:?}: {source}")]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    pub(super) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
