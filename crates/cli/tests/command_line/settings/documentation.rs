//! Every command of the documentation is one that the program has, and those shown to be typed do what they say.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use super::receiver::receive;
use crate::program::Scratch;

/// The README and every page of `docs`.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = vec![root.join("README.md")];
    for entry in root.join("docs").read_dir().expect("is there") {
        paths.push(entry.expect("readable").path());
    }
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        (path.display().to_string(), std::fs::read_to_string(path).expect("UTF-8"))
    };
    paths.iter().map(read).collect()
}

/// The lines of the blocks that show a terminal, less prompt and remark.
fn typed(page: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            let line = line.strip_prefix("$ ").unwrap_or(line);
            lines.push(line.split("  #").next().unwrap_or(line).trim());
        }
    }
    lines
}

/// The file that pages call `traces.jsonl`: an agent that calls a model and a tool.
const TRACES: &str = include_str!("../data/traces.jsonl");

/// The other files that pages work on.
const FILES: [(&str, &str); 6] = [
    ("traces.jsonl", TRACES),
    ("incident.log", "09:12 mail to jane@example.org failed\n"),
    ("access.log", "GET /orders by jane@example.org\n"),
    ("notes.txt", "E-123456 asked support@example.com\n"),
    ("key.txt", "2026a:0123456789abcdef\n"),
    ("labelled.jsonl", LABELLED),
];

const LABELLED: &str =
    "{\"text\": \"mail jane@example.org\", \"labels\": [{\"start\": 5, \"end\": 21, \"kind\": \"email\"}]}\n";

/// Runs a line as a shell does, with the program on its path.
fn shell(home: &Path, line: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_otel-genai"));
    let folder = program.parent().expect("a folder").to_path_buf();
    let path = std::env::join_paths([folder, "/usr/bin".into(), "/bin".into()]).expect("no colon in it");
    Command::new("sh")
        .args(["-c", line])
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", path)
        .output()
        .expect("a shell")
}

/// The words that follow the program's name where it is mentioned in a sentence.
fn mentioned(page: &str) -> impl Iterator<Item = Vec<&str>> {
    page.split("`otel-genai ").skip(1).filter_map(|rest| {
        let (command, _) = rest.split_once('`')?;
        Some(command.split_whitespace().collect())
    })
}

/// The subcommand that the words begin with: `pricing refresh` of `pricing refresh --from FILE`.
fn subcommand<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let is_name = |word: &&&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let names = words.iter().take(2).take_while(is_name).copied();
    names.filter(|word| !word.starts_with('-')).collect()
}

#[test]
fn every_command_that_is_mentioned_exists() {
    let mut known = BTreeSet::new();
    for (page, text) in pages() {
        let typed = typed(&text);
        let in_blocks = typed.iter().filter_map(|line| line.strip_prefix("otel-genai "));
        let in_blocks = in_blocks.map(|line| line.split_whitespace().collect());
        for words in mentioned(&text).chain(in_blocks) {
            let command = subcommand(&words);
            if !known.insert(command.join(" ")) {
                continue;
            }
            let arguments = [command.as_slice(), &["--help"]].concat();
            let ended = Scratch::new().run(&arguments);
            assert_eq!(ended.code, Some(0), "{page}: otel-genai {}: {}", command.join(" "), ended.stderr);
        }
    }
    assert!(known.len() >= 8, "{known:?}");
}

#[cfg(unix)]
#[test]
fn what_is_to_be_typed_works() {
    let mut count = 0;
    for (page, text) in pages() {
        let home = Scratch::new();
        for (name, text) in FILES.into_iter().chain([("test.jsonl", LABELLED)]) {
            home.write(name, text);
        }
        for line in typed(&text).into_iter().filter(|line| line.starts_with("otel-genai ")) {
            let (receiver, _received) = receive("200 OK");
            let ended = shell(home.path(), &line.replace("http://localhost:4318", &receiver));
            let [printed, errors] =
                [&ended.stdout, &ended.stderr].map(|bytes| String::from_utf8_lossy(bytes));
            assert_eq!(ended.status.code(), Some(0), "{page}: {line}: {printed}{errors}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn the_first_page_installs_the_command_line_before_it_runs_it() {
    let (_, page) =
        pages().into_iter().find(|(path, _)| path.ends_with("getting-started.md")).expect("is there");
    let typed = typed(&page);
    let is_install = |line: &&str| line.starts_with("cargo install ") && line.ends_with("crates/cli");
    let install = typed.iter().position(is_install).expect("it is installed");
    let first = typed.iter().position(|line| line.starts_with("otel-genai ")).expect("it is run");
    assert!(install < first, "{typed:?}");
    let [install, mentioned] = ["cargo install ", "`otel-genai "].map(|words| page.find(words));
    assert!(install < mentioned, "{install:?} {mentioned:?}");
}

/// The names in the first column of the table below a heading.
fn documented_columns<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, below) = page.split_once(heading).expect("the heading is there");
    let rows =
        below.lines().skip_while(|line| !line.starts_with("| `")).take_while(|line| line.starts_with('|'));
    let first_column = rows.filter_map(|row| row.split('|').nth(1));
    first_column.flat_map(|names| names.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn the_columns_of_views_and_of_the_csv_are_those_of_the_page() {
    let (_, page) = pages().into_iter().find(|(path, _)| path.ends_with("store.md")).expect("is there");
    let scratch = Scratch::with_runs();
    for (heading, command) in [
        ("### `llm_calls`", &["export", "--csv"][..]),
        ("### `llm_calls`", &["sql", "--csv", "SELECT * FROM llm_calls"]),
        ("### `agent_runs`", &["sql", "--csv", "SELECT * FROM agent_runs"]),
    ] {
        let ended = scratch.on_store(command);
        let header = ended.success().lines().next().expect("a header");
        assert_eq!(header.split(',').collect::<Vec<_>>(), documented_columns(&page, heading), "{command:?}");
    }
}
