//! Whatever holds lines of OTLP/JSON is read: files and pipes, plain and compressed, one and many.

use std::io::Write;

use super::otlp::{line, names, requests};
use crate::program::Scratch;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).expect("memory takes all")
}

#[test]
fn compressed_input_is_recognised_whatever_it_is_called() {
    let text = line("a", 1, 1, None);
    let scratch = Scratch::new();
    for (name, bytes) in
        [("plain.gz", text.clone().into_bytes()), ("gzip.jsonl", gzip(&text)), ("zstd", zstd(&text))]
    {
        scratch.write(name, &bytes);
        let from_file = scratch.process(&["--input", name]);
        assert_eq!(names(from_file.success()), ["span 1"], "{name}");
        let from_pipe = scratch.process_with(&["--input", "-"], &bytes);
        assert_eq!(from_pipe.success(), from_file.stdout, "{name}");
    }
}

#[test]
fn many_inputs_are_one_and_standard_input_may_be_one_of_them() {
    let scratch = Scratch::new();
    scratch.write("root.jsonl.gz", gzip(&line("a", 1, 1, None)));
    scratch.write("child.jsonl", line("a", 1, 2, Some(1)));
    let arguments = ["--input", "child.jsonl", "--input", "-", "--input", "root.jsonl.gz"];
    let ended = scratch.process_with(&arguments, line("a", 1, 3, Some(2)));
    assert_eq!(names(ended.success()), ["span 2", "span 3", "span 1"]);
    assert_eq!(ended.stdout.lines().count(), 1, "one trace of one process, though from three files");
    assert_eq!(ended.stderr, "read      3 spans of 1 trace from 3 inputs\nwritten   3 spans\n");
}

#[test]
fn every_span_keeps_its_own_resource() {
    let lines = [line("a", 1, 1, None), line("b", 1, 2, Some(1)), line("a", 1, 3, Some(1))].join("\n");
    let ended = Scratch::new().process_with(&[], lines);
    let written: Vec<(String, Vec<String>)> = requests(ended.success())
        .iter()
        .map(|request| {
            let resource = &request["resourceSpans"][0]["resource"]["attributes"][0]["value"]["stringValue"];
            (resource.as_str().expect("a name").to_owned(), names(&request.to_string()))
        })
        .collect();
    let expected = [("a", vec!["span 1", "span 3"]), ("b", vec!["span 2"])];
    assert_eq!(written.len(), 2);
    for (service, spans) in expected {
        let (_, found) = written.iter().find(|(name, _)| name == service).expect("both resources are there");
        assert_eq!(*found, spans, "{service}");
    }
}

#[test]
fn other_signals_are_skipped_and_counted() {
    let lines = [
        r#"{"resourceMetrics":[{}]}"#,
        "",
        &line("a", 1, 1, None),
        r#"{"resourceLogs":[]}"#,
        r#"{"resourceMetrics":[]}"#,
    ];
    let ended = Scratch::new().process_with(&[], lines.join("\n"));
    assert_eq!(names(ended.success()), ["span 1"]);
    let expected = "read      1 span of 1 trace from 1 input\n\
                    written   1 span\n\
                    skipped   2 lines of metrics, 1 line of logs\n";
    assert_eq!(ended.stderr, expected);
}

#[test]
fn what_had_to_be_repaired_is_counted() {
    let repeated = r#"[{"key":"k","value":{"stringValue":"old"}},{"key":"k","value":{"stringValue":"new"}}]"#;
    let lines = line("a", 1, 1, None)
        .replace(r#""endTimeUnixNano":"17"#, r#""endTimeUnixNano":"16"#)
        .replace(r#""name":"span 1""#, &format!(r#""name":"span 1","attributes":{repeated}"#));
    let ended = Scratch::new().process_with(&[], &lines);
    let written = ended.success();
    assert!(written.contains("new") && !written.contains("old"), "{written}");
    assert!(written.contains(r#""endTimeUnixNano":"1700000000000000000""#), "{written}");
    assert!(
        ended.stderr.contains("repaired  1 repeated attribute key, 1 end before its start\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn no_input_is_no_output() {
    let scratch = Scratch::new();
    for input in ["", "\n\n", "{}\n"] {
        let ended = scratch.process_with(&[], input);
        assert_eq!(ended.success(), "");
        assert_eq!(ended.stderr, "read      0 spans of 0 traces from 1 input\nwritten   0 spans\n");
    }
    scratch.write("empty", "");
    scratch.process(&["--input", "empty", "--output", "out.jsonl"]).success();
    assert_eq!(scratch.read("out.jsonl"), b"");
}

#[test]
fn inputs_that_are_not_there_are_named_before_anything_is_done() {
    let scratch = Scratch::new();
    scratch.write("here", line("a", 1, 1, None));
    std::fs::create_dir(scratch.path().join("folder")).expect("writable");
    let missing = scratch.process(&["--input", "here", "--input", "gone.jsonl", "--output", "out"]);
    let system = std::io::Error::from_raw_os_error(2);
    missing.assert_only_error(1, &format!("cannot read gone.jsonl: {system}"));
    scratch
        .process(&["--input", "folder"])
        .assert_only_error(1, "cannot read folder: it is a directory; name its files");
    scratch
        .process(&["--input", "-", "--input", "-"])
        .assert_only_error(2, "- is given twice, but standard input can be read only once");
    assert_eq!(scratch.names(), ["folder", "here"]);
}
