//! The report of a store is that of the files it was made of.

use super::spans::{SpanLine, lines};
use crate::program::Scratch;

#[test]
fn a_store_says_what_its_files_say() {
    let scratch = Scratch::new();
    let spans = [
        SpanLine::call("1", 1).model("gpt-5-mini").usage(1000, 50, 0.25).state("ot=th:c"),
        SpanLine::call("2", 2).model("gpt-5-mini").usage(2000, 70, 0.5).state("ot=th:0").failed(),
        SpanLine::call("3", 3).model("claude-sonnet-4-5").usage(10, 5, 0.125),
        SpanLine::other("3", 4).parent(3),
    ];
    scratch.write("a.jsonl", lines(spans));
    let imported = scratch.run(&["import", "a.jsonl", "--store", "s.db"]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    for grouped in [&["--by", "model"][..], &["--by", "agent", "--json"], &["--by", "service.name", "--json"]]
    {
        let of_file = scratch.report(&[grouped, &["a.jsonl"]].concat());
        let of_store = scratch.report(&[grouped, &["--store", "s.db"]].concat());
        assert_eq!((of_store.code, &*of_store.stderr), (Some(0), ""));
        assert_eq!(of_store.stdout, of_file.stdout, "{grouped:?}");
    }
    // The calls above began in one second; the shortest way to all and to none of them.
    for (bounds, is_all) in [
        (["--since", "1970-01-01"], true),
        (["--until", "1970-01-01"], false),
        (["--since", "2100-01-01"], false),
        (["--until", "2100-01-01"], true),
    ] {
        let bounded = scratch.report(&[&bounds[..], &["--json", "--store", "s.db"]].concat());
        assert_eq!((bounded.code, &*bounded.stderr), (Some(0), ""), "{bounds:?}");
        let all = scratch.report(&["--json", "--store", "s.db"]);
        assert_eq!(bounded.stdout == all.stdout, is_all, "{bounds:?}: {}", bounded.stdout);
    }
    let of_file = scratch.report(&["--since", "1d", "a.jsonl"]);
    assert_eq!(of_file.code, Some(2), "{}", of_file.stderr);
    let missing = scratch.report(&["--store", "none.db"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("none.db"), "{}", missing.stderr);
}
