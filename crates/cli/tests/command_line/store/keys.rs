//! The key of an encrypted store: given, changed, or not there.

#[cfg(feature = "encryption")]
use std::io::{BufRead, BufReader};

#[cfg(feature = "encryption")]
use super::runs;
use crate::program::Scratch;

#[test]
fn a_store_in_clear_has_no_key_to_change() {
    let scratch = Scratch::with_runs();
    scratch.write("new", "other words\n");
    let before = scratch.read("s.db");
    for keys in [&[][..], &["--new-key-file", "new"], &["--key-file", "new", "--new-key-file", "new"]] {
        let message = "s.db is not encrypted and has no key to change; a copy can be: `otel-genai export --store s.db | \
                       otel-genai import - --store NEW --key-file FILE`";
        scratch.on_store(&[&["rekey"], keys].concat()).assert_only_error(1, message);
    }
    assert_eq!(scratch.read("s.db"), before);
}

#[test]
fn settings_that_name_the_store_name_its_key() {
    let scratch = Scratch::with_runs();
    scratch.write("key", "secret words\n");
    scratch.write("otel-genai.toml", "[export.sqlite]\npath = \"s.db\"\nkey_file = \"key\"\n");
    let message = "cannot open s.db: it is not encrypted; leave the key in key out";
    scratch.run(&["traces"]).assert_only_error(1, message);
    // Another store has another key.
    scratch.on_store(&["traces"]).silent_success();
}

/// What a change of the key leaves behind that was killed: a journal, here one that has noted no page yet.
fn journal(store: &[u8]) -> Vec<u8> {
    let page_bytes = u32::from(u16::from_be_bytes([store[16], store[17]]));
    let pages = u32::try_from(store.len()).expect("small") / page_bytes;
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0, 7, pages, 512, page_bytes] {
        journal.extend_from_slice(&number.to_be_bytes());
    }
    journal.resize(512, 0);
    journal
}

#[test]
fn an_interrupted_change_is_undone_by_whoever_opens_the_store_next() {
    let scratch = Scratch::with_runs();
    for command in
        [&["traces"][..], &["show"], &["stats"], &["export"], &["check"], &["sql", "SELECT 1"], &["vacuum"]]
    {
        let expected = scratch.on_store(command);
        scratch.write("s.db-journal", journal(&scratch.read("s.db")));
        let ended = scratch.on_store(command);
        assert_eq!(ended.success(), expected.success(), "{command:?}");
        let note =
            "note: s.db: a change of its key was interrupted, and is undone: it has the key that it had\n";
        assert_eq!(ended.stderr, note, "{command:?}");
        assert_eq!(scratch.on_store(command).stderr, expected.stderr, "{command:?}");
    }
}

#[cfg(feature = "encryption")]
#[test]
fn an_encrypted_store_needs_its_key() {
    let scratch = Scratch::new();
    scratch.write("runs.jsonl", runs::lines());
    scratch.write("key", "secret words\n");
    scratch.write("new", "other words\n");
    let key = ["--store", "s.db", "--key-file", "key"];
    scratch.run(&[&["import", "runs.jsonl"], &key[..]].concat()).success();
    let listed = scratch.run(&[&["traces"], &key[..]].concat());
    assert!(listed.success().contains("plan trip"), "{}", listed.stdout);
    let variables = [("OTEL_GENAI_EXPORT_SQLITE_KEY", "secret words")];
    assert_eq!(scratch.run_with(&["traces", "--store", "s.db"], &variables, b"").success(), listed.stdout);
    let variables = [("OTEL_GENAI_EXPORT_SQLITE_KEY_FILE", "key")];
    assert_eq!(scratch.run_with(&["traces", "--store", "s.db"], &variables, b"").success(), listed.stdout);
    assert!(scratch.on_store(&["traces"]).error(1).contains("give its key"));
    let wrong = scratch.on_store(&["traces", "--key-file", "new"]);
    let message =
        "cannot open s.db: the key in new does not fit, or the file is not a store; nothing was changed";
    wrong.assert_only_error(1, message);
    let again = scratch.on_store(&["import", "runs.jsonl", "--key-file", "new"]);
    again.assert_only_error(1, message);
}

#[cfg(feature = "encryption")]
#[test]
fn a_key_is_changed_or_it_is_said_why_not() {
    let scratch = Scratch::new();
    scratch.write("runs.jsonl", runs::lines());
    for key in ["old", "new", "bad"] {
        scratch.write(key, format!("the {key} key\n"));
    }
    scratch.on_store(&["import", "runs.jsonl", "--key-file", "old"]).success();
    let before = scratch.read("s.db");
    for (keys, code, message) in [
        (
            &[][..],
            2,
            "the key that s.db has is missing; name the file that has it in its first line by --key-file, or set OTEL_GENAI_EXPORT_SQLITE_KEY",
        ),
        (
            &["--key-file", "old"],
            2,
            "the new key for s.db is missing; name a file with it in its first line by --new-key-file, or set OTEL_GENAI_EXPORT_SQLITE_NEW_KEY",
        ),
        (
            &["--key-file", "old", "--new-key-file", "old"],
            2,
            "the new key is the old one; s.db was not changed",
        ),
        (
            &["--key-file", "bad", "--new-key-file", "new"],
            1,
            "cannot open s.db: the key in bad does not fit, or the file is not a store; nothing was changed",
        ),
    ] {
        scratch.on_store(&[&["rekey"], keys].concat()).assert_only_error(code, message);
        assert_eq!(scratch.read("s.db"), before, "{keys:?}");
    }
    let change = ["rekey", "--key-file", "old", "--new-key-file", "new"];
    let mut watch = scratch
        .command(&["traces", "--watch", "--store", "s.db", "--key-file", "old"])
        .spawn()
        .expect("starts");
    let mut line = String::new();
    BufReader::new(watch.stdout.as_mut().expect("asked for")).read_line(&mut line).expect("it lists");
    let message = "the key of s.db was not changed: another process has it open; end the programs that write or watch it, \
                   and try again";
    scratch.on_store(&change).assert_only_error(1, message);
    watch.kill().expect("it runs");
    watch.wait().expect("it ends");
    let said = "s.db has the new key; give it to the programs that use this store\n";
    assert_eq!(scratch.on_store(&change).silent_success(), said);
    assert!(scratch.on_store(&["traces", "--key-file", "new"]).success().contains("plan trip"));
    assert!(
        scratch.on_store(&["traces", "--key-file", "old"]).error(1).contains("the key in old does not fit")
    );
}
