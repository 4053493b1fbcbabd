//! What operators see of a pipeline: its health, its counts as JSON and as metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use otel_genai_pipeline::{Pipeline, PipelineHandle, Unhealthy, stage};

/// Fails as long as it is told to.
#[derive(Clone, Debug, Default)]
struct Moody {
    is_failing: Arc<AtomicBool>,
}

impl SpanExporter for Moody {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        match self.is_failing.load(Ordering::Relaxed) {
            true => Err(OTelSdkError::InternalFailure("not today".into())),
            false => Ok(()),
        }
    }
}

fn start(exporter: Moody) -> (SdkTracerProvider, PipelineHandle) {
    let drop_debris = stage::filter("debris", |span| span.name() != "debris");
    let pipeline = Pipeline::builder().stage(drop_debris).export(exporter).build().expect("it starts");
    let handle = pipeline.handle();
    (SdkTracerProvider::builder().with_span_processor(pipeline).build(), handle)
}

fn end_span(provider: &SdkTracerProvider, name: &'static str) {
    provider.tracer("test").in_span(name, |_| ());
    let _ = provider.force_flush();
}

#[test]
fn health_is_what_holds_now() {
    let exporter = Moody::default();
    let (provider, handle) = start(exporter.clone());
    assert!(handle.is_healthy());
    exporter.is_failing.store(true, Ordering::Relaxed);
    end_span(&provider, "lost");
    let Err(Unhealthy::ExporterFails { exporter: name, error }) = handle.health() else {
        panic!("{:?}", handle.health());
    };
    assert!(name == "Moody" && error.contains("not today"), "{name} {error}");
    exporter.is_failing.store(false, Ordering::Relaxed);
    end_span(&provider, "exported");
    assert_eq!(handle.health(), Ok(()), "past losses are in the counts");
    assert_eq!(handle.stats().exporters[0].failed, 1);
    provider.shutdown().expect("it ends");
    assert_eq!(handle.health(), Err(Unhealthy::Ended));
}

#[test]
fn a_full_queue_is_not_healthy() {
    let ((entered, has_entered), (gate, closed_gate)) = (channel(), channel::<()>());
    let slow = stage::each(move |_| {
        let _ = entered.send(());
        // Until the other end is dropped.
        let _ = closed_gate.recv();
    });
    let pipeline = Pipeline::builder().stage(slow).queue(10, 1 << 20).build().expect("it starts");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let tracer = provider.tracer("test");
    tracer.in_span("first", |_| ());
    let flush = std::thread::spawn({
        let handle = handle.clone();
        move || handle.force_flush()
    });
    has_entered.recv().expect("the worker is in the stage");
    assert_eq!(handle.health(), Ok(()));
    (0..10).for_each(|_| tracer.in_span("waiting", |_| ()));
    assert_eq!(handle.health(), Err(Unhealthy::QueueFull { queued: 10 }));
    drop(gate);
    flush.join().expect("no panic").expect("flushed");
    provider.force_flush().expect("flushed");
    assert_eq!(handle.health(), Ok(()));
}

#[test]
fn counts_are_json_under_their_names() {
    let exporter = Moody::default();
    let (provider, handle) = start(exporter);
    end_span(&provider, "exported");
    end_span(&provider, "debris");
    let json = serde_json::to_value(handle.stats()).expect("JSON");
    assert_eq!(json["received"], 2);
    assert_eq!(json["dropped"][0]["reason"], "debris");
    assert_eq!(json["exporters"][0]["name"], "Moody");
    assert_eq!(json["exporters"][0]["exported"], 1);
    assert!(json["exporters"][0]["export_p99"]["nanos"].is_u64());
}

#[test]
fn counts_are_metrics() {
    let (provider, handle) = start(Moody::default());
    let exporter = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    handle.observe(&meters.meter("test"));
    for name in ["exported", "exported", "debris"] {
        end_span(&provider, name);
    }
    meters.force_flush().expect("in memory");
    let mut seen = Vec::new();
    for metrics in exporter.get_finished_metrics().expect("in memory") {
        for metric in metrics.scope_metrics().flat_map(ScopeMetrics::metrics) {
            let mut note = |value: u64, attributes: Vec<String>| {
                if value > 0 {
                    seen.push(format!("{} {value} {}", metric.name(), attributes.join(" ")));
                }
            };
            // In an order that is not the attributes', which is not defined.
            let text = |attributes: Vec<&opentelemetry::KeyValue>| {
                let mut values: Vec<_> =
                    attributes.into_iter().map(|attribute| attribute.value.to_string()).collect();
                values.sort();
                values
            };
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    sum.data_points()
                        .for_each(|point| note(point.value(), text(point.attributes().collect())));
                }
                AggregatedMetrics::U64(MetricData::Gauge(gauge)) => {
                    gauge
                        .data_points()
                        .for_each(|point| note(point.value(), text(point.attributes().collect())));
                }
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    gauge.data_points().for_each(|point| note(1, text(point.attributes().collect())));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    seen.sort();
    let stage = handle.stats().dropped[0].stage.clone();
    let expected = [
        "otel_genai.exporter.p99 1 Moody".to_owned(),
        "otel_genai.exporter.spans 2 Moody exported".to_owned(),
        format!("otel_genai.pipeline.dropped 1 {stage} debris"),
        "otel_genai.pipeline.received 3 ".to_owned(),
    ];
    assert_eq!(seen, expected);
}
