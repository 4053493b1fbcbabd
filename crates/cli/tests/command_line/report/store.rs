//! The report of a store is that of the files it was made of.

use super::spans::{SpanLine, lines};
use crate::program::{Scratch, json_lines};

#[test]
fn what_no_call_has_told_is_null_as_in_stats() {
    let scratch = Scratch::new();
    let asked = |span, state: &str| {
        SpanLine::call("e0000000000001", span).model(if span < 3 { "silent" } else { "gpt-4o" }).state(state)
    };
    let spans = [
        asked(1, ""),
        asked(2, "ot=th:c"),
        asked(3, "").usage(0, 0, 0.0),
        asked(4, "ot=th:c").usage(0, 0, 0.0),
    ];
    scratch.write("a.jsonl", lines(spans));
    scratch.run(&["import", "a.jsonl", "--store", "s.db"]).success();
    let report = scratch.report(&["--by", "model", "--json", "--store", "s.db"]).json();
    let stats = scratch.run(&["stats", "--by", "model", "--json", "--store", "s.db"]);
    let stats = json_lines(stats.success());
    for (model, is_told) in [("silent", false), ("gpt-4o", true)] {
        let group = report["groups"].as_array().expect("groups").iter().find(|group| group["name"] == model);
        let group = group.expect("the group");
        let totals = stats.iter().find(|row| row["model"] == model).expect("the row");
        for (ours, theirs) in
            [("input_tokens", "input_tokens"), ("output_tokens", "output_tokens"), ("cost_usd", "cost")]
        {
            assert_eq!(group["recorded"][ours].is_number(), is_told, "{model} {ours}: {group}");
            assert_eq!(group["estimated"][ours]["total"].is_number(), is_told, "{model} {ours}: {group}");
            assert_eq!(totals[theirs].is_number(), is_told, "{model} {theirs}: {totals}");
        }
    }
    // Some told theirs: the sums are lower bounds.
    assert_eq!(report["all"]["recorded"]["cost_usd"], 0.0);
    assert_eq!(report["all"]["estimated"]["input_tokens"]["total"], 0.0);
}

#[test]
fn a_store_says_what_its_files_say() {
    let scratch = Scratch::new();
    let spans = [
        SpanLine::call("1", 1).model("gpt-5-mini").usage(1000, 50, 0.25).state("ot=th:c"),
        SpanLine::call("2", 2).model("gpt-5-mini").usage(2000, 70, 0.5).state("ot=th:0").failed(),
        SpanLine::call("3", 3).model("claude-sonnet-4-5").usage(10, 5, 0.125),
        SpanLine::other("3", 4).parent(3),
    ];
    scratch.write("a.jsonl", lines(spans));
    let imported = scratch.run(&["import", "a.jsonl", "--store", "s.db"]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    for grouped in [&["--by", "model"][..], &["--by", "agent", "--json"], &["--by", "service.name", "--json"]]
    {
        let of_file = scratch.report(&[grouped, &["a.jsonl"]].concat());
        let of_store = scratch.report(&[grouped, &["--store", "s.db"]].concat());
        assert_eq!((of_store.code, &*of_store.stderr), (Some(0), ""));
        assert_eq!(of_store.stdout, of_file.stdout, "{grouped:?}");
    }
    // The calls above began in one second; the shortest way to all and to none of them.
    for (bounds, is_all) in [
        (["--since", "1970-01-01"], true),
        (["--until", "1970-01-01"], false),
        (["--since", "2100-01-01"], false),
        (["--until", "2100-01-01"], true),
    ] {
        let bounded = scratch.report(&[&bounds[..], &["--json", "--store", "s.db"]].concat());
        assert_eq!((bounded.code, &*bounded.stderr), (Some(0), ""), "{bounds:?}");
        let all = scratch.report(&["--json", "--store", "s.db"]);
        assert_eq!(bounded.stdout == all.stdout, is_all, "{bounds:?}: {}", bounded.stdout);
    }
    let of_file = scratch.report(&["--since", "1d", "a.jsonl"]);
    assert_eq!(of_file.code, Some(2), "{}", of_file.stderr);
    let missing = scratch.report(&["--store", "none.db"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("none.db"), "{}", missing.stderr);
}
