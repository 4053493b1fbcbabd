//! What a trace says of guardrails, in words for a line.

use otel_genai_pipeline::Span;
use otel_genai_semconv::names::guardrail;
use serde_json::Value;

/// Returns the guardrails that fired on a span, each once; a guess with a question mark.
pub(super) fn fired(span: &Span) -> Vec<String> {
    let findings = span.get_str(guardrail::FINDINGS).and_then(|json| serde_json::from_str(json).ok());
    let Some(Value::Array(findings)) = findings else { return Vec::new() };
    let mut names = Vec::new();
    for finding in &findings {
        let text = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default();
        if !matches!(text("status"), "triggered" | "modified") || text("name").is_empty() {
            continue;
        }
        let guess = if text("confidence") == "low" { "?" } else { "" };
        let name = format!("{}{guess}", words(text("name")));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Returns the kinds of guardrails that the summary of a trace misses.
pub(super) fn missing(spans: &[&Span]) -> Vec<String> {
    let summaries = spans.iter().filter_map(|span| span.get_str(guardrail::SUMMARY));
    let mut missing = Vec::new();
    for summary in summaries {
        let Ok(summary) = serde_json::from_str::<Value>(summary) else { continue };
        let entries = summary.get("missing").and_then(Value::as_array);
        let categories = entries.into_iter().flatten().filter_map(|entry| entry.get("category")?.as_str());
        for category in categories.map(words) {
            if !missing.contains(&category) {
                missing.push(category);
            }
        }
    }
    missing
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}
