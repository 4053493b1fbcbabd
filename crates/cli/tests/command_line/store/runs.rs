//! Spans to store: a few whose every figure is known, and some that other libraries recorded.

use std::path::Path;

use serde_json::{Value, json};

/// 2026-11-01T00:00:00Z, in seconds.
const NOVEMBER: u64 = 1_793_491_200;

const DAY: u64 = 86_400;

/// The id of a run.
pub(crate) fn id(run: u8) -> String {
    format!("{run:02x}{:030x}", 7)
}

/// A request line with one span.
fn line(
    run: u8,
    span: u8,
    parent: Option<u8>,
    name: &str,
    start: u64,
    seconds: u64,
    attributes: &Value,
) -> Value {
    let attributes: Vec<Value> = attributes
        .as_object()
        .expect("an object")
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Value::String(text) => json!({ "stringValue": text }),
                Value::Number(number) if number.is_u64() => json!({ "intValue": number.to_string() }),
                other => json!({ "doubleValue": other }),
            };
            json!({ "key": key, "value": value })
        })
        .collect();
    let mut span = json!({
        "traceId": id(run),
        "spanId": format!("{run:08x}{span:08x}"),
        "name": name,
        "startTimeUnixNano": format!("{start}000000000"),
        "endTimeUnixNano": format!("{}000000000", start + seconds),
        "attributes": attributes,
        "flags": 1,
    });
    if let Some(parent) = parent {
        span["parentSpanId"] = format!("{run:08x}{parent:08x}").into();
    }
    span
}

fn call(model: &str, input: u64, output: u64, cost: Option<f64>, text: &str) -> Value {
    let message =
        |role: &str, text: &str| json!([{ "role": role, "parts": [{ "type": "text", "content": text }] }]);
    let mut attributes = json!({
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": input,
        "gen_ai.usage.output_tokens": output,
        "gen_ai.input.messages": message("user", text).to_string(),
        "gen_ai.output.messages": message("assistant", "Certainly.").to_string(),
    });
    if let Some(cost) = cost {
        attributes["llm.cost.total"] = cost.into();
    }
    attributes
}

/// Three runs: one that went well, one that failed a day later, and one whose root never came, another day later.
pub(crate) fn lines() -> String {
    let mut failed = line(
        2,
        1,
        None,
        "answer mail",
        NOVEMBER + DAY,
        90,
        &json!({
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "clerk",
            "otel_genai.project": "office",
            "session.id": "s-2",
            "user.id": "bob",
        }),
    );
    failed["status"] = json!({ "code": 2, "message": "out of stamps" });
    let mut blocked = call("gpt-4o-mini", 40, 0, None, "my card is lost");
    blocked["guardrail.findings"] = json!([{
        "name": "pii", "category": "pii", "status": "triggered", "source": "test", "confidence": "high",
    }])
    .to_string()
    .into();
    let spans = [
        line(
            1,
            1,
            None,
            "plan trip",
            NOVEMBER,
            5,
            &json!({
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": "planner",
                "otel_genai.project": "travel",
                "otel_genai.tenant": "acme",
                "session.id": "s-1",
                "user.id": "ann",
            }),
        ),
        line(
            1,
            2,
            Some(1),
            "chat gpt-4o",
            NOVEMBER + 1,
            2,
            &call("gpt-4o", 1000, 200, Some(0.75), "Plan a trip to Zürich"),
        ),
        line(
            1,
            3,
            Some(1),
            "book",
            NOVEMBER + 3,
            1,
            &json!({
                "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "book_train",
            }),
        ),
        failed,
        line(2, 2, Some(1), "chat gpt-4o-mini", NOVEMBER + DAY + 1, 3, &blocked),
        line(
            3,
            2,
            Some(1),
            "chat gpt-4o",
            NOVEMBER + 2 * DAY,
            1,
            &call("gpt-4o", 10, 5, Some(0.001), "hello"),
        ),
    ];
    let resource = json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "test" } }] });
    let lines = spans.map(|span| {
        let scopes = json!([{ "scope": { "name": "test" }, "spans": [span] }]);
        json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] }).to_string() + "\n"
    });
    lines.concat()
}

/// Replaces the value of an attribute of a request line that has it.
pub(crate) fn with_attribute(line: &str, key: &str, value: &str) -> String {
    let mut line: Value = serde_json::from_str(line).expect("JSON");
    let attributes = &mut line["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"];
    let attribute = attributes.as_array_mut().expect("a list").iter_mut().find(|one| one["key"] == key);
    attribute.expect("it is there")["value"] = json!({ "stringValue": value });
    line.to_string() + "\n"
}

/// Traces of agents, with tools, guardrails, an error, and calls that two libraries report.
const CAPTURES: [&str; 7] = [
    "logfire__openai_agents__guardrail_in",
    "off_genai_anthropic__anthropic__tools-content",
    "off_genai_langchain__langgraph__agent-anthropic-content",
    "openinference__langgraph__pii_agent",
    "openinference__openai_agents__agent_as_tool",
    "openllmetry__bedrock__tools",
    "openllmetry__langchain__rate_429",
];

/// Returns captured traces as their libraries wrote them.
pub(crate) fn captured() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/traces.jsonl.zst");
    let archive = zstd::decode_all(std::fs::File::open(path).expect("is there")).expect("is whole");
    let mut lines = String::new();
    for file in std::str::from_utf8(&archive).expect("UTF-8").lines() {
        let file: Value = serde_json::from_str(file).expect("JSON");
        if CAPTURES.contains(&file["name"].as_str().unwrap_or_default()) {
            let requests = file["requests"].as_array().expect("a list");
            requests.iter().for_each(|request| lines += &format!("{request}\n"));
        }
    }
    lines
}
