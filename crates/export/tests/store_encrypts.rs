//! What spans say is in no file in clear: neither the store, nor its log, nor temporary files.
#![cfg(feature = "encryption")]

use std::path::Path;

use opentelemetry_sdk::trace::SpanExporter;
use otel_genai_export::store::{
    Retention, SqliteExporter, Store, StoreKey, StoreProblem, TotalsQuery, TraceFilter, prune_store, rekey,
    repair_into, vacuum,
};
use sample_runs::{at, build, call, resource, root, trace_id};

mod sample_runs;

/// Words that occur nowhere else.
fn planted() -> Vec<String> {
    (0..50).map(|number| format!("zq{}planted{number:02}w", char::from(b'a' + number % 26))).collect()
}

fn key(text: &str) -> StoreKey {
    StoreKey::new(text).expect("not empty")
}

/// Every place where a span can say something holds some of the words.
fn write(exporter: &SqliteExporter) {
    let words = planted();
    for (trace, words) in (1_u128..).zip(words.chunks(10)) {
        let long = format!(r#"[{{"role":"user","parts":["{} {}"]}}]"#, words[0], "lorem ipsum ".repeat(30));
        let spans = build([
            root(trace, 0)
                .attribute("session.id", words[1].clone())
                .attribute("user.id", words[2].clone())
                .attribute("otel_genai.project", words[3].clone())
                .attribute("gen_ai.agent.name", words[4].clone())
                .attribute("gen_ai.input.messages", long)
                .attribute(words[5].clone(), true)
                .event(words[6].clone(), [])
                .status(opentelemetry::trace::Status::error(words[7].clone())),
            call(trace, 2, 1, "o3")
                .attribute("gen_ai.tool.name", words[8].clone())
                .attribute("gen_ai.completion", words[9].clone()),
        ]);
        exporter.write(&resource(), spans).expect("writes");
    }
}

fn files_with_words(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_with_words(&path));
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        for word in planted() {
            if bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes())) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
    found
}

#[test]
fn planted_words_are_found_by_the_search_and_in_no_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::builder(&path).key(key("correct horse")).build().expect("opens");
    write(&exporter);
    let store = Store::open_encrypted(&path, key("correct horse")).expect("opens");
    // The search works, so the words are there.
    for word in planted() {
        let found = store.traces(&TraceFilter::new().text(&word)).expect("lists").traces.len();
        let is_key = planted().iter().position(|known| *known == word).expect("planted") % 10 == 5;
        assert_eq!(found, usize::from(!is_key), "{word}");
    }
    store.totals(&TotalsQuery::new()).expect("sums");
    store
        .sql("SELECT * FROM llm_calls ORDER BY name, session", |_, _| std::ops::ControlFlow::Continue(()))
        .expect("sorts");
    assert!(directory.path().join("traces.db-wal").metadata().expect("a log").len() > 0);
    assert_eq!(files_with_words(directory.path()), [""; 0], "while it is open");
    store.backup(directory.path().join("copy.db"), |_| ()).expect("copies");
    assert!(store.check(|_| ()).expect("checks").is_sound());
    exporter.shutdown().expect("shuts down");
    drop(store);
    let retention = Retention::default().max_age(std::time::Duration::from_secs(1_000_000));
    prune_store(&path, Some(&key("correct horse")), &retention, at(0)).expect("prunes");
    vacuum(&path, Some(&key("correct horse")), |_| ()).expect("vacuums");
    repair_into(&path, directory.path().join("saved.db"), Some(&key("correct horse")), |_| ())
        .expect("saves");
    assert_eq!(files_with_words(directory.path()), [""; 0], "afterwards");
    for name in ["copy.db", "saved.db"] {
        let copy = Store::open_encrypted(directory.path().join(name), key("correct horse")).expect("opens");
        assert_eq!(copy.statistics().expect("reads").traces, 5);
        assert!(Store::open(directory.path().join(name)).is_err(), "{name} is not in clear");
    }

    // The names among the words stand in columns of a store in clear: the search of files can fail.
    let clear = tempfile::tempdir().expect("a directory");
    write(&SqliteExporter::open(clear.path().join("traces.db")).expect("opens"));
    assert!(files_with_words(clear.path()).len() >= 25);
}

#[test]
fn another_key_is_told_and_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::builder(&path).key(key("one")).build().expect("opens");
    write(&exporter);
    exporter.shutdown().expect("shuts down");
    drop(exporter);
    let before = std::fs::read(&path).expect("reads");
    let wrong = [
        Store::open_encrypted(&path, key("two")).err(),
        SqliteExporter::builder(&path).key(key("two")).build().err(),
        rekey(&path, &key("two"), &key("three")).err(),
        vacuum(&path, Some(&key("two")), |_| ()).err(),
    ];
    for error in wrong {
        let error = error.expect("a wrong key");
        assert!(matches!(error.problem(), StoreProblem::WrongKey), "{error}");
        assert!(!format!("{error} {error:?}").contains("two"));
    }
    for error in [Store::open(&path).err(), SqliteExporter::open(&path).err()] {
        let error = error.expect("no key");
        assert!(matches!(error.problem(), StoreProblem::NotADatabase), "{error}");
        assert!(error.to_string().contains("give its key"), "{error}");
    }
    assert!(std::fs::read(&path).expect("reads") == before);
}

#[test]
fn a_new_key_replaces_the_old_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::builder(&path).key(key("old")).build().expect("opens");
    write(&exporter);
    // In use.
    let error = rekey(&path, &key("old"), &key("new")).expect_err("in use");
    assert!(matches!(error.problem(), StoreProblem::Busy), "{error}");
    exporter.shutdown().expect("shuts down");
    drop(exporter);
    rekey(&path, &key("old"), &key("new")).expect("changes the key");
    assert!(matches!(
        Store::open_encrypted(&path, key("old")).expect_err("old").problem(),
        StoreProblem::WrongKey
    ));
    let store = Store::open_encrypted(&path, key("new")).expect("opens");
    assert_eq!(store.trace(trace_id(1)).expect("reads").expect("there").spans.len(), 2);
    assert!(store.check(|_| ()).expect("checks").is_sound());
    assert_eq!(files_with_words(directory.path()), [""; 0]);
}

#[test]
fn keys_come_from_files_and_never_print() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("key");
    std::fs::write(&path, "a secret\r\nand a comment\n").expect("writes");
    assert_eq!(StoreKey::from_file(&path).expect("reads"), key("a secret"));
    std::fs::write(&path, "\n").expect("writes");
    assert!(StoreKey::from_file(&path).expect_err("empty").to_string().contains("first line is empty"));
    assert!(StoreKey::from_environment("STORE_KEY_THAT_NOBODY_SETS").is_none());
    let exporter = SqliteExporter::builder(directory.path().join("a.db")).key(key("a secret"));
    assert!(!format!("{exporter:?}").contains("secret"));
}
