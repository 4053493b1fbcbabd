//! Opening the file: what it is, in which mode, and with which schema.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::create::create;
use super::error::StoreProblem;
use super::key::StoreKey;

/// The newest schema that this version writes and reads.
pub(super) const SCHEMA: i64 = 2;

/// Marks the file as a store ("OGAI"), for `file` and for us.
const APPLICATION_ID: i32 = 0x4f47_4149;

/// Migrations: entry `n` leads from schema `n` to `n + 1`.
const MIGRATIONS: [&str; SCHEMA as usize] = [include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// The write-ahead log is moved into the file when it has so many pages (of 4 KiB): 32 MiB. SQLite's own 4 MiB make pages
/// of the indexes be written again and again.
const CHECKPOINT_PAGES: u32 = 8192;

/// A log that a long reader let grow is cut back to this, in bytes.
const LOG_BYTES: u32 = 64 << 20;

/// What SQLite may keep of the file in memory, in KiB.
const CACHE_KIB: i32 = 64 << 10;

/// How long a reader waits for a lock. In WAL mode it waits only while the log is recovered after a crash.
pub(super) const READER_TIMEOUT: Duration = Duration::from_secs(10);

/// What a commit guarantees.
///
/// In each mode what was acknowledged survives the end of the process, also by `kill -9`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// The log is synced when it is moved into the file (every 32 MiB, at `force_flush` and at `shutdown`). A power failure
    /// or a crash of the system may lose the newest acknowledged batches since; the file stays whole.
    #[default]
    Normal,
    /// The log is synced at every commit: what was acknowledged survives a power failure, as far as the disk keeps its
    /// word. Costs one `fsync` per batch.
    Full,
}

/// Tells whether there is a file that is not empty.
pub(super) fn is_there(path: &Path) -> Result<bool, StoreProblem> {
    match path.metadata() {
        // Anything else, a pipe for example, would have to be opened to be told apart, and may never answer.
        Ok(metadata) if !metadata.is_file() => Err(StoreProblem::NotADatabase),
        Ok(metadata) => Ok(metadata.len() > 0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Looks at the first bytes of the file without SQLite, which would touch a foreign file's log.
///
/// Returns whether there is anything in it yet.
fn inspect(path: &Path, key: Option<&StoreKey>) -> Result<bool, StoreProblem> {
    if !is_there(path)? {
        return Ok(false);
    }
    let mut header = [0; 100];
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.len() < 512 || file.read_exact(&mut header).is_err() {
        return Err(StoreProblem::NotADatabase);
    }
    let is_plain = header.starts_with(b"SQLite format 3\0");
    if key.is_some() {
        // An encrypted file begins with its salt.
        return if is_plain { Err(StoreProblem::WrongKey) } else { Ok(true) };
    }
    if !is_plain {
        return Err(StoreProblem::NotADatabase);
    }
    let number = |at: usize| i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if number(68) != APPLICATION_ID {
        return Err(StoreProblem::Foreign);
    }
    known_schema(i64::from(number(60)))?;
    let page_bytes = u64::from(u16::from_be_bytes([header[16], header[17]]));
    // The header says how many pages there are. While there is a log, pages may be missing that stand in it.
    let log_bytes = log_path(path).metadata().map_or(0, |metadata| metadata.len());
    if log_bytes == 0 && metadata.len() < page_bytes * u64::from(number(28).unsigned_abs()) {
        return Err(StoreProblem::corrupt("it is shorter than its header says: it was cut off"));
    }
    Ok(true)
}

/// The path of the write-ahead log.
pub(super) fn log_path(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn known_schema(found: i64) -> Result<(), StoreProblem> {
    if found > SCHEMA { Err(StoreProblem::NewerSchema { found, known: SCHEMA }) } else { Ok(()) }
}

/// Opens for writing; creates the file and the directories above it, and brings an older schema up to date.
pub(super) fn writer(
    path: &Path,
    key: Option<&StoreKey>,
    synchronous: Synchronous,
    busy_timeout: Duration,
) -> Result<Connection, StoreProblem> {
    if !inspect(path, key)? {
        create(path, key, busy_timeout)?;
        // Another process may have made it, with another key.
        inspect(path, key)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    unlock(&connection, key)?;
    check_identity(&connection, key)?;
    migrate(&mut connection)?;
    enter_wal_mode(&connection, busy_timeout)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let synchronous = match synchronous {
        Synchronous::Normal => "NORMAL",
        Synchronous::Full => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Switches to a write-ahead log, which the file remembers.
///
/// SQLite does not wait here when another process switches at the same moment, so this does.
pub(super) fn enter_wal_mode(connection: &Connection, busy_timeout: Duration) -> Result<(), StoreProblem> {
    let start = Instant::now();
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
            .map_err(StoreProblem::from);
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) | Err(StoreProblem::Busy) if start.elapsed() < busy_timeout => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(_) => return Err(StoreProblem::Busy),
            Err(problem) => return Err(problem),
        }
    }
}

/// Opens for reading. Neither the file nor its log are changed.
pub(super) fn reader(path: &Path, key: Option<&StoreKey>) -> Result<Connection, StoreProblem> {
    if !inspect(path, key)? {
        return Err(if path.exists() { StoreProblem::Empty } else { StoreProblem::NotFound });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |connection: rusqlite::Result<Connection>| -> Result<Connection, StoreProblem> {
        let connection = connection?;
        connection.busy_timeout(READER_TIMEOUT)?;
        unlock(&connection, key)?;
        check_identity(&connection, key)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    };
    match open(Connection::open_with_flags(path, flags)) {
        Err(StoreProblem::ReadOnly) if is_half_rekeyed(path) => Err(StoreProblem::HalfRekeyed),
        Err(StoreProblem::Io { .. } | StoreProblem::ReadOnly) if cannot_index_log(path) => {
            // Who can read it can still write nothing beside it. Without a log nothing has to be.
            if log_path(path).metadata().is_ok_and(|metadata| metadata.len() > 0) {
                return Err(StoreProblem::LogNeedsWriting);
            }
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            open(Connection::open_with_flags(immutable(path), flags))
        }
        result => result,
    }
}

/// Tells whether there is a rollback journal, which only a change of the key makes: everything else is in the log.
fn is_half_rekeyed(path: &Path) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    Path::new(&journal).metadata().is_ok_and(|metadata| metadata.len() > 0)
}

/// Tells whether the index of the log, which readers share, cannot be written where the file is.
fn cannot_index_log(path: &Path) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    let mut index = path.as_os_str().to_owned();
    index.push("-shm");
    // Made as SQLite makes it, in case that works after all.
    let opened = File::options().write(true).create(true).truncate(false).open(index);
    opened.is_err_and(|error| matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem))
}

/// The address of a file that nobody changes, which SQLite reads without locks and logs.
fn immutable(path: &Path) -> String {
    let mut address = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                address.push(char::from(*byte));
            }
            byte => address.push_str(&format!("%{byte:02x}")),
        }
    }
    address + "?immutable=1"
}

/// Opens a damaged file for reading, whatever its header says but that it is a store.
pub(super) fn salvage(path: &Path, key: Option<&StoreKey>) -> Result<Connection, StoreProblem> {
    match inspect(path, key) {
        Ok(true) | Err(StoreProblem::Corrupt { .. }) => {}
        Ok(false) => {
            return Err(if path.exists() { StoreProblem::Empty } else { StoreProblem::NotFound });
        }
        Err(problem) => return Err(problem),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(READER_TIMEOUT)?;
    unlock(&connection, key)?;
    // Of a clear file even this may be damaged.
    if key.is_some()
        && let Err(
            problem @ (StoreProblem::WrongKey | StoreProblem::Foreign | StoreProblem::NewerSchema { .. }),
        ) = check_identity(&connection, key)
    {
        return Err(problem);
    }
    // Else SQLite reads nothing of a file that is shorter than its header says.
    connection.pragma_update(None, "writable_schema", "ON")?;
    Ok(connection)
}

/// Gives SQLCipher the key, and keeps temporary files in memory: they would hold what spans say.
pub(super) fn unlock(connection: &Connection, key: Option<&StoreKey>) -> Result<(), StoreProblem> {
    if let Some(key) = key {
        if !cfg!(feature = "encryption") {
            return Err(StoreProblem::NoEncryption);
        }
        // Else it writes of a wrong key to the standard error of the program.
        connection.pragma_update(None, "cipher_log_level", "NONE")?;
        connection.pragma_update(None, "key", key.reveal())?;
    }
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

fn check_identity(connection: &Connection, key: Option<&StoreKey>) -> Result<(), StoreProblem> {
    let application_id = connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0));
    let application_id = match application_id.map_err(StoreProblem::from) {
        // With a key, what is no database is one with another key.
        Err(StoreProblem::NotADatabase) if key.is_some() => return Err(StoreProblem::WrongKey),
        other => other?,
    };
    if application_id != APPLICATION_ID {
        return Err(StoreProblem::Foreign);
    }
    known_schema(schema(connection)?)
}

fn schema(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses a file that a newer version has migrated since it was opened. Must be called within the transaction.
pub(super) fn refuse_newer(connection: &Connection) -> Result<(), StoreProblem> {
    let found = connection.prepare_cached("PRAGMA user_version")?.query_row([], |row| row.get(0))?;
    known_schema(found)
}

/// Brings the schema up to date.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreProblem> {
    if schema(connection)? == SCHEMA {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again: another process may have been faster.
    let found = schema(&transaction)?;
    known_schema(found)?;
    let done = usize::try_from(found).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    Ok(())
}
