//! Secrets, and the places that they are planted in.

use std::collections::HashMap;
use std::fs::File;

use opentelemetry::trace::{Status, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai::{JsonLinesReader, Span};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_redaction_corpus::{Category, Split, generate, kind};
use serde_json::json;

/// A text with a secret in it.
pub(crate) struct Secret {
    pub(crate) kind: String,
    pub(crate) text: String,
    /// What must not come out: the secret, and its runs of letters and digits that are long enough to be of use.
    pub(crate) parts: Vec<String>,
}

/// Returns different secrets of as many kinds as there are, from the labelled set.
pub(crate) fn secrets(count: usize) -> Vec<Secret> {
    let mut by_kind: HashMap<String, usize> = HashMap::new();
    let mut all = Vec::new();
    for sample in generate(Split::Dev, 7).expect("its templates are valid") {
        let [label] = sample.labels.as_slice() else { continue };
        let is_secret = kind(label.kind).is_some_and(|kind| kind.category == Category::Secret);
        let value = &sample.text[label.start..label.end];
        if !is_secret || sample.text.len() > 4000 || value.len() < 12 {
            continue;
        }
        let mut parts: Vec<String> = value
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|run| run.len() >= 16)
            .map(str::to_owned)
            .collect();
        if parts.is_empty() {
            parts.push(value.to_owned());
        }
        let place = by_kind.entry(label.kind.to_owned()).or_default();
        *place += 1;
        all.push((*place, Secret { kind: label.kind.to_owned(), text: sample.text.clone(), parts }));
    }
    // The first of every kind before the second of any.
    all.sort_by_key(|(place, _)| *place);
    let secrets: Vec<_> = all.into_iter().map(|(_, secret)| secret).take(count).collect();
    assert_eq!(secrets.len(), count);
    secrets
}

/// Returns the spans of every captured file.
pub(crate) fn captured() -> Vec<Vec<SpanData>> {
    let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/traces.jsonl.zst");
    let text = zstd::decode_all(File::open(archive).expect("is there")).expect("is zstd");
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let file: serde_json::Value = serde_json::from_slice(line).expect("is JSON");
            let requests = file["requests"].as_array().expect("an array");
            let text: String = requests.iter().map(|request| format!("{request}\n")).collect();
            JsonLinesReader::new(text.as_bytes()).map(|read| read.expect("reads").span).collect()
        })
        .collect()
}

/// Plants a secret on every text of a span.
pub(crate) fn plant(span: &mut Span, secret: &Secret) {
    let text = secret.text.as_str();
    let one_line = text.replace('\n', "\\n");
    let message =
        json!([{"role": "user", "parts": [{"type": "text", "content": format!("see {text} please")}]}]);
    let call = json!({"query": text, "more": [{"deep": text}]}).to_string();
    let deep = json!({"name": "tool", "arguments": json!({"inner": call}).to_string()}).to_string();
    span.set_name(format!("chat {text}"));
    span.set_status(Status::error(format!("failed with {text}")));
    for (key, value) in [
        ("planted.text", format!("it is:\n{text}\nand no more")),
        ("gen_ai.input.messages", message.to_string()),
        ("gen_ai.output.messages", message.to_string()),
        ("input.value", text.to_owned()),
        ("traceloop.entity.output", call.clone()),
        ("gen_ai.tool.call.arguments", call),
        ("gen_ai.request.model", format!("x {text}")),
        ("gen_ai.provider.name", format!("x {text}")),
        ("error.type", format!("x {text}")),
        ("baggage.session", one_line.clone()),
        ("planted.deep", deep.clone()),
        ("planted.broken", format!("{{\"a\": [1, \"{text}")),
        ("guardrail.name", text.to_owned()),
    ] {
        span.set(key, value);
    }
    let list = vec!["fine".into(), StringValue::from(one_line.clone())];
    span.set("planted.list", Value::Array(Array::String(list)));
    let stack = format!("Error: {text}\n    at run (main.rs:3:1)\n    at main.rs:9:1");
    let exception =
        [KeyValue::new("exception.message", text.to_owned()), KeyValue::new("exception.stacktrace", stack)];
    let planted = SpanBuilder::new("x")
        .event("exception", exception)
        .event(format!("see {text}"), [KeyValue::new("gen_ai.prompt", message.to_string())])
        .link([KeyValue::new("planted.link", deep)])
        .build();
    span.events_mut().extend(planted.events().iter().cloned());
    span.links_mut().extend(planted.links().iter().cloned());
    if let Ok(state) = TraceState::from_key_value([("vendor", one_line.as_str())]) {
        span.set_trace_state(state);
    }
    let scope = InstrumentationScope::builder(format!("scope {text}"))
        .with_version(one_line)
        .with_attributes([KeyValue::new("scope.note", text.to_owned())]);
    span.set_scope(scope.build());
    span.set_sampled(true);
}

/// A resource with every secret in it.
pub(crate) fn resource(secrets: &[Secret]) -> Resource {
    let texts = secrets.iter().enumerate();
    let attributes =
        texts.map(|(place, secret)| KeyValue::new(format!("planted.{place}"), secret.text.clone()));
    Resource::builder_empty().with_attributes(attributes).build()
}
