//! Runs the program as a user does, in a folder of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use crate::runs;

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Asserts success, and returns what was written.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        &self.stdout
    }

    /// Asserts the exit code, and returns the error.
    #[track_caller]
    pub(crate) fn error(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        let message = self.stderr.strip_prefix("error: ");
        message.unwrap_or_else(|| panic!("no error: {}", self.stderr)).trim_end()
    }
}

/// A folder that is gone after the test, which is also the home of the user.
pub(crate) struct Scratch(tempfile::TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory for temporary files"))
    }

    /// With a store `s.db` of a few runs whose every figure is known; see [`runs`].
    pub(crate) fn with_runs() -> Self {
        let scratch = Self::new();
        scratch.write("runs.jsonl", runs::lines());
        assert_eq!(scratch.run(&["import", "runs.jsonl", "--store", "s.db"]).ok(), "stored 6 new spans\n");
        scratch
    }

    /// With a store `s.db` of traces that other libraries recorded, processed as a user would.
    pub(crate) fn with_captures() -> Self {
        let scratch = Self::new();
        scratch.write("raw.jsonl", runs::captured());
        let full = ["--set", "redaction.content=full"];
        let process = ["process", "--quiet", "--input", "raw.jsonl", "--output", "captures.jsonl"];
        scratch.run(&[&process[..], &full].concat()).ok();
        assert_eq!(
            scratch.run(&["import", "captures.jsonl", "--store", "s.db"]).ok(),
            "stored 67 new spans\n"
        );
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, contents).expect("writable");
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).expect("readable")
    }

    pub(crate) fn read_if_there(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap_or_default()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("readable");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The program with these arguments, 100 columns wide, and no variables but those of the user.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otel-genai"));
        let home = self.path();
        command.args(arguments).current_dir(home).env_clear().env("HOME", home).env("LOCALAPPDATA", home);
        command.env("APPDATA", home).env("COLUMNS", "100");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[], b"")
    }

    /// Runs it on the store `s.db`.
    pub(crate) fn on_store(&self, arguments: &[&str]) -> Ended {
        self.run(&[arguments, &["--store", "s.db"]].concat())
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)], stdin: &[u8]) -> Ended {
        let mut command = self.command(arguments);
        ended(command.envs(variables.iter().copied()).spawn().expect("the program starts"), stdin)
    }
}

fn ended(mut child: Child, stdin: &[u8]) -> Ended {
    let mut input = child.stdin.take().expect("it was asked for");
    let stdin = stdin.to_vec();
    // On a thread of its own: the program may write before it has read all. It may also not want to read at all.
    let writer = thread::spawn(move || drop(input.write_all(&stdin)));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    writer.join().expect("writing does not panic");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Parses lines of JSON.
pub(crate) fn json_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}
