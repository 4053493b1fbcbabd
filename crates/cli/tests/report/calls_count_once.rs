//! A call that two libraries recorded counts once.

use serde_json::json;

use crate::program::{SpanLine, lines, report};

#[test]
fn marked_duplicates_and_roll_ups_are_left_out() {
    let call = |span| SpanLine::call("e0000000000001", span).usage(10, 1, 0.5).state("ot=th:c");
    let input = lines([
        call(1),
        call(2).attribute("otel_genai.duplicate_of", "0000000000000001"),
        SpanLine::other("e0000000000001", 3).attribute("otel_genai.role", "roll_up").usage(10, 1, 0.5),
        SpanLine::other("e0000000000001", 4).attribute("otel_genai.role", "agent"),
    ]);
    let answer = report(&["-", "--json"], &input).json();
    assert_eq!(answer["spans"]["duplicates"], 1);
    assert_eq!(answer["all"]["estimated"]["calls"]["total"], 4.0);
    assert_eq!(answer["all"]["estimated"]["cost_usd"]["total"], 2.0);
    assert_eq!(answer["all"].get("recorded"), None);
    let ended = report(&["-"], &input);
    assert!(
        ended.stdout.contains("1 call with a threshold, 0 calls without, 1 duplicate left out"),
        "{ended:?}"
    );
}

#[test]
fn calls_that_no_enricher_saw_are_told() {
    let raw = SpanLine::other("1", 1).attribute("gen_ai.operation.name", "chat");
    let ended = report(&["-"], &lines([raw]));
    assert!(
        ended.stdout.contains("note: no enricher has seen 1 call, so what two libraries"),
        "{}",
        ended.stdout
    );
    let answer = report(
        &["-", "--json"],
        &lines([SpanLine::other("1", 1).attribute("gen_ai.operation.name", "chat")]),
    );
    assert_eq!(answer.json()["spans"]["calls_not_enriched"], json!(1));
}
