//! What runs while the guard lives.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracerProvider, TracerProviderBuilder};
use otel_genai_pipeline::{PipelineBuilder, PipelineHandle};
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::error::InitError;
use crate::Settings;
use crate::settings::Head;

/// How many attributes a span may have. The SDK's 128 is too few for libraries that write every message as attributes of
/// its own, and drops the latest: the token counts. `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` sets another.
pub const MAX_ATTRIBUTES: u32 = 2048;

/// How many events a span may have, for streams that record every chunk as one; the SDK's default is 128.
/// `OTEL_SPAN_EVENT_COUNT_LIMIT` sets another.
pub const MAX_EVENTS: u32 = 1024;

/// How long the end of the program waits for the exporters: a third of what Kubernetes gives after `SIGTERM`.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// The instrumentation scope of spans that come through the layer.
const SCOPE: &str = "otel-genai";

pub(super) struct Running {
    pub(super) tracer_provider: SdkTracerProvider,
    pub(super) meter_provider: Option<SdkMeterProvider>,
    pub(super) handle: PipelineHandle,
    /// How the first shutdown ended; whoever asks meanwhile waits for it.
    outcome: Mutex<Option<Result<(), String>>>,
}

impl Running {
    /// Starts the pipeline and the providers. `settings` are resolved ones.
    pub(super) fn start(settings: &Settings) -> Result<Self, InitError> {
        let resource = settings.resource();
        let meter_provider = meter_provider(settings, &resource)?;
        let built = pipeline(settings, meter_provider.as_ref())
            .and_then(|(builder, sampler)| Ok((builder.build()?, sampler)));
        let (pipeline, sampler) = match built {
            Ok(built) => built,
            Err(error) => {
                // Its thread would go on.
                let _ = meter_provider.map(|provider| provider.shutdown());
                return Err(error);
            }
        };
        let handle = pipeline.handle();
        if let Some(provider) = &meter_provider {
            use opentelemetry::metrics::MeterProvider;

            handle.observe(&provider.meter(SCOPE));
        }
        let mut builder = SdkTracerProvider::builder().with_resource(resource).with_span_processor(pipeline);
        builder = with_sampler(builder, sampler);
        if !is_set("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT") {
            builder = builder.with_max_attributes_per_span(MAX_ATTRIBUTES);
        }
        if !is_set("OTEL_SPAN_EVENT_COUNT_LIMIT") {
            builder = builder.with_max_events_per_span(MAX_EVENTS);
        }
        Ok(Self { tracer_provider: builder.build(), meter_provider, handle, outcome: Mutex::new(None) })
    }

    pub(super) fn layer<S>(&self, settings: &Settings) -> impl Layer<S> + Send + Sync + 'static + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.tracer_provider.tracer(SCOPE))
            .with_filter(settings.targets())
    }

    /// Exports what has ended and ends all threads; once, and whoever comes later gets the same answer.
    pub(super) fn shut_down(&self) -> OTelSdkResult {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let result = outcome.get_or_insert_with(|| {
            // The spans first: their stages record the last metrics.
            let spans = self.tracer_provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT);
            let metrics = self.meter_provider.as_ref().map_or(Ok(()), |provider| {
                provider
                    .shutdown_with_timeout(SHUTDOWN_TIMEOUT)
                    .map_err(|error| OTelSdkError::InternalFailure(format!("metrics: {error}")))
            });
            match (spans, metrics) {
                (Ok(()), Ok(())) => Ok(()),
                (Err(error), Ok(())) | (Ok(()), Err(error)) => Err(error.to_string()),
                (Err(spans), Err(metrics)) => Err(format!("{spans}; {metrics}")),
            }
        });
        result.clone().map_err(OTelSdkError::InternalFailure)
    }
}

impl Settings {
    /// Returns what the traces say about this program: what the SDK finds out, `service.name`, and what the environment
    /// says.
    fn resource(&self) -> Resource {
        let resource = Resource::builder();
        if let Some(name) = self.service_name() {
            return resource.with_service_name(name.to_owned()).build();
        }
        let found = resource.build();
        let name = found.get(&Key::from_static_str("service.name"));
        let is_unknown = name.is_none_or(|name| name == Value::from("unknown_service"));
        match std::env::current_exe().ok().and_then(|path| Some(path.file_stem()?.to_str()?.to_owned())) {
            // The form that the resource conventions prescribe where nobody has named the service.
            Some(program) if is_unknown => {
                Resource::builder().with_service_name(format!("unknown_service:{program}")).build()
            }
            _ => found,
        }
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn pipeline(
    settings: &Settings,
    provider: Option<&SdkMeterProvider>,
) -> Result<(PipelineBuilder, Option<Head>), InitError> {
    #[cfg(feature = "enrich")]
    if let Some(provider) = provider {
        return Ok(settings.pipeline_with_metrics_and_sampler(provider)?);
    }
    #[cfg(not(feature = "enrich"))]
    let _ = provider;
    Ok(settings.pipeline_without_metrics()?)
}

#[cfg(feature = "sampling")]
fn with_sampler(builder: TracerProviderBuilder, sampler: Option<Head>) -> TracerProviderBuilder {
    match sampler {
        Some(sampler) => builder.with_sampler(sampler),
        None => builder,
    }
}

#[cfg(not(feature = "sampling"))]
fn with_sampler(builder: TracerProviderBuilder, _: Option<Head>) -> TracerProviderBuilder {
    builder
}

#[cfg(feature = "otlp")]
fn meter_provider(settings: &Settings, resource: &Resource) -> Result<Option<SdkMeterProvider>, InitError> {
    super::metrics::provider(settings, resource).map_err(InitError::Metrics)
}

/// Without OTLP there is nowhere to export metrics to.
#[cfg(not(feature = "otlp"))]
#[expect(clippy::unnecessary_wraps, reason = "the signature of the other one")]
fn meter_provider(_: &Settings, _: &Resource) -> Result<Option<SdkMeterProvider>, InitError> {
    Ok(None)
}
