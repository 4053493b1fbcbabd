//! When a stream's chunks came stands on the span of its call, also when the stream was dropped in the middle.

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Array, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_record::StreamTimer;
use tracing_subscriber::layer::SubscriberExt;

/// Times a stream of so many chunks and returns the span of its call.
fn timed(chunks: usize) -> Span {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder().export(exporter.clone()).build().expect("builds");
    let tracers = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let layer = tracing_opentelemetry::layer().with_tracer(tracers.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let span = tracing::info_span!("chat", gen_ai.operation.name = "chat");
        let mut timer = StreamTimer::start(&span);
        (0..chunks).for_each(|_| timer.chunk());
    });
    tracers.force_flush().expect("flushes");
    let span = exporter.get_finished_spans().expect("kept").remove(0);
    tracers.shutdown().expect("shuts down");
    Span::from(span)
}

#[test]
fn chunks_are_timed_on_the_span() {
    for (chunks, first, gaps) in [(0, false, None), (1, true, None), (4, true, Some(3))] {
        let span = timed(chunks);
        let to_first = span.get("gen_ai.response.time_to_first_chunk");
        assert_eq!(matches!(to_first, Some(Value::F64(seconds)) if *seconds >= 0.0), first, "{chunks}");
        let between = span.get("otel_genai.response.time_per_output_chunk").map(|between| match between {
            Value::Array(Array::F64(between)) => between.len(),
            other => panic!("{other:?}"),
        });
        assert_eq!(between, gaps, "{chunks}");
    }
}
