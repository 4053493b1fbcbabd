//! The exporter under the SDK: resource, flush, shutdown.
#![cfg(feature = "sqlite")]

use futures_executor::block_on;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter};
use otel_genai_export::store::{SqliteExporter, Store, TraceFilter};
use sample_runs::{numbered_batch, resource};

mod sample_runs;

#[test]
fn the_providers_resource_is_stored() {
    let directory = tempfile::tempdir().expect("a directory");
    // Directories above it are created.
    let path = directory.path().join("runs/of/today/traces.db");
    let provider = SdkTracerProvider::builder()
        .with_resource(resource())
        .with_batch_exporter(SqliteExporter::open(&path).expect("opens"))
        .build();
    provider.tracer("agent").in_span("chat", |_| ());
    provider.shutdown().expect("shuts down");
    let store = Store::open(&path).expect("opens");
    let traces: Vec<_> = store.stored_traces(TraceFilter::new()).collect::<Result<_, _>>().expect("reads");
    assert_eq!(traces.len(), 1);
    assert_eq!(*traces[0].spans[0].resource, resource());
    assert_eq!(traces[0].spans[0].span.instrumentation_scope.name(), "agent");
}

#[test]
fn a_flush_moves_everything_into_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    for number in 1..=20 {
        block_on(exporter.export(numbered_batch(number, 5))).expect("exports");
    }
    exporter.force_flush().expect("flushes");
    // Without its log.
    let copy = directory.path().join("copy.db");
    std::fs::copy(&path, &copy).expect("copies");
    assert_eq!(Store::open(&copy).expect("opens").statistics().expect("reads").spans, 100);
}

#[test]
fn after_shutdown_there_is_no_export() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    block_on(exporter.export(Vec::new())).expect("nothing is fine");
    exporter.shutdown().expect("shuts down");
    assert!(matches!(block_on(exporter.export(numbered_batch(1, 2))), Err(OTelSdkError::AlreadyShutdown)));
    assert!(matches!(exporter.force_flush(), Err(OTelSdkError::AlreadyShutdown)));
    assert!(matches!(exporter.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    // The last one out leaves one file.
    let names: Vec<_> = std::fs::read_dir(directory.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["traces.db"]);
}
