//! `prune` deletes what is asked for, and only when somebody said yes.

use crate::program::{Scratch, json_lines};

fn traces(scratch: &Scratch) -> usize {
    json_lines(scratch.on_store(&["traces", "--json"]).success()).len()
}

#[test]
fn nothing_is_deleted_without_a_yes() {
    let scratch = Scratch::with_runs();
    let before = scratch.read("s.db");
    let unasked = scratch.on_store(&["prune", "--max-traces", "1"]);
    let expected = "nothing was deleted: 2 of 3 traces would be, and nobody can be asked; give --yes, or --dry-run to \
                    look first";
    assert_eq!(unasked.error(2), expected);
    let piped = scratch.run_with(&["prune", "--max-traces", "1", "--store", "s.db"], &[], b"y\n");
    assert_eq!(piped.error(2), expected, "a pipe is nobody");
    let dry = scratch.on_store(&["prune", "--max-traces", "1", "--dry-run"]);
    assert_eq!(dry.success(), "2 of 3 traces would be deleted\n");
    assert_eq!(
        scratch.on_store(&["prune", "--yes"]).error(2),
        "there is no bound; give --older-than, --max-size or --max-traces"
    );
    assert_eq!((scratch.read("s.db"), traces(&scratch)), (before, 3));
}

#[test]
fn the_oldest_go_first_and_totals_stay() {
    let scratch = Scratch::with_runs();
    let totals = scratch.on_store(&["stats", "--by", "model", "--json"]);
    let within =
        scratch.on_store(&["prune", "--max-traces", "3", "--older-than", "9000d", "--max-size", "1GiB"]);
    assert_eq!(within.success(), "nothing to delete: the store is within these bounds\n");
    let pruned = scratch.on_store(&["prune", "--max-traces", "2", "--yes"]);
    assert_eq!(
        pruned.success(),
        "deleted 1 trace with 3 spans from s.db; `otel-genai vacuum` makes the file smaller\n"
    );
    let names: Vec<_> = json_lines(scratch.on_store(&["traces", "--json"]).success());
    assert_eq!(
        names.iter().map(|trace| trace["name"].as_str()).collect::<Vec<_>>(),
        [None, Some("answer mail")]
    );
    assert_eq!(scratch.on_store(&["stats", "--by", "model", "--json"]).success(), totals.success());
    let stats = scratch.on_store(&["stats"]);
    assert!(stats.success().contains("1 trace with 3 spans; totals still count them"), "{}", stats.stdout);
    let text = scratch.on_store(&["traces", "--text", "zurich"]);
    assert!(text.success().is_empty(), "the search forgets too: {}", text.stdout);
    scratch.on_store(&["check"]).success();
}

/// A bound that no store keeps within deletes nothing; the error says from which size on one can.
fn smallest_size(scratch: &Scratch) -> String {
    let before = scratch.read("s.db");
    for how in ["--yes", "--dry-run"] {
        let refused = scratch.on_store(&["prune", "--max-size", "1kB", how]);
        let message =
            "--max-size: 1000 bytes are too few, and nothing was deleted: without any trace the store takes ";
        assert!(refused.error(2).starts_with(message), "{}", refused.stderr);
    }
    assert_eq!(scratch.read("s.db"), before);
    let refused = scratch.on_store(&["prune", "--max-size", "1kB", "--yes"]);
    let (_, size) = refused.stderr.split_once("the store takes ").expect("it is said");
    size.split(' ').next().expect("a number").to_owned()
}

#[test]
fn age_and_size_are_bounds_too() {
    let scratch = Scratch::with_captures();
    let smallest = smallest_size(&scratch);
    let dry = scratch.on_store(&["prune", "--max-size", &smallest, "--dry-run"]);
    assert!(dry.success().starts_with("as many of the oldest of 7 traces as take "), "{}", dry.stdout);
    let pruned = scratch.on_store(&["prune", "--max-size", &smallest, "--yes"]);
    assert!(pruned.success().starts_with("deleted 7 traces with 67 spans from "), "{}", pruned.stdout);
    let empty = scratch.on_store(&["traces"]);
    assert_eq!(empty.success(), "");
    assert!(
        empty.stderr.starts_with("note: no traces yet in s.db: `otel-genai import FILE` adds"),
        "{}",
        empty.stderr
    );

    let scratch = Scratch::new();
    // The first month of 1970 is older than any bound.
    let old = super::runs::lines().replace("\"1793", "\"0001");
    scratch.write("old.jsonl", old);
    scratch.on_store(&["import", "old.jsonl"]).success();
    let dry = scratch.on_store(&["prune", "--older-than", "9000d", "--dry-run"]);
    assert_eq!(dry.success(), "3 of 3 traces would be deleted\n");
    let both = scratch.on_store(&["prune", "--older-than", "9000d", "--max-traces", "1", "--dry-run"]);
    assert_eq!(both.success(), "3 of 3 traces would be deleted\n", "each once");
    let pruned = scratch.on_store(&["prune", "--older-than", "9000d", "-y"]);
    assert!(pruned.success().starts_with("deleted 3 traces with 6 spans from "), "{}", pruned.stdout);
}

#[test]
fn bounds_that_make_no_sense_are_refused() {
    let scratch = Scratch::with_runs();
    for (bound, expected) in [
        (["--max-traces", "0"], "expected a whole number from 1 to 18446744073709551615"),
        (["--max-traces", "-1"], "expected a whole number from 1 to 18446744073709551615"),
        (["--max-size", "-1GiB"], "expected a size from 1 byte on, such as 500MB or 1GiB"),
        (["--max-size", "0"], "expected a size from 1 byte on, such as 500MB or 1GiB"),
        (["--older-than", "-30d"], "expected a duration, such as 500ms, 30s, 2h or 7d"),
    ] {
        let ended = scratch.on_store(&[&["prune", "--yes"], &bound[..]].concat());
        assert!(ended.error(2).contains(&format!("invalid value '{}'", bound[1])), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
    assert_eq!(traces(&scratch), 3);
}

#[test]
fn one_is_counted_as_one() {
    let scratch = Scratch::new();
    // A trace of 1970 is older than any bound.
    let lines = super::runs::lines().replace("\"1793", "\"0001");
    scratch.write("one.jsonl", lines.lines().last().expect("a line"));
    assert_eq!(scratch.on_store(&["import", "one.jsonl"]).success(), "stored 1 new span in s.db\n");
    for (command, expected) in [
        (&["check"][..], "s.db is sound: read 1 trace with 1 span\n"),
        (
            &["check", "--repair-into", "saved.db"],
            "saved 1 trace with 1 span to saved.db\ns.db is as it was\n",
        ),
        (&["prune", "--older-than", "9000d", "--dry-run"], "1 of 1 trace would be deleted\n"),
        (&["prune", "--older-than", "9000d", "--yes"], PRUNED),
    ] {
        assert_eq!(scratch.on_store(command).success(), expected, "{command:?}");
    }
    let stats = scratch.on_store(&["stats"]);
    assert!(
        stats.stdout.contains("deleted   1 trace with 1 span; totals still count them"),
        "{}",
        stats.stdout
    );
    let report = scratch.on_store(&["report"]);
    assert!(report.stderr.starts_with("note: 1 trace was deleted from the store"), "{}", report.stderr);
}

const PRUNED: &str = "deleted 1 trace with 1 span from s.db; `otel-genai vacuum` makes the file smaller\n";
