//! Who closes the pipe has what they want, and hears no complaint; a disk that is full has not.

use std::io::{BufRead, BufReader};

use crate::program::Scratch;

#[test]
fn a_closed_pipe_is_no_failure() {
    let scratch = Scratch::with_runs();
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    for (command, is_read) in [
        (&["traces"][..], false),
        (&["traces", "--json"], false),
        (&["show"], false),
        (&["show", "--json"], false),
        (&["stats"], false),
        (&["stats", "--by", "model"], false),
        (&["export"], false),
        (&["export", "--csv"], false),
        (&["import", "runs.jsonl"], false),
        (&["check"], false),
        (&["sql", endless], true),
        (&["sql", "--json", endless], true),
        (&["sql", "--csv", endless], true),
    ] {
        let mut child =
            scratch.command(command).args(["--store", "s.db"]).spawn().expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("it was asked for"));
        if is_read {
            let mut line = String::new();
            output.read_line(&mut line).expect("a line comes");
            assert!(!line.is_empty(), "{command:?}");
        }
        drop(output);
        let ended = child.wait_with_output().expect("the program ends");
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), &*error), (Some(0), ""), "{command:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let scratch = Scratch::with_runs();
    for command in [
        &["traces", "--store", "s.db"][..],
        &["stats", "--store", "s.db"],
        &["report", "--store", "s.db"],
        &["export", "--store", "s.db"],
        &["doctor"],
        &["config", "show"],
        &["config", "check"],
        &["config", "init", "--output", "-"],
        &["completions", "bash"],
        &["redact", "--rules"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
        let ended = scratch.command(command).stdout(full).output().expect("the program runs");
        let error = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{command:?}");
        assert!(error.starts_with("error: cannot write standard output: "), "{command:?}: {error}");
    }
}
