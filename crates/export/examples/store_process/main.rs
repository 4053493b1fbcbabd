//! What the tests of the store start as processes of their own: the first argument says what to do, environment variables
//! say where.

// The tests build the same spans.
#[path = "../../tests/sample_runs/mod.rs"]
mod sample_runs;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_executor::block_on;
use opentelemetry_sdk::trace::SpanExporter;
use otel_genai_export::store::{SqliteExporter, StoreProblem, Synchronous};
use sample_runs::{build, call, exporter, numbered_batch, released_content, resource, say, store};

fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    match what.as_str() {
        "opens_and_writes_when_told" => opens_and_writes_when_told(),
        "opens_when_told" => opens_when_told(),
        "writes_batches" => writes_batches(),
        "writes_a_trace_without_root" => writes_a_trace_without_root(),
        "writes_and_says_what_came_of_it" => writes_and_says_what_came_of_it(),
        "writes_until_it_is_killed" => writes_until_it_is_killed(),
        "makes_a_released_file" => makes_a_released_file(),
        other => panic!("nothing here is called {other:?}"),
    }
}

fn variable<T: FromStr>(name: &str) -> T {
    let text = std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    text.parse().unwrap_or_else(|_| panic!("{name} cannot be {text:?}"))
}

/// Waits until the file `go` lies beside the store, so that many begin at the same moment.
fn wait_for_go() -> PathBuf {
    let path: PathBuf = variable("STORE_PATH");
    say("ready");
    while !path.with_file_name("go").exists() {
        std::thread::yield_now();
    }
    path
}

fn opens_and_writes_when_told() {
    let path = wait_for_go();
    let number: u128 = variable("STORE_NUMBER");
    exporter(&path).write(&resource(), numbered_batch(number + 1, 3)).expect("writes");
}

fn opens_when_told() {
    let path = wait_for_go();
    loop {
        match store(&path) {
            Ok(store) => {
                store.statistics().expect("reads");
                return;
            }
            Err(error) => {
                let is_expected = matches!(error.problem(), StoreProblem::NotFound | StoreProblem::Empty);
                assert!(is_expected, "{error}");
            }
        }
    }
}

/// `STORE_BATCHES` of them, or as many as come in `STORE_SECONDS`, ten a second.
fn writes_batches() {
    let first: u128 = variable("STORE_FIRST");
    let (count, spans) = (variable::<u128>("STORE_BATCHES"), variable("STORE_SPANS"));
    let seconds: u64 = variable("STORE_SECONDS");
    let path: PathBuf = variable("STORE_PATH");
    let exporter = SqliteExporter::open(&path).expect("opens");
    say("open");
    // Whoever reads meanwhile says when it has read enough, and may never come to it.
    let is_enough =
        |written| written >= count && (path.with_file_name("enough").exists() || written >= 100 * count);
    let (start, mut written) = (Instant::now(), 0);
    while if seconds == 0 { !is_enough(written) } else { start.elapsed().as_secs() < seconds } {
        written += 1;
        let counts = exporter.write(&resource(), numbered_batch(first + written, spans)).expect("writes");
        assert_eq!((counts.stored, counts.repeated), (spans, 0));
        if seconds > 0 {
            let due = Duration::from_millis(100 * u64::try_from(written).unwrap_or(u64::MAX));
            std::thread::sleep(due.saturating_sub(start.elapsed()));
        }
    }
    exporter.shutdown().expect("shuts down");
    say(&written.to_string());
}

fn writes_a_trace_without_root() {
    let exporter = SqliteExporter::open(variable::<PathBuf>("STORE_PATH")).expect("opens");
    exporter.write(&resource(), build([call(2, 2, 0, "o3")])).expect("writes");
    say("written");
    loop {
        std::thread::park();
    }
}

fn writes_and_says_what_came_of_it() {
    let synchronous = match variable::<String>("STORE_SYNCHRONOUS").as_str() {
        "full" => Synchronous::Full,
        _ => Synchronous::Normal,
    };
    let (count, spans) = (variable::<u128>("STORE_BATCHES"), variable("STORE_SPANS"));
    let builder = SqliteExporter::builder(variable::<PathBuf>("STORE_PATH")).synchronous(synchronous);
    let mut exporter = builder.build().expect("opens");
    exporter.set_resource(&resource());
    for number in 1..=count {
        let result = block_on(exporter.export(numbered_batch(number, spans)));
        say(&format!("{number} {}", result.map_or_else(|error| error.to_string(), |()| "ok".to_owned())));
    }
    // The file's own end may fail where it may not grow.
    let _ = exporter.shutdown();
}

fn writes_until_it_is_killed() {
    let (first, spans) = (variable::<u128>("STORE_FIRST"), variable("STORE_SPANS"));
    let exporter =
        SqliteExporter::open(variable::<PathBuf>("STORE_PATH")).expect("starts on what the last one left");
    for number in first + 1.. {
        exporter.write(&resource(), numbered_batch(number, spans)).expect("writes");
        say(&number.to_string());
    }
}

/// Makes the file of the newest schema that `store_migrates` reads ever after.
fn makes_a_released_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    for spans in released_content() {
        exporter.write(&resource(), spans).expect("writes");
    }
    drop(exporter);
    let opened = otel_genai_export::store::Store::open(&path).expect("opens");
    let schema = opened.statistics().expect("reads").schema;
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/store_{schema}.db.zst"));
    assert!(!archive.exists(), "{} is released and is never made again", archive.display());
    let bytes = std::fs::read(&path).expect("reads");
    std::fs::write(archive, zstd::encode_all(bytes.as_slice(), 19).expect("compresses")).expect("writes");
}
