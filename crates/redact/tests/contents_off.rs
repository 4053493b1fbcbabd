//! With contents off, no text of a prompt, an answer, a tool's arguments or its result is left in any captured trace.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;
use otel_genai_export::JsonLinesReader;
use otel_genai_pipeline::Span;
use otel_genai_redact::{Content, ContentPolicy, Redactor};
use otel_genai_semconv::dialect::Reader;
use serde_json::Value as Json;

/// What the enriching stage reads contents into.
const CONTENTS: [&str; 5] = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
];

fn traces() -> Vec<Vec<SpanData>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/traces.jsonl.zst");
    let text = zstd::decode_all(std::fs::File::open(path).expect("is a capture")).expect("is a capture");
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let file: Json = serde_json::from_slice(line).expect("is a capture");
            let requests = file["requests"].as_array().expect("is a capture");
            let text: String = requests.iter().map(|request| format!("{request}\n")).collect();
            JsonLinesReader::new(text.as_bytes()).map(|read| read.expect("is a capture").span).collect()
        })
        .collect()
}

/// Collects the prose in a value: pieces that stand the same way however often they were written as JSON text.
fn prose(json: &Json, out: &mut BTreeSet<String>) {
    match json {
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(inner @ (Json::Object(_) | Json::Array(_) | Json::String(_))) => prose(&inner, out),
            _ => out.extend(
                text.split(|c: char| !c.is_ascii() || c.is_ascii_control() || "\"'\\{}[]<>".contains(c))
                    .map(str::trim)
                    .filter(|piece| piece.len() >= 12 && piece.contains(' '))
                    .map(str::to_owned),
            ),
        },
        Json::Array(items) => items.iter().for_each(|item| prose(item, out)),
        Json::Object(object) => object.values().for_each(|value| prose(value, out)),
        _ => {}
    }
}

fn attributes(span: &Span) -> impl Iterator<Item = (String, &KeyValue)> {
    let of_events = span
        .events()
        .iter()
        .flat_map(|event| event.attributes.iter().map(|attribute| (format!("{}: ", event.name), attribute)));
    span.attributes().iter().map(|attribute| (String::new(), attribute)).chain(of_events)
}

#[test]
fn no_content_is_left() {
    let reader = Reader::default();
    let redactor = Redactor::default().content(ContentPolicy::both(Content::Off));
    let (mut stood, mut left) = (BTreeSet::new(), BTreeMap::new());
    for trace in traces() {
        let raw: Vec<Span> = trace.into_iter().map(Span::from).collect();
        let mut read = raw.clone();
        let mut contents = BTreeSet::new();
        for span in &mut read {
            reader.normalise(span);
            for text in CONTENTS.iter().filter_map(|key| span.get_str(key)) {
                prose(&Json::String(text.to_owned()), &mut contents);
            }
        }
        // Whether the stage stands before or behind the one that enriches.
        for mut span in raw.into_iter().chain(read) {
            for (event, attribute) in attributes(&span) {
                let text = attribute.value.to_string();
                if contents.iter().any(|piece| text.contains(piece.as_str())) {
                    stood.insert(format!("{} {event}{}", span.scope().name(), attribute.key));
                }
            }
            redactor.redact(&mut span);
            for (event, attribute) in attributes(&span) {
                let key = attribute.key.as_str();
                let text = attribute.value.to_string();
                if let Some(piece) = contents.iter().find(|piece| text.contains(piece.as_str())) {
                    left.insert(format!("{} {event}{key}", span.scope().name()), piece.clone());
                }
            }
        }
    }
    assert!(stood.len() > 100, "{stood:#?}");
    assert!(left.is_empty(), "{left:#?}");
}
