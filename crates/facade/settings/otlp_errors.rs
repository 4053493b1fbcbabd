//! Makes the errors of the standard OTLP exporter say where it sent to and what went wrong.

use std::error::Error;
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::SpanExporter as StandardExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// The standard exporter, whose errors are told with the endpoint, and over HTTP with the cause.
#[derive(Debug)]
pub(super) struct OtlpExporter {
    exporter: StandardExporter,
    destination: Destination,
}

#[derive(Debug)]
enum Destination {
    /// Over gRPC, of which the standard exporter tells the cause itself.
    Known(String),
    /// Over HTTP, where it is the client that learns both.
    Http(ExplainingClient),
}

impl OtlpExporter {
    pub(super) fn new(exporter: StandardExporter, endpoint: &str) -> Self {
        Self { exporter, destination: Destination::Known(without_credentials(endpoint)) }
    }

    pub(super) fn over_http(exporter: StandardExporter, client: ExplainingClient) -> Self {
        Self { exporter, destination: Destination::Http(client) }
    }

    fn explain(&self, error: OTelSdkError) -> OTelSdkError {
        let message = match error {
            OTelSdkError::AlreadyShutdown => return error,
            OTelSdkError::Timeout(time) => format!("no answer within {time:?}"),
            OTelSdkError::InternalFailure(message) => message,
        };
        OTelSdkError::InternalFailure(match &self.destination {
            Destination::Known(endpoint) => format!("{endpoint}: {message}"),
            Destination::Http(client) => match client.last_attempt() {
                Some(Attempt { endpoint, cause: Some(cause) }) => format!("{endpoint}: {cause}"),
                Some(Attempt { endpoint, cause: None }) => format!("{endpoint}: {message}"),
                None => message,
            },
        })
    }
}

impl SpanExporter for OtlpExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.exporter.export(batch).await.map_err(|error| self.explain(error))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout).map_err(|error| self.explain(error))
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush().map_err(|error| self.explain(error))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// A client that remembers how its last request went: the standard exporter says "network error" whatever it was.
#[derive(Clone, Debug)]
pub(super) struct ExplainingClient {
    client: reqwest::Client,
    last_attempt: Arc<Mutex<Option<Attempt>>>,
}

#[derive(Clone, Debug)]
struct Attempt {
    endpoint: String,
    /// Why there was no answer, if there was none.
    cause: Option<String>,
}

impl ExplainingClient {
    pub(super) fn new(client: reqwest::Client) -> Self {
        Self { client, last_attempt: Arc::default() }
    }

    fn last_attempt(&self) -> Option<Attempt> {
        self.last_attempt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl HttpClient for ExplainingClient {
    // As `async_trait` writes it, which the trait was made with.
    fn send_bytes<'client, 'answer>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'answer>>
    where
        'client: 'answer,
        Self: 'answer,
    {
        Box::pin(async move {
            let endpoint = without_credentials(&request.uri().to_string());
            let result = self.client.send_bytes(request).await;
            let cause = result.as_ref().err().map(|error| chain(&**error));
            let attempt = Attempt { endpoint, cause };
            *self.last_attempt.lock().unwrap_or_else(PoisonError::into_inner) = Some(attempt);
            result
        })
    }
}

/// Joins an error and its causes. The URL is left out: it is told once, and without credentials.
fn chain(error: &(dyn Error + 'static)) -> String {
    let url = error.downcast_ref::<reqwest::Error>().and_then(reqwest::Error::url);
    let mut text = error.to_string();
    if let Some(url) = url {
        text = text.replace(&format!(" for url ({url})"), "");
    }
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}

/// Returns a URL without user, password, query and fragment, any of which may be secret.
fn without_credentials(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |end| end + "://".len()));
    // The last `@` there is: a password that is not escaped as it should be may hold a slash.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    format!("{scheme}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_endpoint_has_no_secrets() {
        let cases = [
            ("http://localhost:4318/v1/traces", "http://localhost:4318/v1/traces"),
            ("https://user:s3cret@example.org/otel", "https://example.org/otel"),
            ("https://user:s3/cr@et@example.org", "https://example.org"),
            ("https://example.org/otel?key=s3cret#s3cret", "https://example.org/otel"),
            ("user:s3cret@localhost:4317", "localhost:4317"),
            ("localhost:4317", "localhost:4317"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_credentials(url), expected);
        }
    }
}
