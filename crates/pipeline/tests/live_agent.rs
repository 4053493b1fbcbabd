//! The riskiest assumption, kept as a test: a line of stages over finished spans can tell when a trace is complete.
//!
//! A live agent on a current-thread runtime, with everything that makes that hard: spawned tasks, a cancelled future,
//! a call to itself over HTTP, a call to a service with another resource, children made with the OpenTelemetry API
//! that end after their root, a flush in the middle, and stages that edit, drop, hold, count and panic.

mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use otel_genai_pipeline::{Pipeline, PipelineHandle, Segment, SegmentKind, Stage, stage};
use support::Receiver;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

const RUNS: usize = 40;

type Segments = Arc<Mutex<HashMap<TraceId, Vec<(SegmentKind, usize)>>>>;

/// Notes which segments there were, and counts model calls with its state, which must live as long as the trace.
struct Recorder {
    segments: Segments,
    calls: Arc<Mutex<HashMap<TraceId, usize>>>,
}

impl Stage for Recorder {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let (trace, kind) = (segment.trace_id(), segment.kind());
        let calls = segment.spans().iter().filter(|span| span.name() == "chat").count();
        *segment.state::<usize>() += calls;
        let so_far = *segment.state::<usize>();
        self.calls.lock().expect("no panic").insert(trace, so_far);
        self.segments.lock().expect("no panic").entry(trace).or_default().push((kind, segment.spans().len()));
    }
}

/// Holds every trace to its end; panics when a poisoned one ends.
struct HoldToTheEnd;

impl Stage for HoldToTheEnd {
    fn process(&mut self, segment: &mut Segment<'_>) {
        if segment.hold() {
            return;
        }
        let is_poisoned = |span: &otel_genai_pipeline::Span| span.get_str("poison").is_some();
        assert!(!segment.held_mut().iter().any(is_poisoned), "poisoned");
        assert!(!segment.spans().iter().any(is_poisoned), "poisoned");
        segment.keep();
    }
}

struct Service {
    provider: SdkTracerProvider,
    handle: PipelineHandle,
    segments: Segments,
    calls: Arc<Mutex<HashMap<TraceId, usize>>>,
}

fn service<F>(name: &'static str, exporter: F) -> Service
where
    F: FnOnce() -> Result<SpanExporter, ExporterBuildError> + Send + 'static,
{
    let (segments, calls) = (Segments::default(), Arc::default());
    let pipeline = Pipeline::builder()
        .stage(stage::each(|span| span.set("edited", true)))
        .stage(stage::filter("noise", |span| span.name() != "noise"))
        .stage((Recorder { segments: Arc::clone(&segments), calls: Arc::clone(&calls) }, HoldToTheEnd))
        .export_with(exporter)
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let resource = Resource::builder_empty().with_service_name(name).build();
    let provider = SdkTracerProvider::builder().with_resource(resource).with_span_processor(pipeline).build();
    Service { provider, handle, segments, calls }
}

/// Serves `/`: a span below the caller's, with a child of its own.
async fn serve(tracer: SdkTracer) -> String {
    async fn answer(State(tracer): State<SdkTracer>, headers: HeaderMap) -> &'static str {
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok()).expect("is sent");
        let ids: Vec<&str> = parent.split('-').collect();
        let context = SpanContext::new(
            TraceId::from_hex(ids[1]).expect("hex"),
            SpanId::from_hex(ids[2]).expect("hex"),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        let span = tracer.start_with_context("handle", &Context::new().with_remote_span_context(context));
        let context = Context::new().with_span(span);
        tracer.start_with_context("lookup", &context);
        "done"
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let router = Router::new().route("/", axum::routing::get(answer)).with_state(tracer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/")
}

async fn call(url: &str) {
    let context = tracing::Span::current().context();
    let span = context.span().span_context().clone();
    let parent = format!("00-{}-{}-01", span.trace_id(), span.span_id());
    let response = reqwest::Client::new().get(url).header("traceparent", parent).send().await;
    assert_eq!(response.expect("answers").text().await.expect("text"), "done");
}

#[tracing::instrument]
async fn chat(number: usize) {
    tokio::task::yield_now().await;
    tracing::trace_span!("noise").in_scope(|| ());
}

/// One run: 3 spawned calls, one cancelled call, a call to itself and one to the other service, and a straggler.
#[tracing::instrument(skip_all, fields(poison))]
async fn run(number: usize, tracer: SdkTracer, own_url: String, other_url: String) -> TraceId {
    if number % 10 == 9 {
        tracing::Span::current().record("poison", "yes");
    }
    let context = tracing::Span::current().context();
    let tasks: Vec<_> = (0..3).map(|index| tokio::spawn(chat(index).in_current_span())).collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    // Dropped in the middle: its span ends all the same.
    tokio::select! {
        biased;
        () = async { chat(3).await; std::future::pending().await } => unreachable!("never ends"),
        () = async { for _ in 0..3 { tokio::task::yield_now().await } } => {}
    }
    call(&own_url).await;
    call(&other_url).await;
    let straggler = tracer.start_with_context("straggler", &context);
    tokio::spawn(async move {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        drop(straggler);
    });
    context.span().span_context().trace_id()
}

#[test]
fn every_trace_ends_once_and_what_was_held_comes_out_once() {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&"poisoned") {
            eprintln!("{panic}");
        }
    }));
    let receiver = Receiver::start();
    let (grpc, http) = (format!("http://{}", receiver.grpc), format!("http://{}/v1/traces", receiver.http));
    let agent = service("agent", move || SpanExporter::builder().with_tonic().with_endpoint(grpc).build());
    let other = service("other", move || {
        SpanExporter::builder()
            .with_http()
            .with_http_client(reqwest::Client::new())
            .with_endpoint(http)
            .build()
    });
    let layer = tracing_opentelemetry::layer().with_tracer(agent.provider.tracer("agent"));
    let filter =
        tracing_subscriber::filter::filter_fn(|metadata| metadata.target().starts_with("live_agent"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(filter).with(layer))
        .expect("the first");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let traces: Vec<TraceId> = runtime.block_on(async {
        let tracer = agent.provider.tracer("api");
        let own_url = serve(tracer.clone()).await;
        let other_url = serve(other.provider.tracer("api")).await;
        let mut traces = Vec::new();
        for half in 0..2 {
            let runs = (0..RUNS / 2).map(|number| {
                tokio::spawn(run(
                    half * RUNS / 2 + number,
                    tracer.clone(),
                    own_url.clone(),
                    other_url.clone(),
                ))
            });
            let mut runs: Vec<_> = runs.collect();
            // The flush finds runs that have ended and runs in the middle.
            let rest = runs.split_off(RUNS / 4);
            for run in runs {
                traces.push(run.await.expect("no panic"));
            }
            agent.provider.force_flush().expect("flushes on the only thread of the runtime");
            for run in rest {
                traces.push(run.await.expect("no panic"));
            }
        }
        // Lets the stragglers end.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        traces
    });
    agent.provider.shutdown_with_timeout(Duration::from_secs(10)).expect("shuts down");
    other.provider.shutdown_with_timeout(Duration::from_secs(10)).expect("shuts down");

    for service in [&agent, &other] {
        let stats = service.handle.stats();
        assert!(stats.is_balanced(), "{stats:?}");
        assert_eq!((stats.pending, stats.held, stats.queue_full), (0, 0, 0), "{stats:?}");
        for (trace, segments) in &*service.segments.lock().expect("no panic") {
            let last = segments.iter().filter(|(kind, _)| *kind == SegmentKind::Last).count();
            assert_eq!(last, 1, "{trace}: {segments:?}");
            let position = segments.iter().position(|(kind, _)| *kind == SegmentKind::Last).expect("one");
            assert!(
                segments[position + 1..].iter().all(|(kind, _)| *kind == SegmentKind::Late),
                "{segments:?}"
            );
        }
        assert_eq!(service.segments.lock().expect("no panic").len(), RUNS);
    }
    let calls = agent.calls.lock().expect("no panic");
    assert!(traces.iter().all(|trace| calls.get(trace) == Some(&4)), "{calls:?}");

    let stats = agent.handle.stats();
    assert!(stats.dropped_for("noise") >= 3 * RUNS as u64 && stats.dropped_for("panic") > 0, "{stats:?}");
    assert_eq!(stats.stage_panics, RUNS as u64 / 10, "one poisoned trace in ten, which ends once");
    let received = receiver.spans();
    let mut ids: Vec<_> = received.iter().map(|span| (span.trace_id.clone(), span.span_id.clone())).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), received.len(), "a span came out twice");
    assert_eq!(received.len() as u64, stats.delivered + other.handle.stats().delivered);
    assert!(received.iter().all(|span| span.attributes.iter().any(|attribute| attribute.key == "edited")));
    let roots = received.iter().filter(|span| span.name == "run").count();
    assert_eq!(roots, RUNS - RUNS / 10, "all but the poisoned runs arrive");
}
