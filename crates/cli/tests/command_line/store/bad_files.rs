//! Files that are no sound store: every command says what is wrong, and changes nothing.

use std::collections::BTreeMap;

use crate::program::Scratch;

/// Every command over a store, the ones that write included.
const COMMANDS: [&[&str]; 19] = [
    &["traces"],
    &["traces", "--text", "words", "--json"],
    &["traces", "--watch"],
    &["show"],
    &["show", "01", "--json"],
    &["stats"],
    &["stats", "--by", "model"],
    &["stats", "--measure"],
    &["sql", "SELECT * FROM agent_runs"],
    &["report"],
    &["report", "--by", "model", "--json", "--since", "1d"],
    &["export"],
    &["export", "--csv", "--output", "calls.csv"],
    &["import", "runs.jsonl"],
    &["prune", "--max-traces", "1", "--yes"],
    &["vacuum"],
    &["backup", "copy.db"],
    &["check"],
    &["check", "--repair-into", "saved.db"],
];

/// All files, with what is in them, less what SQLite needs while a store is open.
fn files(scratch: &Scratch) -> BTreeMap<String, Vec<u8>> {
    let names = scratch.names().into_iter().filter(|name| !name.ends_with("-shm") && !name.ends_with("-wal"));
    names.filter(|name| name != "huge.db").map(|name| (name.clone(), scratch.read(&name))).collect()
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    let scratch = Scratch::with_runs();
    let sound = scratch.read("s.db");
    let mut newer = sound.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    // An SQLite database of another program: without our mark, and with a table.
    let mut foreign = sound.clone();
    foreign[68..72].fill(0);
    let bad: [(&str, Vec<u8>, &str); 7] = [
        ("empty.db", Vec::new(), "there is no store in it yet"),
        ("text.db", b"dear diary\n".repeat(1000), "the file is not a store"),
        ("spans.db", scratch.read("runs.jsonl"), "the file is not a store"),
        ("short.db", sound[..90].to_vec(), "the file is not a store"),
        ("newer.db", newer, "has schema 99, and this version knows up to"),
        ("foreign.db", foreign, "not a store of otel-genai"),
        ("truncated.db", sound[..sound.len() / 2].to_vec(), "it is shorter than its header says"),
    ];
    for (name, bytes, _) in &bad {
        scratch.write(name, bytes);
    }
    std::fs::create_dir(scratch.path().join("folder.d")).expect("writable");
    let mut before = files_but_folders(&scratch);
    for (name, _, reason) in &bad {
        for command in COMMANDS {
            if *name == "empty.db" && command[0] == "import" {
                // What has nothing in it can become a store.
                continue;
            }
            let ended = scratch.run(&[command, &["--store", name]].concat());
            if *name == "truncated.db" && ended.code == Some(0) && command.contains(&"--repair-into") {
                // Something could be saved.
                std::fs::remove_file(scratch.path().join("saved.db")).expect("was written");
            } else {
                let error = ended.error(1);
                assert!(
                    error.contains(reason) || error.contains("no trace can be read"),
                    "{command:?} {name}: {error}"
                );
                assert_eq!(ended.stdout, "", "{command:?} {name}");
            }
            assert_eq!(files_but_folders(&scratch), before, "{command:?} {name}");
        }
    }
    for command in COMMANDS {
        let ended = scratch.run(&[command, &["--store", "folder.d"]].concat());
        ended.assert_only_error(1, "cannot open folder.d: it is a directory; name the file in it");
    }
    before.retain(|name, _| !name.ends_with("-shm"));
    assert_eq!(files_but_folders(&scratch), before);
}

fn files_but_folders(scratch: &Scratch) -> BTreeMap<String, Vec<u8>> {
    let is_file = |name: &String| scratch.path().join(name).is_file();
    let names = scratch.names().into_iter().filter(is_file);
    let names = names.filter(|name| !name.ends_with("-shm") && !name.ends_with("-wal"));
    names.map(|name| (name.clone(), scratch.read(&name))).collect()
}

#[cfg(unix)]
#[test]
fn a_huge_file_is_refused_at_once() {
    let scratch = Scratch::with_runs();
    // Sparse: it takes no room.
    let huge = std::fs::File::create(scratch.path().join("huge.db")).expect("writable");
    huge.set_len(1 << 40).expect("sparse files work");
    for command in COMMANDS {
        let ended = scratch.run(&[command, &["--store", "huge.db"]].concat());
        assert!(ended.error(1).contains("the file is not a store"), "{command:?}: {}", ended.stderr);
    }
    assert_eq!(huge.metadata().expect("is there").len(), 1 << 40);
}

#[test]
fn damage_in_the_middle_is_named_and_nothing_of_it_changes() {
    let scratch = Scratch::with_captures();
    let mut bytes = scratch.read("s.db");
    let page = 4096;
    bytes[page..].iter_mut().for_each(|byte| *byte = 0xa5);
    scratch.write("damaged.db", &bytes);
    scratch.write("runs.jsonl", super::runs::lines());
    let before = files(&scratch);
    for command in COMMANDS {
        let ended = scratch.run(&[command, &["--store", "damaged.db"]].concat());
        let error = ended.error(1);
        let is_said = ["damaged", "malformed", "no trace can be read", "not a store"];
        assert!(is_said.iter().any(|words| error.contains(words)), "{command:?}: {error}");
        // An export that fails leaves what came before beside the name: nothing, or the names of columns.
        for partial in scratch.names().into_iter().filter(|name| name.starts_with(".calls.csv.")) {
            std::fs::remove_file(scratch.path().join(partial)).expect("ours");
        }
        assert_eq!(files(&scratch), before, "{command:?}");
    }
}

#[test]
fn reading_changes_no_byte_of_a_sound_store() {
    let scratch = Scratch::with_runs();
    let before = scratch.read("s.db");
    for command in [
        &["traces"][..],
        &["show"],
        &["stats", "--measure"],
        &["stats", "--by", "day"],
        &["sql", "SELECT * FROM spans"],
        &["export"],
        &["export", "--csv"],
        &["check"],
        &["backup", "copy.db"],
        &["prune", "--max-traces", "1", "--dry-run"],
    ] {
        scratch.on_store(command).success();
        assert_eq!(scratch.read("s.db"), before, "{command:?}");
        assert!(scratch.read_if_there("s.db-wal").is_empty(), "{command:?}");
    }
}

#[test]
fn bad_input_creates_no_store() {
    let scratch = Scratch::with_runs();
    let store = scratch.read("s.db");
    let lines = super::runs::lines();
    let compressed = zstd::encode_all(lines.as_bytes(), 3).expect("compresses");
    for (name, bytes) in [
        ("store", store.clone()),
        ("text", b"dear diary\n".to_vec()),
        ("other", b"{\"spans\":[]}\n".to_vec()),
        ("torn.zst", compressed[..40].to_vec()),
        ("torn", lines.as_bytes()[..100].to_vec()),
    ] {
        scratch.write(name, bytes);
        let ended = scratch.run(&["import", name, "--store", "new.db"]);
        assert!(ended.error(1).contains(name), "{name}: {}", ended.stderr);
        assert!(!scratch.path().join("new.db").exists(), "{name}");
        assert!(!scratch.on_store(&["import", name]).error(1).is_empty(), "{name}");
        assert_eq!(scratch.read("s.db"), store, "{name}");
    }
}
