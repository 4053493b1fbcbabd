//! The file that lines are appended to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::append::Appender;
use super::compression::{Compression, decompressed};
use super::error::FileError;
use super::rotation::{Rotation, directory, next_rotated_path};

/// How a [`LineFile`] is opened and kept.
#[derive(Clone, Debug)]
pub(super) struct FileSettings {
    pub(super) path: PathBuf,
    /// Empties the file when it is first opened, instead of going on at its end.
    pub(super) truncate: bool,
    pub(super) compression: Compression,
    /// Makes every append durable before it returns.
    pub(super) fsync: bool,
    pub(super) rotation: Rotation,
}

/// A file to which whole lines are appended, and which is put aside when it is full.
#[derive(Debug)]
pub(super) struct LineFile {
    settings: FileSettings,
    /// `None` after an opening that failed; the next append tries again.
    open: Option<OpenFile>,
    /// Why the file could not be put aside last time. Its lines were written all the same, so no export failed.
    rotation_failure: Option<FileError>,
}

#[derive(Debug)]
struct OpenFile {
    appender: Appender<File>,
    last_written: SystemTime,
}

impl LineFile {
    /// Opens the file, creating it and the directories above it.
    pub(super) fn open(settings: FileSettings, now: SystemTime) -> Result<Self, FileError> {
        let mut file = Self { settings, open: None, rotation_failure: None };
        let open = file.open_at_end(now)?;
        file.open = Some(open);
        // Emptied once; from now on even a file that has to be opened again is continued.
        file.settings.truncate = false;
        Ok(file)
    }

    /// Appends whole lines, all of them or none.
    pub(super) fn append(&mut self, lines: &[u8], now: SystemTime) -> Result<(), FileError> {
        let frame =
            self.settings.compression.frame(lines).map_err(|error| self.failed("compress for", error))?;
        let added = frame.as_deref().unwrap_or(lines).len() as u64;
        self.rotate_if_due(added, now);
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.open_at_end(now)?,
        };
        let result = match &frame {
            Some(frame) => open.appender.append_frame(frame),
            None => open.appender.append_lines(lines),
        };
        let result = result.map_err(|error| self.failed("write to", error));
        if result.is_ok() {
            open.last_written = now;
        }
        let open = self.open.insert(open);
        result?;
        if self.settings.fsync {
            let synced = open.appender.sync();
            synced.map_err(|error| self.failed("sync", error))?;
        }
        Ok(())
    }

    /// Makes what was written durable.
    pub(super) fn sync(&mut self) -> Result<(), FileError> {
        let synced = self.open.as_mut().map_or(Ok(()), |open| open.appender.sync());
        synced.map_err(|error| self.failed("sync", error))
    }

    /// Returns why the file could not be put aside when it was full, once.
    pub(super) fn take_rotation_failure(&mut self) -> Option<FileError> {
        self.rotation_failure.take()
    }

    /// Puts a full file aside. One that cannot be put aside is continued: too long a file is better than lost spans.
    fn rotate_if_due(&mut self, added: u64, now: SystemTime) {
        let Some(open) = &mut self.open else { return };
        let length = open.appender.length().unwrap_or(0);
        if !self.settings.rotation.is_due(length, open.last_written, now, added) {
            return;
        }
        // A flush reaches only the running file, so one that is put aside is made durable first.
        let synced = open.appender.sync();
        match synced.map_err(|error| self.failed("sync", error)).and_then(|()| self.put_aside()) {
            Ok(()) => self.open = None,
            Err(error) => self.rotation_failure = Some(error),
        }
    }

    fn put_aside(&self) -> Result<(), FileError> {
        let path = &self.settings.path;
        next_rotated_path(path)
            .and_then(|target| fs::rename(path, target))
            .map_err(|error| self.failed("put aside", error))
    }

    fn open_at_end(&self, now: SystemTime) -> Result<OpenFile, FileError> {
        let path = &self.settings.path;
        fs::create_dir_all(directory(path)).map_err(|error| self.failed("create the directory of", error))?;
        if self.settings.truncate {
            let mut appender = Appender::new(self.open_for_append()?);
            appender.clear().map_err(|error| self.failed("empty", error))?;
            return Ok(OpenFile { appender, last_written: now });
        }
        let existing = Existing::inspect(path, self.settings.compression)
            .map_err(|error| self.failed("continue", error))?;
        if existing == Existing::Torn {
            self.put_aside()?;
        }
        let file = self.open_for_append()?;
        let last_written = file.metadata().and_then(|metadata| metadata.modified()).unwrap_or(now);
        let mut appender = Appender::new(file);
        if existing == Existing::OpenLine {
            let newline = b"\n";
            match self.settings.compression.frame(newline) {
                Ok(None) => appender.append_lines(newline),
                Ok(Some(frame)) => appender.append_frame(&frame),
                Err(error) => Err(error),
            }
            .map_err(|error| self.failed("write to", error))?;
        }
        Ok(OpenFile { appender, last_written })
    }

    fn open_for_append(&self) -> Result<File, FileError> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.settings.path)
            .map_err(|error| self.failed("open", error))
    }

    fn failed(&self, action: &'static str, error: io::Error) -> FileError {
        FileError::new(action, &self.settings.path, error)
    }
}

/// What a file that is to be continued holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Existing {
    /// Nothing, or whole lines.
    Whole,
    /// A last line without its newline: the writer before us died.
    OpenLine,
    /// Compressed data that breaks off. Nothing that follows it could be read.
    Torn,
}

impl Existing {
    /// Looks at the end of a file; of a compressed one that means reading it through.
    fn inspect(path: &Path, compression: Compression) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() && metadata.len() > 0 => {}
            Ok(_) => return Ok(Self::Whole),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Whole),
            Err(error) => return Err(error),
        }
        let mut file = File::open(path)?;
        let mut start = Vec::with_capacity(4);
        file.by_ref().take(4).read_to_end(&mut start)?;
        let found = Compression::from_magic(&start);
        if found != compression {
            let message = format!(
                "it holds {} data, the setting is {}; choose another path or the same compression",
                found.name(),
                compression.name()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if compression == Compression::None {
            file.seek(SeekFrom::End(-1))?;
            return last_byte(file).map(Self::of_last_byte);
        }
        file.rewind()?;
        Ok(match last_byte(decompressed(Box::new(file))?) {
            Ok(last) => Self::of_last_byte(last),
            Err(_) => Self::Torn,
        })
    }

    fn of_last_byte(last: Option<u8>) -> Self {
        if last.is_some_and(|byte| byte != b'\n') { Self::OpenLine } else { Self::Whole }
    }
}

fn last_byte(input: impl Read) -> io::Result<Option<u8>> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut last = None;
    loop {
        let chunk = input.fill_buf()?;
        let Some(byte) = chunk.last() else { return Ok(last) };
        last = Some(*byte);
        let length = chunk.len();
        input.consume(length);
    }
}
