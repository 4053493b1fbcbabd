//! What cannot be read, and what cannot be asked.

use super::spans::{SpanLine, lines, report};
use crate::program::Scratch;

fn call() -> String {
    lines([SpanLine::call("1", 1).state("ot=th:0")])
}

#[test]
fn a_line_that_is_no_json_stops_the_report() {
    let ended = report(&["-"], &format!("{}nonsense\n", call()));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("--skip-invalid skips what cannot be read"), "{}", ended.stderr);
}

#[test]
fn unless_it_is_to_be_skipped_and_counted() {
    let ended = report(&["-", "--skip-invalid"], &format!("nonsense\n{}", call()));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(
        ended.stdout.contains("1 call with a threshold, 0 calls without, 1 line or span skipped"),
        "{ended:?}"
    );
}

#[test]
fn files_must_be_there() {
    let scratch = Scratch::new();
    scratch.write("a.jsonl", call());
    let ended = scratch.report(&["a.jsonl", "b.jsonl"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("cannot read b.jsonl"), "{}", ended.stderr);
    let ended = scratch.report(&["a.jsonl", "a.jsonl"]);
    assert!(ended.stdout.contains("read 2 spans: 2 calls with a threshold"), "{}", ended.stdout);
}

#[test]
fn wrong_usage_is_told() {
    for (arguments, message) in [
        (&["--store", "s.db", "a.jsonl"][..], "cannot be used with"),
        (&["-", "-"][..], "- is given twice, but standard input can be read only once"),
        (&["-", "--by"][..], "a value is required for '--by"),
    ] {
        let ended = report(arguments, "");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
}
