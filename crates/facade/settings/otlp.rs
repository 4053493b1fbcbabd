//! The OTLP exporter that the settings describe.

use std::error::Error;
use std::time::Duration;

use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::{
    Compression, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TIMEOUT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
    WithTonicConfig,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::otlp_errors::{ExplainingClient, OtlpExporter};
use super::values::{Compress, OtlpProtocol, OtlpValues};

/// The path of traces below a base URL, from the OTLP specification ("OTLP/HTTP Request").
const TRACES_PATH: &str = "/v1/traces";

/// The path of metrics, from the same place.
#[cfg(feature = "init")]
const METRICS_PATH: &str = "/v1/metrics";

/// How long a request may take: the default of `OTEL_EXPORTER_OTLP_TIMEOUT`.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a gRPC receiver is by default, from the OTLP exporter specification.
const DEFAULT_GRPC_ENDPOINT: &str = "http://localhost:4317";

type BuildResult = Result<OtlpExporter, Box<dyn Error>>;

/// Builds the exporter; to be called on the pipeline's runtime.
pub(super) fn exporter(values: &OtlpValues) -> BuildResult {
    match protocol(values) {
        OtlpProtocol::Grpc => grpc(values),
        OtlpProtocol::HttpProtobuf => http(values),
    }
}

/// Returns the protocol that is set, else what the environment says.
///
/// [`Settings::load`](super::Settings::load) has refused values of the variables that are none.
fn protocol(values: &OtlpValues) -> OtlpProtocol {
    let from_environment = || {
        let text =
            variable(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL).or_else(|| variable(OTEL_EXPORTER_OTLP_PROTOCOL))?;
        OtlpProtocol::from_name(&text)
    };
    values.protocol.or_else(from_environment).unwrap_or_default()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns how long a request may take: what is set, else what the environment says in milliseconds.
fn timeout(values: &OtlpValues) -> Duration {
    let from_environment = || {
        let text =
            variable(OTEL_EXPORTER_OTLP_TRACES_TIMEOUT).or_else(|| variable(OTEL_EXPORTER_OTLP_TIMEOUT))?;
        text.parse().ok().map(Duration::from_millis)
    };
    values.timeout.or_else(from_environment).unwrap_or(REQUEST_TIMEOUT)
}

fn metadata(values: &OtlpValues) -> Result<MetadataMap, Box<dyn Error>> {
    let mut headers = HeaderMap::new();
    for (name, value) in &values.headers.0 {
        let mut value = HeaderValue::from_str(value)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, value);
    }
    Ok(MetadataMap::from_headers(headers))
}

fn http_client(values: &OtlpValues) -> reqwest::Result<reqwest::Client> {
    // Our own client, always: which one the SDK would choose depends on the features that any other crate asks for.
    reqwest::Client::builder()
        .timeout(timeout(values))
        // A redirect would take the headers, and with them the credentials, elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

fn grpc(values: &OtlpValues) -> BuildResult {
    let mut builder =
        SpanExporter::builder().with_tonic().with_metadata(metadata(values)?).with_timeout(timeout(values));
    #[cfg(feature = "otlp-tls")]
    if !values.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http:")) {
        use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;

        // Without this the SDK trusts no certificate at all.
        builder = builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots());
    }
    if let Some(endpoint) = &values.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if values.compression == Some(Compress::Gzip) {
        builder = builder.with_compression(Compression::Gzip);
    }
    Ok(OtlpExporter::new(builder.build()?, &grpc_endpoint(values)))
}

/// Returns where the exporter sends to: what is set, else what the environment says, as the standard exporter reads it.
fn grpc_endpoint(values: &OtlpValues) -> String {
    values
        .endpoint
        .clone()
        .or_else(|| variable(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT))
        .or_else(|| variable(OTEL_EXPORTER_OTLP_ENDPOINT))
        .unwrap_or_else(|| DEFAULT_GRPC_ENDPOINT.to_owned())
}

fn http(values: &OtlpValues) -> BuildResult {
    let client = ExplainingClient::new(http_client(values)?);
    let mut builder = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(client.clone())
        .with_timeout(timeout(values))
        .with_headers(values.headers.0.clone().into_iter().collect());
    if let Some(endpoint) = &values.endpoint {
        builder = builder.with_endpoint(traces_url(endpoint));
    }
    if values.compression == Some(Compress::Gzip) {
        builder = builder.with_compression(Compression::Gzip);
    }
    Ok(OtlpExporter::over_http(builder.build()?, client))
}

/// Returns where traces go: below the base URL, unless it already names the place.
fn traces_url(endpoint: &str) -> String {
    if endpoint.ends_with(TRACES_PATH) { endpoint.to_owned() } else { format!("{endpoint}{TRACES_PATH}") }
}

/// Builds the exporter of metrics for the same receiver; to be called on the runtime that is to serve it.
#[cfg(feature = "init")]
pub(super) fn metric_exporter(
    values: &OtlpValues,
) -> Result<opentelemetry_otlp::MetricExporter, Box<dyn Error>> {
    use opentelemetry_otlp::MetricExporter;

    let is_compressed = values.compression == Some(Compress::Gzip);
    match protocol(values) {
        OtlpProtocol::Grpc => {
            let mut builder = MetricExporter::builder()
                .with_tonic()
                .with_metadata(metadata(values)?)
                .with_timeout(timeout(values));
            #[cfg(feature = "otlp-tls")]
            if !values.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http:")) {
                use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;

                builder = builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots());
            }
            if let Some(endpoint) = &values.endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            if is_compressed {
                builder = builder.with_compression(Compression::Gzip);
            }
            Ok(builder.build()?)
        }
        OtlpProtocol::HttpProtobuf => {
            let mut builder = MetricExporter::builder()
                .with_http()
                .with_protocol(Protocol::HttpBinary)
                .with_http_client(http_client(values)?)
                .with_timeout(timeout(values))
                .with_headers(values.headers.0.clone().into_iter().collect());
            if let Some(endpoint) = &values.endpoint {
                let base = endpoint.strip_suffix(TRACES_PATH).unwrap_or(endpoint);
                builder = builder.with_endpoint(format!("{base}{METRICS_PATH}"));
            }
            if is_compressed {
                builder = builder.with_compression(Compression::Gzip);
            }
            Ok(builder.build()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_added_once() {
        assert_eq!(traces_url("http://localhost:4318"), "http://localhost:4318/v1/traces");
        assert_eq!(traces_url("https://example.org/otel"), "https://example.org/otel/v1/traces");
        assert_eq!(traces_url("http://localhost:4318/v1/traces"), "http://localhost:4318/v1/traces");
    }
}
