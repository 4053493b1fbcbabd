//! Many agents at once in one process: every span has exactly its agent's attributes, however its task was started.

use std::collections::{BTreeMap, HashMap, HashSet};

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use otel_genai_pipeline::Pipeline;
use otel_genai_record::{RunContext, RunFutureExt};
use tracing::{Instrument, Span, info_span};
use tracing_subscriber::layer::SubscriberExt;

const AGENTS: usize = 64;
const TASKS: usize = 8;
/// Every way to start a task, and the spans that come of it besides those of `work`.
const SPANS_OF_WORK: usize = 4;

/// Nested spans with awaits between them, so that tasks of different agents take turns on every thread.
#[tracing::instrument]
async fn work(owner: String) {
    tokio::task::yield_now().await;
    step(owner.clone()).await;
    tokio::task::yield_now().await;
    info_span!("computation", owner).in_scope(|| ());
}

#[tracing::instrument]
async fn step(owner: String) {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let attributes = [KeyValue::new("owner", owner)];
    let tracer = global::tracer("api");
    let span = tracer.span_builder("by the api").with_attributes(attributes);
    span.start_with_context(&tracer, &Context::current());
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Handle::current().block_on(future);
}

#[tracing::instrument]
async fn agent(owner: String) {
    let run = RunContext::current();
    let span = Span::current();
    let sub_agent = || RunContext::new().agent_name(format!("sub-agent of {owner}"));
    let sub_owner = format!("{owner}/sub");
    let (first, second) = (owner.clone(), owner.clone());
    let sub_span = info_span!("sub-agent", owner = sub_owner);
    let tasks: [tokio::task::JoinHandle<()>; TASKS] = [
        tokio::spawn(work(owner.clone()).in_current_run()),
        tokio::spawn(work(owner.clone()).in_current_span()),
        tokio::spawn(work(owner.clone()).instrument(info_span!("task", owner))),
        tokio::spawn(work(owner.clone()).in_current_span().in_current_run()),
        tokio::task::spawn_blocking(move || run.enter(|| block_on(work(first)))),
        tokio::task::spawn_blocking(move || span.in_scope(|| block_on(work(second)))),
        tokio::spawn(work(sub_owner.clone()).in_run(sub_agent())),
        tokio::spawn(
            async move { tokio::spawn(work(sub_owner).in_current_span()).await.expect("no panic") }
                .instrument(sub_span)
                .in_run(sub_agent()),
        ),
    ];
    work(owner.clone()).await;
    for task in tasks {
        task.await.expect("no panic");
    }
}

fn run_of(index: usize) -> RunContext {
    let run = RunContext::new().agent_name(format!("agent {index}")).session(format!("session {index}"));
    // Not every agent states every field: what is missing must not come from a neighbour.
    let run = if index.is_multiple_of(2) { run.user(format!("user {index}")) } else { run };
    let run = if index.is_multiple_of(3) { run.tenant(format!("tenant {index}")) } else { run };
    if index.is_multiple_of(5) { run.tags([format!("tag {index}"), "all".to_owned()]) } else { run }
}

fn expected(owner: &str) -> BTreeMap<String, String> {
    let mut expected = BTreeMap::from([
        ("otel_genai.project".to_owned(), "demo".to_owned()),
        ("deployment.environment.name".to_owned(), "test".to_owned()),
    ]);
    if owner == "host" {
        return expected;
    }
    let (index, is_sub) = match owner.split_once('/') {
        Some((index, _)) => (index, true),
        None => (owner, false),
    };
    let number: usize = index.parse().expect("a number");
    let name = if is_sub { format!("sub-agent of {index}") } else { format!("agent {index}") };
    expected.insert("gen_ai.agent.name".to_owned(), name);
    expected.insert("session.id".to_owned(), format!("session {index}"));
    if number.is_multiple_of(2) {
        expected.insert("user.id".to_owned(), format!("user {index}"));
    }
    if number.is_multiple_of(3) {
        expected.insert("otel_genai.tenant".to_owned(), format!("tenant {index}"));
    }
    if number.is_multiple_of(5) {
        expected.insert("otel_genai.tags".to_owned(), format!("[\"tag {index}\",\"all\"]"));
    }
    expected
}

/// What the span says about its run, and whose it is.
fn said(span: &SpanData) -> (String, BTreeMap<String, String>) {
    let prefixes = ["gen_ai.", "session.", "user.", "deployment.", "otel_genai."];
    let of_run =
        |attribute: &&KeyValue| prefixes.iter().any(|prefix| attribute.key.as_str().starts_with(prefix));
    let run = span.attributes.iter().filter(of_run);
    let owner = span.attributes.iter().find(|attribute| attribute.key.as_str() == "owner");
    let keys = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect::<HashSet<_>>();
    assert_eq!(keys.len(), span.attributes.len(), "no key is written twice: {:?}", span.attributes);
    (
        owner.unwrap_or_else(|| panic!("{} has an owner", span.name)).value.to_string(),
        run.map(|attribute| (attribute.key.to_string(), attribute.value.to_string())).collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_attribute_crosses_over() {
    let exporter = InMemorySpanExporter::default();
    let pipeline =
        Pipeline::builder().queue(65_536, 256 << 20).export(exporter.clone()).build().expect("builds");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    global::set_tracer_provider(provider.clone());
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).expect("the first");

    let host = async {
        let agents: Vec<_> = (0..AGENTS)
            .map(|index| {
                let owner = index.to_string();
                match index % 3 {
                    0 => tokio::spawn(agent(owner).in_run(run_of(index))),
                    1 => tokio::spawn(
                        async { agent(owner).in_current_span().await }
                            .in_current_span()
                            .in_run(run_of(index)),
                    ),
                    // Its span is made by the host, before the run is opened around it.
                    _ => {
                        let span = info_span!("invoke_agent", owner);
                        tokio::spawn(agent(owner).instrument(span).in_run(run_of(index)))
                    }
                }
            })
            .collect();
        for agent in agents {
            agent.await.expect("no panic");
        }
    };
    RunContext::new()
        .project("demo")
        .environment("test")
        .scope(async { host.instrument(info_span!("host", owner = "host")).await })
        .await;

    provider.force_flush().expect("flushes");
    assert_eq!(handle.stats().queue_full, 0);
    let spans = exporter.get_finished_spans().expect("kept");
    let mut counts: HashMap<String, usize> = HashMap::new();
    for span in &spans {
        let (owner, said) = said(span);
        assert_eq!(said, expected(&owner), "{} of {owner}", span.name);
        *counts.entry(owner).or_default() += 1;
    }
    for index in 0..AGENTS {
        let is_third = usize::from(index % 3 == 2);
        // Seven pieces of work are the agent's, and the spans `agent` and `task`; two are the sub-agent's.
        assert_eq!(counts[&index.to_string()], 7 * SPANS_OF_WORK + 2 + is_third, "agent {index}");
        assert_eq!(counts[&format!("{index}/sub")], 2 * SPANS_OF_WORK + 1, "sub-agent {index}");
    }
    assert_eq!(counts["host"], 1);
    provider.shutdown().expect("shuts down");
}
