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
    assert_eq!(
        twice.success(),
        "{\"store\":\"s.db\",\"new\":0,\"repeated\":12,\"invalid\":0,\"metrics_lines\":0,\"logs_lines\":0,\"profiles_lines\":0}\n"
    );
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
fn lines_of_other_signals_are_skipped_and_counted() {
    let scratch = Scratch::new();
    let others = "{\"resourceMetrics\":[]}\n{\"resourceLogs\":[]}\n{\"resourceMetrics\":[]}\n";
    scratch.write("others.jsonl", others);
    scratch.write("all.jsonl", runs::lines() + others);
    let skipped = "skipped 2 lines of metrics, 1 line of logs";
    let none = scratch.on_store(&["import", "others.jsonl"]);
    assert_eq!(none.success(), format!("stored 0 new spans in s.db; {skipped}; no file was made\n"));
    let all = scratch.on_store(&["import", "all.jsonl"]);
    assert_eq!(all.success(), format!("stored 6 new spans in s.db; {skipped}\n"));
    let json = scratch.on_store(&["import", "--json", "all.jsonl"]).json();
    assert_eq!(
        (&json["metrics_lines"], &json["logs_lines"], &json["profiles_lines"]),
        (&2.into(), &1.into(), &0.into())
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
    assert!(none.stderr.ends_with("note: none.jsonl was not written\n"), "{}", none.stderr);
    assert!(!scratch.path().join("none.jsonl").exists());
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
    let by_name = scratch.on_store(&["export", "--output", "calls.csv"]);
    assert!(by_name.success().is_empty() && by_name.stderr.contains("3 model calls"), "{}", by_name.stderr);
    assert_eq!(scratch.read("calls.csv"), ended.stdout.as_bytes());
    scratch.on_store(&["export", "--output", "CALLS.CSV.zst"]).success();
    let compressed = scratch.read("CALLS.CSV.zst");
    assert_eq!(zstd::decode_all(compressed.as_slice()).expect("zstd"), ended.stdout.as_bytes());
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
    // What finds nothing replaces nothing.
    let before = scratch.read("calls.csv");
    let none = scratch.on_store(&["export", "--user", "nobody", "--output", "calls.csv", "--force"]);
    assert!(none.success().is_empty(), "{}", none.stdout);
    assert!(none.stderr.ends_with("note: calls.csv is as it was\n"), "{}", none.stderr);
    assert_eq!(scratch.read("calls.csv"), before);
    // Nor does what finds traces in which no model was called.
    let root = super::runs::lines().lines().next().expect("a root").replace(&id(1), &id(8));
    scratch.write("silent.jsonl", root.replace("plan trip", "silent"));
    scratch.on_store(&["import", "silent.jsonl"]).success();
    for (file, became) in [("calls.csv", "is as it was"), ("new.csv", "was not written")] {
        let none = scratch.on_store(&["export", "--name", "silent", "--output", file, "--force"]);
        assert_eq!((none.success(), scratch.path().join("new.csv").exists()), ("", false));
        let expected =
            format!("note: no model was called in the 1 trace that was found\nnote: {file} {became}\n");
        assert_eq!(none.stderr, expected);
    }
    assert_eq!(scratch.read("calls.csv"), before);
    scratch.write("other.db", scratch.read("s.db"));
    let refused = scratch.on_store(&["export", "--force", "--output", "other.db"]);
    assert!(refused.error(1).contains("it is a database"), "{}", refused.stderr);
}

#[cfg(unix)]
#[test]
fn stores_are_private_and_exports_are_files_like_any_other() {
    use std::os::unix::fs::PermissionsExt;

    let scratch = Scratch::with_runs();
    scratch.on_store(&["export", "--output", "all.jsonl"]).success();
    scratch.on_store(&["backup", "copy.db"]).success();
    scratch.on_store(&["check", "--repair-into", "saved.db"]).success();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(scratch.path().join(name)).expect("is there");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(["s.db", "copy.db", "saved.db"].map(mode), [0o600; 3]);
    assert_eq!(mode("all.jsonl"), mode("runs.jsonl"));
}

#[test]
fn a_failed_export_leaves_nothing_under_the_name() {
    let scratch = Scratch::new();
    let first = super::runs::lines().lines().next().expect("a line").to_owned();
    let lines = (1..=210).map(|number| first.replace(&id(1), &format!("{number:032x}")) + "\n");
    scratch.write("many.jsonl", lines.collect::<String>());
    scratch.run(&["import", "many.jsonl", "--store", "s.db"]).success();
    // Where the next traces are listed, nobody knows which they are.
    scratch.damage("UPDATE traces SET trace_id = x'00' WHERE id = 205");
    for options in [&["--output", "all.jsonl"][..], &["--csv", "--output", "all.jsonl"]] {
        let ended = scratch.on_store(&[&["export"], options].concat());
        let kept = "; all.jsonl was not written, and what could be read is in .all.jsonl.";
        assert!(ended.error(1).contains(kept), "{}", ended.stderr);
        assert!(!scratch.names().contains(&"all.jsonl".to_owned()), "{:?}", scratch.names());
    }
}

#[test]
fn damaged_traces_are_named_and_the_others_exported() {
    let scratch = Scratch::with_runs();
    let all = scratch.on_store(&["export"]);
    let without_second = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains(&id(2)));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let expected = without_second(all.success());
    scratch.damage("UPDATE segments SET data = x'00' WHERE id >> 20 = 2");
    let named = format!("left out: trace {}: compressed data", id(2));
    let error = "error: 1 trace that cannot be read is left out; `otel-genai check --repair-into NEW` saves what is left of \
                 them";
    let ended = scratch.on_store(&["export"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), expected.as_str()));
    assert!(ended.stderr.starts_with(&named) && ended.stderr.ends_with(&format!("{error}\n")), "{ended:?}");
    let ended = scratch.on_store(&["export", "--output", "all.jsonl"]);
    assert!(ended.stderr.ends_with(&format!("{error}; all.jsonl is partial\n")), "{ended:?}");
    assert_eq!((ended.code, scratch.read("all.jsonl")), (Some(1), expected.clone().into_bytes()));
    // An older file may have what cannot be read any more.
    scratch.write("old.jsonl", "old\n");
    let ended = scratch.on_store(&["export", "--output", "old.jsonl", "--force"]);
    assert!(ended.stderr.contains("; old.jsonl is as it was, and what could be read is in "), "{ended:?}");
    assert_eq!((ended.code, scratch.read("old.jsonl")), (Some(1), b"old\n".to_vec()));
    let ended = scratch.on_store(&["export", "--trace", "02", "--output", "none.jsonl"]);
    assert!(ended.stderr.ends_with(&format!("{error}; none.jsonl was not written\n")), "{ended:?}");
    assert!(ended.code == Some(1) && !scratch.path().join("none.jsonl").exists());
    // The columns of its calls are somewhere else, and whole.
    assert_eq!(records(scratch.on_store(&["export", "--csv"]).success()).len(), 4);
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
