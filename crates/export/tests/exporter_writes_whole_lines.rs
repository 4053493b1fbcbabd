//! The exporter's file holds whole lines, whatever was in it before and whatever fails.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_executor::block_on;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use otel_genai_export::{Compression, JsonLinesExporter, JsonLinesReader};
use otel_genai_pipeline::testing::SpanBuilder;

const NAMES: [&str; 3] = ["traces.jsonl", "traces.jsonl.gz", "traces.jsonl.zst"];

fn span(name: &'static str) -> SpanData {
    SpanBuilder::new(name).build().into_data()
}

/// The names of the spans in a file, or the reason why one could not be read.
fn names_in(path: &Path) -> Vec<Result<String, String>> {
    JsonLinesReader::open(path)
        .expect("the file is there")
        .map(|read| read.map(|read| read.span.name.into_owned()).map_err(|error| error.to_string()))
        .collect()
}

fn export(exporter: &JsonLinesExporter, names: &[&'static str]) {
    block_on(exporter.export(names.iter().copied().map(span).collect())).expect("exported");
}

#[test]
fn directories_are_created_and_files_continued() {
    for name in NAMES {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a/b").join(name);
        for round in [["one", "two"], ["three", "four"]] {
            let exporter = JsonLinesExporter::open(&path).expect("opened");
            export(&exporter, &round);
            exporter.shutdown().expect("nothing failed");
        }
        let expected = ["one", "two", "three", "four"].map(|name| Ok(name.to_owned()));
        assert_eq!(names_in(&path), expected, "{name}");
        assert_eq!(fs::read_dir(directory.path().join("a/b")).expect("readable").count(), 1);
    }
}

#[test]
fn truncate_empties_the_file_once() {
    for name in NAMES {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(name);
        export(&JsonLinesExporter::open(&path).expect("opened"), &["old"]);
        let exporter = JsonLinesExporter::builder(&path).truncate(true).fsync(true).build().expect("opened");
        export(&exporter, &["new"]);
        export(&exporter, &["newer"]);
        assert_eq!(names_in(&path), [Ok("new".to_owned()), Ok("newer".to_owned())], "{name}");
    }
}

#[test]
fn the_compression_can_be_chosen_against_the_extension() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.jsonl");
    let exporter = JsonLinesExporter::builder(&path).compress(Compression::Zstd).build().expect("opened");
    export(&exporter, &["s"]);
    assert_eq!(names_in(&path), [Ok("s".to_owned())]);
    assert!(fs::read(&path).expect("readable").starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    drop(exporter);
    let error =
        JsonLinesExporter::open(&path).expect_err("plain text after zstd could not be read").to_string();
    assert!(error.contains("traces.jsonl") && error.contains("zstd"), "{error}");
}

#[test]
fn a_torn_last_line_is_kept_and_not_glued_to_the_next() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.jsonl");
    fs::write(&path, "{\"resourceSpans\":[{\"sco").expect("writable");
    export(&JsonLinesExporter::open(&path).expect("opened"), &["s"]);
    let names = names_in(&path);
    let [Err(torn), Ok(name)] = names.as_slice() else { panic!("{names:?}") };
    assert!(torn.contains("traces.jsonl:1:"), "{torn}");
    assert_eq!(name, "s");
    assert!(fs::read_to_string(&path).expect("text").starts_with("{\"resourceSpans\":[{\"sco\n{"));
}

#[test]
fn a_torn_compressed_file_is_put_aside() {
    for name in ["traces.jsonl.gz", "traces.jsonl.zst"] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(name);
        let exporter = JsonLinesExporter::open(&path).expect("opened");
        export(&exporter, &["whole"]);
        let whole = fs::metadata(&path).expect("there").len();
        export(&exporter, &["torn"]);
        drop(exporter);
        let bytes = fs::read(&path).expect("readable");
        fs::write(&path, &bytes[..(usize::try_from(whole).expect("small") + bytes.len()) / 2])
            .expect("writable");
        export(&JsonLinesExporter::open(&path).expect("opened"), &["new"]);
        assert_eq!(names_in(&path), [Ok("new".to_owned())], "{name}");
        let aside = directory.path().join(name.replace("traces.", "traces.000001."));
        let names = names_in(&aside);
        assert_eq!(names.first(), Some(&Ok("whole".to_owned())), "{name}");
        assert!(names.last().is_some_and(Result::is_err), "{name}: {names:?}");
    }
}

#[test]
fn a_file_without_a_last_newline_inside_its_compression_is_continued() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.jsonl.zst");
    fs::write(&path, zstd::encode_all("not json".as_bytes(), 0).expect("fits")).expect("writable");
    export(&JsonLinesExporter::open(&path).expect("opened"), &["s"]);
    let names = names_in(&path);
    assert!(matches!(names.as_slice(), [Err(_), Ok(name)] if name == "s"), "{names:?}");
}

#[test]
fn each_batch_takes_the_resource_that_was_set_last() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.jsonl");
    let mut exporter = JsonLinesExporter::open(&path).expect("opened");
    for service in ["a", "b"] {
        exporter.set_resource(&Resource::builder_empty().with_service_name(service).build());
        export(&exporter, &["s"]);
    }
    let services: Vec<String> = JsonLinesReader::open(&path)
        .expect("there")
        .map(|read| read.expect("valid").resource.get(&"service.name".into()).expect("set").to_string())
        .collect();
    assert_eq!(services, ["a", "b"]);
}

#[test]
fn an_empty_batch_writes_nothing_and_shutdown_ends_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.jsonl");
    let exporter = JsonLinesExporter::open(&path).expect("opened");
    export(&exporter, &[]);
    assert_eq!(fs::metadata(&path).expect("created").len(), 0);
    exporter.force_flush().expect("nothing failed");
    exporter.shutdown_with_timeout(Duration::from_secs(1)).expect("nothing failed");
    assert!(matches!(block_on(exporter.export(vec![span("late")])), Err(OTelSdkError::AlreadyShutdown)));
    assert!(matches!(exporter.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    assert!(matches!(exporter.force_flush(), Err(OTelSdkError::AlreadyShutdown)));
}

#[test]
fn a_path_that_cannot_be_opened_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let blocker = directory.path().join("file");
    fs::write(&blocker, "").expect("writable");
    let path = blocker.join("traces.jsonl");
    let error = JsonLinesExporter::open(&path).expect_err("its parent is a file");
    assert_eq!(error.path(), path);
    assert!(error.to_string().starts_with("cannot create the directory of \""), "{error}");
}

/// `/dev/full` takes nothing, like a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_file_and_the_next_batch_is_tried() {
    let exporter = JsonLinesExporter::open("/dev/full").expect("opens");
    for _ in 0..2 {
        let error = block_on(exporter.export(vec![span("s")])).expect_err("full").to_string();
        assert!(error.contains("cannot write to \"/dev/full\""), "{error}");
    }
    exporter.shutdown().expect("there is nothing to make durable");
}
