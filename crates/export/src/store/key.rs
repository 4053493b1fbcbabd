//! The key of an encrypted store.

use std::fmt;
use std::path::Path;

use super::error::{StoreError, StoreProblem};

/// The passphrase of an encrypted store. Never printed: its `Debug` shows dots.
///
/// SQLCipher derives the key of the file from it (PBKDF2-HMAC-SHA512, 256,000 rounds, with a salt of the file's own), so
/// opening an encrypted store takes a fraction of a second.
///
/// # Examples
///
/// ```
/// use otel_genai_export::store::StoreKey;
///
/// let key = StoreKey::new("correct horse battery staple").expect("not empty");
/// assert_eq!(format!("{key:?}"), "StoreKey(…)");
/// assert!(StoreKey::new("").is_none());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoreKey(String);

impl StoreKey {
    /// Takes a passphrase; `None` if it is empty, since SQLCipher takes an empty one for no encryption.
    pub fn new(passphrase: impl Into<String>) -> Option<Self> {
        Some(passphrase.into()).filter(|text| !text.is_empty()).map(Self)
    }

    /// Reads the environment variable `name`; `None` if it is not set, empty or not UTF-8.
    pub fn from_environment(name: &str) -> Option<Self> {
        std::env::var(name).ok().and_then(Self::new)
    }

    /// Reads a file: its first line, without the end of the line.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not UTF-8, or its first line is empty.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| StoreError::new("read the key from", path, error))?;
        text.lines().next().and_then(Self::new).ok_or_else(|| {
            let detail = "its first line is empty; write the passphrase there".to_owned();
            StoreError::new("read the key from", path, StoreProblem::Other { detail })
        })
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StoreKey(…)")
    }
}
