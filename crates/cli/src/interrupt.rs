//! What Ctrl-C and `SIGTERM` leave behind: nothing that is not complete, and word of what is.

use std::fs;
use std::io::{self, Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use tokio::runtime::Builder;

/// What a shell adds to a signal's number for the exit code of a process that it ended.
const SIGNAL_EXIT: i32 = 128;
const SIGINT: i32 = 2;
#[cfg(unix)]
const SIGTERM: i32 = 15;

/// Says of work that needs nothing removed how far it is.
type Telling = Box<dyn Fn(&dyn Fn(&str)) + Send>;

static TELLING: Mutex<Option<Telling>> = Mutex::new(None);
static UNFINISHED: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());
static WATCH: Once = Once::new();

struct Unfinished {
    /// What is written, under other names.
    paths: Vec<PathBuf>,
    /// What somebody waits for.
    name: PathBuf,
}

fn unfinished() -> MutexGuard<'static, Vec<Unfinished>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As long as it lives, a signal removes files or folders.
pub(crate) struct RemovedAtSignal {
    paths: Vec<PathBuf>,
}

impl RemovedAtSignal {
    /// Has `paths` removed, which are to become `name`.
    pub(crate) fn new(paths: Vec<PathBuf>, name: &Path) -> Self {
        start_watching();
        unfinished().push(Unfinished { paths: paths.clone(), name: name.to_owned() });
        Self { paths }
    }
}

impl Drop for RemovedAtSignal {
    fn drop(&mut self) {
        unfinished().retain(|unfinished| unfinished.paths != self.paths);
    }
}

/// As long as it lives, a signal says how far the work is.
pub(crate) struct ToldAtSignal;

impl ToldAtSignal {
    /// Has the message that `tell` says printed behind `interrupted; `. The program ends there, so that a lock which `tell`
    /// holds keeps the work where it is.
    pub(crate) fn new(tell: impl Fn(&dyn Fn(&str)) + Send + 'static) -> Self {
        *telling() = Some(Box::new(tell));
        start_watching();
        Self
    }
}

impl Drop for ToldAtSignal {
    fn drop(&mut self) {
        *telling() = None;
    }
}

fn telling() -> MutexGuard<'static, Option<Telling>> {
    TELLING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_watching() {
    WATCH.call_once(|| {
        let (ready, is_ready) = sync_channel(0);
        // Where no thread can be started, a signal leaves files, and their names say that they are not complete.
        let _ = thread::Builder::new().name("otel-genai-signal".into()).spawn(move || watch(ready));
        // Ends with the sender, once signals are waited for.
        let _ = is_ready.recv();
    });
}

fn watch(ready: SyncSender<()>) {
    let Ok(runtime) = Builder::new_current_thread().enable_io().build() else { return };
    runtime.block_on(async {
        let Ok(signal) = signal(ready).await else { return };
        // Held until the end, so that nothing gets its name any more.
        let unfinished = unfinished();
        let exit_unless_unfinished = || {
            if unfinished.is_empty() {
                exit(SIGNAL_EXIT + signal);
            }
        };
        if let Some(tell) = &*telling() {
            tell(&|message| {
                // Who closed standard error does not want to read it.
                let _ = writeln!(stderr().lock(), "error: interrupted; {message}");
                exit_unless_unfinished();
            });
        }
        exit_unless_unfinished();
        for Unfinished { paths, name } in &*unfinished {
            for path in paths {
                // What cannot be removed says by its name that it is not complete.
                let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            }
            // Who closed standard error does not want to read it.
            let _ = writeln!(stderr().lock(), "error: interrupted; {} was not written", name.display());
        }
        exit(SIGNAL_EXIT + signal);
    });
}

#[expect(clippy::exit, reason = "a signal asks for it, and what is not complete is removed")]
fn exit(code: i32) {
    std::process::exit(code)
}

/// Waits for a signal, and returns its number.
#[cfg(unix)]
async fn signal(ready: SyncSender<()>) -> io::Result<i32> {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    drop(ready);
    let number = poll_fn(|task| {
        if interrupt.poll_recv(task).is_ready() {
            return Poll::Ready(SIGINT);
        }
        terminate.poll_recv(task).map(|_| SIGTERM)
    });
    Ok(number.await)
}

/// Other systems have Ctrl-C.
#[cfg(not(unix))]
async fn signal(ready: SyncSender<()>) -> io::Result<i32> {
    drop(ready);
    tokio::signal::ctrl_c().await.map(|()| SIGINT)
}
