//! Which file is the store, and its key.

use std::env;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use clap::Args;
use opentelemetry_sdk::trace::SpanExporter;
use otel_genai::export::store::{SqliteExporter, Store, StoreError, StoreKey, StoreProblem, TraceFilter};
use otel_genai::{Settings, Source, default_store};

use crate::failure::Failure;
use crate::output::folder_of;

/// The file, in the environment: the name that the settings' key `export.sqlite.path` has there.
const PATH_VARIABLE: &str = "OTEL_GENAI_EXPORT_SQLITE_PATH";

/// The key itself, in the environment.
pub(super) const KEY_VARIABLE: &str = "OTEL_GENAI_EXPORT_SQLITE_KEY";

/// The file with the key, in the environment.
const KEY_FILE_VARIABLE: &str = "OTEL_GENAI_EXPORT_SQLITE_KEY_FILE";

/// The store of a command.
#[derive(Args, Debug)]
pub(crate) struct StoreArguments {
    /// The store; without it $OTEL_GENAI_EXPORT_SQLITE_PATH, `export.sqlite.path` of the settings, or the user's own
    #[arg(long, value_name = "FILE", help_heading = "Store")]
    store: Option<PathBuf>,

    /// File with the key of an encrypted store in its first line; without it $OTEL_GENAI_EXPORT_SQLITE_KEY
    #[arg(long, value_name = "FILE", help_heading = "Store")]
    key_file: Option<PathBuf>,
}

/// Where the store is, and whether somebody said so.
struct Location {
    path: PathBuf,
    is_default: bool,
}

impl StoreArguments {
    /// Returns the file, whether it is there or not.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        Ok(self.location()?.path)
    }

    /// Tells whether the command line names a store.
    pub(crate) fn is_named(&self) -> bool {
        self.store.is_some()
    }

    /// Returns the key, if there is one.
    pub(crate) fn key(&self) -> Result<Option<StoreKey>, Failure> {
        let Some(file) = self.file_of_key()? else { return Ok(StoreKey::from_environment(KEY_VARIABLE)) };
        StoreKey::from_file(file).map(Some).map_err(|error| Failure::Usage(error.to_string()))
    }

    /// Returns the file that has the key, unless the environment has the key itself.
    ///
    /// Settings that say where the store is say where its key is, too.
    fn file_of_key(&self) -> Result<Option<PathBuf>, Failure> {
        if self.key_file.is_some() {
            return Ok(self.key_file.clone());
        }
        if variable(KEY_VARIABLE).is_some() {
            return Ok(None);
        }
        match variable(KEY_FILE_VARIABLE) {
            None if self.store.is_none() && variable(PATH_VARIABLE).is_none() => {
                set_in_settings("export.sqlite.key_file")
            }
            file => Ok(file),
        }
    }

    /// Says more of a key that does not fit: where it comes from, and whether the store has one at all.
    fn explain(&self, error: StoreError) -> Failure {
        let path = error.path().display();
        match error.problem() {
            StoreProblem::WrongKey => {}
            StoreProblem::Empty => {
                return Failure::Work(format!("{error}; `otel-genai import FILE --store {path}` makes one"));
            }
            _ => return error.into(),
        }
        let source = match self.file_of_key() {
            Ok(Some(file)) => format!("the key in {}", file.display()),
            _ => format!("the key in ${KEY_VARIABLE}"),
        };
        Failure::Work(if Store::open(error.path()).is_ok() {
            format!("cannot open {path}: it is not encrypted; leave {source} out")
        } else {
            format!(
                "cannot open {path}: {source} does not fit, or the file is not a store; nothing was changed"
            )
        })
    }

    /// Opens the store for reading.
    pub(crate) fn open(&self) -> Result<Store, Failure> {
        let (path, key) = (self.existing_path()?, self.key()?);
        let open = || match key.clone() {
            Some(key) => Store::open_encrypted(&path, key),
            None => Store::open(&path),
        };
        match open() {
            Err(error) if matches!(error.problem(), StoreProblem::HalfRekeyed) => {
                // Whoever opens it for writing undoes it, and readers can read again.
                self.create()?.shutdown().map_err(|error| Failure::Work(error.to_string()))?;
                let note = "a change of its key was interrupted, and is undone: it has the key that it had";
                // Who closed standard error does not want to read it.
                let _ = writeln!(stderr().lock(), "note: {}: {note}", path.display());
                open().map_err(|error| self.explain(error))
            }
            opened => opened.map_err(|error| self.explain(error)),
        }
    }

    /// Refuses a store that is to be made where there is no directory, if the command line names it: that is a slip more often
    /// than a wish. Elsewhere the exporter makes directories.
    pub(crate) fn refuse_missing_folder(&self, path: &Path) -> Result<(), Failure> {
        if !self.is_named() {
            return Ok(());
        }
        folder_of(path).map(drop).map_err(|error| {
            Failure::Work(format!("cannot open {}: {error}; create it, or check the path", path.display()))
        })
    }

    /// Opens the store for writing, and creates it if it is not there.
    pub(crate) fn create(&self) -> Result<SqliteExporter, Failure> {
        let builder = SqliteExporter::builder(self.path()?);
        let builder = match self.key()? {
            Some(key) => builder.key(key),
            None => builder,
        };
        builder.build().map_err(|error| self.explain(error))
    }

    /// Returns the file, or what to do if nobody has named one and the user's own is not there yet.
    pub(crate) fn existing_path(&self) -> Result<PathBuf, Failure> {
        let Location { path, is_default } = self.location()?;
        if is_default && !path.exists() {
            return Err(Failure::Work(format!(
                "no traces yet: there is no store at {}; `otel-genai import FILE` makes one of recorded traces, an agent \
                 that exports to a store writes one, and --store names another",
                path.display()
            )));
        }
        Ok(path)
    }

    fn location(&self) -> Result<Location, Failure> {
        let location = self.named()?;
        if location.path.is_dir() {
            return Err(Failure::Work(format!(
                "cannot open {}: it is a directory; name the file in it",
                location.path.display()
            )));
        }
        Ok(location)
    }

    fn named(&self) -> Result<Location, Failure> {
        if let Some(path) = self.store.clone().or_else(|| variable(PATH_VARIABLE)) {
            return Ok(Location { path, is_default: false });
        }
        if let Some(path) = set_in_settings("export.sqlite.path")? {
            return Ok(Location { path, is_default: false });
        }
        let path = default_store();
        let path = path.ok_or_else(|| {
            Failure::Usage("there is no folder of the user to look for a store; name one with --store".into())
        })?;
        Ok(Location { path, is_default: true })
    }
}

/// Returns the path that the settings of a program here have under this key, if somebody has set it.
fn set_in_settings(key: &str) -> Result<Option<PathBuf>, Failure> {
    let settings = Settings::load().map_err(|error| Failure::Usage(error.to_string()))?;
    let described = settings.describe().into_iter().find(|described| described.key == key);
    let set = described.filter(|described| ![Source::Default, Source::Profile].contains(&described.source));
    Ok(set.and_then(|described| described.value).filter(|path| !path.is_empty()).map(PathBuf::from))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Says, where nothing was found, whether there is anything at all.
pub(super) fn note_nothing_found(store: &Store) -> Result<(), Failure> {
    let is_empty = store.traces(&TraceFilter::new().limit(1))?.traces.is_empty();
    let note = if is_empty {
        format!(
            "no traces yet in {}: `otel-genai import FILE` adds recorded ones, an agent that exports to it adds its own",
            store.path().display()
        )
    } else {
        "no trace is like that; leave out a filter, or see them all with `otel-genai traces`".to_owned()
    };
    // Who closed standard error does not want to read it.
    let _ = writeln!(stderr().lock(), "note: {note}");
    Ok(())
}
