//! `lookup` shows the row, how the name led to it, and the rates; a model that is not there is no price of zero.

use serde_json::json;

use crate::program::Scratch;

#[test]
fn a_row_is_shown_with_its_rates() {
    let scratch = Scratch::with_small_cache();
    let shown =
        scratch.pricing(&["lookup", "acme-1", "--provider", "acme", "--at", "2100-01-02T10:00:00+02:00"]);
    let expected = "\
model   acme/acme-1
match   exact
source  cache, of 2100-01-01 (both lists agree)
at      2100-01-02T08:00:00Z

USD per million tokens
  input       $1
  cache_read  $0.1
  output      $4
  batch       input $0.5
";
    assert_eq!(shown.silent_success(), expected);
}

#[test]
fn json_has_the_same_and_the_line() {
    let scratch = Scratch::with_small_cache();
    let found = scratch.pricing_json(&["lookup", "acme-1", "--provider", "ACME", "--at", "2100-01-02"]);
    let expected = json!({
        "model": "acme-1",
        "provider": "ACME",
        "at": "2100-01-02T00:00:00Z",
        "table_generated_at": "2100-01-01",
        "row": {"provider": "acme", "model": "acme-1", "match": "exact", "certain": true, "layer": "cache",
            "provenance": "gl",
            "line": {"in": 1, "cr": 0.1, "out": 4, "v": {"batch": {"in": 0.5}}, "s": "gl"}},
        "price": {
            "usd_per_million_tokens": {"input": 1.0, "cache_read": 0.1, "output": 4.0},
            "variants": {"batch": {"usd_per_million_tokens": {"input": 0.5}}},
            "has_windows": false,
            "is_past": false,
        },
    });
    assert_eq!(found, expected);
}

#[test]
fn the_moment_decides() {
    let scratch = Scratch::new();
    let rate = |at: &str| {
        let found = scratch.pricing_json(&["lookup", "grok-4.20", "--at", at]);
        (found["price"]["usd_per_million_tokens"]["input"].clone(), found["price"]["is_past"].clone())
    };
    assert_eq!(rate("2026-04-29T23:59:59Z"), (json!(2.0), json!(true)));
    assert_eq!(rate("2026-04-30"), (json!(1.25), json!(false)));
}

#[test]
fn an_unknown_model_has_no_price_but_neighbours() {
    let scratch = Scratch::with_small_cache();
    let ended = scratch.pricing(&["lookup", "acme-9", "--provider", "acme"]);
    ended.assert_error(
        1,
        "no price for `acme-9` at `acme` (unknown_model); nearest models: acme/acme-1, acme/acme-2, acme/acme-3",
    );
    assert_eq!(ended.stdout, "");

    let ended = scratch.pricing(&["lookup", "acme-9", "--provider", "acne", "--json"]);
    assert_eq!(ended.code, Some(1));
    let answer: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let near = |model: &str| json!({"provider": "acme", "model": model});
    let expected = json!({"model": "acme-9", "provider": "acne", "reason": "unknown_provider",
        "nearest": [near("acme-1"), near("acme-2"), near("acme-3")], "nearest_providers": ["acme"]});
    assert_eq!(answer, expected);
}

#[test]
fn a_part_of_a_name_is_enough_to_be_pointed_to_it() {
    for part in ["sonnet", "sonet"] {
        let ended = Scratch::new().pricing(&["lookup", part, "--provider", "anthropic"]);
        ended.assert_error(1, "nearest models: anthropic/claude");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let scratch = Scratch::new();
    let cases: [(&[&str], &str); 7] = [
        (&[], "Usage: otel-genai pricing <COMMAND>"),
        (&["lookup"], "<MODEL>"),
        (&["lookup", ""], "a value is required for '<MODEL>'"),
        (&["lookup", "gpt-4o", "--at", "yesterday"], "expected a day or a time with its zone"),
        (&["lookup", "gpt-4o", "--tier", "bacth"], "expected standard or one of batch, flex"),
        (&["lookup", "gpt-4o", "--usage", "{}"], "--usage: nothing is counted in it"),
        (&["refresh", "--accept", "acme/"], "expected all, a provider, or provider/model"),
    ];
    for (arguments, expected) in cases {
        let ended = scratch.pricing(arguments);
        assert_eq!((ended.code, &*ended.stdout), (Some(2), ""), "{arguments:?}");
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let scratch = Scratch::new();
    let mut child = scratch.command(&["pricing", "lookup", "gpt-4o"]).spawn().expect("the program starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("the program ends");
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), &b""[..]));
}

#[test]
fn settings_set_prices_too() {
    let scratch = Scratch::new();
    scratch.write("settings.toml", "[pricing.override.'openai/gpt-4o']\ninput = 2\n");
    let arguments =
        ["lookup", "gpt-4o", "--config", "settings.toml", "--set", "pricing.discount.openai=0.25"];
    let found = scratch.pricing_json(&arguments);
    assert_eq!((&found["row"]["layer"], &found["discount"]), (&json!("file"), &json!(0.25)));
    assert_eq!(found["price"]["usd_per_million_tokens"]["input"], json!(2.0));
}
