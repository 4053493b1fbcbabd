//! Kept traces arrive over OTLP with the threshold that they were kept with, at a receiver that is not ours: the service
//! that `opentelemetry-proto` generates from the protocol's definition, on a socket.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai_pipeline::Pipeline;
use otel_genai_sampling::{RateLimiter, Sampling};

#[derive(Clone, Default)]
struct Service(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        let scopes =
            request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        self.0.lock().expect("no panic").extend(scopes.flat_map(|scope| scope.spans));
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

/// Starts the service on a free port of loopback, for as long as the runtime lives.
fn start_receiver() -> (tokio::runtime::Runtime, SocketAddr, Service) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let service = Service::default();
    let server = TraceServiceServer::new(service.clone());
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    runtime.spawn(tonic::transport::Server::builder().add_service(server).serve_with_incoming(incoming));
    (runtime, address, service)
}

#[test]
fn kept_traces_arrive_with_their_threshold() {
    let (_runtime, address, received) = start_receiver();
    let sampling = Sampling::ratio(0.25)
        .expect("valid")
        .keep_errors()
        .keep_slower_than(Duration::from_secs(60))
        .rule("name=planned; rate=0.5".parse().expect("valid"));
    let pipeline = Pipeline::builder()
        .stage(sampling.tail())
        .stage(RateLimiter::traces_per_second(std::num::NonZeroU32::new(1_000_000).expect("not zero")))
        .export_with(move || {
            let builder = opentelemetry_otlp::SpanExporter::builder().with_tonic();
            builder.with_endpoint(format!("http://{address}")).build()
        })
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let provider =
        SdkTracerProvider::builder().with_sampler(sampling.head()).with_span_processor(pipeline).build();
    let tracer = provider.tracer("test");
    // The same four kinds of traces for a hundred ids, whose randomness is spread evenly.
    for index in 0..100_u64 {
        for (kind, name) in ["plain", "failed", "planned", "upstream"].into_iter().enumerate() {
            let randomness = (u128::from(index) << 56) / 100;
            let trace = TraceId::from((kind as u128 + 1) << 64 | randomness);
            let is_upstream = name == "upstream";
            // Of another process: chosen there at one half, with members of its own.
            let state = if is_upstream { "ot=th:8;their:own,vendor=1" } else { "vendor=1" };
            let is_chosen = !is_upstream || index >= 50;
            let flags = TraceFlags::default().with_sampled(is_chosen);
            let state = if is_chosen { state } else { "vendor=1" }.parse().expect("valid");
            let context = Context::new().with_remote_span_context(SpanContext::new(
                trace,
                SpanId::from(1),
                flags,
                true,
                state,
            ));
            let mut root = tracer.build_with_context(tracer.span_builder(name), &context);
            let below = Context::new().with_remote_span_context(root.span_context().clone());
            let mut child = tracer.build_with_context(tracer.span_builder("step"), &below);
            if name == "failed" {
                child.set_status(Status::error("failed"));
            }
            child.set_attribute(KeyValue::new("kind", name));
            child.end();
            root.end();
        }
    }
    provider.shutdown().expect("shuts down");
    let stats = handle.stats();
    assert!(stats.is_balanced() && stats.queue_full == 0, "{stats}");

    let mut arrived: BTreeMap<(u8, String, String), usize> = BTreeMap::new();
    for span in received.0.lock().expect("no panic").iter() {
        let rule = span.attributes.iter().find(|attribute| attribute.key == "otel_genai.sampling.rule");
        let rule = format!("{:?}", rule.and_then(|rule| rule.value.clone()).expect("says why").value);
        let name =
            ["error", "planned", "ratio"].into_iter().find(|name| rule.contains(name)).unwrap_or("none");
        assert_eq!(span.flags & 1, 1, "{span:?}");
        *arrived.entry((span.trace_id[7], name.to_owned(), span.trace_state.clone())).or_default() += 1;
    }
    let expected = [
        // Sampled by another process that does not say how: kept as it came.
        ((1, "ratio", "vendor=1"), 200),
        ((2, "error", "ot=th:0,vendor=1"), 200),
        ((3, "planned", "ot=th:8,vendor=1"), 100),
        ((4, "ratio", "ot=th:8;their:own,vendor=1"), 100),
    ];
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|((kind, rule, state), spans)| ((kind, rule.to_owned(), state.to_owned()), spans))
        .collect();
    assert_eq!(arrived, expected);
}

#[test]
fn the_heads_own_choice_arrives_with_the_ratio() {
    let (_runtime, address, received) = start_receiver();
    let sampling = Sampling::ratio(0.25).expect("valid");
    let pipeline = Pipeline::builder()
        .stage(sampling.tail())
        .export_with(move || {
            let builder = opentelemetry_otlp::SpanExporter::builder().with_tonic();
            builder.with_endpoint(format!("http://{address}")).build()
        })
        .build()
        .expect("builds");
    let provider =
        SdkTracerProvider::builder().with_sampler(sampling.head()).with_span_processor(pipeline).build();
    let tracer = provider.tracer("test");
    let mut chosen = Vec::new();
    for _ in 0..200 {
        let mut span = tracer.start("run");
        if span.span_context().is_sampled() {
            chosen.push(span.span_context().trace_id().to_bytes().to_vec());
        }
        span.end();
    }
    provider.shutdown().expect("shuts down");
    let received = received.0.lock().expect("no panic");
    let mut arrived: Vec<_> = received.iter().map(|span| span.trace_id.clone()).collect();
    arrived.sort();
    chosen.sort();
    assert_eq!(arrived, chosen);
    assert!((20..90).contains(&arrived.len()), "a quarter of 200 were {}", arrived.len());
    assert!(
        received.iter().all(|span| span.trace_state == "ot=th:c" && span.trace_id[9] >= 0xc0),
        "{received:?}"
    );
}
