//! When writing fails, the error says so, nothing acknowledged is lost, and the store works again without a restart.
#![cfg(all(feature = "sqlite", target_os = "linux"))]

use std::path::{Path, PathBuf};
use std::process::Command;

use opentelemetry_sdk::trace::SpanExporter;
use otel_genai_export::store::{SqliteExporter, Store, TraceFilter};
use sample_runs::{OtherProcess, numbered_batch, resource, trace_id};

mod sample_runs;

const SPANS: u64 = 8;
const BATCHES: u128 = 30;

/// What one batch came to, as the writing process says it: its number, and the error if there was one.
type Outcome = (u128, Option<String>);

fn outcomes(mut process: OtherProcess) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    while let Some(line) = process.line() {
        let (number, error) = line.split_once(' ').expect("a number and what came of it");
        let error = Some(error.to_owned()).filter(|error| error != "ok");
        outcomes.push((number.parse().expect("a number"), error));
    }
    assert!(process.child.wait().expect("waits").success(), "the writer ended badly");
    outcomes
}

/// What was acknowledged is there, what failed is not, and nothing is there by halves.
fn verify(path: &Path, outcomes: &[Outcome], name: &str) {
    let store = Store::open(path).expect("opens");
    let report = store.check(|_| ()).expect("checks");
    assert!(report.is_sound(), "{name}: {:?}", report.problems);
    for (number, error) in outcomes {
        let trace = store.trace(trace_id(*number)).expect("reads");
        match error {
            None => {
                let trace = trace.unwrap_or_else(|| panic!("{name}: batch {number} was acknowledged"));
                let spans: Vec<_> = trace.spans.into_iter().map(|read| read.span).collect();
                assert_eq!(spans, numbered_batch(*number, SPANS), "{name}");
            }
            // What failed when it was whole and only its sync was missing may be there, whole.
            Some(_) if name.starts_with("sync") => {
                let spans = trace.map_or(SPANS, |trace| trace.spans.len() as u64);
                assert_eq!(spans, SPANS, "{name}: half of batch {number}");
            }
            Some(_) => assert!(trace.is_none(), "{name}: batch {number} failed"),
        }
    }
}

/// Compiles the shim; `None` where there is no C compiler.
#[expect(clippy::print_stdout, reason = "whoever reads the test's output must see that it did nothing")]
fn shim(directory: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/fault.c");
    let library = directory.join("fault.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
    match compiler.status() {
        Ok(status) => {
            assert!(status.success(), "the shim does not compile");
            Some(library)
        }
        Err(error) => {
            println!("no C compiler ({error}): not tested here");
            None
        }
    }
}

#[test]
fn failed_writes_and_syncs_are_told_and_survived() {
    let directory = tempfile::tempdir().expect("a directory");
    let Some(library) = shim(directory.path()) else { return };
    let library = library.to_str().expect("UTF-8").to_owned();
    // The kind, what its message says, and whether each commit syncs.
    let kinds = [
        ("eio", "the system failed to read or write", "normal"),
        ("enospc", "no space is left", "normal"),
        ("short", "no space is left", "normal"),
        ("sync", "the system failed to read or write", "full"),
    ];
    for (kind, message, synchronous) in kinds {
        // Within opening, early and late, once and for a while.
        for (after, count) in [(20, 1), (61, 1), (137, 8), (200, 40)] {
            let (after, count) = match kind {
                // The first ones belong to opening, which may fail too.
                "sync" => (after / 20 + 8, count.min(4)),
                // What is left of one short write is written by the next call; that one must fail too.
                "short" => (after, count.max(4)),
                _ => (after, count),
            };
            let name = format!("{kind} after {after} for {count}");
            let path = directory.path().join(format!("{kind}-{after}.db"));
            // Exists before, so that what fails is writing and not the first start.
            SqliteExporter::open(&path).expect("opens").shutdown().expect("shuts down");
            let process = OtherProcess::start(
                "writes_and_says_what_came_of_it",
                &[
                    ("LD_PRELOAD", &library),
                    ("FAULT_PATH", path.file_name().and_then(|name| name.to_str()).expect("UTF-8")),
                    ("FAULT_KIND", kind),
                    ("FAULT_AFTER", &after.to_string()),
                    ("FAULT_COUNT", &count.to_string()),
                    ("STORE_PATH", path.to_str().expect("UTF-8")),
                    ("STORE_SYNCHRONOUS", synchronous),
                    ("STORE_SPANS", &SPANS.to_string()),
                    ("STORE_BATCHES", &BATCHES.to_string()),
                ],
            );
            let outcomes = outcomes(process);
            assert_eq!(outcomes.len(), usize::try_from(BATCHES).expect("few"), "{name}");
            let errors: Vec<&String> = outcomes.iter().filter_map(|(_, error)| error.as_ref()).collect();
            assert!(!errors.is_empty(), "{name}: nothing failed, so nothing was tested");
            for error in errors {
                assert!(error.contains(message) && error.contains(".db"), "{name}: {error}");
            }
            assert_eq!(outcomes.last().expect("some").1, None, "{name}: works again without a restart");
            verify(&path, &outcomes, &name);
        }
    }
}

#[test]
fn a_file_that_may_not_grow_is_an_error_and_stays_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    SqliteExporter::open(&path).expect("opens").shutdown().expect("shuts down");
    // 300 KiB for any file, in blocks of 512 or 1024 bytes; the signal that would end the process is switched off.
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap "" XFSZ; ulimit -f 400; exec "$0" "$@""#]).arg(OtherProcess::program());
    command.arg("writes_and_says_what_came_of_it");
    let variables = [
        ("STORE_PATH", path.to_str().expect("UTF-8")),
        ("STORE_SYNCHRONOUS", "normal"),
        ("STORE_SPANS", &SPANS.to_string()),
        ("STORE_BATCHES", &BATCHES.to_string()),
    ];
    let outcomes = outcomes(OtherProcess::spawn(command, &variables));
    let errors: Vec<&String> = outcomes.iter().filter_map(|(_, error)| error.as_ref()).collect();
    assert!(!errors.is_empty(), "the limit was never met");
    for error in errors {
        assert!(
            error.contains("the system failed to read or write") && error.contains("traces.db"),
            "{error}"
        );
    }
    verify(&path, &outcomes, "limited");
    let exporter = SqliteExporter::open(&path).expect("opens");
    exporter.write(&resource(), numbered_batch(1000, SPANS)).expect("without the limit it goes on");
    let page = Store::open(&path).expect("opens").traces(&TraceFilter::new()).expect("lists");
    assert!(page.traces.iter().any(|row| row.trace_id == trace_id(1000)));
}
