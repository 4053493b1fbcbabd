//! `check`, `backup`, `vacuum` and repair.

use crate::program::Scratch;

#[test]
fn a_sound_store_is_sound_and_a_damaged_one_is_not() {
    let scratch = Scratch::with_captures();
    assert_eq!(scratch.on_store(&["check"]).success(), "s.db is sound: read 7 traces with 67 spans\n");
    let mut bytes = scratch.read("s.db");
    // The end of the file is gone, but its header does not say so.
    let end = bytes.len() * 7 / 8;
    bytes[end..].fill(0);
    scratch.write("damaged.db", &bytes);
    let damaged = scratch.run(&["check", "--store", "damaged.db"]);
    assert!(damaged.error(1).contains("damaged"), "{}", damaged.stderr);
    assert!(damaged.stderr.contains("`otel-genai check --repair-into NEW`"), "{}", damaged.stderr);
    let repaired = scratch.run(&["check", "--store", "damaged.db", "--repair-into", "saved.db"]);
    assert!(repaired.stdout.starts_with("saved "), "{}", repaired.stdout);
    assert!(repaired.stdout.ends_with("damaged.db is as it was\n"), "{}", repaired.stdout);
    assert!(repaired.error(1).contains("lost; what could be read is in saved.db"), "{}", repaired.stderr);
    scratch.run(&["check", "--store", "saved.db"]).success();
    assert_eq!(scratch.read("damaged.db"), bytes);
    let again = scratch.on_store(&["check", "--repair-into", "s.db"]);
    assert!(again.error(1).contains("the file exists; choose a new name"), "{}", again.stderr);
}

#[test]
fn repair_saves_all_of_a_sound_store() {
    let scratch = Scratch::with_runs();
    let repaired = scratch.on_store(&["check", "--repair-into", "saved.db"]);
    assert_eq!(repaired.success(), "saved 3 traces with 6 spans to saved.db\ns.db is as it was\n");
    let exported = scratch.on_store(&["export"]);
    assert_eq!(scratch.run(&["export", "--store", "saved.db"]).success(), exported.success());
    let nowhere = scratch.on_store(&["check", "--repair-into", "nowhere/saved.db"]);
    nowhere.assert_only_error(
        1,
        "cannot repair s.db into nowhere/saved.db: the directory nowhere does not exist",
    );
    assert!(!scratch.names().iter().any(|name| name.ends_with(".partial")), "{:?}", scratch.names());
}

#[test]
fn repair_names_what_is_lost() {
    let scratch = Scratch::new();
    // Of the second trace the root comes first, and by itself.
    let lines = super::runs::lines();
    scratch.write("begin.jsonl", lines.lines().take(4).collect::<Vec<_>>().join("\n"));
    scratch.write("all.jsonl", &lines);
    for file in ["begin.jsonl", "all.jsonl"] {
        scratch.run(&["import", file, "--store", "s.db"]).success();
    }
    scratch.damage(
        "UPDATE segments SET data = x'00' WHERE id >> 20 = 1;
         DELETE FROM segments WHERE id = (SELECT max(id) FROM segments WHERE id >> 20 = 2);",
    );
    let repaired = scratch.on_store(&["check", "--repair-into", "saved.db"]);
    let [one, two] = [1, 2].map(super::runs::id);
    assert_eq!(
        repaired.stdout,
        format!(
            "saved 2 traces with 2 spans to saved.db\ntrace {one}: all is lost, 3 spans\ntrace {two}: 1 of 2 spans lost\n\
             s.db is as it was\n"
        )
    );
    let message = "2 traces are not whole, or lost; what could be read is in saved.db";
    assert_eq!(repaired.error(1), message);
}

#[test]
fn of_many_lost_traces_some_are_named() {
    let scratch = Scratch::new();
    let first = super::runs::lines().lines().next().expect("a line").to_owned();
    let (id, of_one) = (super::runs::id(1), |number: u8| super::runs::id(100 + number));
    let lines: String = (1..=23).map(|number| first.replace(&id, &of_one(number)) + "\n").collect();
    scratch.write("many.jsonl", lines);
    scratch.run(&["import", "many.jsonl", "--store", "s.db"]).success();
    scratch.damage("UPDATE segments SET data = x'00' WHERE id >> 20 > 1");
    let repaired = scratch.on_store(&["check", "--repair-into", "saved.db"]);
    assert!(repaired.error(1).starts_with("22 traces are not whole, or lost"), "{}", repaired.stderr);
    assert_eq!(repaired.stdout.matches(": all is lost, 1 span\n").count(), 20, "{}", repaired.stdout);
    assert!(repaired.stdout.contains("\nand 2 more\n"), "{}", repaired.stdout);
}

#[test]
fn without_a_store_check_says_what_could_be_checked() {
    let scratch = Scratch::new();
    let ended = scratch.run(&["check"]);
    assert!(ended.error(2).contains("--store") && ended.stderr.contains("--endpoint"), "{}", ended.stderr);
    scratch.write("runs.jsonl", super::runs::lines());
    scratch.run(&["import", "runs.jsonl"]).success();
    let ended = scratch.run(&["check"]);
    assert!(
        ended.success().ends_with("traces.db is sound: read 3 traces with 6 spans\n"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_backup_is_the_same_store_under_a_new_name_only() {
    let scratch = Scratch::with_runs();
    let ended = scratch.on_store(&["backup", "copy.db"]);
    assert!(ended.success().starts_with("copied s.db to copy.db ("), "{}", ended.stdout);
    let exported = scratch.on_store(&["export"]);
    assert_eq!(scratch.run(&["export", "--store", "copy.db"]).success(), exported.success());
    let copy = scratch.read("copy.db");
    assert!(scratch.on_store(&["backup", "copy.db"]).error(1).contains("the file exists; choose a new name"));
    assert!(scratch.on_store(&["backup", "s.db"]).error(1).contains("the file exists"));
    assert_eq!(scratch.read("copy.db"), copy);
    let nowhere = scratch.on_store(&["backup", "nowhere/copy.db"]);
    nowhere
        .assert_only_error(1, "cannot back up s.db to nowhere/copy.db: the directory nowhere does not exist");
}

#[test]
fn vacuum_gives_space_back() {
    let scratch = Scratch::with_captures();
    scratch.on_store(&["prune", "--max-traces", "1", "--yes"]).success();
    let before = scratch.read("s.db").len();
    let ended = scratch.on_store(&["vacuum"]);
    assert!(ended.success().starts_with("s.db: "), "{}", ended.stdout);
    assert!(scratch.read("s.db").len() < before);
    assert!(scratch.on_store(&["check"]).success().contains("read 1 trace with "));
}
