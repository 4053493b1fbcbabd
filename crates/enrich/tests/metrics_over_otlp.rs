//! Metrics of a live process, read back from an OTLP receiver: head sampling at 0, two threads, and every call counted.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt, TraceId, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{MetricExporter, Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample,
};
use otel_genai_enrich::{Enricher, UsageMeter};
use otel_genai_pipeline::Pipeline;
use prost::Message;

const THREADS: i64 = 2;
const RUNS: i64 = 200;

/// Records every span and chooses none: a ratio of 0 whose spans are recorded all the same.
#[derive(Clone, Debug)]
struct RecordNone;

impl ShouldSample for RecordNone {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[opentelemetry::trace::Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: SamplingDecision::RecordOnly,
            attributes: Vec::new(),
            trace_state: opentelemetry::trace::TraceState::default(),
        }
    }
}

/// An OTLP receiver of metrics over HTTP.
struct Receiver {
    endpoint: String,
    requests: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Receiver {
    fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let requests = Arc::<Mutex<Vec<_>>>::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}/v1/metrics", listener.local_addr().unwrap());
        let received = Arc::clone(&requests);
        let metrics = axum::routing::post(move |body: Bytes| async move {
            received.lock().unwrap().push(ExportMetricsServiceRequest::decode(body).unwrap());
            ([(CONTENT_TYPE, "application/x-protobuf")], Bytes::new())
        });
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, axum::Router::new().route("/v1/metrics", metrics)).await
        });
        Self { endpoint, requests, _runtime: runtime }
    }

    /// The count and the sum of a histogram in the newest request, over all points that have an attribute.
    fn histogram(&self, name: &str, attribute: (&str, &str)) -> (u64, f64) {
        let requests = self.requests.lock().unwrap();
        let newest = requests.last().expect("metrics were sent");
        let metrics = newest
            .resource_metrics
            .iter()
            .flat_map(|resource| &resource.scope_metrics)
            .flat_map(|scope| &scope.metrics)
            .filter(|metric| metric.name == name);
        let (mut count, mut sum) = (0, 0.0);
        for metric in metrics {
            let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
            for point in &histogram.data_points {
                let has = point.attributes.iter().any(|pair| {
                    let value = pair.value.clone().and_then(|value| value.value);
                    pair.key == attribute.0 && format!("{value:?}").contains(attribute.1)
                });
                if has {
                    count += point.count;
                    sum += point.sum.unwrap_or(0.0);
                }
            }
        }
        (count, sum)
    }
}

/// One run of an agent with a call that two libraries report.
fn run(provider: &SdkTracerProvider, thread: i64, index: i64) {
    let agent = provider.tracer("framework");
    let root = agent.start("invoke_agent planner");
    let context = Context::new().with_span(root);
    context.span().set_attribute(KeyValue::new("gen_ai.operation.name", "invoke_agent"));
    context.span().set_attribute(KeyValue::new("gen_ai.agent.name", "planner"));
    let call = |scope: &'static str, context: &Context| {
        let mut span = provider.tracer(scope).start_with_context("chat gpt-4o", context);
        span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
        span.set_attribute(KeyValue::new("gen_ai.provider.name", "openai"));
        span.set_attribute(KeyValue::new("gen_ai.request.model", "gpt-4o"));
        span.set_attribute(KeyValue::new("gen_ai.response.id", format!("chatcmpl-{thread:08}-{index:08}")));
        span.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", 100 + index));
        span.set_attribute(KeyValue::new("gen_ai.usage.output_tokens", 7));
        span
    };
    let outer = context.with_span(call("wrapper", &context));
    call("sdk", &outer).end();
    outer.span().end();
    context.span().end();
}

#[test]
fn counts_and_sums_equal_the_calls_made() {
    let receiver = Receiver::start();
    let exporter = MetricExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(&receiver.endpoint)
        // Which client is the default depends on the features of everything in the build.
        .with_http_client(reqwest::blocking::Client::new())
        .build()
        .unwrap();
    let metrics = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();
    let exported = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder()
        .stage(Enricher::default())
        .stage(UsageMeter::new(&metrics))
        .export(exported.clone())
        .build()
        .unwrap();
    let handle = pipeline.handle();
    let traces = SdkTracerProvider::builder().with_sampler(RecordNone).with_span_processor(pipeline).build();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let traces = &traces;
            scope.spawn(move || {
                for index in 0..RUNS {
                    run(traces, thread, index);
                    if index % 50 == 0 {
                        traces.force_flush().unwrap();
                    }
                }
            });
        }
    });
    traces.force_flush().unwrap();
    metrics.force_flush().unwrap();

    let stats = handle.stats();
    assert_eq!((stats.received, stats.queue_full), ((3 * THREADS * RUNS) as u64, 0), "{stats:?}");
    assert_eq!(exported.get_finished_spans().unwrap().len(), 0, "nothing was sampled");
    let calls = (THREADS * RUNS) as u64;
    let input = THREADS * (0..RUNS).map(|index| 100 + index).sum::<i64>();
    let tokens = |kind| receiver.histogram("gen_ai.client.token.usage", ("gen_ai.token.type", kind));
    assert_eq!(tokens("input"), (calls, input as f64));
    assert_eq!(tokens("output"), (calls, 7.0 * calls as f64));
    let chat = ("gen_ai.operation.name", "chat");
    assert_eq!(receiver.histogram("gen_ai.client.operation.duration", chat).0, calls);
    let turns = receiver.histogram("gen_ai.agent.turns", ("gen_ai.agent.name", "planner"));
    assert_eq!(turns, (calls, calls as f64), "one call in each run");
    traces.shutdown().unwrap();
    metrics.shutdown().unwrap();
}
