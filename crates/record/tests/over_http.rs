//! What of a run crosses real HTTP: what both sides list, and nothing that a caller makes up.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use opentelemetry::KeyValue;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use otel_genai_pipeline::Pipeline;
use otel_genai_record::{Propagation, RunContext, RunFutureExt};
use tracing::{Instrument, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

/// What a service sends and believes, the trace's context always.
fn propagator(send: &[&str], believe: &[&str]) -> TextMapCompositePropagator {
    let send = send.iter().copied();
    let propagation = Propagation::builder().send(send).believe(believe.iter().copied()).build();
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(propagation.expect("sound lists")),
    ])
}

struct Service {
    propagator: TextMapCompositePropagator,
    /// The run that the service itself is in.
    own: RunContext,
}

/// Answers with the baggage that came in, after some work in spans.
async fn answer(State(service): State<Arc<Service>>, Path(case): Path<String>, headers: HeaderMap) -> String {
    let span = info_span!("request", otel.name = format!("request {case}"));
    let handled = async {
        let parent = service.propagator.extract(&HeaderExtractor(&headers));
        span.set_parent(parent).expect("has not started");
        let work = async move {
            tokio::task::yield_now().await;
            info_span!("work", otel.name = format!("work {case}")).in_scope(|| ());
        };
        tokio::spawn(work.instrument(span)).await.expect("no panic");
    };
    handled.in_run(service.own.clone()).await;
    let baggage: Vec<_> = headers.get_all("baggage").iter().map(HeaderValue::as_bytes).collect();
    String::from_utf8_lossy(&baggage.concat()).into_owned()
}

async fn serve(propagator: TextMapCompositePropagator, own: RunContext) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let router = Router::new()
        .route("/{case}", axum::routing::get(answer))
        .with_state(Arc::new(Service { propagator, own }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Calls a service as instrumented code does, and returns the baggage that it saw.
async fn call(url: String, propagator: &TextMapCompositePropagator) -> String {
    let mut headers = HeaderMap::new();
    let context = tracing::Span::current().context();
    propagator.inject_context(&context, &mut HeaderInjector(&mut headers));
    send(url, headers).await
}

async fn send(url: String, headers: HeaderMap) -> String {
    let response = reqwest::Client::new().get(url).headers(headers).send().await.expect("answers");
    assert_eq!(response.status(), 200);
    response.text().await.expect("text")
}

fn caller_run() -> RunContext {
    RunContext::new().agent_name("caller").session("s 1;x").user("u-1").tenant("acme").tags(["a,b", "c"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_both_sides_list_crosses_and_nothing_else() {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder().export(exporter.clone()).build().expect("builds");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).expect("the first");

    let trusting = serve(propagator(&[], &["session.id", "otel_genai.tags"]), RunContext::new()).await;
    let default = serve(propagator(&[], &[]), RunContext::new()).await;
    let own = RunContext::new().project("callee").tenant("own");
    let with_own_run = serve(propagator(&[], &["session.id"]), own).await;

    // A caller that may send more than the called believe.
    let open = propagator(&["session.id", "user.id", "otel_genai.tenant", "otel_genai.tags"], &[]);
    let closed = propagator(&[], &[]);
    let sent =
        "otel_genai.tags=[%22a%2Cb%22%2C%22c%22],otel_genai.tenant=acme,session.id=s%201%3Bx,user.id=u-1";
    let calls = async {
        assert_eq!(call(format!("{trusting}/trusting"), &open).await, sent);
        assert_eq!(call(format!("{default}/default"), &open).await, sent);
        assert_eq!(call(format!("{with_own_run}/own"), &open).await, sent);
        assert_eq!(call(format!("{trusting}/closed"), &closed).await, "", "nothing leaves unless listed");
    };
    calls.instrument(info_span!("caller")).in_run(caller_run()).await;

    // Callers that make things up. None may crash the service, set the tenant or the user, or hide an honest header.
    let long = format!("otel_genai.tenant=evil,{}", "x=1,".repeat(3000));
    let many: Vec<String> = (0..65).map(|index| format!("x{index}=1")).collect();
    let many = format!("{},session.id=late", many.join(","));
    type Hostile<'a> = (&'a str, &'a [&'a [u8]], Option<&'a str>);
    let hostile: &[Hostile<'_>] = &[
        ("tenant", &[b"otel_genai.tenant=evil,user.id=root,gen_ai.agent.name=root"], None),
        ("twice", &[b"session.id=a,session.id=b"], Some("b")),
        ("lines", &[b"user.id=root", b"session.id=a"], Some("a")),
        ("control", &[b"session.id=a%0d%0atenant:%20evil"], None),
        ("encoded name", &[b"otel_genai%2Etenant=evil,session%2Eid=a"], None),
        ("case", &[b"OTEL_GENAI.TENANT=evil,Session.Id=a"], None),
        ("not utf-8", &[b"session.id=%ff%fe"], None),
        ("raw bytes", &[b"session.id=\xff\xfe"], None),
        ("tags", &[b"otel_genai.tags={%22a%22:1},session.id=a"], Some("a")),
        ("garbage", &[b"=,;=;,==,session.id", b"%%%=%%%"], None),
        ("long", &[long.as_bytes()], None),
        ("many", &[many.as_bytes()], None),
    ];
    for (case, lines, _) in hostile {
        let mut headers = HeaderMap::new();
        for line in *lines {
            headers.append("baggage", HeaderValue::from_bytes(line).expect("can be sent"));
        }
        for service in [&trusting, &with_own_run] {
            let name = if service == &trusting { (*case).to_owned() } else { format!("own {case}") };
            send(format!("{service}/{name}"), headers.clone()).await;
        }
    }

    provider.force_flush().expect("flushes");
    let spans = exporter.get_finished_spans().expect("kept");
    let of_run = |attribute: &&KeyValue| {
        ["session.id", "user.id"].contains(&attribute.key.as_str())
            || attribute.key.as_str().starts_with("otel_genai.")
            || attribute.key.as_str().starts_with("gen_ai.")
    };
    let said: BTreeMap<String, BTreeMap<String, String>> = spans
        .iter()
        .map(|span| {
            let run = span.attributes.iter().filter(of_run);
            let run = run.map(|attribute| (attribute.key.to_string(), attribute.value.to_string()));
            (span.name.to_string(), run.collect())
        })
        .collect();
    let check = |case: &str, expected: &[(&str, &str)]| {
        let expected: BTreeMap<String, String> =
            expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        for span in ["request", "work"] {
            assert_eq!(said[&format!("{span} {case}")], expected, "{span} {case}");
        }
    };
    check("trusting", &[("session.id", "s 1;x"), ("otel_genai.tags", "[\"a,b\",\"c\"]")]);
    check("default", &[]);
    check("closed", &[]);
    let own = [("otel_genai.project", "callee"), ("otel_genai.tenant", "own")];
    check("own", &[own[0], own[1], ("session.id", "s 1;x")]);
    for (case, _, session) in hostile {
        let session: Vec<_> = session.iter().map(|session| ("session.id", *session)).collect();
        check(case, &session);
        check(&format!("own {case}"), &[own.as_slice(), &session].concat());
    }
    assert_eq!(said["caller"].len(), 5, "the caller's own fields stay with it: {:?}", said["caller"]);
    provider.shutdown().expect("shuts down");
}
