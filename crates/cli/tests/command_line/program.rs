//! Runs the program in a folder of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::Value;

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Asserts success, and returns what was printed.
    #[track_caller]
    pub(crate) fn success(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        &self.stdout
    }

    /// Asserts success without a word on standard error, and returns what was printed.
    #[track_caller]
    pub(crate) fn silent_success(&self) -> &str {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""));
        &self.stdout
    }

    /// Returns the JSON that a silent success printed.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.silent_success()).expect("JSON")
    }

    /// Asserts the exit code, and returns the error.
    #[track_caller]
    pub(crate) fn error(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        let message = self.stderr.strip_prefix("error: ");
        message.unwrap_or_else(|| panic!("no error: {}", self.stderr)).trim_end()
    }

    /// Asserts the exit code, and that one line on standard error says why.
    #[track_caller]
    pub(crate) fn assert_error(&self, code: i32, message: &str) {
        let error = self.error(code);
        assert!(error.lines().count() == 1 && error.contains(message), "{error}");
    }

    /// Asserts the exit code, and that this error and nothing else was printed.
    #[track_caller]
    pub(crate) fn assert_only_error(&self, code: i32, message: &str) {
        assert_eq!((self.error(code), &*self.stdout), (message, ""));
    }
}

/// A folder that is gone after the test, in which the program runs, and which is the user's home.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory for temporary files");
        Self { folder, variables: Vec::new() }
    }

    /// Sets a variable for what is run from now on.
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
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

    /// The program with these arguments, 100 columns wide, and no variables but those of the user and the test.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let (home, caches) = (self.path(), self.path().join("caches"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_otel-genai"));
        command.args(arguments).current_dir(home).env_clear();
        command
            .env("HOME", home)
            .env("LOCALAPPDATA", home)
            .env("APPDATA", home)
            .env("XDG_CACHE_HOME", caches);
        command.env("COLUMNS", "100").envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        run(self.command(arguments), "")
    }

    pub(crate) fn run_with(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
        stdin: impl AsRef<[u8]>,
    ) -> Ended {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        run(command, stdin)
    }
}

/// Runs a command with this on standard input.
pub(crate) fn run(mut command: Command, stdin: impl AsRef<[u8]>) -> Ended {
    let mut child = command.spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("it was asked for");
    let bytes = stdin.as_ref().to_vec();
    // On a thread of its own: the program may write before it has read all. It may also not want to read at all.
    let writer = thread::spawn(move || drop(input.write_all(&bytes)));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    writer.join().expect("writing does not panic");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Parses lines of JSON.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}
