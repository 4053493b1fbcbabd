//! Which file is the store, and what is said when there is none.

use super::runs;
use crate::program::Scratch;

#[test]
fn the_command_line_beats_the_environment_and_that_the_folder_of_the_user() {
    let scratch = Scratch::new();
    scratch.write("runs.jsonl", runs::lines());
    let import = ["import", "runs.jsonl"];
    let variable = [("OTEL_GENAI_EXPORT_SQLITE_PATH", "from-variable.db")];
    scratch.run_with(&[&import[..], &["--store", "from-option.db"]].concat(), &variable, b"").success();
    assert_eq!(scratch.names(), ["from-option.db", "runs.jsonl"]);
    scratch.run_with(&import, &variable, b"").success();
    assert_eq!(scratch.names(), ["from-option.db", "from-variable.db", "runs.jsonl"]);
    let imported = scratch.run(&import);
    let stats = scratch.run(&["stats"]);
    let place = stats.success().lines().next().expect("a line").to_owned();
    assert!(place.contains("otel-genai") && place.contains("traces.db, schema"), "{place}");
    let (file, _) = place.trim_start_matches("store").trim_start().split_once(", schema").expect("two");
    assert_eq!(imported.success(), format!("stored 6 new spans in {file}\n"), "where they are is said");
    let again = scratch.run(&["import", "--json", "runs.jsonl"]).json();
    assert_eq!((again["store"].as_str(), again["repeated"].as_u64()), (Some(file), Some(6)));
    let scratch = Scratch::new();
    let file = scratch.write("runs.jsonl", runs::lines());
    let state = [("XDG_STATE_HOME", scratch.path().to_str().expect("UTF-8"))];
    if cfg!(target_os = "linux") {
        scratch.run_with(&["import", file.to_str().expect("UTF-8")], &state, b"").success();
        assert!(scratch.path().join("otel-genai/traces.db").is_file());
    }
}

#[test]
fn without_a_store_it_is_said_what_to_do() {
    let scratch = Scratch::new();
    for command in [
        &["traces"][..],
        &["traces", "--json"],
        &["traces", "--watch"],
        &["show"],
        &["stats"],
        &["stats", "--by", "day"],
        &["export"],
        &["export", "--csv", "--output", "calls.csv"],
        &["sql", "SELECT 1"],
        &["prune", "--max-traces", "1", "--yes"],
        &["vacuum"],
        &["backup", "copy.db"],
    ] {
        let ended = scratch.run(command);
        let error = ended.error(1);
        assert!(error.starts_with("no traces yet: there is no store at "), "{command:?}: {error}");
        assert!(error.contains("`otel-genai import FILE` makes one"), "{command:?}: {error}");
        let named = scratch.run(&[command, &["--store", "missing.db"]].concat());
        assert!(named.error(1).contains("does not exist; check the path"), "{command:?}: {}", named.stderr);
    }
    assert!(scratch.names().is_empty(), "nothing was created: {:?}", scratch.names());
}

#[test]
fn what_is_not_there_is_not_imported() {
    let scratch = Scratch::new();
    let ended = scratch.run(&["import", "missing.jsonl", "--store", "s.db"]);
    assert!(ended.error(1).contains("cannot read missing.jsonl"), "{}", ended.stderr);
    scratch.write("empty.jsonl", "");
    let nothing = scratch.run(&["import", "empty.jsonl", "--store", "s.db"]);
    assert_eq!(nothing.success(), "stored 0 new spans in s.db; no file was made\n");
    assert_eq!(scratch.names(), ["empty.jsonl"], "a store without spans is not created");
}

#[cfg(not(feature = "encryption"))]
#[test]
fn a_key_needs_a_program_that_was_built_for_it() {
    let scratch = Scratch::with_runs();
    scratch.write("key", "secret words\n");
    let ended = scratch.run(&["import", "runs.jsonl", "--store", "new.db", "--key-file", "key"]);
    assert!(ended.error(2).contains("without the cargo feature `encryption`"), "{}", ended.stderr);
    assert!(!scratch.path().join("new.db").exists());
    for command in [&["traces"][..], &["vacuum"], &["prune", "--max-traces", "1"]] {
        let ended = scratch.on_store(&[command, &["--key-file", "key"]].concat());
        ended.assert_only_error(1, "cannot open s.db: it is not encrypted; leave the key in key out");
        assert!(!ended.stderr.contains("secret words"));
    }
}

#[test]
fn a_key_that_cannot_be_read_is_wrong_usage() {
    let scratch = Scratch::with_runs();
    let ended = scratch.on_store(&["traces", "--key-file", "missing"]);
    assert!(ended.error(2).contains("cannot read the key from \"missing\""), "{}", ended.stderr);
}

#[test]
fn a_store_is_not_made_where_there_is_no_directory() {
    let scratch = Scratch::with_runs();
    let ended = scratch.run(&["import", "runs.jsonl", "--store", "sotres/s.db"]);
    let message =
        "cannot open sotres/s.db: the directory sotres does not exist; create it, or check the path";
    ended.assert_only_error(1, message);
    assert!(!scratch.path().join("sotres").exists());
    // Who sets a path for all programs means it, as for the exporter.
    let set = [("OTEL_GENAI_EXPORT_SQLITE_PATH", "state/s.db")];
    scratch.run_with(&["import", "runs.jsonl"], &set, "").success();
    assert!(scratch.path().join("state/s.db").exists());
}
