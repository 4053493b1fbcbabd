//! `show` draws one trace, whichever way it is named.

use crate::program::Scratch;
use crate::runs::id;

#[test]
fn a_tree_with_what_it_took() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["show", "01"]).ok(), @"");
    insta::assert_snapshot!(scratch.on_store(&["show", "02", "--messages"]).ok(), @"");
    let attributes = scratch.on_store(&["show", "02", "--attributes"]);
    assert!(attributes.ok().contains("session.id = s-2"), "{}", attributes.stdout);
}

#[test]
fn messages_are_shown_once() {
    let scratch = Scratch::with_captures();
    insta::assert_snapshot!(scratch.on_store(&["show", "8ce4", "--messages"]).ok(), @"");
}

#[test]
fn json_has_the_spans_behind_their_parents() {
    let scratch = Scratch::with_runs();
    let ended = scratch.on_store(&["show", &id(1), "--json"]);
    let trace: serde_json::Value = serde_json::from_str(ended.ok()).expect("JSON");
    assert_eq!((trace["name"].as_str(), trace["cost"].as_f64()), (Some("plan trip"), Some(0.75)));
    let spans = trace["tree"].as_array().expect("a list");
    let places: Vec<_> = spans.iter().map(|span| (span["name"].as_str(), span["depth"].as_u64())).collect();
    let expected = [(Some("plan trip"), Some(0)), (Some("chat gpt-4o"), Some(1)), (Some("book"), Some(1))];
    assert_eq!(places, expected);
    let call = &spans[1];
    assert_eq!(call["parent_id"], spans[0]["span_id"]);
    assert_eq!((call["model"].as_str(), call["input_tokens"].as_u64()), (Some("gpt-4o"), Some(1000)));
    assert_eq!(call["attributes"]["gen_ai.provider.name"], "openai");
    assert_eq!((spans[2]["tool"].as_str(), spans[2]["cost"].is_null()), (Some("book_train"), true));
}

#[test]
fn a_trace_is_named_by_its_first_digits_or_by_being_last() {
    let scratch = Scratch::with_runs();
    let newest = scratch.on_store(&["show"]);
    assert!(newest.ok().contains(&id(3)), "{}", newest.stdout);
    assert_eq!(scratch.on_store(&["show", "last"]).ok(), newest.stdout);
    assert_eq!(scratch.on_store(&["show", &id(3).to_uppercase()]).ok(), newest.stdout);
    let several = scratch.on_store(&["show", "0"]);
    let expected = format!("several traces begin with 0: {}, {}, {}; give more digits", id(1), id(2), id(3));
    assert_eq!(several.error(1), expected);
    let none = scratch.on_store(&["show", "f00"]);
    assert_eq!(
        none.error(1),
        "there is no trace f00 in the store; `otel-genai traces` lists those that there are"
    );
    for wrong in ["", "first", &id(1).repeat(2)] {
        assert!(scratch.on_store(&["show", wrong]).error(2).contains("is no trace: expected `last`"));
    }
}
