//! `traces --watch` prints traces when they come and when they end.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::runs::{self, id};
use crate::program::Scratch;

#[test]
fn traces_are_printed_as_they_come() {
    let scratch = Scratch::new();
    let lines = runs::lines();
    let lines: Vec<&str> = lines.lines().collect();
    scratch.write("first.jsonl", lines[..3].join("\n"));
    scratch.write("second.jsonl", lines[5]);
    // The root of the third run, which has begun and has not ended.
    let root = lines[5]
        .replace(&format!("{:08x}{:08x}", 3, 2), &format!("{:08x}{:08x}", 3, 1))
        .replace("\"parentSpanId\"", "\"ignored\"");
    scratch.write("third.jsonl", root);
    scratch.on_store(&["import", "first.jsonl"]).success();
    let mut child = scratch
        .command(&["traces", "--watch", "--json", "--store", "s.db"])
        .spawn()
        .expect("the program starts");
    let mut output = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
    let mut next = || -> (String, String) {
        let line = output.next().expect("a line").expect("readable");
        let trace: Value = serde_json::from_str(&line).expect("JSON");
        let text = |key: &str| trace[key].as_str().expect("a text").to_owned();
        (text("trace_id"), text("status"))
    };
    assert_eq!(next(), (id(1), "ok".to_owned()));
    scratch.on_store(&["import", "second.jsonl"]).success();
    let mut seen = next();
    if seen.1 == "running" {
        // Seen before the process that wrote it had ended.
        seen = next();
    }
    assert_eq!(seen, (id(3), "interrupted".to_owned()));
    scratch.on_store(&["import", "third.jsonl"]).success();
    assert_eq!(next(), (id(3), "ok".to_owned()));
    // The reader has enough: the program ends in peace, on Unix before the next trace comes.
    drop(output);
    if cfg!(not(unix)) {
        scratch.write("fourth.jsonl", lines[3]);
        scratch.on_store(&["import", "fourth.jsonl"]).success();
    }
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), &*String::from_utf8_lossy(&ended.stderr)), (Some(0), ""));
}
