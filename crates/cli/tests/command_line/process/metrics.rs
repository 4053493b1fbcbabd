//! `--metrics` writes what the calls used, once per call.

use crate::program::Scratch;
use serde_json::Value;

fn call(scope: &str, span: &str, tokens: i64) -> String {
    serde_json::json!({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{
        "scope": {"name": scope},
        "spans": [{
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": span, "name": "chat", "kind": 3,
            "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
            "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                {"key": "gen_ai.provider.name", "value": {"stringValue": "openai"}},
                {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
                {"key": "gen_ai.response.id", "value": {"stringValue": "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWx"}},
                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": tokens}},
                {"key": "gen_ai.usage.output_tokens", "value": {"intValue": 5}},
            ],
        }],
    }]}]})
    .to_string()
}

/// Sum and count of the histogram points with this token type.
fn tokens(metrics: &Value, token_type: &str) -> Vec<(f64, String)> {
    let metrics = metrics["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().expect("metrics");
    let usage =
        metrics.iter().find(|metric| metric["name"] == "gen_ai.client.token.usage").expect("is there");
    let points = usage["histogram"]["dataPoints"].as_array().expect("points");
    let has_type = |point: &&Value| {
        let attributes = point["attributes"].as_array().expect("attributes");
        attributes.iter().any(|a| a["key"] == "gen_ai.token.type" && a["value"]["stringValue"] == token_type)
    };
    points
        .iter()
        .filter(has_type)
        .map(|point| (point["sum"].as_f64().expect("a sum"), point["count"].to_string().replace('"', "")))
        .collect()
}

#[test]
fn two_spans_of_one_call_are_metered_once() {
    let scratch = Scratch::new();
    let lines = format!(
        "{}\n{}\n",
        call("library.a", "00000000000000a1", 12),
        call("library.b", "00000000000000b2", 12)
    );
    let ended = scratch.process_with(&["--metrics", "metrics.jsonl"], &lines);
    let spans = ended.success();
    assert_eq!(spans.matches("otel_genai.duplicate_of").count(), 1, "{spans}");
    let metrics: Value = serde_json::from_slice(&scratch.read("metrics.jsonl")).expect("one line of JSON");
    assert_eq!(tokens(&metrics, "input"), [(12.0, "1".to_owned())], "{metrics}");
    assert_eq!(tokens(&metrics, "output"), [(5.0, "1".to_owned())]);
}

#[test]
fn metrics_need_a_file_of_their_own() {
    let scratch = Scratch::new();
    for arguments in [&["--metrics", "-"][..], &["--metrics", "a", "--output", "a"]] {
        let ended = scratch.process_with(arguments, "");
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("--metrics needs a file of its own"), "{}", ended.stderr);
    }
    assert!(scratch.names().is_empty());
}
