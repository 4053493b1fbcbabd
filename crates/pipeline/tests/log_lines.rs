//! Losses are told in the log, once and not once per span.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use otel_genai_pipeline::{Pipeline, stage};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

#[derive(Debug)]
struct Refusing;

impl SpanExporter for Refusing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("not today".into()))
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("otel_genai") {
            let mut line = Line(format!("{} ", event.metadata().level()));
            event.record(&mut line);
            self.0.lock().expect("no panic").push(line.0);
        }
    }
}

/// The subscriber is the process's: lines come from the pipeline's own threads.
#[test]
fn each_kind_of_loss_is_told_once() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines.clone()))
        .expect("the only one");
    let faulty = stage::each(|span| assert!(span.name() != "bad", "a bad span"));
    let pipeline = Pipeline::builder().stage(faulty).export(Refusing).build().expect("it starts");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    for name in ["good", "bad", "good", "bad", "good"] {
        provider.tracer("test").in_span(name, |_| ());
        let _ = provider.force_flush();
    }
    let _ = provider.shutdown();
    let lines = lines.0.lock().expect("no panic");
    let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("spans could not be exported"), 1, "{lines:?}");
    assert_eq!(count("a stage panicked"), 1, "{lines:?}");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("Refusing") && line.contains("not today")), "{lines:?}");
}
