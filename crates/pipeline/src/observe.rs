//! The counts as OpenTelemetry metrics.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::pipeline::PipelineHandle;

/// The unit of counts of spans, as UCUM annotates it.
const SPAN: &str = "{span}";

impl PipelineHandle {
    /// Makes instruments of the counts, which are read whenever the meter's provider collects.
    ///
    /// | instrument | kind | attributes |
    /// | --- | --- | --- |
    /// | `otel_genai.pipeline.received` | counter of spans | |
    /// | `otel_genai.pipeline.dropped` | counter of spans | `otel_genai.stage`, `otel_genai.reason`; of stage `pipeline` also `queue_full`, `after_shutdown` |
    /// | `otel_genai.pipeline.waiting` | gauge of spans | `otel_genai.state`: `queued`, `in_worker`, `pending`, `held` |
    /// | `otel_genai.pipeline.open_traces` | gauge of traces | |
    /// | `otel_genai.exporter.spans` | counter of spans | `otel_genai.exporter`, `otel_genai.outcome`: `exported`, `failed`, `queue_full` |
    /// | `otel_genai.exporter.queued` | gauge of spans | `otel_genai.exporter` |
    /// | `otel_genai.exporter.p99` | gauge of seconds | `otel_genai.exporter` |
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::metrics::MeterProvider;
    /// use opentelemetry_sdk::metrics::SdkMeterProvider;
    /// use otel_genai_pipeline::Pipeline;
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let metrics = SdkMeterProvider::builder().build();
    /// pipeline.handle().observe(&metrics.meter("my-agent"));
    /// # Ok::<_, otel_genai_pipeline::BuildError>(())
    /// ```
    pub fn observe(&self, meter: &Meter) {
        self.observe_spans(meter);
        self.observe_exporters(meter);
    }

    fn observe_spans(&self, meter: &Meter) {
        let handle = self.clone();
        let received = meter.u64_observable_counter("otel_genai.pipeline.received").with_unit(SPAN);
        received.with_callback(move |observer| observer.observe(handle.stats().received, &[])).build();
        let handle = self.clone();
        let dropped = meter.u64_observable_counter("otel_genai.pipeline.dropped").with_unit(SPAN);
        dropped
            .with_callback(move |observer| {
                let stats = handle.stats();
                let observe = |stage: String, reason: &'static str, spans: u64| {
                    let attributes = [
                        KeyValue::new("otel_genai.stage", stage),
                        KeyValue::new("otel_genai.reason", reason),
                    ];
                    observer.observe(spans, &attributes);
                };
                observe("pipeline".into(), "queue_full", stats.queue_full);
                observe("pipeline".into(), "after_shutdown", stats.after_shutdown);
                for dropped in stats.dropped {
                    observe(dropped.stage.into_owned(), dropped.reason, dropped.spans);
                }
            })
            .build();
        let handle = self.clone();
        let waiting = meter.u64_observable_gauge("otel_genai.pipeline.waiting").with_unit(SPAN);
        waiting
            .with_callback(move |observer| {
                let stats = handle.stats();
                for (state, spans) in [
                    ("queued", stats.queued),
                    ("in_worker", stats.in_worker),
                    ("pending", stats.pending),
                    ("held", stats.held),
                ] {
                    observer.observe(spans, &[KeyValue::new("otel_genai.state", state)]);
                }
            })
            .build();
        let handle = self.clone();
        let traces = meter.u64_observable_gauge("otel_genai.pipeline.open_traces").with_unit("{trace}");
        traces
            .with_callback(move |observer| observer.observe(handle.stats().open_traces as u64, &[]))
            .build();
    }

    fn observe_exporters(&self, meter: &Meter) {
        let name =
            |name: std::borrow::Cow<'static, str>| KeyValue::new("otel_genai.exporter", name.into_owned());
        let handle = self.clone();
        let spans = meter.u64_observable_counter("otel_genai.exporter.spans").with_unit(SPAN);
        spans
            .with_callback(move |observer| {
                for exporter in handle.stats().exporters {
                    let outcomes = [
                        ("exported", exporter.exported),
                        ("failed", exporter.failed),
                        ("queue_full", exporter.queue_full),
                    ];
                    for (outcome, spans) in outcomes {
                        let outcome = KeyValue::new("otel_genai.outcome", outcome);
                        observer.observe(spans, &[name(exporter.name.clone()), outcome]);
                    }
                }
            })
            .build();
        let handle = self.clone();
        let queued = meter.u64_observable_gauge("otel_genai.exporter.queued").with_unit(SPAN);
        queued
            .with_callback(move |observer| {
                for exporter in handle.stats().exporters {
                    observer.observe(exporter.queued, &[name(exporter.name)]);
                }
            })
            .build();
        let handle = self.clone();
        let p99 = meter.f64_observable_gauge("otel_genai.exporter.p99").with_unit("s");
        p99.with_callback(move |observer| {
            for exporter in handle.stats().exporters {
                if let Some(p99) = exporter.export_p99 {
                    observer.observe(p99.as_secs_f64(), &[name(exporter.name)]);
                }
            }
        })
        .build();
    }
}
