//! `traces` lists what is asked for, for people and for programs.

use super::runs::id;
use crate::program::{Scratch, json_lines};

#[test]
fn a_table_for_people() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["traces"]).success(), @r"
    TRACE     STARTED (UTC)     STATUS         TIME       COST  TOKENS  CALLS  NAME         FINDINGS
    03000000  2026-11-03 00:00  interrupted   1.00s  $0.001000      15      1  -
    02000000  2026-11-02 00:00  error        1m 30s          -      40      1  answer mail  pii
    01000000  2026-11-01 00:00  ok            5.00s    $0.7500   1,200      1  plan trip
    ");
    insta::assert_snapshot!(scratch.on_store(&["traces", "--status", "ok"]).success(), @r"
    TRACE     STARTED (UTC)     STATUS   TIME     COST  TOKENS  CALLS  NAME       MODELS
    01000000  2026-11-01 00:00  ok      5.00s  $0.7500   1,200      1  plan trip  gpt-4o
    ");
    insta::assert_snapshot!(Scratch::with_captures().on_store(&["traces"]).success(), @r"
    TRACE     STARTED (UTC)     STATUS   TIME       COST  TOKENS  CALLS  NAME          FINDINGS  MODELS
    89179d38  2026-11-21 00:58  ok      830ms  $0.000409   1,750      5  Agent workf…            gpt-4o…
    8ce47cb9  2026-11-21 00:47  ok      382ms  $0.009150   1,750      5  invoke_agen…            claude…
    57a37067  2026-11-21 00:46  ok      287ms  $0.004662     906      3  agent-loop              claude…
    01a1fb8b  2026-11-21 00:39  ok        4ms          -       -      0  OpenAI Agen…  pii       -
    337a3e37  2026-11-21 00:37  ok      179ms  $0.000209     906      3  support_age…            gpt-4o…
    01f13cec  2026-11-21 00:36  error    28ms          -       -      1  RunnableSeq…            gpt-4o…
    0e4eade4  2026-11-21 00:35  ok      144ms  $0.004662     906      3  agent-loop              claude…
    ");
}

#[test]
fn filters_find_the_right_traces() {
    let scratch = Scratch::with_runs();
    let cases: [(&[&str], &[u8]); 29] = [
        (&[], &[3, 2, 1]),
        (&["--limit", "2"], &[3, 2]),
        (&["--since", "2026-11-02"], &[3, 2]),
        (&["--until", "2026-11-02T00:00:00Z"], &[1]),
        (&["--since", "2026-11-02", "--until", "2026-11-03"], &[2]),
        (&["--status", "ok"], &[1]),
        (&["--status", "error"], &[2]),
        (&["--status", "interrupted"], &[3]),
        (&["--status", "running"], &[]),
        (&["--errors"], &[2]),
        (&["--name", "plan trip"], &[1]),
        (&["--name", "*n*i*"], &[2, 1]),
        (&["--project", "office"], &[2]),
        (&["--session", "s-1"], &[1]),
        (&["--user", "bob"], &[2]),
        (&["--tenant", "acme"], &[1]),
        (&["--agent", "clerk"], &[2]),
        (&["--model", "gpt-4o"], &[3, 1]),
        (&["--model", "gpt-4o*"], &[3, 2, 1]),
        (&["--model", "*-mini", "--agent", "c*"], &[2]),
        (&["--model", "gpt-4o", "--agent", "planner"], &[1]),
        (&["--cost-above", "0.75"], &[1]),
        (&["--cost-above", "0"], &[3, 1]),
        (&["--slower-than", "1m 30s"], &[2]),
        (&["--tokens-above", "40"], &[2, 1]),
        (&["--finding", "pii"], &[2]),
        (&["--text", "zurich TRIP"], &[1]),
        (&["--text", "stam*"], &[2]),
        (&["--text", "nowhere"], &[]),
    ];
    for (filters, expected) in cases {
        let ended = scratch.on_store(&[&["traces", "--json"], filters].concat());
        let ids: Vec<String> = json_lines(ended.success())
            .iter()
            .map(|trace| trace["trace_id"].as_str().expect("a text").to_owned())
            .collect();
        let expected: Vec<String> = expected.iter().map(|run| id(*run)).collect();
        assert_eq!(ids, expected, "{filters:?}");
        let note =
            "note: no trace is like that; leave out a filter, or see them all with `otel-genai traces`\n";
        assert_eq!(ended.stderr, if expected.is_empty() { note } else { "" }, "{filters:?}");
    }
}

#[test]
fn json_for_programs_says_what_is_unknown() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["traces", "--json"]).success(), @r#"
    {"trace_id":"03000000000000000000000000000007","started":"2026-11-03T00:00:00.000000000Z","seconds":1.0,"status":"interrupted","name":null,"agent":null,"project":null,"session":null,"user":null,"tenant":null,"spans":1,"errors":0,"llm_calls":1,"tool_calls":0,"input_tokens":10,"output_tokens":5,"cache_read_tokens":null,"cache_write_tokens":null,"reasoning_tokens":null,"uncounted_calls":0,"cost":0.001,"unpriced_calls":0,"models":["gpt-4o"],"agents":[],"findings":0,"finding_categories":[],"threshold":null}
    {"trace_id":"02000000000000000000000000000007","started":"2026-11-02T00:00:00.000000000Z","seconds":90.0,"status":"error","name":"answer mail","agent":"clerk","project":"office","session":"s-2","user":"bob","tenant":null,"spans":2,"errors":1,"llm_calls":1,"tool_calls":0,"input_tokens":40,"output_tokens":0,"cache_read_tokens":null,"cache_write_tokens":null,"reasoning_tokens":null,"uncounted_calls":0,"cost":null,"unpriced_calls":1,"models":["gpt-4o-mini"],"agents":["clerk"],"findings":1,"finding_categories":["pii"],"threshold":null}
    {"trace_id":"01000000000000000000000000000007","started":"2026-11-01T00:00:00.000000000Z","seconds":5.0,"status":"ok","name":"plan trip","agent":"planner","project":"travel","session":"s-1","user":"ann","tenant":"acme","spans":3,"errors":0,"llm_calls":1,"tool_calls":1,"input_tokens":1000,"output_tokens":200,"cache_read_tokens":null,"cache_write_tokens":null,"reasoning_tokens":null,"uncounted_calls":0,"cost":0.75,"unpriced_calls":0,"models":["gpt-4o"],"agents":["planner"],"findings":0,"finding_categories":[],"threshold":null}
    "#);
}

#[test]
fn wrong_filters_are_refused() {
    let scratch = Scratch::with_runs();
    for (filter, expected) in [
        (["--since", "yesterday"], "or how long ago, such as 30m, 2h or 7d"),
        (["--cost-above", "much"], "expected US dollars"),
        (["--slower-than", "5"], "expected a duration"),
        (["--status", "good"], "interrupted"),
        (["--limit", "0"], "expected a whole number from 1"),
        (["--limit", "-5"], "expected a whole number from 1"),
        (["--tokens-above", "-5"], "expected a whole number from 0"),
        (["--cost-above", "-0.5"], "expected US dollars from 0 on"),
        (["--slower-than", "-5s"], "expected a duration"),
        (["--since", "-2h"], "or how long ago, such as 30m, 2h or 7d"),
    ] {
        let ended = scratch.on_store(&[&["traces"], &filter[..]].concat());
        assert!(ended.error(2).contains(expected), "{filter:?}: {}", ended.stderr);
    }
}

#[test]
fn a_model_is_found_by_the_name_it_was_asked_for() {
    let scratch = Scratch::with_runs();
    let line = super::runs::lines().lines().nth(1).expect("a call").to_owned();
    let answered = super::runs::with_attribute(&line, "gen_ai.request.model", "alias");
    let answered = answered.replacen(
        "\"attributes\":[",
        "\"attributes\":[{\"key\":\"gen_ai.response.model\",\"value\":{\"stringValue\":\"o9-2026\"}},",
        2,
    );
    scratch.write("answered.jsonl", answered.replace(&id(1), &id(5)));
    scratch.on_store(&["import", "answered.jsonl"]).success();
    for model in ["alias", "o9-2026", "ali*", "o9*"] {
        let found = json_lines(scratch.on_store(&["traces", "--json", "--model", model]).success());
        assert_eq!(found.len(), 1, "{model}");
        assert_eq!(
            (found[0]["trace_id"].as_str(), &found[0]["models"][0]),
            (Some(&*id(5)), &"o9-2026".into())
        );
    }
    // Totals know the one that answered.
    let totals = |model| scratch.on_store(&["stats", "--by", "model", "--json", "--model", model]);
    assert_eq!((json_lines(totals("o9*").success()).len(), totals("alias").success()), (1, ""));
}

#[test]
fn a_text_without_any_word_is_refused() {
    let scratch = Scratch::with_runs();
    for text in ["🦀", "😀", "* - *", "*", "", "  "] {
        for command in [&["traces"][..], &["export", "--output", "none.jsonl"]] {
            let ended = scratch.on_store(&[command, &["--text", text]].concat());
            let message = "has no word to search for: words are of letters and digits";
            assert!(ended.error(2).contains(message) && ended.stdout.is_empty(), "{ended:?}");
        }
    }
    assert!(!scratch.names().iter().any(|name| name.contains("none.jsonl")), "{:?}", scratch.names());
}

#[test]
fn times_between_which_nothing_can_lie_are_refused() {
    let scratch = Scratch::with_runs();
    for command in [&["traces"][..], &["export"], &["stats", "--by", "day"], &["report"]] {
        for (since, until) in
            [("1d", "2d"), ("2026-11-02", "2026-11-01"), ("2026-11-02", "2026-11-02"), ("1d", "1d")]
        {
            let ended = scratch.on_store(&[command, &["--since", since, "--until", until]].concat());
            assert!(ended.error(2).contains("nothing can lie between"), "{command:?}: {ended:?}");
        }
        let day = scratch.on_store(&[command, &["--since", "2026-11-01", "--until", "2026-11-02"]].concat());
        assert!(!day.success().is_empty(), "{command:?}");
    }
}

#[test]
fn ids_have_the_digits_that_tell_the_listed_ones_apart() {
    let scratch = Scratch::new();
    let line = super::runs::lines().lines().next().expect("a line").to_owned();
    // As ids are that begin with the time.
    let ids = [
        "069112340000000000000000000000a1",
        "0691123405a000000000000000000000",
        "0791123400000000000000000000000a",
    ];
    let lines: Vec<String> = ids.iter().map(|one| line.replace(&id(1), one)).collect();
    scratch.write("timed.jsonl", lines.join("\n"));
    scratch.on_store(&["import", "timed.jsonl"]).success();
    let table = scratch.on_store(&["traces"]);
    let mut shown: Vec<&str> =
        table.success().lines().skip(1).filter_map(|row| row.split_whitespace().next()).collect();
    shown.sort_unstable();
    assert_eq!(shown, ["0691123400", "0691123405", "0791123400"]);
    for (shown, whole) in shown.iter().zip(["a1", "a0", "0a"]) {
        assert!(scratch.on_store(&["show", shown]).success().contains(whole), "{shown}");
    }
    // One alone needs no more than ever.
    let one = scratch.on_store(&["traces", "--limit", "1"]);
    let digits = one.success().lines().nth(1).and_then(|row| row.split_whitespace().next()).map(str::len);
    assert_eq!(digits, Some(8));
}
