//! A call that two libraries recorded counts once.

use serde_json::json;

use super::spans::{SpanLine, lines, report};
use crate::program::Scratch;

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
        ended.stdout.contains("note: 1 call not enriched: one that two libraries recorded"),
        "{}",
        ended.stdout
    );
    let answer = report(
        &["-", "--json"],
        &lines([SpanLine::other("1", 1).attribute("gen_ai.operation.name", "chat")]),
    );
    assert_eq!(answer.json()["spans"]["calls_not_enriched"], json!(1));
}

/// As the help has it: what no enricher has seen goes through `process` first, in a pipe.
#[test]
fn behind_process_twins_count_once() {
    let call = |span| {
        SpanLine::other("e0000000000001", span)
            .state("ot=th:c")
            .attribute("gen_ai.operation.name", "chat")
            .attribute("gen_ai.provider.name", "openai")
            .model("gpt-4o")
            .attribute("gen_ai.response.id", "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWx")
            .attribute("gen_ai.usage.input_tokens", 1_000_000)
            .attribute("gen_ai.usage.output_tokens", 1)
    };
    let processed = Scratch::new().run_with(&["process", "--quiet"], &[], lines([call(1), call(2)]));
    assert_eq!((processed.code, processed.stderr.as_str()), (Some(0), ""));
    let answer = report(&["-", "--json", "--by", "model"], &processed.stdout).json();
    let spans = &answer["spans"];
    assert_eq!((&spans["duplicates"], &spans["calls_not_enriched"]), (&json!(1), &json!(0)));
    let estimated = &answer["groups"][0]["estimated"];
    assert_eq!(estimated["calls"]["total"], 4.0);
    assert_eq!(estimated["input_tokens"]["total"], 4_000_000.0);
    assert_eq!(estimated["calls_without_cost"]["total"], 0.0);
    assert!(estimated["cost_usd"]["total"].as_f64() > Some(1.0), "{estimated}");
}
