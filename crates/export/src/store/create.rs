//! Making a new store: under another name first, so that nobody ever meets half of one.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::StoreProblem;
use super::key::StoreKey;
use super::open::{self, is_there};

/// What follows the name of the store while it is made.
const INFIX: &str = ".new-";

/// What follows the name of the store where those wait for each other who find an empty file of that name.
const LOCK: &str = ".new-lock";

/// Makes an empty store at `path`, unless there is one. A process that is killed meanwhile leaves nothing at `path`, and of
/// several that start together all get the same store.
pub(super) fn create(
    path: &Path,
    key: Option<&StoreKey>,
    busy_timeout: Duration,
) -> Result<(), StoreProblem> {
    let path = &target(path);
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let unfinished = reserve(path)?;
    let result = fill(&unfinished, key, busy_timeout).and_then(|()| put(&unfinished, path, busy_timeout));
    for end in ["", "-journal", "-wal", "-shm"] {
        // What is there is our own, and of no use any more.
        let _ = std::fs::remove_file(beside(&unfinished, end));
    }
    match result {
        Err(problem) if !is_there(path)? => Err(problem),
        // Else, after an error, whoever was faster has removed our file.
        _ => {
            remove_remains(path);
            Ok(())
        }
    }
}

/// Follows links, also to a file that is not there yet: the link stays, and the store is made where it leads.
fn target(path: &Path) -> PathBuf {
    const MAX_LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = std::fs::read_link(&target) else { break };
        // Relative to the directory of the link; an absolute one replaces all.
        target = target.parent().map_or(next.clone(), |directory| directory.join(&next));
    }
    target
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Makes an empty file beside `path` that nobody else uses.
fn reserve(path: &Path) -> Result<PathBuf, StoreProblem> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        // Processes of different containers may have the same number.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let unfinished = beside(path, &format!("{INFIX}{}-{number}", std::process::id()));
        if make_private(&unfinished)? {
            return Ok(unfinished);
        }
    }
}

/// Makes an empty file that only its owner can read, and tells whether there was none: a store holds what people said to an
/// agent. SQLite gives the files beside it the same permissions.
pub(super) fn make_private(path: &Path) -> Result<bool, StoreProblem> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn fill(path: &Path, key: Option<&StoreKey>, busy_timeout: Duration) -> Result<(), StoreProblem> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    open::unlock(&connection, key)?;
    // Before anything is in the file; later it would have no effect.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    open::migrate(&mut connection)?;
    open::enter_wal_mode(&connection, busy_timeout)?;
    // Removes the log: all that there is must be in the one file that gets the name.
    connection.close().map_err(|(_, error)| error.into())
}

/// Gives the finished file its name, unless there is something of that name.
fn put(unfinished: &Path, path: &Path, busy_timeout: Duration) -> Result<(), StoreProblem> {
    match std::fs::hard_link(unfinished, path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        // A file system without links.
        Err(_) => {
            make_private(path)?;
        }
    }
    // What is there is empty: made in advance by the user, or by us just now. Whoever holds SQLite's lock on a file beside it
    // may replace it; the next one then finds that it is not empty any more. Not on the empty file itself: once that is
    // replaced, SQLite would take the log of the new one for the empty one's, and delete it.
    let lock = beside(path, LOCK);
    make_private(&lock)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let lock = Connection::open_with_flags(lock, flags | OpenFlags::SQLITE_OPEN_CREATE)?;
    lock.busy_timeout(busy_timeout)?;
    lock.execute_batch("BEGIN EXCLUSIVE")?;
    if is_there(path)? {
        return Ok(());
    }
    std::fs::set_permissions(unfinished, path.metadata()?.permissions())?;
    Ok(std::fs::rename(unfinished, path)?)
}

/// Removes what processes left that were killed while they made this store. One that is still at it finds the store made.
fn remove_remains(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let directory = path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut begin = name.to_owned();
    begin.push(INFIX);
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(begin.as_encoded_bytes()) {
            // Remains take space, no more: an error is no reason to fail.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
