//! When a file is full, and what it is called then.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// When a file is put aside and a new one begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rotation {
    /// Before the file would grow past so many bytes.
    pub(super) size: Option<u64>,
    /// When a multiple of this time since the Unix epoch has passed.
    pub(super) every: Option<Duration>,
}

impl Rotation {
    /// Tells whether a file should be put aside before so many bytes are added to it.
    ///
    /// A file is never put aside empty, so one larger chunk than `size` still gets a file of its own.
    pub(super) fn is_due(&self, length: u64, last_written: SystemTime, now: SystemTime, added: u64) -> bool {
        length > 0
            && (self.size.is_some_and(|size| length.saturating_add(added) > size)
                || self.every.is_some_and(|every| period(last_written, every) != period(now, every)))
    }
}

/// Numbers the intervals since the Unix epoch, so that files are cut at round times (UTC) whenever a process started.
fn period(time: SystemTime, every: Duration) -> u64 {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    seconds / every.as_secs().max(1)
}

/// Returns the path that a full file is renamed to: `traces.jsonl.gz` becomes `traces.000001.jsonl.gz`, then `000002`.
///
/// The number is one higher than the highest there is, and sorts before the running file: in the order of names,
/// the files are in the order of time.
pub(super) fn next_rotated_path(path: &Path) -> io::Result<PathBuf> {
    let (stem, extension) = stem_and_extension(path);
    let mut highest: u64 = 0;
    for entry in directory(path).read_dir()? {
        highest = highest.max(number_of(&entry?.file_name(), &stem, &extension).unwrap_or(0));
    }
    let next = highest.checked_add(1).ok_or_else(|| {
        io::Error::new(io::ErrorKind::AlreadyExists, "no higher number is left to put behind its name")
    })?;
    let mut name = stem;
    name.push(format!(".{next:06}"));
    name.push(extension);
    Ok(path.with_file_name(name))
}

/// Returns the directory of `path`, which for a bare name is the current one.
pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Splits a file's name before its extension, which takes that of a compression with it (`.jsonl.gz`).
fn stem_and_extension(path: &Path) -> (OsString, OsString) {
    let mut stem = PathBuf::from(path.file_name().unwrap_or_default());
    let mut extension = OsString::new();
    for is_first in [true, false] {
        let Some(last) = stem.extension() else { break };
        let is_compression = matches!(last.to_str(), Some("gz" | "zst" | "zstd"));
        let mut longer = OsString::from(".");
        longer.push(last);
        longer.push(&extension);
        extension = longer;
        stem.set_extension("");
        if is_first && !is_compression {
            break;
        }
    }
    (stem.into_os_string(), extension)
}

fn number_of(name: &OsStr, stem: &OsStr, extension: &OsStr) -> Option<u64> {
    let middle = name
        .as_encoded_bytes()
        .strip_prefix(stem.as_encoded_bytes())?
        .strip_suffix(extension.as_encoded_bytes())?
        .strip_prefix(b".")?;
    let digits = std::str::from_utf8(middle).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_extension_and_count_up() {
        let cases = [
            ("traces.jsonl", "traces.000001.jsonl"),
            ("traces.jsonl.gz", "traces.000001.jsonl.gz"),
            ("my.app.jsonl.zst", "my.app.000001.jsonl.zst"),
            ("traces", "traces.000001"),
            (".traces", ".traces.000001"),
            ("traces.gz", "traces.000001.gz"),
        ];
        for (name, expected) in cases {
            let directory = tempfile::tempdir().expect("a directory");
            let path = directory.path().join(name);
            assert_eq!(
                next_rotated_path(&path).expect("readable"),
                directory.path().join(expected),
                "{name}"
            );
        }
    }

    #[test]
    fn the_next_number_is_above_all_that_exist() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in [
            "t.000002.jsonl",
            "t.11.jsonl",
            "t.x.jsonl",
            "t.000099.jsonl.gz",
            "u.000500.jsonl",
            "t.+77.jsonl",
        ] {
            std::fs::write(directory.path().join(name), "").expect("writable");
        }
        let next = next_rotated_path(&directory.path().join("t.jsonl")).expect("readable");
        assert_eq!(next, directory.path().join("t.000012.jsonl"));
    }

    #[test]
    fn a_file_is_due_by_size_or_by_interval_but_never_empty() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let by_size = Rotation { size: Some(100), every: None };
        assert!(!by_size.is_due(60, at(0), at(0), 40));
        assert!(by_size.is_due(60, at(0), at(0), 41));
        assert!(!by_size.is_due(0, at(0), at(0), 1000));
        let hourly = Rotation { size: None, every: Some(Duration::from_secs(3600)) };
        assert!(!hourly.is_due(1, at(3600), at(7199), 1));
        assert!(hourly.is_due(1, at(7199), at(7200), 1));
        assert!(!hourly.is_due(0, at(0), at(7200), 1));
    }
}
