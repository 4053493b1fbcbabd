//! What a guardrail's span says, however its check ends.

use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;
use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_record::{Enforcement, GuardrailCategory, RunContext, guardrail};
use otel_genai_semconv::Role;
use otel_genai_semconv::dialect::Reader;
use otel_genai_semconv::names::guardrail as names;
use tracing_subscriber::layer::SubscriberExt;

/// Runs `code` and returns the spans that came of it.
fn spans_of(code: impl FnOnce()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let pipeline = Pipeline::builder().export(exporter.clone()).build().expect("builds");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), code);
    provider.force_flush().expect("flushes");
    let spans = exporter.get_finished_spans().expect("kept");
    provider.shutdown().expect("shuts down");
    spans
}

fn said(span: &SpanData) -> BTreeMap<&str, String> {
    let ours = span.attributes.iter().filter(|attribute| attribute.key.as_str().starts_with("guardrail."));
    ours.map(|attribute| (attribute.key.as_str(), attribute.value.to_string())).collect()
}

/// Runs a check and returns the status and whether it says it has triggered.
fn result_of(code: impl FnOnce()) -> (String, Option<String>, Status) {
    let spans = spans_of(code);
    assert_eq!(spans.len(), 1, "one check, one span");
    let mut said = said(&spans[0]);
    (said.remove(names::STATUS).expect("a status"), said.remove(names::TRIGGERED), spans[0].status.clone())
}

fn check() -> otel_genai_record::Guardrail {
    guardrail("test", GuardrailCategory::Pii)
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("is ready")
}

#[test]
fn every_end_has_its_own_status() {
    type Case = (&'static str, Option<&'static str>, fn());
    let cases: &[Case] = &[
        ("triggered", Some("true"), || assert!(check().triggers_if(|| true))),
        ("not_triggered", Some("false"), || assert!(!check().triggers_if(|| false))),
        ("not_triggered", Some("false"), || assert!(check().passes_if(|| true))),
        ("triggered", Some("true"), || assert!(!check().passes_if(|| false))),
        ("triggered", Some("true"), || assert_eq!(check().triggers_if(|| Ok::<_, ()>(true)), Ok(true))),
        ("failed", None, || assert_eq!(check().triggers_if(|| Err::<bool, _>("down")), Err("down"))),
        ("failed", None, || assert_eq!(check().passes_if(|| Err::<bool, _>("down")), Err("down"))),
        ("failed", None, || {
            let panicked = catch_unwind(|| check().triggers_if(|| -> bool { panic!("in the check") }));
            assert!(panicked.is_err());
        }),
        ("triggered", Some("true"), || assert!(now(check().triggers_if_async(ready(true))))),
        ("not_triggered", Some("false"), || assert!(now(check().passes_if_async(ready(true))))),
        ("failed", None, || assert!(now(check().triggers_if_async(ready(Err::<bool, _>(())))).is_err())),
        ("not_run", None, || assert!(check().triggers_if_async(pending::<bool>()).now_or_never().is_none())),
        ("failed", None, || {
            async fn panicking() -> bool {
                panic!("in the check")
            }
            let panicking = check().passes_if_async(panicking());
            assert!(catch_unwind(AssertUnwindSafe(|| now(panicking))).is_err());
        }),
        ("not_run", None, || {
            // Cancelled by a panic that is not its own.
            let mut cancelled = Box::pin(check().triggers_if_async(pending::<bool>()));
            assert!((&mut cancelled).now_or_never().is_none());
            let panicked = catch_unwind(AssertUnwindSafe(move || {
                let _cancelled = cancelled;
                panic!("elsewhere");
            }));
            assert!(panicked.is_err());
        }),
        ("triggered", Some("true"), || check().open().triggered()),
        ("not_triggered", Some("false"), || check().open().not_triggered()),
        ("modified", Some("true"), || check().open().modified()),
        ("not_run", None, || check().open().not_run()),
        ("failed", None, || check().open().failed()),
        ("not_run", None, || drop(check().open())),
        ("failed", None, || {
            let panicked = catch_unwind(|| {
                let _check = check().open();
                panic!("around it");
            });
            assert!(panicked.is_err());
        }),
    ];
    for (index, (status, triggered, code)) in cases.iter().enumerate() {
        let (said, said_triggered, span_status) = result_of(code);
        assert_eq!((said.as_str(), said_triggered.as_deref()), (*status, *triggered), "case {index}");
        assert_eq!(matches!(span_status, Status::Error { .. }), *status == "failed", "case {index}");
    }
}

#[test]
fn a_span_says_what_was_stated_and_nothing_else() {
    let spans = spans_of(|| {
        guardrail("addresses", GuardrailCategory::Pii).triggers_if(|| false);
        guardrail("cards", GuardrailCategory::OutputValidation)
            .enforcement(Enforcement::Block)
            .policy_id("p-1")
            .open()
            .reason("one card number")
            .enforcement(Enforcement::Modify)
            .modified();
    });
    let expected = |pairs: &[(&'static str, &str)]| -> BTreeMap<&str, String> {
        pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
    };
    assert_eq!(spans[0].name, "guardrail addresses");
    let stated = [
        (names::NAME, "addresses"),
        (names::CATEGORY, "pii"),
        (names::STATUS, "not_triggered"),
        (names::TRIGGERED, "false"),
    ];
    assert_eq!(said(&spans[0]), expected(&stated));
    let stated = [
        (names::NAME, "cards"),
        (names::CATEGORY, "output_validation"),
        (names::ENFORCEMENT_MODE, "modify"),
        (names::POLICY_ID, "p-1"),
        (names::REASON, "one card number"),
        (names::STATUS, "modified"),
        (names::TRIGGERED, "true"),
    ];
    assert_eq!(said(&spans[1]), expected(&stated));
    for span in spans {
        assert_eq!(Span::from(span.clone()).get_str(names::SPAN_TYPE), Some("guardrail"));
        assert_eq!(Reader::default().read(&Span::from(span)).role, Role::Guardrail);
    }
}

#[test]
fn what_a_check_does_is_below_its_span_and_in_its_run() {
    let spans = spans_of(|| {
        RunContext::new().session("s-1").enter(|| {
            check().triggers_if(|| tracing::info_span!("sync").in_scope(|| false));
            now(check().triggers_if_async(async { tracing::info_span!("async").in_scope(|| false) }));
        });
    });
    let find = |name: &str| spans.iter().find(|span| span.name == name).expect("is there");
    for name in ["sync", "async"] {
        let parent = spans.iter().find(|span| span.span_context.span_id() == find(name).parent_span_id);
        assert_eq!(parent.expect("a parent").name, "guardrail test");
    }
    let session =
        |span: &SpanData| span.attributes.iter().any(|attribute| attribute.key.as_str() == "session.id");
    assert!(spans.iter().all(session));
}

#[test]
fn a_check_runs_without_any_subscriber() {
    assert!(check().triggers_if(|| true));
    assert!(now(check().passes_if_async(ready(true))));
    check().open().reason("none").triggered();
    // One that records nothing of OpenTelemetry.
    tracing::subscriber::with_default(tracing_subscriber::registry(), || {
        assert!(check().triggers_if(|| true));
        drop(check().open());
    });
}
