//! Calls are grouped by model, agent, tool, day or any attribute.

use serde_json::{Value, json};

use super::spans::{SpanLine, lines, report};

/// Names and estimated calls of the groups.
fn groups(by: &str, spans: Vec<SpanLine>) -> Vec<(Value, f64)> {
    let answer = report(&["-", "--json", "--by", by], &lines(spans)).json();
    assert_eq!(answer["by"], by);
    let groups = answer["groups"].as_array().expect("groups");
    groups
        .iter()
        .map(|group| (group["name"].clone(), group["estimated"]["calls"]["total"].as_f64().expect("a total")))
        .collect()
}

fn call(span: u64) -> SpanLine {
    SpanLine::call("e0000000000001", span).state("ot=th:c")
}

#[test]
fn by_model_the_dearest_first() {
    let spans = vec![
        call(1).model("cheap").usage(1, 1, 0.1),
        call(2).model("cheap").usage(1, 1, 0.1),
        call(3).model("dear").usage(1, 1, 3.0),
        call(4).attribute("gen_ai.request.model", "asked for"),
        call(5),
    ];
    let expected =
        [(json!("dear"), 4.0), (json!("cheap"), 8.0), (json!(null), 4.0), (json!("asked for"), 4.0)];
    assert_eq!(groups("model", spans), expected);
}

#[test]
fn by_agent_that_a_span_above_names() {
    let agent =
        |span, name: &str| SpanLine::other("e0000000000001", span).attribute("gen_ai.agent.name", name);
    let long = "x".repeat(10_000);
    let spans = vec![
        // Spans end, and are written, before those above them.
        call(3).parent(2).attribute("gen_ai.input.messages", long),
        call(4).parent(7),
        call(5).parent(1).attribute("gen_ai.agent.name", "own"),
        SpanLine::other("e0000000000001", 2).parent(1),
        agent(7, "inner").parent(1),
        agent(1, "outer"),
        // A parent that is not there, a circle, and a span of the same id in another trace.
        call(8).parent(99),
        call(9).parent(9),
        SpanLine::call("e0000000000002", 10).parent(1).state("ot=th:c"),
    ];
    let mut found = groups("agent", spans);
    found.sort_by_key(|(name, _)| name.to_string());
    let expected = [(json!("inner"), 4.0), (json!("outer"), 4.0), (json!("own"), 4.0), (json!(null), 12.0)];
    assert_eq!(found, expected);
}

#[test]
fn by_tool_the_calls_of_tools() {
    let tool = |span, name: &str| {
        let span = SpanLine::other("e0000000000001", span).state("ot=th:c");
        span.attribute("gen_ai.operation.name", "execute_tool").attribute("gen_ai.tool.name", name)
    };
    let spans = vec![
        tool(1, "search").attribute("gen_ai.tool.call.id", "call_1"),
        tool(2, "search").attribute("gen_ai.tool.call.id", "call_1"),
        tool(3, "search"),
        tool(4, "read").failed(),
        call(5),
    ];
    assert_eq!(groups("tool", spans), [(json!("search"), 8.0), (json!("read"), 4.0)]);
}

#[test]
fn by_day_in_order() {
    let spans = vec![call(1).day(20_001), call(2).day(20_000), call(3).day(20_001)];
    assert_eq!(groups("day", spans), [(json!("2024-10-04"), 4.0), (json!("2024-10-05"), 8.0)]);
}

#[test]
fn by_attributes_of_the_span_and_of_its_resource() {
    let spans = || vec![call(1).attribute("team", "a"), call(2).attribute("team", 5), call(3)];
    assert_eq!(groups("team", spans()), [(json!(null), 4.0), (json!("5"), 4.0), (json!("a"), 4.0)]);
    assert_eq!(groups("service.name", spans()), [(json!("shop"), 12.0)]);
}

#[test]
fn names_from_outside_do_not_control_the_terminal() {
    let ended = report(&["-", "--by", "model"], &lines([call(1).model("evil\u{1b}[2J")]));
    assert!(ended.stdout.contains("evil\\u{1b}[2J"), "{}", ended.stdout);
}
