//! The OTLP exporter that the settings describe.

use std::error::Error;
use std::time::Duration;

use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::{
    Compression, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, Protocol, SpanExporter,
    WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::otlp_errors::{ExplainingClient, OtlpExporter};
use super::values::{Compress, OtlpProtocol, OtlpValues};

/// The path of traces below a base URL, from the OTLP specification ("OTLP/HTTP Request").
const TRACES_PATH: &str = "/v1/traces";

/// How long a request may take: the default of `OTEL_EXPORTER_OTLP_TIMEOUT`.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a gRPC receiver is by default, from the OTLP exporter specification.
const DEFAULT_GRPC_ENDPOINT: &str = "http://localhost:4317";

type BuildResult = Result<OtlpExporter, Box<dyn Error>>;

/// Builds the exporter; to be called on the pipeline's runtime.
pub(super) fn exporter(values: &OtlpValues) -> BuildResult {
    match values.protocol.unwrap_or_default() {
        OtlpProtocol::Grpc => grpc(values),
        OtlpProtocol::HttpProtobuf => http(values),
    }
}

fn grpc(values: &OtlpValues) -> BuildResult {
    let mut headers = HeaderMap::new();
    for (name, value) in &values.headers.0 {
        let mut value = HeaderValue::from_str(value)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, value);
    }
    let mut builder = SpanExporter::builder().with_tonic().with_metadata(MetadataMap::from_headers(headers));
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
    let from_environment = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    values
        .endpoint
        .clone()
        .or_else(|| from_environment(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT))
        .or_else(|| from_environment(OTEL_EXPORTER_OTLP_ENDPOINT))
        .unwrap_or_else(|| DEFAULT_GRPC_ENDPOINT.to_owned())
}

fn http(values: &OtlpValues) -> BuildResult {
    // Our own client, always: which one the SDK would choose depends on the features that any other crate asks for.
    let client = reqwest::Client::builder()
        .timeout(REQUEST_TIMEOUT)
        // A redirect would take the headers, and with them the credentials, elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let client = ExplainingClient::new(client);
    let mut builder = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(client.clone())
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
