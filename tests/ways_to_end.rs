//! However a program ends whose end can be caught, its trace is stored.
//!
//! 20 runs of each way; `OTEL_GENAI_TEST_RUNS=100` makes it as many.
#![cfg(all(feature = "init", feature = "sqlite"))]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use otel_genai::Store;
use otel_genai::export::store::TraceFilter;

/// Returns the path of an example's program, which cargo builds beside the tests.
fn example(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("this test runs");
    folder.pop();
    folder.pop();
    folder.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn runs() -> usize {
    std::env::var("OTEL_GENAI_TEST_RUNS").ok().map_or(20, |runs| runs.parse().expect("a number of runs"))
}

/// Starts the program with a home of its own and nothing else in its environment.
fn start(home: &Path, way: &str) -> Child {
    Command::new(example("ways_to_end"))
        .arg(way)
        .env_clear()
        .env("HOME", home)
        .env("LOCALAPPDATA", home)
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("cargo has built the example")
}

/// Returns how many traces are in the store that the development profile writes.
fn stored(home: &Path) -> usize {
    let below = if cfg!(windows) {
        "otel-genai"
    } else if cfg!(target_os = "macos") {
        "Library/Application Support/otel-genai"
    } else {
        ".local/state/otel-genai"
    };
    let store = Store::open(home.join(below).join("traces.db")).expect("the store is there");
    let page = store.traces(&TraceFilter::new().limit(10)).expect("readable");
    page.traces.iter().filter(|trace| trace.name.as_deref() == Some("ask")).count()
}

/// Ends the program in one way, as often as asked for, and returns how often its trace was stored.
fn stored_after(way: &str, end: impl Fn(&mut Child), check: impl Fn(ExitStatus)) -> usize {
    let mut count = 0;
    for _ in 0..runs() {
        let home = tempfile::tempdir().expect("a folder");
        let mut child = start(home.path(), way);
        // Kept open: a program that waits ends with an error when it is closed.
        let _stdin = child.stdin.take();
        end(&mut child);
        check(child.wait().expect("it ends"));
        count += stored(home.path());
    }
    count
}

fn exits_with(code: i32) -> impl Fn(ExitStatus) {
    move |status| assert_eq!(status.code(), Some(code))
}

#[test]
fn returning_from_main() {
    assert_eq!(stored_after("normal", |_| (), exits_with(0)), runs());
}

#[test]
fn an_error_from_main() {
    assert_eq!(stored_after("error", |_| (), exits_with(1)), runs());
}

#[test]
fn a_panic() {
    assert_eq!(stored_after("panic", |_| (), exits_with(101)), runs());
}

/// All at the same time: each takes a second.
#[test]
fn one_second_after_the_start() {
    let programs: Vec<_> = (0..runs())
        .map(|_| {
            let home = tempfile::tempdir().expect("a folder");
            let child = start(home.path(), "later");
            (home, child)
        })
        .collect();
    let stored: usize = programs
        .into_iter()
        .map(|(home, mut child)| {
            exits_with(0)(child.wait().expect("it ends"));
            stored(home.path())
        })
        .sum();
    assert_eq!(stored, runs());
}

#[cfg(unix)]
mod signals {
    use super::*;

    /// Sends a signal once the program says that it waits.
    fn send(signal: &'static str) -> impl Fn(&mut Child) {
        move |child| {
            let mut line = String::new();
            BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it writes");
            assert_eq!(line, "waiting\n");
            let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
            assert!(sent.expect("kill is there").success());
        }
    }

    #[test]
    fn sigterm() {
        assert_eq!(stored_after("wait", send("TERM"), exits_with(143)), runs());
    }

    #[test]
    fn ctrl_c() {
        assert_eq!(stored_after("wait", send("INT"), exits_with(130)), runs());
    }
}
