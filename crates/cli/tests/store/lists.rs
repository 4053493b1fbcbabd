//! `traces` lists what is asked for, for people and for programs.

use crate::program::{Scratch, json_lines};
use crate::runs::id;

#[test]
fn a_table_for_people() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["traces"]).ok(), @"");
    insta::assert_snapshot!(Scratch::with_captures().on_store(&["traces"]).ok(), @"");
}

#[test]
fn filters_find_the_right_traces() {
    let scratch = Scratch::with_runs();
    let cases: [(&[&str], &[u8]); 27] = [
        (&[], &[3, 2, 1]),
        (&["--limit", "2"], &[3, 2]),
        (&["--since", "2026-11-02"], &[3, 2]),
        (&["--until", "2026-11-02T00:00:00Z"], &[1]),
        (&["--since", "2026-11-02", "--until", "2026-11-03"], &[2]),
        (&["--status", "ok"], &[1]),
        (&["--status", "error"], &[2]),
        (&["--status", "interrupted"], &[3]),
        (&["--status", "running"], &[]),
        (&["--errors"], &[2]),
        (&["--name", "plan trip"], &[1]),
        (&["--name", "*n*i*"], &[2, 1]),
        (&["--project", "office"], &[2]),
        (&["--session", "s-1"], &[1]),
        (&["--user", "bob"], &[2]),
        (&["--tenant", "acme"], &[1]),
        (&["--agent", "clerk"], &[2]),
        (&["--model", "gpt-4o"], &[3, 1]),
        (&["--model", "gpt-4o", "--agent", "planner"], &[1]),
        (&["--cost-above", "0.75"], &[1]),
        (&["--cost-above", "0"], &[3, 1]),
        (&["--slower-than", "1m 30s"], &[2]),
        (&["--tokens-above", "40"], &[2, 1]),
        (&["--finding", "pii"], &[2]),
        (&["--text", "zurich TRIP"], &[1]),
        (&["--text", "stam*"], &[2]),
        (&["--text", "nowhere"], &[]),
    ];
    for (filters, expected) in cases {
        let ended = scratch.on_store(&[&["traces", "--json"], filters].concat());
        let ids: Vec<String> = json_lines(ended.ok())
            .iter()
            .map(|trace| trace["trace_id"].as_str().expect("a text").to_owned())
            .collect();
        let expected: Vec<String> = expected.iter().map(|run| id(*run)).collect();
        assert_eq!(ids, expected, "{filters:?}");
        let note =
            "note: no trace is like that; leave out a filter, or see them all with `otel-genai traces`\n";
        assert_eq!(ended.stderr, if expected.is_empty() { note } else { "" }, "{filters:?}");
    }
}

#[test]
fn json_for_programs_says_what_is_unknown() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["traces", "--json"]).ok(), @"");
}

#[test]
fn wrong_filters_are_refused() {
    let scratch = Scratch::with_runs();
    for (filter, expected) in [
        (["--since", "yesterday"], "or how long ago, such as 30m, 2h or 7d"),
        (["--cost-above", "-1"], "expected US dollars"),
        (["--slower-than", "5"], "expected a duration"),
        (["--status", "good"], "interrupted"),
        (["--limit", "0"], "1.."),
    ] {
        let ended = scratch.on_store(&[&["traces"], &filter[..]].concat());
        assert!(ended.error(2).contains(expected), "{filter:?}: {}", ended.stderr);
    }
}
