//! The files that are read.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use otel_genai::JsonLinesReader;

use crate::arguments::Stream;
use crate::failure::Failure;

/// A reader of any input.
pub(crate) type Reader = JsonLinesReader<Box<dyn BufRead + Send>>;

/// Checks that every input is there, before any work is done, and returns how many bytes they are, if that is known.
pub(crate) fn check(inputs: &[Stream]) -> Result<Option<u64>, Failure> {
    if inputs.iter().filter(|input| **input == Stream::Standard).count() > 1 {
        return Err(Failure::Usage("- is given twice, but standard input can be read only once".into()));
    }
    let mut total = Some(0);
    for input in inputs {
        let length = match input.path() {
            None => None,
            Some(path) => {
                let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
                if metadata.is_dir() {
                    let message =
                        format!("cannot read {}: it is a directory; name its files", path.display());
                    return Err(Failure::Work(message));
                }
                metadata.is_file().then_some(metadata.len())
            }
        };
        total = total.zip(length).map(|(total, length)| total + length);
    }
    Ok(total)
}

/// Opens an input. The bytes read from it, as stored, are added to `bytes_read`.
pub(crate) fn open(input: &Stream, bytes_read: &Arc<AtomicU64>) -> Result<Reader, Failure> {
    match input.path() {
        None => JsonLinesReader::stdin()
            .map_err(|error| Failure::Work(format!("cannot read standard input: {error}"))),
        Some(path) => {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            let counting = Counting { file, bytes_read: Arc::clone(bytes_read) };
            let reader = JsonLinesReader::detect(counting).map_err(|error| unreadable(path, &error))?;
            Ok(reader.with_name(path.to_string_lossy()))
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Work(format!("cannot read {}: {error}", path.display()))
}

struct Counting {
    file: File,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Refuses an output that is also an input, under whatever name: it would be read while it is written, or replaced.
pub(crate) fn refuse_output(inputs: &[Stream], output: &Stream) -> Result<(), Failure> {
    let Some(output_identity) = identity(output, &io::stdout()) else { return Ok(()) };
    for input in inputs {
        if identity(input, &io::stdin()).as_ref() == Some(&output_identity) {
            let name = input.path().map_or("standard input".into(), |path| path.display().to_string());
            let message = format!("the output is the same file as the input {name}; write to another file");
            return Err(Failure::Usage(message));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn identity(stream: &Stream, standard: &impl std::os::fd::AsFd) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    let metadata = match stream.path() {
        Some(path) => fs::metadata(path).ok()?,
        None => File::from(standard.as_fd().try_clone_to_owned().ok()?).metadata().ok()?,
    };
    // A terminal or a null device is often both, and may be.
    metadata.is_file().then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity<T>(stream: &Stream, _standard: &T) -> Option<std::path::PathBuf> {
    fs::canonicalize(stream.path()?).ok()
}
