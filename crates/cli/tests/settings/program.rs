//! The program in a folder and an environment of its own.

use std::path::Path;
use std::process::{Command, Output};

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it with these variables and no others.
pub(crate) fn run(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otel-genai"));
    command.args(arguments).current_dir(home).env_clear().env("HOME", home).env("LOCALAPPDATA", home);
    command.env("APPDATA", home).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

pub(crate) fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}
