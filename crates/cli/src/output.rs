//! The file that is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, StdoutLock, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use flate2::write::GzEncoder;
use otel_genai::Compression;
use tempfile::{PathPersistError, TempPath};

use crate::arguments::Stream;
use crate::failure::Failure;
use crate::interrupt::RemovedAtSignal;

/// The zstd level: its own default.
const ZSTD_LEVEL: i32 = 3;

/// Standard output, or a file that gets its name when it is complete.
///
/// Until then it has another name beside it, so that a partly written file cannot be taken for a whole one, and an
/// older file of that name stays whole. If the input fails, what came before is kept under that other name. Dropped
/// before that, for example because the disk is full, it is removed.
pub(crate) struct Output {
    encoder: Encoder,
    unfinished: Option<Unfinished>,
}

struct Unfinished {
    path: TempPath,
    name: PathBuf,
    replaces: bool,
    /// Keeps it from being left behind.
    _removed_at_signal: RemovedAtSignal,
}

/// Where a command writes.
#[derive(Args, Debug)]
pub(crate) struct OutputArguments {
    /// File to write, compressed if its name ends with .gz or .zst, or - for standard output
    #[arg(long, short, value_name = "FILE|-", default_value = "-")]
    pub(crate) output: Stream,

    /// Replaces a file that is there already
    #[arg(long, short)]
    pub(crate) force: bool,
}

impl OutputArguments {
    /// Creates the output.
    pub(crate) fn create(&self) -> Result<Output, Failure> {
        Output::create(&self.output, self.force).map_err(|error| self.unwritable(&error))
    }

    /// Says that it cannot be written.
    pub(crate) fn unwritable(&self, error: &io::Error) -> Failure {
        let name = self.output.path().map_or("standard output".into(), |path| path.display().to_string());
        Failure::Work(format!("cannot write {name}: {error}"))
    }

    /// Keeps what came before a failure, and adds to the failure where that is.
    pub(crate) fn keep(&self, output: Output, failure: &Failure) -> Failure {
        let kept = match output.finish_incomplete() {
            Err(error) => return Failure::Work(format!("{failure}; {}", self.unwritable(&error))),
            Ok(kept) => kept,
        };
        let (Some(kept), Some(name)) = (kept, self.output.path()) else {
            return Failure::Work(failure.to_string());
        };
        let became = if name.exists() { "is as it was" } else { "was not written" };
        Failure::Work(format!(
            "{failure}; {} {became}, and what could be read is in {}",
            name.display(),
            kept.display()
        ))
    }
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
    /// Creates it; a file that is there is replaced if `replaces` says so, and else an error.
    pub(crate) fn create(output: &Stream, replaces: bool) -> io::Result<Self> {
        let Some(path) = output.path() else {
            let encoder = Encoder::new(Target::Standard(io::stdout().lock()), Compression::None)?;
            return Ok(Self { encoder, unfinished: None });
        };
        Self::file(path, Compression::from_extension(path), replaces)
    }

    /// Creates a file with this compression, whatever its name says.
    pub(crate) fn file(path: &Path, compression: Compression, replaces: bool) -> io::Result<Self> {
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
        if existing.is_some() && !replaces {
            let message = "it is there already; name another file, or let --force replace it";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        // A link stays, and what it points to is replaced.
        let name = if existing.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        let (file, path) = unfinished_file(&name, existing.map(|metadata| metadata.permissions()))?;
        let _removed_at_signal = RemovedAtSignal::new(vec![path.to_path_buf()], &name);
        let encoder = Encoder::new(Target::File(file), compression)?;
        Ok(Self { encoder, unfinished: Some(Unfinished { path, name, replaces, _removed_at_signal }) })
    }

    /// Writes what is buffered and gives the file its name.
    pub(crate) fn finish(self) -> io::Result<()> {
        let Some(Unfinished { path, name, replaces, .. }) = self.write_out()? else { return Ok(()) };
        let persisted = if replaces { path.persist(&name) } else { path.persist_noclobber(&name) };
        match persisted {
            // Somebody was faster. What was written may have taken hours.
            Err(PathPersistError { error, path, .. }) if error.kind() == io::ErrorKind::AlreadyExists => {
                let kept = keep(path, &name)?;
                let kept = kept.display();
                Err(io::Error::new(
                    error.kind(),
                    format!("it is there by now; what was to be in it is in {kept}"),
                ))
            }
            // Some file systems cannot tell.
            Err(PathPersistError { path, .. }) if !replaces && !name.exists() => {
                path.persist(&name).map_err(|error| error.error)
            }
            persisted => persisted.map_err(|error| error.error),
        }
    }

    /// Writes what is buffered and keeps it under the other name, which is returned. A pipe has none.
    fn finish_incomplete(self) -> io::Result<Option<PathBuf>> {
        let Some(Unfinished { path, name, .. }) = self.write_out()? else { return Ok(None) };
        keep(path, &name).map(Some)
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

/// Keeps a file beside `name`, and returns its path as somebody would write it who wrote that name.
fn keep(path: TempPath, name: &Path) -> io::Result<PathBuf> {
    let path = path.keep().map_err(|error| error.error)?;
    Ok(path.file_name().map_or_else(|| path.clone(), |file| name.with_file_name(file)))
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

/// Returns the folder that a file is to be in, which must be there.
pub(crate) fn folder_of(file: &Path) -> io::Result<&Path> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(folder);
    }
    let message = format!("the directory {} does not exist", folder.display());
    Err(io::Error::new(io::ErrorKind::NotFound, message))
}

/// Creates the file beside `name`, as readable for others as the one that it replaces.
fn unfinished_file(name: &Path, permissions: Option<fs::Permissions>) -> io::Result<(File, TempPath)> {
    let directory = folder_of(name)?;
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
        let (directory, kind) = (directory.display(), error.kind());
        io::Error::new(kind, format!("cannot create a file in the directory {directory}: {kind}"))
    })?;
    Ok(file.into_parts())
}

/// Tells whether a file is one of SQLite, such as a store.
fn is_database(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(16).read_to_end(&mut start)?;
    Ok(start == b"SQLite format 3\0")
}
