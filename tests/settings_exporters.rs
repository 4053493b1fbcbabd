//! The exporters that settings ask for are the ones that run.

use std::path::Path;

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai::{JsonLinesReader, Settings};

/// Runs one program with these settings, in which spans of these names end.
fn run(settings: &Settings, names: &[&'static str]) {
    let pipeline = settings.pipeline().expect("valid").build().expect("the exporters can be built");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    for name in names {
        provider.tracer("test").in_span(*name, |_| ());
        provider.force_flush().expect("exported");
    }
    provider.shutdown().expect("exported");
}

fn names(path: &Path) -> Vec<String> {
    let reader = JsonLinesReader::open(path).expect("there");
    reader.map(|read| read.expect("readable").span.name.into_owned()).collect()
}

fn json_lines(path: &Path, more: &str) -> Settings {
    let mut settings =
        Settings::from_toml_str(&format!("[export.jsonl]\npath = ''' '''\n{more}")).expect("valid");
    settings.set("export.jsonl.path", path.to_str().expect("UTF-8")).expect("a path");
    settings
}

#[test]
fn a_file_is_continued_or_emptied() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sub/traces.jsonl");
    run(&json_lines(&path, ""), &["first"]);
    run(&json_lines(&path, "fsync = true"), &["second"]);
    assert_eq!(names(&path), ["first", "second"]);
    run(&json_lines(&path, "truncate = true"), &["third"]);
    assert_eq!(names(&path), ["third"]);
}

#[test]
fn a_file_is_compressed_as_the_settings_say_or_else_its_extension() {
    let directory = tempfile::tempdir().expect("a directory");
    let cases: [(&str, &str, &[u8]); 5] = [
        ("plain.jsonl", "", b"{"),
        ("named.jsonl.gz", "", &[0x1f, 0x8b]),
        ("gzip.jsonl", "compress = 'gzip'", &[0x1f, 0x8b]),
        ("zstd.jsonl", "compress = 'zstd'", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("plain.gz", "compress = 'none'", b"{"),
    ];
    for (name, more, magic) in cases {
        let path = directory.path().join(name);
        run(&json_lines(&path, more), &["span"]);
        let bytes = std::fs::read(&path).expect("there");
        assert!(bytes.starts_with(magic), "{name}: {:?}", &bytes[..4]);
        assert_eq!(names(&path), ["span"], "{name}");
    }
}

#[test]
fn a_full_file_is_put_aside() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.jsonl");
    run(&json_lines(&path, "rotate_size = 1"), &["first", "second"]);
    assert_eq!(names(&directory.path().join("traces.000001.jsonl")), ["first"]);
    assert_eq!(names(&path), ["second"]);
}

#[test]
fn nothing_is_created_before_the_pipeline_is_built() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.jsonl");
    let settings = json_lines(&path, "");
    let builder = settings.pipeline().expect("valid");
    assert!(!path.exists());
    drop(builder.build().expect("it can be created"));
    assert!(path.exists());
}

#[test]
fn an_exporter_that_cannot_be_built_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let settings = json_lines(directory.path(), "");
    let error = settings.pipeline().expect("valid").build().expect_err("it is a directory");
    assert!(
        error.to_string().starts_with("exporter 1 could not be built: [export.jsonl]: cannot "),
        "{error}"
    );
}

#[test]
fn the_console_is_one_of_them() {
    let settings = Settings::from_toml_str("[export.console]\nverbose = true").expect("valid");
    let pipeline = settings.pipeline().expect("valid").build().expect("always possible");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    provider.tracer("test").in_span("span", |_| ());
    provider.shutdown().expect("exported");
    let [console] = &handle.stats().exporters[..] else { panic!("one exporter") };
    assert_eq!((&*console.name, console.exported), ("ConsoleExporter", 1));
}
