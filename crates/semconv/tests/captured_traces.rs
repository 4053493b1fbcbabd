//! Every captured trace gives one true count per call, whoever wrote the span.

#![expect(clippy::unwrap_used, reason = "test data is as expected, or the test fails")]

mod captured;

use std::collections::BTreeMap;

use captured::captures;
use otel_genai_pipeline::Span;
use otel_genai_semconv::dialect::{Config, Profile, Reader, Reading};
use otel_genai_semconv::usage::Source;
use otel_genai_semconv::{Role, TokenUsage};
use serde_json::Value as Json;

/// A name of the truth's, and where our count is.
type Field = (&'static str, fn(&TokenUsage) -> Option<u64>);

const FIELDS: [Field; 11] = [
    ("input_total", |usage| usage.input),
    ("input_uncached", TokenUsage::uncached_input),
    ("cache_read", |usage| usage.cache_read),
    ("cache_write_total", |usage| usage.cache_write),
    ("cache_write_5m", |usage| usage.cache_write_5m),
    ("cache_write_1h", |usage| usage.cache_write_1h),
    ("cache_write_30m", |usage| usage.cache_write_30m),
    ("output_total", |usage| usage.output),
    ("reasoning", |usage| usage.reasoning),
    ("audio_in", |usage| usage.audio_input),
    ("audio_out", |usage| usage.audio_output),
];

/// Counts that a span states and that are not the model's: `lost` by the truth's account, yet not absent.
const OTHER_UNITS: [(&str, &str); 2] = [
    // Cohere bills fewer tokens than the model sees, and OpenLLMetry writes the billed ones, as the conventions ask.
    ("opentelemetry.instrumentation.cohere", "input_total"),
    ("opentelemetry.instrumentation.cohere", "input_uncached"),
];

/// Every span that stands for a call, with its truth and its reading.
fn calls() -> Vec<(String, Span, Json, Reading)> {
    let reader = Reader::default();
    let mut calls = Vec::new();
    for capture in captures() {
        for truth in capture.truth["llm_spans"].as_array().unwrap() {
            let id = truth["span_id"].as_str().unwrap();
            let span = capture.spans.iter().find(|span| span.span_id().to_string() == id).unwrap();
            let place = format!("{} {id} ({})", capture.name, span.scope().name());
            calls.push((place, span.clone(), truth.clone(), reader.read(span)));
        }
    }
    calls
}

#[test]
fn counts_equal_the_truth_wherever_the_span_kept_it() {
    let (mut compared, mut wrong) = (0, Vec::new());
    let mut unrecoverable: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (place, span, truth, reading) in calls() {
        assert_eq!(reading.role, Role::LlmCall, "{place}");
        for (field, count) in FIELDS {
            let (expected, found) = (truth["tokens"][field].as_u64(), count(&reading.usage));
            compared += 1;
            if found == expected || (expected == Some(0) && found.is_none()) {
                continue;
            }
            let scope = span.scope().name();
            let is_absent = found.is_none() || reading.source != Some(Source::Reported);
            // What is not cached follows from the cache counts, and is an upper bound where those are unknown.
            let is_excused = is_absent || field == "input_uncached" || OTHER_UNITS.contains(&(scope, field));
            if is_lost(&truth, field) && is_excused {
                if expected.is_some_and(|count| count > 0) && truth["usage_on_wire"] == true {
                    *unrecoverable.entry((scope.to_owned(), field)).or_default() += 1;
                }
            } else {
                wrong.push(format!("{place}: {field} is {found:?}, was {expected:?}: {reading:?}"));
            }
        }
    }
    println!("{compared} counts compared");
    for ((scope, field), count) in unrecoverable {
        println!("unrecoverable: {scope}: {field} x{count}");
    }
    assert!(compared > 4000, "{compared} counts");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Tells whether the span does not carry a count, by the truth's own account.
fn is_lost(truth: &Json, field: &str) -> bool {
    let lost = |names: &[&str]| {
        truth["lost"].as_array().unwrap().iter().any(|name| names.iter().any(|known| name == known))
    };
    match field {
        _ if truth["usage_on_wire"] == false => true,
        "input_uncached" => lost(&["input_total", "cache_read", "cache_write_total"]),
        "cache_write_5m" | "cache_write_1h" | "cache_write_30m" => {
            let (whole, part) = (&truth["recorded_at"]["cache_write_total"], &truth["recorded_at"][field]);
            // A lifetime that was found where the sum stands is only the same number.
            lost(&["cache_write_ttl_split", "cache_write_total"])
                || (part == whole && truth["provider"] != "openai")
        }
        _ => lost(&[field]),
    }
}

#[test]
fn spans_around_calls_are_no_calls() {
    let reader = Reader::default();
    let mut seen = 0;
    for capture in captures() {
        for over in capture.truth["non_llm_spans_over_calls"].as_array().unwrap() {
            let span =
                capture.spans.iter().find(|span| over["span_id"] == span.span_id().to_string()).unwrap();
            let reading = reader.read(span);
            seen += 1;
            // These two write one span per call of their own, around that of another library: twins, not roll-ups.
            let is_twin = ["mistralai_sdk_tracer", "traccia.langchain"].contains(&span.scope().name());
            assert_eq!(
                reading.role == Role::LlmCall,
                is_twin,
                "{} {}: {reading:?}",
                capture.name,
                span.name()
            );
        }
        for tool in capture.truth["tool_spans"].as_array().unwrap() {
            let span =
                capture.spans.iter().find(|span| tool["span_id"] == span.span_id().to_string()).unwrap();
            // A model span that asks for a tool is listed too where no span stands for the tool itself.
            assert!(
                matches!(reader.read(span).role, Role::Tool | Role::LlmCall),
                "{} {}",
                capture.name,
                span.name()
            );
        }
    }
    assert!(seen > 200, "{seen} spans");
}

#[test]
fn a_call_is_identified() {
    let (mut ids, mut reasons) = (0, 0);
    for (place, _, truth, reading) in calls() {
        if truth["response_id_recorded"] == true {
            // LiteLLM writes an id of its own where the provider's answer was translated.
            let is_own = place.contains("(litellm)") && truth["api"] == "messages";
            assert!(
                is_own || truth["response_id"] == reading.response_id.as_deref().unwrap_or(""),
                "{place}: {reading:?}"
            );
            ids += 1;
        }
        if truth["finish_reason_at"].as_array().is_some_and(|places| !places.is_empty()) {
            assert_eq!(reading.finish_reasons.len(), 1, "{place}: {reading:?}");
            reasons += 1;
        }
        let served = truth["provider"].as_str().unwrap();
        let told = reading.provider.as_deref();
        let is_told = match served {
            // Only the address tells Google's two services apart, and Azure from OpenAI; here all is on loopback.
            "gcp.gemini" => told.is_some_and(|provider| provider.starts_with("gcp.")),
            "azure.ai.openai" => matches!(told, Some("openai" | "azure.ai.openai")),
            // rig 0.36 names neither provider nor model on its streaming spans.
            _ if place.contains("(rig-demo)") => told.is_none_or(|provider| provider == served),
            served => told == Some(served),
        };
        assert!(is_told, "{place}: {told:?} instead of {served}");
    }
    assert!(ids > 300 && reasons > 240, "{ids} ids, {reasons} reasons");
}

#[test]
fn order_of_attributes_changes_nothing() {
    let reader = Reader::default();
    for capture in captures() {
        for span in &capture.spans {
            let mut turned = span.clone();
            turned.attributes_mut().reverse();
            assert_eq!(reader.read(&turned), reader.read(span), "{} {}", capture.name, span.name());
        }
    }
}

#[test]
fn normalising_twice_is_normalising_once() {
    for profile in [Profile::Compat, Profile::Latest] {
        for drop in [false, true] {
            let reader = Reader::new(Config::default().profile(profile).drop_originals(drop));
            for capture in captures() {
                for span in &capture.spans {
                    let place = format!("{} {} {profile:?} drop {drop}", capture.name, span.name());
                    let mut once = span.clone();
                    let mut reading = reader.normalise(&mut once);
                    assert_eq!(reading, reader.read(span), "{place}");
                    let mut twice = once.clone();
                    let again = reader.normalise(&mut twice);
                    assert_eq!(twice.attributes(), once.attributes(), "{place}");
                    reading.passes.clear();
                    if reading.is_llm_call() {
                        assert_eq!(again, reading, "{place}");
                    }
                    assert_eq!(again.role, reading.role, "{place}");
                }
            }
        }
    }
}
