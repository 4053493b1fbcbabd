//! What comes in comes out: a span read from the store equals the one written.
#![cfg(feature = "sqlite")]

use std::collections::HashMap;

use opentelemetry::trace::{SpanContext, SpanId, TraceId};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai_export::JsonLinesWriter;
use otel_genai_export::store::{SqliteExporter, Store};
use proptest::prelude::*;

use generated::Doubles;

mod generated;

/// One span as JSON Lines: doubles that are not numbers are equal there.
fn line(resource: &Resource, span: &SpanData) -> String {
    let mut writer = JsonLinesWriter::new(Vec::new());
    writer.write(resource, std::slice::from_ref(span)).expect("memory takes all");
    String::from_utf8(writer.into_inner()).expect("JSON is UTF-8")
}

/// Texts as agents send them: lists that grow, with the store's own marks strewn in.
fn history() -> impl Strategy<Value = String> {
    let message = ("[a-z\u{7f}\"\\\\é ]{0,400}", any::<bool>()).prop_map(|(text, is_plain)| {
        if is_plain {
            text
        } else {
            serde_json::json!({"role": "user", "parts": [{"content": text}]}).to_string()
        }
    });
    (prop::collection::vec(message, 0..6), 0..4_u8).prop_map(|(messages, shape)| match shape {
        0 => messages.join("\u{7f}"),
        1 => format!("[{}]", messages.join(",")),
        2 => format!("{{\"messages\": [{}], \"n\": 1}}", messages.join(", ")),
        _ => format!("\u{7f}{}", messages.concat()),
    })
}

fn batches() -> impl Strategy<Value = Vec<(Resource, Vec<SpanData>)>> {
    let all = Doubles { finite_only: false };
    let batch = (
        generated::any_resource(all),
        generated::any_spans(all),
        prop::collection::vec((history(), history(), 1..4_u128), 6),
    )
        .prop_map(|(resource, mut spans, extras)| {
            for (span, (first, second, trace)) in spans.iter_mut().zip(extras) {
                span.attributes.push(KeyValue::new("gen_ai.input.messages", first.clone()));
                span.attributes.push(KeyValue::new(
                    "list",
                    Value::Array(Array::String(vec![first.into(), second.into()])),
                ));
                // Few traces, so that batches continue each other's.
                let context = &span.span_context;
                span.span_context = SpanContext::new(
                    TraceId::from(trace),
                    context.span_id(),
                    context.trace_flags(),
                    context.is_remote(),
                    context.trace_state().clone(),
                );
            }
            (resource, spans)
        });
    prop::collection::vec(batch, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_spans_come_back_equal(batches in batches(), text_search in any::<bool>()) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let exporter = SqliteExporter::builder(&path).text_search(text_search).build().expect("opens");
        let mut expected: HashMap<(TraceId, SpanId), String> = HashMap::new();
        for (resource, spans) in &batches {
            let counts = exporter.write(resource, spans.clone()).expect("writes");
            prop_assert_eq!(counts.stored + counts.repeated, spans.len() as u64);
            for span in spans {
                let id = (span.span_context.trace_id(), span.span_context.span_id());
                expected.entry(id).or_insert_with(|| line(resource, span));
            }
        }
        let store = Store::open(&path).expect("opens");
        let mut read = HashMap::new();
        for trace in (1..4_u128).map(TraceId::from) {
            for item in store.trace(trace).expect("reads").into_iter().flat_map(|trace| trace.spans) {
                let id = (item.span.span_context.trace_id(), item.span.span_context.span_id());
                prop_assert!(read.insert(id, line(&item.resource, &item.span)).is_none(), "twice");
            }
        }
        prop_assert_eq!(read, expected);
        let report = store.check(|_| ()).expect("checks");
        prop_assert!(report.is_sound(), "{:?}", report.problems);
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = otel_genai_export::store::SqliteExporter::open(&path).expect("a store");
    for entry in directory.path().read_dir().expect("readable") {
        let entry = entry.expect("readable");
        let mode = entry.metadata().expect("readable").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}: {mode:o}", entry.file_name());
    }
    drop(exporter);
}
