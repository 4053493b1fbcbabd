//! What [`init`](crate::init) needs to know.

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use otel_genai_record::Propagation;
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::Settings;
use super::error::{Place, SettingsError, SettingsErrorKind};
use super::keys;

const PROPAGATORS: &str = "OTEL_PROPAGATORS";

impl Settings {
    /// Tells whether anything is to be observed: `enabled`, else whether `OTEL_SDK_DISABLED` is not `true`.
    pub fn is_enabled(&self) -> bool {
        let is_disabled = || {
            std::env::var("OTEL_SDK_DISABLED").is_ok_and(|value| value.trim().eq_ignore_ascii_case("true"))
        };
        self.values.enabled.unwrap_or_else(|| !is_disabled())
    }

    /// Makes the propagator that the settings ask for: W3C trace context, and baggage by the two lists of `[context]`.
    ///
    /// `OTEL_PROPAGATORS` chooses among `tracecontext` and `baggage`; `None` if it is `none`.
    ///
    /// # Errors
    ///
    /// When a name in the lists cannot be, or the variable asks for another propagator.
    pub fn propagator(&self) -> Result<Option<TextMapCompositePropagator>, SettingsError> {
        let chosen = std::env::var(PROPAGATORS).unwrap_or_default();
        let chosen: Vec<&str> = chosen.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if let Some(unknown) = chosen.iter().find(|name| !["tracecontext", "baggage", "none"].contains(*name))
        {
            let message =
                format!("{unknown:?}: expected a list of \"tracecontext\" and \"baggage\", or \"none\"");
            let place = Some(Place::Variable(PROPAGATORS.to_owned()));
            return Err(
                SettingsError::new(SettingsErrorKind::WrongValue, Some(PROPAGATORS), message).at(place)
            );
        }
        let baggage = self.baggage()?;
        if chosen.contains(&"none") {
            return Ok(None);
        }
        let wants = |name| chosen.is_empty() || chosen.contains(&name);
        let mut propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>> = Vec::new();
        if wants("tracecontext") {
            propagators.push(Box::new(TraceContextPropagator::new()));
        }
        if wants("baggage") {
            propagators.push(Box::new(baggage));
        }
        Ok(Some(TextMapCompositePropagator::new(propagators)))
    }

    fn baggage(&self) -> Result<Propagation, SettingsError> {
        let context = &self.values.context;
        let wrong = |key: &str, error: &dyn std::fmt::Display| {
            SettingsError::new(SettingsErrorKind::WrongValue, Some(key), format!("`{key}`: {error}"))
                .at(self.place(key))
        };
        let believe = Propagation::builder().believe(context.inbound_baggage.iter().cloned());
        believe.clone().build().map_err(|error| wrong(keys::INBOUND_BAGGAGE, &error))?;
        let both = believe.send(context.outbound_baggage.iter().cloned());
        both.build().map_err(|error| wrong(keys::OUTBOUND_BAGGAGE, &error))
    }

    pub(crate) fn service_name(&self) -> Option<&str> {
        self.values.service.name.as_deref()
    }

    /// Returns which spans and events are recorded.
    pub(crate) fn targets(&self) -> Targets {
        // The key has taken only what can be read.
        let filter = self.values.filter.as_deref().and_then(|filter| filter.parse().ok());
        filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
    }

    /// Tells whether metrics are wanted and there is somewhere to export them to.
    #[cfg(feature = "otlp")]
    pub(crate) fn wants_metrics(&self) -> bool {
        self.values.metrics.enabled != Some(false) && self.values.otlp.is_some()
    }

    /// Builds the exporter of metrics; to be called on the runtime that is to serve it.
    #[cfg(feature = "otlp")]
    pub(crate) fn metric_exporter(
        &self,
    ) -> Result<opentelemetry_otlp::MetricExporter, Box<dyn std::error::Error>> {
        super::otlp::metric_exporter(&self.values.otlp.clone().unwrap_or_default())
    }
}
