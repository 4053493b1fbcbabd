//! `[export.otlp]`: what a receiver on loopback is sent, over both protocols.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai::{PipelineStats, Settings};

/// A request as it came in.
struct Received {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }
}

async fn receive(State(received): State<Sender<Received>>, request: Request) -> (StatusCode, HeaderMap) {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body");
    let headers = head.headers;
    let is_grpc = headers.get("content-type").is_some_and(|kind| kind == "application/grpc");
    let answer = if is_grpc {
        [("content-type", "application/grpc"), ("grpc-status", "0")]
    } else {
        [("content-type", "application/x-protobuf"), ("content-length", "0")]
    };
    let answer = answer.map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
    let _ = received.send(Received { path: head.uri.path().to_owned(), headers, body });
    (StatusCode::OK, answer.into_iter().collect())
}

/// Starts a receiver of HTTP/1 and HTTP/2 on a free port of loopback, for as long as the runtime lives.
fn start_receiver() -> (tokio::runtime::Runtime, SocketAddr, Receiver<Received>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let (sender, receiver) = channel();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let service = Router::new().fallback(receive).with_state(sender);
    runtime.spawn(async move { axum::serve(listener, service).await });
    (runtime, address, receiver)
}

/// Runs a program with these settings in which one span ends, and returns what the receiver got.
fn export(settings: &str) -> (Received, PipelineStats) {
    let (_runtime, address, received) = start_receiver();
    let stats = run(&settings.replace("ADDRESS", &address.to_string()));
    let request = received.recv_timeout(Duration::from_secs(10)).expect("a request comes");
    (request, stats)
}

/// Runs a program with these settings in which one span ends. What the exporter makes of the answer shows in the counts.
fn run(settings: &str) -> PipelineStats {
    let settings = Settings::from_toml_str(settings).expect("valid");
    let pipeline = settings.pipeline().expect("valid").build().expect("the exporter can be built");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    provider.tracer("test").in_span("the only span", |_| ());
    let _ = provider.shutdown();
    handle.stats()
}

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn http_gets_the_path_the_headers_and_the_span() {
    let (request, stats) = export(
        "[export.otlp]\nendpoint = 'http://ADDRESS/base/'\n\
         headers = { Authorization = 'Bearer a=b', x-team = 'agents' }",
    );
    assert_eq!(request.path, "/base/v1/traces");
    assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(request.header("content-encoding"), None);
    assert_eq!(request.header("authorization"), Some("Bearer a=b"));
    assert_eq!(request.header("x-team"), Some("agents"));
    assert!(contains(&request.body, "the only span"));
    assert_eq!((stats.exporters[0].exported, stats.exporters[0].failed), (1, 0), "{stats}");
}

#[test]
fn http_is_compressed_when_asked_for() {
    let (request, stats) = export(
        "[export.otlp]\nendpoint = 'http://ADDRESS/v1/traces'\nprotocol = 'http/protobuf'\ncompression = 'gzip'",
    );
    assert_eq!(request.path, "/v1/traces");
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&*request.body).read_to_end(&mut body).expect("gzip");
    assert!(contains(&body, "the only span"));
    assert_eq!(stats.exporters[0].exported, 1, "{stats}");
}

#[test]
fn grpc_gets_the_headers_and_the_span() {
    let (request, _) = export(
        "[export.otlp]\nendpoint = 'http://ADDRESS'\nprotocol = 'grpc'\nheaders = { Authorization = 'Bearer a=b' }",
    );
    assert_eq!(request.path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    assert_eq!(request.header("content-type"), Some("application/grpc"));
    assert_eq!(request.header("authorization"), Some("Bearer a=b"));
    assert!(contains(&request.body, "the only span"));
}

#[test]
fn grpc_is_compressed_when_asked_for() {
    let (request, _) =
        export("[export.otlp]\nendpoint = 'http://ADDRESS'\nprotocol = 'grpc'\ncompression = 'gzip'");
    assert_eq!(request.header("grpc-encoding"), Some("gzip"));
    // A message of gRPC: one byte that says "compressed", four bytes of length, the message.
    assert_eq!(request.body[0], 1);
    let mut message = Vec::new();
    flate2::read::GzDecoder::new(&request.body[5..]).read_to_end(&mut message).expect("gzip");
    assert!(contains(&message, "the only span"));
}

#[test]
fn an_error_names_the_endpoint_and_the_cause() {
    // A port that was free a moment ago and on which nobody listens.
    let address =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("free");
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused).to_string();
    for (protocol, path) in [("grpc", ""), ("http/protobuf", "/v1/traces")] {
        let stats = run(&format!("[export.otlp]\nendpoint = 'http://{address}'\nprotocol = '{protocol}'"));
        let exporter = &stats.exporters[0];
        assert_eq!((&*exporter.name, exporter.failed), ("OtlpExporter", 1), "{stats}");
        let error = exporter.last_error.as_deref().expect("it failed");
        assert!(error.contains(&format!("http://{address}{path}: ")), "{error}");
        assert!(error.to_lowercase().contains(&refused), "{error}");
    }
}

#[test]
fn https_needs_its_feature() {
    for protocol in ["grpc", "http/protobuf"] {
        let settings = format!("[export.otlp]\nendpoint = 'https://localhost:1'\nprotocol = '{protocol}'");
        let pipeline = Settings::from_toml_str(&settings).expect("valid").pipeline();
        if cfg!(feature = "otlp-tls") {
            let _ = pipeline.expect("valid");
        } else {
            let error = pipeline.expect_err("no TLS").to_string();
            assert_eq!(
                error,
                "line 2, column 1: an `export.otlp.endpoint` with https needs the cargo feature `otlp-tls` of otel-genai"
            );
        }
    }
}

#[cfg(all(feature = "init", feature = "enrich"))]
#[test]
fn metrics_go_to_the_same_receiver_with_and_without_a_runtime() {
    use opentelemetry::KeyValue;
    use opentelemetry::trace::Span;

    for protocol in ["http/protobuf", "grpc"] {
        let (_runtime, address, received) = start_receiver();
        let text = format!(
            "pricing.enabled = false\n[export.otlp]\nendpoint = 'http://{address}'\nprotocol = '{protocol}'\n\
             headers = {{ x-team = 'agents' }}"
        );
        let settings = Settings::from_toml_str(&text).expect("valid");
        let run = || {
            let (_, guard) = settings.layer::<tracing_subscriber::Registry>().expect("it starts");
            let mut span = guard.tracer_provider().expect("enabled").tracer("test").start("chat");
            span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
            span.set_attribute(KeyValue::new("gen_ai.request.model", "gpt-4o"));
            span.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", 7));
            span.end();
            guard.shutdown()
        };
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        // The receiver's answer to metrics over gRPC is no message, so what counts is what it got.
        let _ = run();
        let _ = own.block_on(async { run() });
        let requests: Vec<_> = received.try_iter().collect();
        let metrics = requests.iter().filter(|request| {
            let path = request.path.to_lowercase();
            path.contains("metrics") && request.header("x-team") == Some("agents")
        });
        let metrics: Vec<_> =
            metrics.filter(|request| contains(&request.body, "gen_ai.client.token.usage")).collect();
        assert!(metrics.len() >= 2, "{protocol}: {:?}", requests.iter().map(|r| &r.path).collect::<Vec<_>>());
        let counts = metrics.iter().filter(|request| contains(&request.body, "otel_genai.pipeline.received"));
        assert!(counts.count() >= 2, "{protocol}: the pipeline's own counts are there too");
    }
}
