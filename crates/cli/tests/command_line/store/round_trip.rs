//! What is imported is exported, once, and equal.

use std::collections::BTreeMap;

use serde_json::Value;

use super::runs::{self, id};
use crate::program::{Scratch, json_lines};

/// The spans of JSON Lines with their resource and scope, by trace and span.
fn spans(lines: &str) -> BTreeMap<(String, String), Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut spans = BTreeMap::new();
    for resource_spans in json_lines(lines).iter().flat_map(|line| list(&line["resourceSpans"])) {
        for scope_spans in list(&resource_spans["scopeSpans"]) {
            for mut span in list(&scope_spans["spans"]) {
                span["resource"] = resource_spans["resource"].clone();
                span["scope"] = scope_spans["scope"].clone();
                let id = |name: &str| span[name].as_str().expect("a text").to_owned();
                assert_eq!(spans.insert((id("traceId"), id("spanId")), span.clone()), None, "twice");
            }
        }
    }
    spans
}

#[test]
fn export_and_import_elsewhere_give_equal_spans() {
    let scratch = Scratch::with_captures();
    let exported = scratch.on_store(&["export"]);
    let imported = String::from_utf8(scratch.read("captures.jsonl")).expect("UTF-8");
    assert_eq!(spans(exported.success()), spans(&imported));
    for (name, quiet) in [("all.jsonl", false), ("all.jsonl.gz", true), ("all.jsonl.zst", false)] {
        let flag: &[&str] = if quiet { &["--quiet"] } else { &[] };
        let ended = scratch.on_store(&[&["export", "--output", name], flag].concat());
        assert_eq!(ended.success(), "");
        assert_eq!(
            ended.stderr,
            if quiet { "".into() } else { format!("exported 67 spans of 7 traces to {name}\n") }
        );
        let store = format!("{name}.db");
        let imported = scratch.run(&["import", name, "--store", &store]);
        assert_eq!(imported.success(), format!("stored 67 new spans in {store}\n"));
        assert_eq!(scratch.run(&["export", "--store", &store]).success(), exported.stdout, "{name}");
    }
    assert_eq!(scratch.read("all.jsonl"), exported.stdout.as_bytes());
}

#[test]
fn the_same_span_is_stored_once() {
    let scratch = Scratch::with_runs();
    let (before, totals) =
        (scratch.on_store(&["export"]), scratch.on_store(&["stats", "--by", "model", "--json"]));
    let again = scratch.on_store(&["import", "runs.jsonl"]);
    assert_eq!(again.success(), "stored 0 new spans in s.db; 6 spans were there already\n");
    let twice = scratch.on_store(&["import", "--json", "runs.jsonl", "runs.jsonl"]);
    assert_eq!(twice.success(), "{\"store\":\"s.db\",\"new\":0,\"repeated\":12,\"invalid\":0}\n");
    assert_eq!(scratch.on_store(&["export"]).success(), before.success());
    assert_eq!(scratch.on_store(&["stats", "--by", "model", "--json"]).success(), totals.success());
}

#[test]
fn standard_input_and_what_process_writes_are_taken() {
    let scratch = Scratch::new();
    let processed = scratch.run_with(&["process", "--quiet"], &[], runs::captured().as_bytes());
    let ended = scratch.run_with(&["import", "-", "--store", "s.db"], &[], processed.success().as_bytes());
    assert_eq!(ended.success(), "stored 67 new spans in s.db\n");
    assert_eq!(scratch.on_store(&["check"]).success(), "s.db is sound: read 7 traces with 67 spans\n");
}

#[test]
fn what_comes_before_an_invalid_line_is_stored() {
    let scratch = Scratch::new();
    let lines = runs::lines();
    let (first, rest) = lines.split_once('\n').expect("several lines");
    scratch.write("bad.jsonl", format!("{first}\nnonsense\n{rest}"));
    let stopped = scratch.on_store(&["import", "bad.jsonl"]);
    assert!(stopped.error(1).starts_with("bad.jsonl:2:"), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("--skip-invalid"), "{}", stopped.stderr);
    assert_eq!(stopped.stdout, "stored 1 new span in s.db; 1 line or span not valid\n");
    let skipped = scratch.on_store(&["import", "--skip-invalid", "bad.jsonl"]);
    assert_eq!(
        skipped.success(),
        "stored 5 new spans in s.db; 1 span was there already; 1 line or span not valid\n"
    );
}

#[test]
fn single_traces_and_filters_choose_what_is_exported() {
    let scratch = Scratch::with_runs();
    let traces = |arguments: &[&str]| {
        let ended = scratch.on_store(&[&["export"], arguments].concat());
        let mut traces: Vec<String> = spans(ended.success()).into_keys().map(|(trace, _)| trace).collect();
        traces.dedup();
        traces
    };
    assert_eq!(traces(&[]), [id(1), id(2), id(3)]);
    assert_eq!(traces(&["--trace", "last"]), [id(3)]);
    assert_eq!(traces(&["--trace", "01", "--trace", &id(3), "--trace", "01"]), [id(1), id(3)]);
    assert_eq!(traces(&["--user", "bob"]), [id(2)]);
    let none = scratch.on_store(&["export", "--user", "nobody", "--output", "none.jsonl"]);
    assert!(none.success().is_empty() && none.stderr.contains("no trace is like that"), "{}", none.stderr);
}

#[test]
fn the_csv_has_a_record_per_model_call() {
    let scratch = Scratch::with_runs();
    let ended = scratch.on_store(&["export", "--csv"]);
    let records = records(ended.success());
    let column = |name: &str| records[0].iter().position(|column| column == name).expect("a column");
    let values =
        |name: &str| records[1..].iter().map(|record| record[column(name)].as_str()).collect::<Vec<_>>();
    assert!(records.iter().all(|record| record.len() == records[0].len()));
    assert_eq!(values("trace_id"), [id(1), id(2), id(3)]);
    assert_eq!(values("model"), ["gpt-4o", "gpt-4o-mini", "gpt-4o"]);
    assert_eq!(values("agent"), ["planner", "clerk", ""]);
    assert_eq!(values("input_tokens"), ["1000", "40", "10"]);
    assert_eq!(values("cost"), ["0.75", "", "0.001"], "unknown is empty, not zero");
    let view = scratch.on_store(&["sql", "--csv", "SELECT * FROM llm_calls ORDER BY start_ns"]);
    assert_eq!(ended.stdout, view.success(), "the columns and values of the view");
    let one = scratch.on_store(&["export", "--csv", "--model", "gpt-4o", "--since", "2026-11-03"]);
    assert_eq!(self::records(one.success()).len(), 2);
    let captures = Scratch::with_captures();
    assert_eq!(self::records(captures.on_store(&["export", "--csv"]).success()).len(), 1 + 20);
}

/// Reads comma-separated values as RFC 4180 has them.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(std::mem::take(&mut field)),
            '\n' if !is_quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(!is_quoted && field.is_empty() && record.is_empty(), "the last line ends");
    records
}

#[test]
fn an_export_replaces_a_file_by_force_only() {
    let scratch = Scratch::with_runs();
    scratch.write("calls.csv", "mine\n");
    let refused = scratch.on_store(&["export", "--csv", "--output", "calls.csv"]);
    let message = "cannot write calls.csv: it is there already; name another file, or let --force replace it";
    refused.assert_only_error(1, message);
    assert_eq!(scratch.read("calls.csv"), b"mine\n");
    scratch.on_store(&["export", "--csv", "--output", "calls.csv", "--force"]).success();
    assert_eq!(scratch.read("calls.csv"), scratch.on_store(&["export", "--csv"]).success().as_bytes());
    assert!(!scratch.names().iter().any(|name| name.ends_with(".partial")), "{:?}", scratch.names());
    scratch.write("other.db", scratch.read("s.db"));
    let refused = scratch.on_store(&["export", "--force", "--output", "other.db"]);
    assert!(refused.error(1).contains("it is a database"), "{}", refused.stderr);
}

#[test]
fn a_failed_export_leaves_nothing_under_the_name() {
    let scratch = Scratch::with_captures();
    let sound = scratch.read("s.db");
    let mut failed = 0;
    // One page after the other is damaged; some hold what only an export reads.
    for start in (4096..sound.len()).step_by(4096) {
        let mut bytes = sound.clone();
        bytes[start + 512..start + 4096].fill(0xa5);
        scratch.write("damaged.db", &bytes);
        let ended = scratch.run(&["export", "--quiet", "--store", "damaged.db", "--output", "all.jsonl"]);
        let kept = "; all.jsonl was not written, and what could be read is in .all.jsonl.";
        if ended.code == Some(1) && ended.stderr.contains(kept) {
            assert!(!scratch.names().contains(&"all.jsonl".to_owned()), "{:?}", scratch.names());
            failed += 1;
            if failed == 3 {
                return;
            }
        }
        let _ = std::fs::remove_file(scratch.path().join("all.jsonl"));
    }
    panic!("{failed} exports failed on their way");
}

#[test]
fn an_export_never_replaces_the_store() {
    let scratch = Scratch::with_runs();
    let before = scratch.read("s.db");
    let ended = scratch.on_store(&["export", "--output", "./s.db"]);
    assert!(ended.error(2).contains("the output is the same file as the input s.db"), "{}", ended.stderr);
    assert!(scratch.run(&["import", "s.db", "--store", "s.db"]).error(2).contains("`backup`"));
    assert_eq!(scratch.read("s.db"), before);
}
