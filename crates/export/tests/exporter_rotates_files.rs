//! A full file is put aside, nothing is lost on the way, and names are in the order of time.

use std::fs;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use futures_executor::block_on;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use otel_genai_export::{JsonLinesExporter, JsonLinesReader};
use otel_genai_pipeline::testing::SpanBuilder;

fn span(number: usize) -> SpanData {
    SpanBuilder::new(format!("span {number}")).build().into_data()
}

fn files(directory: &tempfile::TempDir) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory.path())
        .expect("readable")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> Vec<String> {
    files
        .iter()
        .flat_map(|file| JsonLinesReader::open(file).expect("there"))
        .map(|read| read.expect("valid").span.name.into_owned())
        .collect()
}

#[test]
fn by_size_and_in_order() {
    for name in ["traces.jsonl", "traces.jsonl.zst"] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(name);
        let limit = 1200;
        let exporter = JsonLinesExporter::builder(&path)
            .rotate_size(NonZeroU64::new(limit).expect("not zero"))
            .build()
            .expect("opened");
        for number in 0..20 {
            block_on(exporter.export(vec![span(number)])).expect("exported");
        }
        let files = files(&directory);
        assert!(files.len() > 2, "{files:?}");
        for file in &files {
            assert!(fs::metadata(file).expect("there").len() <= limit, "{file:?}");
        }
        let expected: Vec<String> = (0..20).map(|number| format!("span {number}")).collect();
        assert_eq!(names(&files), expected, "{name}");
        assert_eq!(files.last(), Some(&path), "the running file sorts last");
    }
}

#[test]
fn a_batch_larger_than_the_size_gets_a_file_of_its_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let exporter = JsonLinesExporter::builder(directory.path().join("t.jsonl"))
        .rotate_size(NonZeroU64::MIN)
        .build()
        .expect("opened");
    for number in 0..3 {
        block_on(exporter.export(vec![span(number)])).expect("exported");
    }
    let files = files(&directory);
    assert_eq!(files.len(), 3);
    assert_eq!(names(&files), ["span 0", "span 1", "span 2"]);
}

#[test]
fn by_interval_also_across_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("t.jsonl");
    block_on(JsonLinesExporter::open(&path).expect("opened").export(vec![span(0)])).expect("exported");
    // As if a process had written it two hours ago.
    let file = fs::File::options().write(true).open(&path).expect("there");
    file.set_modified(SystemTime::now() - Duration::from_secs(7200)).expect("settable");
    let exporter =
        JsonLinesExporter::builder(&path).rotate_every(Duration::from_secs(3600)).build().expect("opened");
    block_on(exporter.export(vec![span(1)])).expect("exported");
    let files = files(&directory);
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(names(&files), ["span 0", "span 1"]);
}

#[test]
fn a_file_that_cannot_be_put_aside_is_continued_and_flush_says_so() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("t.jsonl");
    fs::write(directory.path().join(format!("t.{}.jsonl", u64::MAX)), "").expect("writable");
    let exporter = JsonLinesExporter::builder(&path).rotate_size(NonZeroU64::MIN).build().expect("opened");
    for number in 0..2 {
        block_on(exporter.export(vec![span(number)])).expect("a rotation that fails loses no span");
    }
    let error = exporter.force_flush().expect_err("it is reported here").to_string();
    assert!(error.contains("cannot put aside") && error.contains("t.jsonl"), "{error}");
    exporter.force_flush().expect("it is reported once");
    assert_eq!(names(&[path]), ["span 0", "span 1"]);
}
