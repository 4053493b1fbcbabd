//! Everything that comes out of a pipeline.

use std::io::Write;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use otel_genai::export::store::TraceFilter;
use otel_genai::guardrails::GuardrailDetector;
use otel_genai::opentelemetry_otlp::{SpanExporter, WithExportConfig};
use otel_genai::{
    ConsoleExporter, JsonLinesExporter, Pipeline, PipelineBuilder, SqliteExporter, Store, UsageMeter,
};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// Text that several hold.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic")).into_owned()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What came out.
pub(crate) struct Outputs {
    pub(crate) delivered: u64,
    pub(crate) json_lines: String,
    pub(crate) metrics: String,
    pub(crate) logs: String,
    pub(crate) stats: String,
    console: String,
    store: String,
    otlp: String,
    errors: String,
}

impl Outputs {
    pub(crate) fn all(&self) -> [(&'static str, &str); 8] {
        [
            ("json lines", &self.json_lines),
            ("console", &self.console),
            ("store", &self.store),
            ("otlp", &self.otlp),
            ("metrics", &self.metrics),
            ("logs", &self.logs),
            ("counts", &self.stats),
            ("errors", &self.errors),
        ]
    }
}

/// Writes every event with all its fields.
struct Events(Shared);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = String::new();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            fields += &format!(" {field}={value:?}");
        });
        let _ = writeln!(self.0.clone(), "{}{fields}", event.metadata().target());
    }
}

/// The log lines of this process; tests that run beside each other share them, which hides nothing.
fn logs() -> &'static Shared {
    static LOGS: OnceLock<Shared> = OnceLock::new();
    LOGS.get_or_init(|| {
        let logs = Shared::default();
        let subscriber = tracing_subscriber::registry().with(LevelFilter::DEBUG).with(Events(logs.clone()));
        tracing::subscriber::set_global_default(subscriber).expect("the first");
        logs
    })
}

async fn receive(State(mut bodies): State<Shared>, request: Request) -> HeaderMap {
    let body = to_bytes(request.into_body(), usize::MAX).await.expect("a whole body");
    bodies.write_all(&body).expect("memory");
    let answer = [("content-type", "application/grpc"), ("grpc-status", "0")];
    answer
        .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
        .into_iter()
        .collect()
}

fn start_receiver(bodies: Shared) -> (tokio::runtime::Runtime, SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let service = Router::new().fallback(receive).with_state(bodies);
    runtime.spawn(async move { axum::serve(listener, service).await });
    (runtime, address)
}

pub(crate) fn detector(metrics: &SdkMeterProvider) -> GuardrailDetector {
    GuardrailDetector::builder().metrics(metrics).build()
}

/// All that a store says: every column of its traces, every span with its contents, and the bytes of its files.
fn stored(path: &Path) -> String {
    let store = Store::open(path).expect("a store");
    let mut text = String::new();
    for table in ["traces", "llm_calls", "agent_runs"] {
        let query = format!("SELECT * FROM {table}");
        let columns = store.sql(&query, |_, row| {
            text += &format!("{row:?}\n");
            ControlFlow::Continue(())
        });
        columns.expect("a table or a view");
    }
    for trace in store.stored_traces(TraceFilter::new()) {
        text += &format!("{:?}\n", trace.expect("readable").spans);
    }
    for entry in path.parent().expect("a folder").read_dir().expect("readable") {
        let path = entry.expect("readable").path();
        if path.to_string_lossy().contains("traces.db") {
            text += &String::from_utf8_lossy(&std::fs::read(path).expect("readable"));
        }
    }
    text
}

/// Runs spans through the stages, a meter and every exporter, live, and returns all that came out.
pub(crate) fn run(
    resource: &Resource,
    spans: Vec<SpanData>,
    stages: impl FnOnce(PipelineBuilder, &SdkMeterProvider) -> PipelineBuilder,
) -> Outputs {
    let logs = logs();
    let bodies = Shared::default();
    let (_runtime, address) = start_receiver(bodies.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("traces.jsonl");
    let console = Shared::default();
    let exported_metrics = InMemoryMetricExporter::default();
    let metrics = SdkMeterProvider::builder().with_periodic_exporter(exported_metrics.clone()).build();
    let mut pipeline = stages(Pipeline::builder().queue(10_000, 1 << 30).max_bytes(1 << 30), &metrics)
        .stage(UsageMeter::new(&metrics))
        .exporter_queue(10_000, 1 << 30)
        .export_timeout(Duration::from_secs(60))
        .flush_timeout(Duration::from_secs(120))
        .export(JsonLinesExporter::open(&path).expect("a file"))
        .export(SqliteExporter::open(folder.path().join("traces.db")).expect("a store"))
        .export(ConsoleExporter::new(console.clone()).with_attributes(true))
        .export_with(move || {
            SpanExporter::builder().with_tonic().with_endpoint(format!("http://{address}")).build()
        })
        .build()
        .expect("valid");
    let handle = pipeline.handle();
    pipeline.set_resource(resource);
    for span in spans {
        pipeline.on_end(span);
    }
    // What is lost while it runs is logged; at shutdown it is only counted.
    let flushed = pipeline.force_flush();
    let ended = pipeline.shutdown_with_timeout(Duration::from_secs(120));
    metrics.force_flush().expect("in memory");
    let stats = handle.stats();
    Outputs {
        delivered: stats.delivered,
        json_lines: std::fs::read_to_string(&path).expect("written"),
        metrics: format!("{:?}", exported_metrics.get_finished_metrics().expect("in memory")),
        logs: logs.text(),
        errors: format!(
            "{flushed:?} {ended:?} {:?}",
            stats.exporters.iter().map(|exporter| &exporter.last_error).collect::<Vec<_>>()
        ),
        stats: format!("{stats:?} {stats}"),
        console: console.text(),
        store: stored(&folder.path().join("traces.db")),
        otlp: bodies.text(),
    }
}
