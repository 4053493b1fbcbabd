//! Metrics over OTLP.

use std::fmt;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use tokio::runtime::Runtime;

use crate::Settings;

/// Starts the provider, if the settings ask for metrics and say where to.
pub(super) fn provider(settings: &Settings, resource: &Resource) -> Result<Option<SdkMeterProvider>, String> {
    if !settings.wants_metrics() {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let exporter = {
        let _entered = runtime.enter();
        settings.metric_exporter().map_err(|error| error.to_string())?
    };
    let exporter = OnOwnRuntime { runtime: Some(runtime), exporter };
    let provider = SdkMeterProvider::builder().with_resource(resource.clone());
    Ok(Some(provider.with_periodic_exporter(exporter).build()))
}

/// An exporter on a runtime of its own, which the SDK's thread drives while it exports: that thread has none.
struct OnOwnRuntime {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    exporter: MetricExporter,
}

impl PushMetricExporter for OnOwnRuntime {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        // What the client traces would be spans, whose export it would trace.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.exporter.export(metrics)),
            None => Ok(()),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

impl Drop for OnOwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A plain drop would wait, which a runtime must not do when the caller is in another one.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for OnOwnRuntime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OnOwnRuntime").field("exporter", &self.exporter).finish_non_exhaustive()
    }
}
