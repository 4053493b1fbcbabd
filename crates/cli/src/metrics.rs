//! The gen_ai metrics of recorded calls, as one line of OTLP/JSON.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};

use crate::arguments::Stream;
use crate::output::Output;

/// Meters while spans are processed, and writes what was metered at the end.
pub(crate) struct MetricsFile {
    provider: SdkMeterProvider,
    latest: Latest,
    output: Output,
}

/// The latest export. It is cumulative, so it is all there is to say.
#[derive(Clone, Debug, Default)]
struct Latest(Arc<Mutex<Option<ExportMetricsServiceRequest>>>);

impl MetricsFile {
    /// Creates the file, so that one that cannot be written is known before the work.
    pub(crate) fn create(output: &Stream, replaces: bool) -> io::Result<Self> {
        let output = Output::create(output, replaces)?;
        let latest = Latest::default();
        let provider = SdkMeterProvider::builder().with_periodic_exporter(latest.clone()).build();
        Ok(Self { provider, latest, output })
    }

    pub(crate) fn provider(&self) -> &SdkMeterProvider {
        &self.provider
    }

    /// Writes what was metered.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.provider.force_flush().map_err(io::Error::other)?;
        let request = self.latest.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(request) = request {
            serde_json::to_writer(&mut self.output, &request)?;
            self.output.write_all(b"\n")?;
        }
        self.output.finish()?;
        self.provider.shutdown().map_err(io::Error::other)
    }
}

impl PushMetricExporter for Latest {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(metrics.into());
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
