//! The file that is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, StdoutLock, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use otel_genai::Compression;
use tempfile::TempPath;

use crate::arguments::Stream;
use crate::failure::Failure;

/// The zstd level: its own default.
const ZSTD_LEVEL: i32 = 3;

/// Standard output, or a file that gets its name when it is complete.
///
/// Until then it has another name beside it, so that a partly written file cannot be taken for a whole one, and an
/// older file of that name stays whole. If the input fails, what came before is kept: under its name if that is still
/// free, else under the other one. Dropped before that, for example because the disk is full, it is removed.
pub(crate) struct Output {
    encoder: Encoder,
    unfinished: Option<Unfinished>,
}

struct Unfinished {
    path: TempPath,
    name: PathBuf,
}

/// Where an output is that is not complete.
#[derive(Debug)]
pub(crate) enum Kept {
    UnderItsName,
    /// In a file beside the older one, which is as it was.
    Beside(PathBuf),
}

enum Encoder {
    Plain(BufWriter<Target>),
    Gzip(GzEncoder<BufWriter<Target>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<Target>>),
}

enum Target {
    Standard(StdoutLock<'static>),
    File(File),
}

impl Output {
    pub(crate) fn create(output: &Stream) -> io::Result<Self> {
        let Some(path) = output.path() else {
            let encoder = Encoder::new(Target::Standard(io::stdout().lock()), Compression::None)?;
            return Ok(Self { encoder, unfinished: None });
        };
        Self::file(path, Compression::from_extension(path))
    }

    /// Creates a file with this compression, whatever its name says.
    pub(crate) fn file(path: &Path, compression: Compression) -> io::Result<Self> {
        let existing = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            // A pipe or a device keeps its name.
            let file = File::options().write(true).open(path)?;
            return Ok(Self { encoder: Encoder::new(Target::File(file), compression)?, unfinished: None });
        }
        if existing.is_some() && is_database(path)? {
            let message = "it is a database, and this would replace it with text; name another file";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        // A link stays, and what it points to is replaced.
        let name = if existing.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        let (file, path) = unfinished_file(&name, existing.map(|metadata| metadata.permissions()))?;
        let encoder = Encoder::new(Target::File(file), compression)?;
        Ok(Self { encoder, unfinished: Some(Unfinished { path, name }) })
    }

    /// Writes what is buffered and gives the file its name, in place of an older one.
    pub(crate) fn finish(self) -> io::Result<()> {
        let Some(Unfinished { path, name }) = self.write_out()? else { return Ok(()) };
        path.persist(name).map_err(|error| error.error)
    }

    /// Writes what is buffered and keeps it, but not in place of an older file.
    pub(crate) fn finish_incomplete(self) -> io::Result<Kept> {
        let Some(Unfinished { path, name }) = self.write_out()? else { return Ok(Kept::UnderItsName) };
        match path.persist_noclobber(name) {
            Ok(()) => Ok(Kept::UnderItsName),
            // There is such a file, or it cannot be told.
            Err(error) => error.path.keep().map(Kept::Beside).map_err(|error| error.error),
        }
    }

    fn write_out(self) -> io::Result<Option<Unfinished>> {
        let target = self.encoder.finish()?;
        if let (Target::File(file), Some(_)) = (&target, &self.unfinished) {
            // Else a power failure could leave the name with nothing behind it.
            file.sync_all()?;
        }
        Ok(self.unfinished)
    }
}

/// Adds to what went wrong where the part of the output is that came before.
pub(crate) fn with_what_is_kept(failure: &Failure, kept: &Kept, output: &Stream) -> Failure {
    let Some(name) = output.path().map(Path::display) else { return Failure::Work(failure.to_string()) };
    Failure::Work(match kept {
        Kept::UnderItsName => format!("{failure}; {name} is incomplete: it has what could be read"),
        Kept::Beside(path) => {
            format!("{failure}; {name} is as it was, and what could be read is in {}", path.display())
        }
    })
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.encoder {
            Encoder::Plain(writer) => writer.write(bytes),
            Encoder::Gzip(writer) => writer.write(bytes),
            Encoder::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.encoder {
            Encoder::Plain(writer) => writer.flush(),
            Encoder::Gzip(writer) => writer.flush(),
            Encoder::Zstd(writer) => writer.flush(),
        }
    }
}

impl Encoder {
    fn new(target: Target, compression: Compression) -> io::Result<Self> {
        let writer = BufWriter::with_capacity(64 * 1024, target);
        Ok(match compression {
            Compression::Gzip => Self::Gzip(GzEncoder::new(writer, flate2::Compression::default())),
            Compression::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(writer, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
            _ => Self::Plain(writer),
        })
    }

    fn finish(self) -> io::Result<Target> {
        let writer = match self {
            Self::Plain(writer) => writer,
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        let mut target = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        target.flush()?;
        Ok(target)
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(output) => output.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(output) => output.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

/// Creates the file beside `name`, as readable for others as the one that it replaces.
fn unfinished_file(name: &Path, permissions: Option<fs::Permissions>) -> io::Result<(File, TempPath)> {
    let directory = match name.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(name.file_name().ok_or_else(|| io::Error::other("it is not the name of a file"))?);
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        // What is new is as the umask says, which is taken off this.
        builder.permissions(permissions.unwrap_or(fs::Permissions::from_mode(0o666)));
    }
    #[cfg(not(unix))]
    let _ = permissions;
    let file = builder.tempfile_in(directory).map_err(|error| {
        // The error itself names a file that nobody has asked for.
        let directory = directory.display();
        let reason = match error.kind() {
            io::ErrorKind::NotFound => format!("the directory {directory} does not exist"),
            kind => format!("cannot create a file in the directory {directory}: {kind}"),
        };
        io::Error::new(error.kind(), reason)
    })?;
    Ok(file.into_parts())
}

/// Tells whether a file is one of SQLite, such as a store.
fn is_database(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(16).read_to_end(&mut start)?;
    Ok(start == b"SQLite format 3\0")
}
