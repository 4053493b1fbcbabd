//! `lookup --usage` says what a call cost, part by part.

use serde_json::{Value, json};

use crate::program::Scratch;

const AT: [&str; 2] = ["--at", "2026-11-20"];

fn cost(scratch: &Scratch, model: &str, usage: &str, more: &[&str]) -> Value {
    let arguments = [&["lookup", model, "--usage", usage][..], &AT, more].concat();
    scratch.pricing_json(&arguments)["cost"].clone()
}

#[test]
fn our_names_and_a_providers_object_cost_the_same() {
    let ours = r#"{"input_tokens": 4096, "cache_read_tokens": 1800, "cache_write_tokens": 248,
        "cache_write_1h_tokens": 100, "output_tokens": 503}"#;
    let anthropic = r#"{"input_tokens": 2048, "cache_read_input_tokens": 1800, "cache_creation_input_tokens": 248,
        "cache_creation": {"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100}, "output_tokens": 503}"#;
    let expected = json!({
        "total_usd": 0.015384,
        "reported_by_provider": false,
        "parts_usd": {"input": 0.006144, "cache_read": 0.00054, "cache_write": 0.001155, "output": 0.007545},
        "notes": [],
    });
    let scratch = Scratch::new();
    assert_eq!(cost(&scratch, "claude-sonnet-4-5", ours, &[]), expected);
    assert_eq!(cost(&scratch, "claude-sonnet-4-5", anthropic, &[]), expected);
}

#[test]
fn a_whole_answer_is_read_from_standard_input() {
    let answer = r#"{"id": "x", "model": "gpt-4o", "service_tier": "default",
        "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}}"#;
    let ended = Scratch::new().pricing_with(&["lookup", "gpt-4o", "--usage", "-"], answer);
    let printed = ended.silent_success();
    assert!(printed.contains("\ncost: $0.0075\n  input   $0.0025\n  output  $0.005\n"), "{printed}");
}

#[test]
fn tier_discount_and_notes_are_seen() {
    let scratch = Scratch::new().variable("OTEL_GENAI_PRICING_DISCOUNT_OPENAI", "0.1");
    let usage = r#"{"input_tokens": 1000000}"#;
    let batch = cost(&scratch, "gpt-4o", usage, &["--tier", "batch"]);
    assert_eq!((&batch["total_usd"], &batch["notes"]), (&json!(1.125), &json!(["partial_usage"])));
    let printed = scratch.pricing(&["lookup", "gpt-4o", "--usage", usage]);
    assert!(printed.silent_success().contains("\ndiscount: 10 % off\n"), "{printed:?}");
    assert!(printed.silent_success().contains("\ncost: $2.25\n"), "{printed:?}");
}

#[test]
fn the_providers_own_figure_comes_first() {
    let usage = r#"{"prompt_tokens": 1000, "completion_tokens": 1000, "cost": 0.5}"#;
    let reported = cost(&Scratch::new(), "gpt-4o", usage, &[]);
    let expected = json!({"total_usd": 0.5, "reported_by_provider": true,
        "parts_usd": {"input": 0.0025, "output": 0.01}, "notes": []});
    assert_eq!(reported, expected);
}

#[test]
fn passes_of_other_models_have_their_own_price() {
    let usage = r#"{"input_tokens": 1, "output_tokens": 1, "iterations": [
        {"type": "message", "input_tokens": 1000000, "output_tokens": 0},
        {"type": "advisor", "model": "claude-haiku-4-5", "input_tokens": 1000000, "output_tokens": 0}]}"#;
    // Above 200,000 tokens Sonnet 4.5 costs twice as much; Haiku 4.5 has no tier.
    assert_eq!(cost(&Scratch::new(), "claude-sonnet-4-5", usage, &[])["total_usd"], json!(7.0));
}

#[test]
fn a_rate_that_is_not_known_is_no_cost_of_zero() {
    let scratch = Scratch::new().variable("OTEL_GENAI_PRICING_OVERRIDE", r#"{"mine/m": {"input": 1}}"#);
    let arguments =
        ["lookup", "m", "--provider", "mine", "--json", "--usage", r#"{"input_tokens":1,"output_tokens":1}"#];
    let ended = scratch.pricing(&arguments);
    ended.assert_error(1, "no cost: the row has no rate for `output`");
    let found: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!((&found["reason"], found.get("cost")), (&json!("unknown_rate"), None));
    assert_eq!(found["row"]["layer"], "environment");
}
