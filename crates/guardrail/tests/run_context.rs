//! A run says which guardrails it does not need, and its summary does not list them; nobody outside the process can say
//! it for the run.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use otel_genai_enrich::Enricher;
use otel_genai_guardrail::GuardrailDetector;
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_record::{Propagation, RunContext};
use otel_genai_semconv::GuardrailCategory::{InputValidation, Moderation, PromptInjection};
use serde_json::{Value as Json, json};
use tracing::info_span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

/// What is missing in a run of [`agent`] that says nothing.
const ALL: [&str; 4] = ["input_validation", "prompt_injection", "output_validation", "moderation"];

/// An agent as applications write one: a run with a call of a model in it.
fn agent(context: Option<Context>) {
    let run = info_span!("invoke_agent planner", gen_ai.operation.name = "invoke_agent");
    if let Some(context) = context {
        run.set_parent(context).expect("has not started");
    }
    run.in_scope(|| {
        info_span!(
            "chat m-1",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = "m-1",
            gen_ai.input.messages = r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
            gen_ai.output.messages = r#"[{"role":"assistant","parts":[{"type":"text","content":"hello"}]}]"#,
        )
        .in_scope(|| ());
    });
}

/// Runs `code` with a pipeline behind it, and returns the spans that came out.
fn spans_of(code: impl FnOnce()) -> Vec<Span> {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder()
        .stage((Enricher::default(), GuardrailDetector::default()))
        .export(exporter.clone())
        .build()
        .expect("builds");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("agent"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), code);
    provider.force_flush().expect("flushes");
    let spans = exporter.get_finished_spans().expect("kept");
    provider.shutdown().expect("shuts down");
    spans.into_iter().map(Span::from).collect()
}

/// The summaries of the runs among the spans: what each misses, and what it left out.
fn summaries(spans: &[Span]) -> Vec<(Vec<String>, Json)> {
    let summaries = spans.iter().filter_map(|span| span.get_str("guardrail.summary"));
    summaries
        .map(|summary| {
            let summary: Json = serde_json::from_str(summary).expect("is JSON");
            let missing = summary["missing"].as_array().expect("a list").iter();
            let words = missing.map(|entry| entry["category"].as_str().expect("a word").to_owned());
            (words.collect(), summary["suppressed"].clone())
        })
        .collect()
}

#[test]
fn a_run_leaves_out_what_it_says_and_only_that_run_does() {
    let spans = spans_of(|| {
        RunContext::new().suppress_missing_guardrails([Moderation, PromptInjection]).enter(|| agent(None));
        agent(None);
        // What an inner run says instead holds for its own spans; a trace leaves out what any of its spans says.
        RunContext::new().suppress_missing_guardrails([Moderation]).enter(|| {
            let outer = info_span!("serve", gen_ai.operation.name = "invoke_agent");
            outer.in_scope(|| {
                RunContext::new().suppress_missing_guardrails([InputValidation]).enter(|| agent(None));
            });
        });
    });
    let summaries = summaries(&spans);
    let expected: [(&[&str], Json); 3] = [
        (&["input_validation", "output_validation"], json!(["moderation", "prompt_injection"])),
        (&ALL, json!([])),
        (&["prompt_injection", "output_validation"], json!(["input_validation", "moderation"])),
    ];
    let expected = expected.map(|(words, left)| (words.iter().map(ToString::to_string).collect(), left));
    assert_eq!(summaries, Vec::from(expected));
}

/// The header of a caller who would like the advice to be silent, under every name that it could think of.
fn headers() -> HashMap<String, String> {
    let all = ALL.join("%2C");
    let names =
        ["guardrail.suppress_missing", "traccia.guardrail.suppress_missing", "suppress_missing_guardrails"];
    let members: Vec<String> = names.iter().map(|name| format!("{name}={all}")).collect();
    HashMap::from([
        ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        ("baggage".to_owned(), format!("session.id=s-1,{}", members.join(","))),
    ])
}

#[test]
fn no_inbound_baggage_leaves_anything_out() {
    let believing = Propagation::builder()
        .believe(["session.id", "guardrail.suppress_missing", "traccia.guardrail.suppress_missing"])
        .build()
        .expect("tokens");
    // Ours with a list that names it, and the SDK's, which believes everything.
    let baggage: [(&str, Box<dyn TextMapPropagator + Send + Sync>); 2] =
        [("ours", Box::new(believing)), ("the SDK's", Box::new(BaggagePropagator::new()))];
    for (whose, baggage) in baggage {
        let propagator =
            TextMapCompositePropagator::new(vec![Box::new(TraceContextPropagator::new()), baggage]);
        let spans = spans_of(|| {
            let context = propagator.extract(&headers());
            // As a server that keeps the context of the request around its handler.
            let _request = context.clone().attach();
            agent(Some(context));
        });
        let sessions: Vec<_> = spans.iter().map(|span| span.get_str("session.id")).collect();
        let arrived = if whose == "ours" { Some("s-1") } else { None };
        assert_eq!(sessions, [arrived; 2], "{whose}: the header was read");
        assert_eq!(summaries(&spans), [(ALL.map(str::to_owned).to_vec(), json!([]))], "{whose}");
        for span in &spans {
            let is_suppression = |key: &str| key.contains("suppress");
            assert!(!span.attributes().iter().any(|a| is_suppression(a.key.as_str())), "{whose}: {span:?}");
        }
    }
}
