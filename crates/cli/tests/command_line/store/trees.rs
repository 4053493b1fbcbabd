//! `show` draws one trace, whichever way it is named.

use super::runs::{self, id};
use crate::program::Scratch;

#[test]
fn a_tree_with_what_it_took() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["show", "01"]).success(), @r"
    2026-11-01T00:00:00Z · 5.00s · ok · agent planner · project travel · session s-1 · user ann · tenant acme
    trace 01000000000000000000000000000007
    plan trip          5.00s
    ├─ chat gpt-4o     2.00s  gpt-4o · 1,000 in · 200 out · $0.7500
    └─ book            1.00s  tool book_train
    3 spans · 1 LLM call · 1,000 in · 200 out · $0.7500
    ");
    insta::assert_snapshot!(scratch.on_store(&["show", "02", "--messages"]).success(), @r"
    2026-11-02T00:00:00Z · 1m 30s · error · agent clerk · project office · session s-2 · user bob · 1 finding (pii)
    trace 02000000000000000000000000000007
    answer mail            1m 30s  ✗ out of stamps
    └─ chat gpt-4o-mini     3.00s  gpt-4o-mini · 40 in · 0 out · guardrail: pii
    2 spans · 1 LLM call · 40 in · 0 out · 1 error

    ── chat gpt-4o-mini · gpt-4o-mini · 3.00s ──
    user:
      my card is lost
    assistant:
      Certainly.
    ");
    let attributes = scratch.on_store(&["show", "02", "--attributes"]);
    assert!(attributes.success().contains("session.id = s-2"), "{}", attributes.stdout);
}

#[test]
fn messages_are_shown_once() {
    let scratch = Scratch::with_captures();
    insta::assert_snapshot!(scratch.on_store(&["show", "8ce4", "--messages"]).success(), @r#"
    2026-11-21T00:47:16Z · 382ms · ok · agent planner
    trace 8ce47cb94590be20b53304f965df6802
    invoke_agent planner                      382ms
    ├─ chat claude-sonnet-4-5                 115ms  claude-sonnet-4-5-20250929 · 211 in · 43 out · cou…
    │  └─ anthropic.messages.create            14ms  claude-sonnet-4-5-20250929 · 211 in · 43 out · $0.…
    ├─ execute_tool get_weather               603µs  tool get_weather
    ├─ chat claude-sonnet-4-5                  58ms  claude-sonnet-4-5-20250929 · 248 in · 54 out · cou…
    │  └─ anthropic.messages.create            56ms  claude-sonnet-4-5-20250929 · 248 in · 54 out · $0.…
    ├─ execute_tool ask_researcher            131ms  tool ask_researcher
    │  └─ invoke_agent researcher             130ms
    │     ├─ chat claude-sonnet-4-5            62ms  claude-sonnet-4-5-20250929 · 285 in · 65 out · cou…
    │     │  └─ anthropic.messages.create      60ms  claude-sonnet-4-5-20250929 · 285 in · 65 out · $0.…
    │     ├─ execute_tool search_docs         592µs  tool search_docs
    │     └─ chat claude-sonnet-4-5            59ms  claude-sonnet-4-5-20250929 · 322 in · 76 out · cou…
    │        └─ anthropic.messages.create      57ms  claude-sonnet-4-5-20250929 · 322 in · 76 out · $0.…
    └─ chat claude-sonnet-4-5                  60ms  claude-sonnet-4-5-20250929 · 359 in · 87 out · cou…
       └─ anthropic.messages.create            58ms  claude-sonnet-4-5-20250929 · 359 in · 87 out · $0.…
    15 spans · 5 LLM calls · 1,425 in · 325 out · $0.009150
    no guardrail seen for input validation, prompt injection, output validation, moderation, tool permi…

    ── chat claude-sonnet-4-5 · claude-sonnet-4-5-20250929 · 115ms ──
    system:
      You are a concise assistant.
    user:
      Weather in Paris? And how are cached tokens counted?
    assistant:
      → get_weather {"city":"Paris"}

    ── chat claude-sonnet-4-5 · claude-sonnet-4-5-20250929 · 58ms ──
    (3 messages that are shown above)
    tool (get_weather):
      ← {"city": "Paris", "temp_c": 18, "sky": "sunny"}
    assistant:
      → ask_researcher {"question":"What does the spec say about cached tokens?"}

    ── chat claude-sonnet-4-5 · claude-sonnet-4-5-20250929 · 62ms ──
    system:
      You are RESEARCHER.
    user:
      What does the spec say about cached tokens?
    assistant:
      → search_docs {"query":"otel genai token usage"}

    ── chat claude-sonnet-4-5 · claude-sonnet-4-5-20250929 · 59ms ──
    (3 messages that are shown above)
    tool (search_docs):
      ← doc-2: cached tokens are part of the input total.
    assistant:
      It is 18 degrees and sunny in Paris; cached tokens are part of the input total.

    ── chat claude-sonnet-4-5 · claude-sonnet-4-5-20250929 · 60ms ──
    (5 messages that are shown above)
    tool (ask_researcher):
      ← It is 18 degrees and sunny in Paris; cached tokens are part of the input total.
    assistant:
      It is 18 degrees and sunny in Paris; cached tokens are part of the input total.
    "#);
}

#[test]
fn nothing_is_cut_if_all_is_wanted() {
    let scratch = Scratch::with_captures();
    let show = ["show", "8ce4", "--attributes"];
    let cut = scratch.on_store(&show);
    let full = scratch.on_store(&[&show[..], &["--full"]].concat());
    assert!(cut.success().contains('…') && !full.success().contains('…'), "{}", full.stdout);
    assert_eq!(cut.success().lines().count(), full.success().lines().count());
    let answer = "It is 18 degrees and sunny in Paris; cached tokens are part of the input total.";
    assert!(full.success().contains(answer), "{}", full.stdout);
}

#[test]
fn messages_that_are_no_json_are_nobodys() {
    let scratch = Scratch::new();
    let broken = r#"[{"role":"user","parts":[{"type":"text","content":"cut o"#;
    let line = runs::lines().lines().nth(1).expect("a call").to_owned();
    scratch.write("broken.jsonl", runs::with_attribute(&line, "gen_ai.input.messages", broken));
    scratch.on_store(&["import", "broken.jsonl"]).success();
    let shown = scratch.on_store(&["show", "--messages"]);
    let expected = format!("gen_ai.input.messages (no valid JSON):\n  {broken}\nassistant:\n  Certainly.\n");
    assert!(shown.success().ends_with(&expected), "{}", shown.stdout);
}

#[test]
fn json_has_the_spans_behind_their_parents() {
    let scratch = Scratch::with_runs();
    let ended = scratch.on_store(&["show", &id(1), "--json"]);
    let trace: serde_json::Value = serde_json::from_str(ended.success()).expect("JSON");
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
    assert!(newest.success().contains(&id(3)), "{}", newest.stdout);
    assert_eq!(scratch.on_store(&["show", "last"]).success(), newest.stdout);
    assert_eq!(scratch.on_store(&["show", &id(3).to_uppercase()]).success(), newest.stdout);
    let several = scratch.on_store(&["show", "0"]);
    let expected = format!("several traces begin with 0: {}, {}, {}; give more digits", id(1), id(2), id(3));
    assert_eq!(several.error(1), expected);
    let none = scratch.on_store(&["show", "f00"]);
    assert_eq!(
        none.error(1),
        "there is no trace f00 in the store; `otel-genai traces` lists those that there are"
    );
    for empty in ["", " "] {
        assert!(
            scratch.on_store(&["show", empty]).error(2).starts_with("the trace is empty: expected `last`")
        );
    }
    for wrong in ["first", &id(1).repeat(2)] {
        assert!(scratch.on_store(&["show", wrong]).error(2).contains("is no trace: expected `last`"));
    }
}
