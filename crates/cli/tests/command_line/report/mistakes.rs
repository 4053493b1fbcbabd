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
fn a_name_that_no_call_has_is_wrong_and_the_possible_ones_are_listed() {
    let ended = report(&["-", "--by", "modle"], &call());
    let message = "--by modle: no call has such an attribute; possible are model, agent, tool and day, and the attributes of \
                   these calls: otel_genai.role, service.name";
    ended.assert_only_error(2, message);
    let many = (0..100).fold(SpanLine::call("1", 1), |call, n| call.attribute(&format!("key.{n:02}"), "x"));
    let ended = report(&["-", "--by", "foo\u{1b}[2J"], &lines([many]));
    assert!(ended.error(2).starts_with("--by foo\\u{1b}[2J: "), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("key.58, key.59 and more\n"), "{}", ended.stderr);
    // Of no calls nothing is known.
    assert!(report(&["-", "--by", "foo"], "").success().contains("read 0 spans"));
    let scratch = Scratch::with_runs();
    assert!(scratch.on_store(&["report", "--by", "foo"]).error(2).contains("gen_ai.request.model"));
    assert!(scratch.on_store(&["report", "--by", "gen_ai.request.model"]).success().contains("gpt-4o"));
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
