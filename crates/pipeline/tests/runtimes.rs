//! Spans arrive in a real receiver from every kind of program, through every kind of client.

mod support;

use std::error::Error;
use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai_pipeline::{Pipeline, PipelineBuilder, PipelineHandle, stage};
use support::Receiver;

#[derive(Clone, Copy, Debug)]
enum Client {
    Grpc,
    AsyncHttp,
    BlockingHttp,
}

const CLIENTS: [Client; 3] = [Client::Grpc, Client::AsyncHttp, Client::BlockingHttp];

fn pipeline(client: Client, receiver: &Receiver) -> PipelineBuilder {
    let (grpc, http) = (format!("http://{}", receiver.grpc), format!("http://{}/v1/traces", receiver.http));
    Pipeline::builder().export_with(move || -> Result<SpanExporter, Box<dyn Error>> {
        let over_http =
            || SpanExporter::builder().with_http().with_endpoint(&http).with_protocol(Protocol::HttpBinary);
        Ok(match client {
            Client::Grpc => SpanExporter::builder().with_tonic().with_endpoint(&grpc).build()?,
            Client::AsyncHttp => over_http().with_http_client(reqwest::Client::new()).build()?,
            Client::BlockingHttp => {
                // The blocking client must not be made inside a runtime; a thread of its own is outside.
                let client =
                    std::thread::spawn(reqwest::blocking::Client::new).join().map_err(|_| "panicked")?;
                over_http().with_http_client(client).build()?
            }
        })
    })
}

/// Ends two spans, flushes, ends one more, shuts down; all three must have arrived.
fn use_it(client: Client, kind: &str) {
    let receiver = Receiver::start();
    let pipeline = pipeline(client, &receiver).build().expect("builds");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let tracer = provider.tracer("test");
    tracer.in_span("outer", |_| tracer.in_span("inner", |_| ()));
    provider.force_flush().unwrap_or_else(|error| panic!("{client:?}, {kind}: {error}"));
    assert_eq!(receiver.spans().len(), 2, "{client:?}, {kind}: after the flush");
    tracer.in_span("last", |_| ());
    provider.shutdown().unwrap_or_else(|error| panic!("{client:?}, {kind}: {error}"));
    let mut names: Vec<_> = receiver.spans().into_iter().map(|span| span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["inner", "last", "outer"], "{client:?}, {kind}");
    let stats = handle.stats();
    assert!(stats.is_balanced() && stats.exporters[0].exported == 3, "{client:?}, {kind}: {stats:?}");
}

#[test]
fn without_a_runtime() {
    CLIENTS.iter().for_each(|client| use_it(*client, "no runtime"));
}

#[test]
fn on_a_current_thread_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for client in CLIENTS {
        runtime.block_on(async move { use_it(client, "current thread") });
    }
}

#[test]
fn on_a_multi_thread_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for client in CLIENTS {
        runtime.block_on(async move {
            tokio::spawn(async move { use_it(client, "multi thread") }).await.expect("no panic");
        });
    }
}

#[test]
fn an_exporter_that_cannot_be_built_is_an_error_on_any_runtime() {
    let build = || {
        let error = Pipeline::builder()
            .export_with(|| SpanExporter::builder().with_tonic().build())
            .export_with(|| SpanExporter::builder().with_tonic().with_endpoint("no address").build())
            .build()
            .expect_err("refused")
            .to_string();
        assert!(error.starts_with("exporter 2 could not be built: "), "{error}");
    };
    build();
    for mut builder in
        [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()]
    {
        builder.enable_all().build().expect("a runtime").block_on(async { build() });
    }
}

#[test]
fn a_stage_that_flushes_its_own_pipeline_gets_an_error_instead_of_a_deadlock() {
    let handle: Arc<OnceLock<PipelineHandle>> = Arc::default();
    let (answer, answers) = std::sync::mpsc::channel();
    let pipeline = Pipeline::builder()
        .stage(stage::each({
            let handle = Arc::clone(&handle);
            move |_| {
                let _ = answer.send(handle.get().map(PipelineHandle::force_flush));
            }
        }))
        .build()
        .expect("builds");
    assert!(handle.set(pipeline.handle()).is_ok());
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    provider.tracer("test").in_span("span", |_| ());
    provider.shutdown().expect("shuts down");
    let error = answers.recv().expect("ran").expect("was set").expect_err("refused").to_string();
    assert!(error.contains("cannot flush"), "{error}");
}

#[test]
fn deadlines_without_end_and_panicking_hooks_are_harmless() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the payload panics too");
        }
    }
    let pipeline = Pipeline::builder()
        .on_start(|_| std::panic::panic_any(Bomb))
        .block_on_full(Duration::MAX, otel_genai_pipeline::BlockFor::All)
        .flush_timeout(Duration::MAX)
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    provider.tracer("test").in_span("span", |_| ());
    provider.force_flush().expect("flushes");
    provider.shutdown_with_timeout(Duration::MAX).expect("shuts down");
    assert_eq!(handle.stats().delivered, 1);
}

#[test]
fn a_dead_collector_costs_no_more_than_the_deadline() {
    // Accepts connections (the kernel does, up to its backlog) and never answers.
    let dead = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", dead.local_addr().expect("bound"));
    let pipeline = Pipeline::builder()
        .export_with(move || SpanExporter::builder().with_tonic().with_endpoint(&endpoint).build())
        .build()
        .expect("builds");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    provider.tracer("test").in_span("lost", |_| ());
    let started = Instant::now();
    let result = provider.shutdown_with_timeout(Duration::from_millis(700));
    assert!(result.is_err(), "nothing was exported, yet shutdown says Ok");
    assert!(started.elapsed() < Duration::from_secs(3), "took {:?}", started.elapsed());
}

#[test]
fn a_refused_connection_is_an_error_at_flush() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let pipeline = Pipeline::builder()
        .export_with(move || {
            SpanExporter::builder().with_tonic().with_endpoint(format!("http://{free}")).build()
        })
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    provider.tracer("test").in_span("lost", |_| ());
    let error = provider.force_flush().expect_err("nobody listens").to_string();
    assert!(error.contains("SpanExporter: 1 span was not exported"), "{error}");
    assert_eq!(handle.stats().exporters[0].failed, 1);
    assert!(provider.shutdown().is_ok(), "the error was told, nothing new has failed");
}
