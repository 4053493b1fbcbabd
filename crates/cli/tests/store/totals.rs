//! `stats` tells what there is, and totals.

use crate::program::{Scratch, json_lines};

#[test]
fn what_the_store_holds() {
    let scratch = Scratch::with_runs();
    let ended = scratch.on_store(&["stats"]);
    // Sizes depend on SQLite's version.
    let lines = ended.ok().lines().filter(|line| !line.starts_with("size ")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(lines, @"");
    let stats = &json_lines(scratch.on_store(&["stats", "--json"]).ok())[0];
    assert!(
        stats["used_bytes"].as_u64() > Some(0)
            && stats["used_bytes"].as_u64() <= stats["file_bytes"].as_u64()
    );
    assert_eq!((stats["interrupted"].as_u64(), stats["factor"].is_null()), (Some(1), true));
    let measured = &json_lines(scratch.on_store(&["stats", "--json", "--measure"]).ok())[0];
    let exported = scratch.on_store(&["export"]).ok().len() as u64;
    assert_eq!(measured["json_lines_bytes"].as_u64(), Some(exported), "what an export would be");
    assert!(measured["factor"].as_f64() > Some(0.0));
}

#[test]
fn totals_by_model_agent_and_day() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["stats", "--by", "model"]).ok(), @"");
    insta::assert_snapshot!(scratch.on_store(&["stats", "--by", "day,agent"]).ok(), @"");
    let later =
        scratch.on_store(&["stats", "--by", "hour", "--since", "2026-11-02", "--model", "gpt-4o", "--json"]);
    let rows = json_lines(later.ok());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["time"], "2026-11-03T00:00:00Z");
    assert_eq!((rows[0]["llm_calls"].as_u64(), rows[0]["cost"].as_f64()), (Some(1), Some(0.001)));
    assert!(scratch.on_store(&["stats", "--since", "1d"]).error(2).contains("--by"));
}
