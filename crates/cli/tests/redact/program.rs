//! Runs the program as a user does.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otel-genai"));
    command.arg("redact").args(arguments).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it with this on standard input.
pub(crate) fn redact(arguments: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
    run(command(arguments), stdin)
}

pub(crate) fn run(mut command: Command, stdin: impl AsRef<[u8]>) -> Ended {
    let mut child = command.spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("it was asked for");
    let bytes = stdin.as_ref().to_vec();
    // It writes while it reads, so both ends must be served; it need not want to read.
    let writer = std::thread::spawn(move || {
        let _ = input.write_all(&bytes);
    });
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    writer.join().expect("it wrote");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

impl Ended {
    /// Asserts success and returns what was printed.
    #[track_caller]
    pub(crate) fn success(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.stdout
    }

    /// Asserts the exit code, and that one line on standard error says why.
    #[track_caller]
    pub(crate) fn assert_error(&self, code: i32, message: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        let (lines, error) = (self.stderr.lines().count(), self.stderr.trim_end());
        assert!(lines == 1 && error.starts_with("error: ") && error.contains(message), "{error}");
    }
}
