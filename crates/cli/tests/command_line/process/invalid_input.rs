//! What cannot be read stops the program, or is skipped and counted, and never spoils what was read before.

use super::otlp::{line, names};
use crate::program::Scratch;

const HINT: &str = " (--skip-invalid skips what cannot be read)";

/// One good line, one bad one, one good one.
fn sandwich(bad: &str) -> String {
    format!("{}\n{bad}\n{}\n", line("a", 1, 1, None), line("a", 1, 2, Some(1)))
}

/// Lines that are invalid, and what the program says about them.
fn invalid_lines() -> Vec<(&'static str, String, &'static str)> {
    let without_trace_id = line("a", 2, 3, None).replace("\"traceId\"", "\"trace\"");
    let short_id = line("a", 2, 3, None).replace(&format!("{:016x}", 3), "3");
    let torn = line("a", 2, 3, None)[..50].to_owned();
    vec![
        ("not JSON", "span".into(), "1: not valid JSON: expected value"),
        ("torn", torn, "50: not valid JSON: EOF while parsing a string"),
        (
            "another format",
            r#"{"spans":[]}"#.into(),
            "12: not an OTLP request: it has no resourceSpans, resourceMetrics or resourceLogs",
        ),
        (
            "another kind of JSON",
            "[1]".into(),
            " invalid type: sequence, expected an object with resourceSpans",
        ),
        ("without trace id", without_trace_id, " span 1 of the line: traceId is missing"),
        ("short id", short_id, " span 1 of the line: spanId \"3\" is not 8 bytes in hexadecimal or base64"),
    ]
}

#[test]
fn an_invalid_line_stops_after_what_came_before() {
    let scratch = Scratch::new();
    for (name, bad, reason) in invalid_lines() {
        let input = sandwich(&bad);
        let piped = scratch.process_with(&["--quiet"], &input);
        assert_eq!(piped.code, Some(1), "{name}");
        assert_eq!(names(&piped.stdout), ["span 1"], "{name}");
        assert_eq!(piped.stderr, format!("error: <stdin>:2:{reason}{HINT}\n"), "{name}");
    }
}

#[test]
fn what_came_before_is_kept_beside_the_name() {
    for (name, bad, reason) in invalid_lines() {
        let scratch = Scratch::new();
        let input = sandwich(&bad);
        let piped = scratch.process_with(&["--quiet"], &input);
        scratch.write("in.jsonl", &input);
        let ended = scratch.process(&["--quiet", "--input", "in.jsonl", "--output", "out.jsonl"]);
        let names = scratch.names();
        let [partial, _] = &names[..] else { panic!("{names:?}") };
        assert!(partial.starts_with(".out.jsonl.") && partial.ends_with(".partial"), "{names:?}");
        let kept = format!("; out.jsonl was not written, and what could be read is in {partial}");
        ended.assert_only_error(1, &format!("in.jsonl:2:{reason}{HINT}{kept}"));
        assert_eq!(scratch.read(partial), piped.stdout.as_bytes(), "{name}");
    }
}

#[test]
fn an_existing_file_is_not_replaced_by_half_of_another() {
    for bad_first in [false, true] {
        let scratch = Scratch::new();
        let input = if bad_first { format!("x\n{}\n", line("a", 1, 1, None)) } else { sandwich("x") };
        let piped = scratch.process_with(&["--quiet"], &input);
        scratch.write("in.jsonl", &input);
        scratch.write("keep.jsonl", "precious");
        let ended = scratch.process(&["--quiet", "--input", "in.jsonl", "--output", "keep.jsonl", "--force"]);
        assert_eq!(ended.code, Some(1));
        assert_eq!(scratch.read("keep.jsonl"), b"precious");
        let names = scratch.names();
        let [partial, _, _] = &names[..] else { panic!("{names:?}") };
        assert!(partial.starts_with(".keep.jsonl.") && partial.ends_with(".partial"), "{names:?}");
        assert_eq!(scratch.read(partial), piped.stdout.as_bytes());
        let kept = "; keep.jsonl is as it was, and what could be read is in ";
        assert!(ended.stderr.contains(kept), "{}", ended.stderr);
        let (_, path) = ended.stderr.trim_end().split_once(kept).expect("just seen");
        assert_eq!(
            std::fs::read(scratch.path().join(path)).expect("the path leads there"),
            scratch.read(partial)
        );
    }
}

#[test]
fn skip_invalid_counts_and_goes_on() {
    let scratch = Scratch::new();
    for (name, bad, reason) in invalid_lines() {
        let ended = scratch.process_with(&["--skip-invalid"], sandwich(&bad));
        assert_eq!(names(ended.success()), ["span 1", "span 2"], "{name}");
        let expected = format!(
            "skipped: <stdin>:2:{reason}\n\
             read      2 spans of 1 trace from 1 input\n\
             written   2 spans\n\
             invalid   1 line or span\n"
        );
        assert_eq!(ended.stderr, expected, "{name}");
    }
}

#[test]
fn the_good_spans_of_a_line_with_a_bad_one_are_kept() {
    let (good, other) = (line("a", 1, 1, None), line("a", 1, 2, None));
    let span = |line: &str| {
        line[line.find("\"spans\":[").expect("spans") + 9..line.find("]}]").expect("end")].to_owned()
    };
    let bad = span(&good).replace("\"spanId\"", "\"id\"");
    let mixed = good.replace(&span(&good), &format!("{},{bad},{}", span(&good), span(&other)));
    let scratch = Scratch::new();

    let stopped = scratch.process_with(&["--quiet"], &mixed);
    assert_eq!(stopped.code, Some(1));
    assert_eq!(names(&stopped.stdout), ["span 1"]);
    assert!(stopped.stderr.contains("span 2 of the line: spanId is missing"), "{}", stopped.stderr);

    let skipped = scratch.process_with(&["--skip-invalid"], &mixed);
    assert_eq!(names(skipped.success()), ["span 1", "span 2"]);
}

#[test]
fn many_invalid_lines_are_counted_but_not_all_shown() {
    let ended = Scratch::new().process_with(&["--skip-invalid"], "x\n".repeat(1000));
    ended.success();
    assert_eq!(ended.stderr.matches("skipped: ").count(), 10);
    assert!(
        ended.stderr.contains("<stdin>:10:1: not valid JSON: expected value (more are only counted)\n"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.ends_with("written   0 spans\ninvalid   1000 lines or spans\n"), "{}", ended.stderr);
}

#[test]
fn a_torn_compressed_file_is_a_failure_that_loses_no_other_file() {
    let lines: String = (1..=200).map(|span| line("a", span, span, None) + "\n").collect();
    let whole = zstd::encode_all(lines.as_bytes(), 3).expect("compresses");
    let scratch = Scratch::new();
    scratch.write("torn.zst", &whole[..whole.len() - 20]);
    scratch.write("whole.jsonl", line("b", 1, 1, None));
    let inputs = ["--input", "torn.zst", "--input", "whole.jsonl"];

    let stopped = scratch.process(&inputs);
    assert_eq!(stopped.code, Some(1));
    assert!(stopped.stderr.contains("error: torn.zst:"), "{}", stopped.stderr);
    assert!(!stopped.stdout.contains("\"b\""));

    let skipped = scratch.process(&[&inputs[..], &["--skip-invalid"]].concat());
    assert_eq!(skipped.code, Some(1), "the rest of the file is lost, and that is said");
    assert!(skipped.stderr.contains("error: torn.zst:"), "{}", skipped.stderr);
    assert!(skipped.stdout.contains("\"b\""));
    assert_eq!(names(&skipped.stdout).len(), names(&stopped.stdout).len() + 1);
}
