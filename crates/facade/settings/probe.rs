//! Whether the receivers that the settings name can be reached.

use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::SpanExporter as _;

use super::error::SettingsError;
use super::{Settings, keys, otlp};

/// What became of an empty export to one receiver.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Probe {
    /// The section of the exporter, such as `export.otlp`.
    pub exporter: &'static str,
    /// What the receiver or the network said against it.
    pub result: Result<(), String>,
}

impl Settings {
    /// Sends a real request without spans to every receiver over the network that the settings name, and waits for the
    /// answers; for `otel-genai doctor` and for readiness checks.
    ///
    /// Not to be called from async code: it runs the exporter on a runtime of its own and blocks for up to
    /// `export.otlp.timeout`.
    ///
    /// # Errors
    ///
    /// When the settings do not go together. That a receiver does not answer is a result.
    pub fn probe_exporters(&self) -> Result<Vec<Probe>, SettingsError> {
        let settings = self.resolved()?;
        let Some(values) = settings.values.otlp else { return Ok(Vec::new()) };
        // A thread of its own, where no runtime is, whoever calls.
        let probe = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(async {
                let exporter = otlp::exporter(&values).map_err(|error| error.to_string())?;
                exporter.export(Vec::new()).await.map_err(|error| match error {
                    OTelSdkError::InternalFailure(message) => message,
                    other => other.to_string(),
                })
            })
        });
        let result = probe.join().unwrap_or_else(|_| Err("the exporter panicked".into()));
        Ok(vec![Probe { exporter: keys::OTLP, result }])
    }
}
