//! With a subscriber that records everything, exporting must not trace itself: one span in, one span out.

mod support;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai_pipeline::Pipeline;
use tracing_subscriber::layer::SubscriberExt;

#[test]
fn one_application_span_is_one_exported_span() {
    let receiver = support::Receiver::start();
    let (grpc, http) = (format!("http://{}", receiver.grpc), format!("http://{}/v1/traces", receiver.http));
    let pipeline = Pipeline::builder()
        .export_with(move || SpanExporter::builder().with_tonic().with_endpoint(grpc).build())
        .export_with(move || {
            let client = reqwest::Client::new();
            SpanExporter::builder().with_http().with_http_client(client).with_endpoint(http).build()
        })
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // No filter: TRACE level, of every crate, HTTP/2 and gRPC included.
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).expect("the first");
    tracing::trace_span!("the only one").in_scope(|| ());
    for _ in 0..5 {
        provider.force_flush().expect("flushes");
    }
    provider.shutdown().expect("shuts down");
    let names: Vec<_> = receiver.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["the only one"; 2], "once through each exporter; {}", handle.stats());
}
