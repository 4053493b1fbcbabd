//! Settings come from the file, then from `--set`; what is wrong with them is said before anything is done.

use super::otlp::{line, names};
use crate::program::Scratch;

/// Two traces whose spans take turns. With next to no memory their spans cannot wait for each other.
fn interleaved() -> String {
    let spans = [(1, 1, None), (2, 2, None), (1, 3, Some(1)), (2, 4, Some(2))];
    spans.map(|(trace, span, parent)| line("a", trace, span, parent)).join("\n")
}

const TOGETHER: [&str; 4] = ["span 1", "span 3", "span 2", "span 4"];
const APART: [&str; 4] = ["span 1", "span 2", "span 3", "span 4"];

#[test]
fn the_file_is_read_and_set_comes_after_it_and_the_last_wins() {
    let scratch = Scratch::new();
    scratch.write("otel-genai.toml", "[pipeline]\nmax_bytes = 1\n");
    let cases: [(&[&str], [&str; 4]); 5] = [
        (&[], TOGETHER),
        (&["--config", "otel-genai.toml"], APART),
        (&["--config", "otel-genai.toml", "--set", "pipeline.max_bytes=1MiB"], TOGETHER),
        (&["--set", "pipeline.max_bytes=1MiB", "--config", "otel-genai.toml"], TOGETHER),
        (&["--set", "pipeline.max_bytes=1MiB", "--set", "pipeline.max_bytes=1"], APART),
    ];
    for (arguments, expected) in cases {
        let ended = scratch.process_with(arguments, interleaved());
        assert_eq!(names(ended.success()), expected, "{arguments:?}");
        assert_eq!(ended.stderr.contains("forced"), expected == APART, "{}", ended.stderr);
    }
}

#[test]
fn a_file_in_the_working_directory_is_not_read_unasked() {
    let scratch = Scratch::new();
    scratch.write("otel-genai.toml", "not even TOML");
    scratch.process_with(&[], line("a", 1, 1, None)).success();
}

#[test]
fn exporters_are_ignored_and_that_is_said_once() {
    let scratch = Scratch::new();
    let settings = "[export.console]\n[export.jsonl]\npath = 'exported.jsonl'\n[export.otlp]\nendpoint = 'https://example.org'\n";
    scratch.write("live.toml", settings);
    let ended = scratch.process_with(&["--config", "live.toml"], line("a", 1, 1, None));
    assert_eq!(names(ended.success()), ["span 1"]);
    let expected = "note: ignoring [export.console], [export.jsonl], [export.otlp]: the output of `process` is the file\n\
                    read      1 span of 1 trace from 1 input\n\
                    written   1 span\n";
    assert_eq!(ended.stderr, expected);
    assert_eq!(scratch.names(), ["live.toml"]);

    let quiet = scratch.process_with(&["--config", "live.toml", "--quiet"], line("a", 1, 1, None));
    assert_eq!(names(quiet.success()), ["span 1"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn keys_of_a_running_program_are_ignored_and_that_is_said_once() {
    let scratch = Scratch::new();
    scratch.write("live.toml", "[queue]\nspans = 5\n[pipeline]\nmax_bytes = '1GiB'\n");
    let arguments = ["--config", "live.toml", "--set", "pipeline.linger=2s", "--set", "pipeline.grace=1s"];
    let ended = scratch.process_with(&arguments, line("a", 1, 1, None));
    ended.success();
    let note =
        "note: ignoring pipeline.linger, pipeline.grace, queue.spans: recorded spans do not queue or wait\n";
    assert!(ended.stderr.starts_with(note), "{}", ended.stderr);
    let quiet = scratch.process_with(&[&arguments[..], &["--quiet"]].concat(), line("a", 1, 1, None));
    assert_eq!(quiet.stderr, "");
}

#[test]
fn wrong_settings_are_usage_errors_that_say_what_is_right() {
    let scratch = Scratch::new();
    scratch.write("typo.toml", "[pipeline]\nlinger = '1s'\nmax_byte = 5\n");
    scratch.write("later.toml", "[export.otlp]\nspool = 'x'\n");
    scratch.write("clash.toml", "[queue]\nblock_for = 'all'\n");
    let missing = std::io::Error::from_raw_os_error(2);
    let cases: [(&[&str], String); 6] = [
        (
            &["--config", "typo.toml"],
            "typo.toml:3:1: unknown key `pipeline.max_byte`; did you mean `pipeline.max_bytes`?".into(),
        ),
        (
            &["--config", "later.toml"],
            "later.toml:2:1: `export.otlp.spool` is not supported by this version".into(),
        ),
        (
            &["--config", "clash.toml"],
            "clash.toml:2:1: `queue.block_for` says who waits when the queue is full, but nobody does; set \
             `queue.block_on_full`, for example to \"100ms\""
                .into(),
        ),
        (&["--config", "gone.toml"], format!("cannot read the settings file gone.toml: {missing}")),
        (
            &["--set", "queue.sapns=1"],
            "--set queue.sapns: unknown key `queue.sapns`; did you mean `queue.spans`?".into(),
        ),
        (
            &["--set", "queue.spans=many"],
            "--set queue.spans: `queue.spans = \"many\"`: expected a whole number from 1 to 1000000 (how many spans \
             may wait for the worker; default: 8192)"
                .into(),
        ),
    ];
    for (arguments, message) in cases {
        let arguments = [arguments, &["--output", "out.jsonl"]].concat();
        scratch.process_with(&arguments, line("a", 1, 1, None)).assert_only_error(2, &message);
    }
    assert!(!scratch.path().join("out.jsonl").exists());
}

#[test]
fn a_set_without_a_key_or_a_value_is_a_usage_error() {
    let expected = "expected KEY=VALUE, for example pipeline.max_bytes=2GiB";
    for (argument, message) in [
        ("queue.spans", expected.to_owned()),
        ("=", format!("the key is empty; {expected}")),
        (" =5", format!("the key is empty; {expected}")),
    ] {
        let ended = Scratch::new().process(&["--set", argument]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains(&message), "{}", ended.stderr);
    }
}

#[test]
fn whose_a_run_is_is_not_said_of_recorded_spans() {
    let scratch = Scratch::new();
    scratch.write("live.toml", "filter = 'debug'\n[context]\ntenant = 'acme'\n");
    let ended = scratch.process_with(&["--config", "live.toml"], line("a", 1, 1, None));
    assert!(!ended.success().contains("acme"));
    let expected = "note: ignoring filter, context.tenant: recorded spans say themselves whose they are\n";
    assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
}
