//! Over the captured traces of every dialect: planted secrets are gone, and everything else is as it was.

mod support;

use std::sync::Arc;

use opentelemetry::trace::{Status, TraceState};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use otel_genai_export::{JsonLinesExporter, JsonLinesReader, ReadSpan};
use otel_genai_pipeline::testing::{SpanBuilder, assert_stage_contract};
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_redact::{Action, Category, Content, ContentPolicy, FAILED, Redactor, RuleSet, rules};
use serde_json::Value as Json;
use support::expand;

fn captured() -> Vec<ReadSpan> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/traces.jsonl.zst");
    let text = zstd::decode_all(std::fs::File::open(path).expect("is a capture")).expect("is a capture");
    let mut spans = Vec::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let file: Json = serde_json::from_slice(line).expect("is a capture");
        let text: String = file["requests"]
            .as_array()
            .expect("is a capture")
            .iter()
            .map(|request| format!("{request}\n"))
            .collect();
        spans.extend(
            JsonLinesReader::new(text.as_bytes()).collect::<Result<Vec<_>, _>>().expect("is a capture"),
        );
    }
    assert!(spans.len() > 100);
    spans
}

/// Texts with a secret each, and the part of it that must not come out.
fn secrets(count: usize) -> Vec<(String, String)> {
    let forms: Vec<&str> =
        rules().filter(|rule| rule.category() == Category::Secret).map(|rule| rule.examples()[0]).collect();
    (0..)
        .map(|seed| expand(forms[seed as usize % forms.len()], seed + 100))
        .filter_map(|(text, parts)| {
            parts.into_iter().filter(|part| part.len() >= 10).max_by_key(String::len).map(|part| (text, part))
        })
        .take(count)
        .collect()
}

/// Plants a text on every surface of a span that can take it.
fn plant(span: &mut Span, text: &str) {
    let one_line = text.replace('\n', "\\n");
    let json = serde_json::json!([{"role": "user", "parts": [{"type": "text", "content": format!("see {text} please")}]}]).to_string();
    let nested =
        serde_json::json!({"name": "tool", "arguments": serde_json::json!({"query": text}).to_string()})
            .to_string();
    span.set_name(format!("chat {text}"));
    span.set_status(Status::error(format!("failed with {text}")));
    span.set("planted.text", format!("it is {text}."));
    span.set("gen_ai.input.messages", json.clone());
    span.set("gen_ai.request.model", format!("x {text}"));
    span.set("planted.nested", nested.clone());
    span.set("planted.broken", format!("{{\"a\": \"{text}"));
    span.set(
        "planted.list",
        Value::Array(Array::String(vec!["fine".into(), StringValue::from(one_line.clone())])),
    );
    let stack = format!("Error: {text}\n    at main.rs:3:1");
    let planted = SpanBuilder::new("x")
        .event(
            "exception",
            [
                KeyValue::new("exception.message", text.to_owned()),
                KeyValue::new("exception.stacktrace", stack),
            ],
        )
        .event(format!("see {text}"), [KeyValue::new("gen_ai.prompt", json)])
        .link([KeyValue::new("planted.link", nested)])
        .build();
    span.events_mut().extend(planted.events().iter().cloned());
    span.links_mut().extend(planted.links().iter().cloned());
    if let Ok(state) = TraceState::from_key_value([("vendor", one_line.as_str())]) {
        span.set_trace_state(state);
    }
}

#[test]
fn two_hundred_secrets_on_every_surface_do_not_come_out() {
    let secrets = secrets(200);
    let spans = captured();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.jsonl");
    let exporter = JsonLinesExporter::open(&path).unwrap();
    let pipeline = Pipeline::builder().stage(Redactor::default());
    let mut delivered = 0;
    let mut batch = Vec::new();
    let mut replay = pipeline.replay(|_, spans| {
        delivered += spans.len();
        batch.extend(spans.into_iter().map(Span::into_data));
        Ok::<_, std::convert::Infallible>(())
    });
    let mut pushed = 0;
    for (index, (text, _)) in secrets.iter().enumerate() {
        // Spans of all dialects, spread over the captures.
        let read = &spans[index * (spans.len() / secrets.len()).max(1) % spans.len()];
        let mut span = Span::from(read.span.clone());
        plant(&mut span, text);
        let Ok(()) = replay.push(&read.resource, span);
        pushed += 1;
    }
    let Ok(_) = replay.finish();
    assert_eq!(delivered, pushed);
    let debug = format!("{batch:?}");
    futures(exporter.export(batch)).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("otel_genai.redaction.rules"));
    let out: Vec<_> = secrets
        .iter()
        .filter(|(_, part)| written.contains(part.as_str()) || debug.contains(part.as_str()))
        .collect();
    assert!(out.is_empty(), "{} came out: {out:#?}", out.len());
}

/// Runs a future that is ready at once, as writing a file is.
fn futures<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

#[test]
fn ordinary_data_survives() {
    let redactor = Redactor::default();
    let mut texts = 0;
    let mut changed = Vec::new();
    for read in captured() {
        let before = Span::from(read.span);
        let mut after = before.clone();
        assert!(!redactor.redact(&mut after));
        assert_eq!(
            (after.trace_id(), after.span_id(), after.parent_span_id()),
            (before.trace_id(), before.span_id(), before.parent_span_id())
        );
        assert_eq!((after.start_time(), after.end_time()), (before.start_time(), before.end_time()));
        let kept: Vec<_> = after
            .attributes()
            .iter()
            .filter(|attribute| !attribute.key.as_str().starts_with("otel_genai.redaction."))
            .collect();
        assert_eq!(kept.len(), before.attributes().len());
        for (old, new) in before.attributes().iter().zip(kept) {
            assert_eq!(old.key, new.key);
            match (&old.value, &new.value) {
                (Value::String(old_text), Value::String(new_text)) => {
                    texts += 1;
                    let is_planted = ["jane", "4111", "078-05", "555-0", "sk-"]
                        .iter()
                        .any(|part| old_text.as_str().to_lowercase().contains(part));
                    if old_text != new_text && !is_planted {
                        changed.push(format!(
                            "{}: {} -> {}",
                            old.key,
                            difference(old_text.as_str(), new_text.as_str()).0,
                            difference(old_text.as_str(), new_text.as_str()).1
                        ));
                    }
                    if serde_json::from_str::<Json>(old_text.as_str()).is_ok() {
                        assert!(
                            serde_json::from_str::<Json>(new_text.as_str()).is_ok(),
                            "{}: {new_text}",
                            old.key
                        );
                    }
                    let fact = ["model", "finish_reason", ".id", "usage", "cost"]
                        .iter()
                        .any(|part| old.key.as_str().contains(part))
                        && !["content", "message.", "value"]
                            .iter()
                            .any(|part| old.key.as_str().contains(part));
                    assert!(!fact || old_text == new_text, "{}: {old_text} -> {new_text}", old.key);
                }
                // Figures and truth values are never touched.
                (old_value, new_value) => assert_eq!(old_value, new_value, "{}", old.key),
            }
        }
    }
    assert!(texts > 1000, "{texts}");
    // Besides the customer whom the captures are about, nothing was found.
    assert!(changed.is_empty(), "{} of {texts}: {changed:#?}", changed.len());
}

fn difference<'t>(old: &'t str, new: &'t str) -> (&'t str, &'t str) {
    let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let from = (0..=same.saturating_sub(20))
        .rev()
        .find(|at| old.is_char_boundary(*at) && new.is_char_boundary(*at))
        .unwrap_or(0);
    let cut = |text: &'t str| {
        let mut end = (from + 70).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        &text[from..end]
    };
    (cut(old), cut(new))
}

#[test]
fn a_check_that_panics_takes_the_value_out() {
    let rules = RuleSet::builder().validator("email", |_| panic!("a mistake in a check")).build().unwrap();
    let mut span = SpanBuilder::new("chat")
        .attribute("a", "to jane@example.org with sk-secret")
        .attribute("b", "fine")
        .attribute("gen_ai.usage.input_tokens", 5)
        .build();
    assert!(!Redactor::new(rules).redact(&mut span));
    assert_eq!(span.get_str("a"), Some(FAILED));
    assert_eq!(span.get_str("b"), Some("fine"));
    assert_eq!(span.get("otel_genai.redaction.failures"), Some(&1.into()));
    assert_eq!(span.get("gen_ai.usage.input_tokens"), Some(&5.into()));
}

#[test]
fn a_rule_can_drop_the_span() {
    let rules = RuleSet::builder().rule_action("payment_card", Action::DropSpan).build().unwrap();
    let mut out = Vec::new();
    let mut replay = Pipeline::builder().stage(Redactor::new(rules)).replay(|_, spans| {
        out.extend(spans);
        Ok::<_, std::convert::Infallible>(())
    });
    let resource = Arc::new(Resource::builder_empty().build());
    let Ok(()) = replay.push(&resource, SpanBuilder::new("a").attribute("x", "4111 1111 1111 1111").build());
    let Ok(()) = replay.push(&resource, SpanBuilder::new("b").attribute("x", "jane@example.org").build());
    let Ok(stats) = replay.finish();
    assert_eq!(out.iter().map(Span::name).collect::<Vec<_>>(), ["b"]);
    assert_eq!(stats.dropped.iter().map(|dropped| dropped.spans).sum::<u64>(), 1);
}

#[test]
fn content_can_be_off_or_full() {
    let span = || {
        SpanBuilder::new("chat")
            .attribute(
                "gen_ai.input.messages",
                r#"[{"role": "user", "parts": [{"content": "jane@example.org"}]}]"#,
            )
            .attribute("gen_ai.completion.0.content", "jane@example.org")
            .attribute("gen_ai.completion.0.finish_reason", "stop")
            .attribute("note", "jane@example.org")
            .event("gen_ai.user.message", [KeyValue::new("content", "jane@example.org")])
            .build()
    };
    let mut off = span();
    Redactor::default().content(ContentPolicy::both(Content::Off)).redact(&mut off);
    assert_eq!(off.get("gen_ai.input.messages"), None);
    assert_eq!(off.get("gen_ai.completion.0.content"), None);
    assert_eq!(off.get_str("gen_ai.completion.0.finish_reason"), Some("stop"));
    assert_eq!(off.get_str("note"), Some("[EMAIL]"));
    assert!(off.events()[0].attributes.is_empty() || !format!("{:?}", off.events()).contains("jane"));
    let mut full = span();
    Redactor::default().content(ContentPolicy::both(Content::Full)).redact(&mut full);
    assert_eq!(full.get_str("gen_ai.completion.0.content"), Some("jane@example.org"));
    assert_eq!(full.get_str("note"), Some("[EMAIL]"));
    // What gives access is nobody's content.
    let text = "jane@example.org logs in at https://jane:Hx7aQ2m9Lk@example.org, password=Hx7aQ2m9Lk";
    let mut full = SpanBuilder::new("chat").attribute("gen_ai.input.messages", text).build();
    Redactor::default().content(ContentPolicy::both(Content::Full)).redact(&mut full);
    assert_eq!(
        full.get_str("gen_ai.input.messages"),
        Some("jane@example.org logs in at https://[URL_CREDENTIALS]@example.org, password=[GENERIC_SECRET]")
    );
}

#[test]
fn keys_lengths_and_whole_attributes() {
    let mut span = SpanBuilder::new("chat")
        .attribute("http.request.header.authorization", "Zm9vYmFyMTIzNDU2")
        .attribute("x.password", "hunter22!")
        .attribute("user.jane@example.org", 1)
        .attribute("customer", "Jane Doe")
        .attribute("kept", "jane@example.org")
        .attribute("long", "x".repeat(1000))
        .build();
    let redactor = Redactor::default()
        .attribute_keys()
        .value_length(100)
        .attribute_action("customer", Action::Remove)
        .attribute_action("kept", Action::Report);
    redactor.redact(&mut span);
    assert_eq!(span.get_str("http.request.header.authorization"), Some("[GENERIC_SECRET]"));
    assert_eq!(span.get_str("x.password"), Some("[GENERIC_SECRET]"));
    assert_eq!(span.get("[EMAIL]"), Some(&1.into()));
    assert_eq!(span.get("customer"), None);
    assert_eq!(span.get_str("kept"), Some("jane@example.org"));
    assert_eq!(span.get_str("long").map(str::len), Some(100));
    let once = span.clone();
    redactor.redact(&mut span);
    assert_eq!(span.attributes(), once.attributes());
}

#[test]
fn the_contract_of_stages_holds() {
    assert_stage_contract(Redactor::default());
}
