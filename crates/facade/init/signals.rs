//! Ctrl-C and `SIGTERM`, without the application's runtime.

use std::io;
use std::sync::mpsc::sync_channel;
use std::thread;

/// What a shell adds to a signal's number for the exit code of a process that it ended.
const SIGNAL_EXIT: i32 = 128;
const SIGINT: i32 = 2;
#[cfg(unix)]
const SIGTERM: i32 = 15;

/// Ends the process.
#[expect(clippy::exit, reason = "a signal asks for it, and what runs at the end has run")]
pub(super) fn exit(code: i32) {
    std::process::exit(code)
}

/// Calls `then` with the exit code at the first signal, on a thread of its own; the second ends the process.
///
/// Returns once signals are waited for.
pub(super) fn wait(then: impl FnOnce(i32) + Send + 'static) -> io::Result<()> {
    let (report, ready) = sync_channel(1);
    thread::Builder::new().name("otel-genai-signal".into()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = report.send(Err(error));
                return;
            }
        };
        runtime.block_on(async {
            let mut signals = match Signals::new() {
                Ok(signals) => signals,
                Err(error) => {
                    let _ = report.send(Err(error));
                    return;
                }
            };
            let _ = report.send(Ok(()));
            let code = SIGNAL_EXIT + signals.next().await;
            // Beside this thread, which waits for somebody who does not want to wait.
            let work = thread::Builder::new().name("otel-genai-end".into()).spawn(move || then(code));
            if work.is_ok() {
                signals.next().await;
            }
            exit(code);
        });
    })?;
    ready.recv().unwrap_or_else(|_| Err(io::Error::other("the thread that waits for signals ended")))
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one and returns its number.
    async fn next(&mut self) -> i32 {
        use std::future::poll_fn;
        use std::task::Poll;

        poll_fn(|task| {
            if self.interrupt.poll_recv(task).is_ready() {
                return Poll::Ready(SIGINT);
            }
            self.terminate.poll_recv(task).map(|_| SIGTERM)
        })
        .await
    }
}

/// Other systems have Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the signature of the other one")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        if tokio::signal::ctrl_c().await.is_err() {
            // No handler, no signal: the system's own is in force.
            std::future::pending::<()>().await;
        }
        SIGINT
    }
}
