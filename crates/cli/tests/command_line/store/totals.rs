//! `stats` tells what there is, and totals.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::{Scratch, json_lines};

#[test]
fn what_the_store_holds() {
    let scratch = Scratch::with_runs();
    let ended = scratch.on_store(&["stats"]);
    // Sizes depend on SQLite's version.
    let lines =
        ended.success().lines().filter(|line| !line.starts_with("size ")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(lines, @r"
    store     s.db, schema 2
    traces    3 (1 interrupted, 1 failed)
    spans     6, of which LLM calls 3, tool calls 1
    cost      ≥ $0.7510, LLM calls without a price 1
    time      2026-11-01T00:00:00Z to 2026-11-03T00:00:00Z
    deleted   nothing so far
    ");
    let stats = &json_lines(scratch.on_store(&["stats", "--json"]).success())[0];
    assert!(
        stats["used_bytes"].as_u64() > Some(0)
            && stats["used_bytes"].as_u64() <= stats["file_bytes"].as_u64()
    );
    assert_eq!((stats["interrupted"].as_u64(), stats["factor"].is_null()), (Some(1), true));
    let measured = &json_lines(scratch.on_store(&["stats", "--json", "--measure"]).success())[0];
    let exported = scratch.on_store(&["export"]).success().len() as u64;
    assert_eq!(measured["json_lines_bytes"].as_u64(), Some(exported), "what an export would be");
    assert!(measured["factor"].as_f64() > Some(0.0));
}

#[test]
fn totals_by_model_agent_and_day() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["stats", "--by", "model"]).success(), @r"
    MODEL        CALLS  FAILED  INPUT  CACHED  OUTPUT     COST
    gpt-4o           2       0  1,010       -     205  $0.7510
    gpt-4o-mini      1       0     40       -       0        -
    ");
    insta::assert_snapshot!(scratch.on_store(&["stats", "--by", "day,agent"]).success(), @r"
    DAY (UTC)   AGENT    RUNS  ERRORS  TOOLS  CALLS  FAILED  INPUT  CACHED  OUTPUT       COST
    2026-11-01  planner     1       0      1      1       0  1,000       -     200    $0.7500
    2026-11-02  clerk       1       1      0      1       0     40       -       0          -
    2026-11-03  -           0       0      0      1       0     10       -       5  $0.001000
    ");
    let later =
        scratch.on_store(&["stats", "--by", "hour", "--since", "2026-11-02", "--model", "gpt-4o", "--json"]);
    let rows = json_lines(later.success());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["time"], "2026-11-03T00:00:00Z");
    assert_eq!((rows[0]["llm_calls"].as_u64(), rows[0]["cost"].as_f64()), (Some(1), Some(0.001)));
    assert!(scratch.on_store(&["stats", "--since", "1d"]).error(2).contains("--by"));
}

#[test]
fn what_no_call_has_told_is_null() {
    let scratch = Scratch::with_runs();
    let silent = super::runs::lines().lines().last().expect("a line").replace("gen_ai.usage", "other.usage");
    let silent =
        silent.replace("llm.cost", "other.cost").replace("gpt-4o", "silent").replace("0300000", "0400000");
    scratch.write("silent.jsonl", silent);
    scratch.on_store(&["import", "silent.jsonl"]).success();
    let rows = json_lines(scratch.on_store(&["stats", "--by", "model", "--json"]).success());
    let row = |model: &str| rows.iter().find(|row| row["model"] == model).expect("a row");
    for (model, sum, is_told) in [
        ("gpt-4o", "input_tokens", true),
        ("gpt-4o", "cost", true),
        ("gpt-4o", "cache_read_tokens", false),
        ("gpt-4o", "cache_write_tokens", false),
        ("gpt-4o", "reasoning_tokens", false),
        ("gpt-4o-mini", "output_tokens", true),
        ("gpt-4o-mini", "cost", false),
        ("silent", "input_tokens", false),
        ("silent", "output_tokens", false),
        ("silent", "cost", false),
    ] {
        assert_eq!(row(model)[sum].is_number(), is_told, "{model} {sum}: {}", row(model));
    }
}

#[test]
fn an_agent_without_calls_has_told_nothing() {
    let scratch = Scratch::new();
    scratch.write("root.jsonl", super::runs::lines().lines().next().expect("a root"));
    scratch.on_store(&["import", "root.jsonl"]).success();
    insta::assert_snapshot!(scratch.on_store(&["stats", "--by", "agent"]).success(), @r"
    AGENT    RUNS  ERRORS  TOOLS  CALLS  FAILED  INPUT  CACHED  OUTPUT  COST
    planner     1       0      0      0       0      -       -       -     -
    ");
    let row = scratch.on_store(&["stats", "--by", "agent", "--json"]).json();
    let trace = scratch.on_store(&["traces", "--json"]).json();
    for sum in [
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
        "cost",
    ] {
        assert!(row[sum].is_null() && trace[sum].is_null(), "{sum}: {row} {trace}");
    }
    assert_eq!((&row["llm_calls"], &row["runs"]), (&0.into(), &1.into()));
}

#[test]
fn agents_are_found_by_patterns_as_models_are() {
    let scratch = Scratch::with_runs();
    for (pattern, expected) in [
        ("planner", &["planner"][..]),
        ("pl*", &["planner"]),
        ("*er*", &["planner", "clerk"]),
        ("[p]*", &[]),
        ("plan", &[]),
    ] {
        let ended = scratch.on_store(&["stats", "--by", "agent", "--json", "--agent", pattern]);
        let rows = json_lines(ended.success());
        let agents: Vec<&str> = rows.iter().filter_map(|row| row["agent"].as_str()).collect();
        assert_eq!(agents, expected, "{pattern}");
    }
}

#[test]
fn where_there_are_no_totals_a_note_says_why() {
    let scratch = Scratch::with_runs();
    let note = |scratch: &Scratch, arguments: &[&str]| {
        let ended = scratch.on_store(&[&["stats", "--by"], arguments].concat());
        assert_eq!(ended.success(), "");
        ended.stderr
    };
    let filtered = "note: no totals are like that; leave out a filter, or see all of them with `otel-genai stats --by agent`\n";
    assert_eq!(note(&scratch, &["agent", "--agent", "nobody"]), filtered);
    let silent = Scratch::new();
    let root = super::runs::lines().lines().next().expect("a root").replace("17934912", "15778368");
    silent.write("root.jsonl", root);
    silent.on_store(&["import", "root.jsonl"]).success();
    let expected =
        "note: no model was called; `otel-genai stats --by agent` has the totals of everything else\n";
    assert_eq!(note(&silent, &["model"]), expected);
    // They stay where every trace is deleted.
    silent.on_store(&["prune", "--older-than", "1d", "--yes"]).success();
    assert!(silent.on_store(&["traces"]).stderr.contains("no traces yet"));
    assert_eq!(note(&silent, &["model"]), expected);
    assert_eq!(note(&silent, &["agent", "--agent", "nobody"]), filtered);
}

#[test]
fn stats_and_report_say_the_same_of_agents() {
    let scratch = Scratch::with_captures();
    let calls =
        |row: &Value, calls: &str, cost: &str| (row[calls].as_u64(), row[cost].as_f64().unwrap_or(0.0));
    let stats = json_lines(scratch.on_store(&["stats", "--by", "agent", "--json"]).success());
    let stats: BTreeMap<Option<&str>, _> = stats
        .iter()
        .filter(|row| row["llm_calls"] != 0)
        .map(|row| (row["agent"].as_str(), calls(row, "llm_calls", "cost")))
        .collect();
    let report = scratch.on_store(&["report", "--by", "agent", "--json"]).json();
    let groups = report["groups"].as_array().expect("a list").iter();
    let report: BTreeMap<_, _> = groups
        .map(|group| (group["name"].as_str(), calls(&group["recorded"], "calls", "cost_usd")))
        .collect();
    assert_eq!(stats.keys().collect::<Vec<_>>(), report.keys().collect::<Vec<_>>());
    assert!(stats.len() > 3, "{stats:?}");
    for (agent, (calls, cost)) in &stats {
        assert_eq!(*calls, report[agent].0, "{agent:?}");
        assert!((cost - report[agent].1).abs() < 1e-9, "{agent:?}: {cost}, {}", report[agent].1);
    }
}
