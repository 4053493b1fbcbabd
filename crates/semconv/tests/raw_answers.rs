//! Every captured raw answer of a provider gives the usage that was served.

#![expect(clippy::unwrap_used, reason = "test data is as expected, or the test fails")]

use otel_genai_semconv::usage::{self, Hint};
use otel_genai_semconv::{Answer, TokenUsage};
use serde_json::Value;

/// The truth's names, and where our counts are.
const FIELDS: [(&str, fn(&TokenUsage) -> Option<u64>); 11] = [
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

fn captured() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/raw.jsonl.zst");
    let text = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    std::str::from_utf8(&text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Counts that differ from the truth. A count that a provider leaves out because it is zero may be absent.
fn differences(truth: &Value, usage: &TokenUsage) -> Vec<String> {
    let differs = |(name, count): &(&str, fn(&TokenUsage) -> Option<u64>)| {
        let (expected, found) = (truth[*name].as_u64(), count(usage));
        let same = found == expected || (expected == Some(0) && found.is_none());
        (!same).then(|| format!("{name}: {found:?} instead of {expected:?}"))
    };
    FIELDS.iter().filter_map(differs).collect()
}

#[test]
fn usage_equals_what_was_served() {
    let files = captured();
    assert!(files.len() >= 39, "{} files", files.len());
    for file in files {
        let (name, body) = (&file["name"], &file["body"]);
        let truth = &body["truth"];
        let hints = [Hint::default(), Hint { provider: body["provider"].as_str(), model: None }];
        for hint in hints {
            let report = usage::from_raw(hint, &body["response"]);
            assert_eq!(report.is_some(), truth["usage_on_wire"] == true, "{name}: {report:?}");
            let from_text =
                Answer::from_text(hint, &body["response"].to_string()).and_then(|answer| answer.report);
            assert_eq!(from_text, report, "{name}: the pruning parser finds the same");
            let Some(report) = report else { continue };
            let mut truth = truth["tokens"].clone();
            if hint.provider.is_none() {
                // Only who the provider is tells how long a write lives that has no lifetime of its own.
                truth["cache_write_30m"] = 0.into();
            }
            assert_eq!(differences(&truth, &report.tokens), [""; 0], "{name} {hint:?}");
        }
    }
}

#[test]
fn id_model_and_finish_reason_are_found() {
    for file in captured() {
        let (name, body) = (&file["name"], &file["body"]);
        if body["truth"]["usage_on_wire"] == false {
            continue;
        }
        let answer = Answer::from_value(Hint::default(), &body["response"]).unwrap();
        let reason = body["truth"]["finish_reason"].as_str();
        match (reason, answer.finish_reasons.first().map(String::as_str)) {
            (Some(reason), Some(found)) if reason == found => {}
            // The conventions derive a reason from the status of an OpenAI Responses object.
            (Some("completed"), Some("stop" | "tool_call"))
            | (Some("incomplete:content_filter"), Some("content_filter")) => {}
            (None, None) => {}
            // A blocked prompt has no candidate that could end.
            (Some(blocked), None) if blocked.starts_with("BLOCKED") => {}
            other => panic!("{name}: {other:?}"),
        }
        if let Some(model) = answer.model {
            assert_eq!(body["truth"]["model_served"], model.as_str(), "{name}");
        }
    }
}
