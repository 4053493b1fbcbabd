//! The report of a store is that of the files it was made of.

use crate::program::{SpanLine, lines, report_in, run};

#[test]
fn a_store_says_what_its_files_say() {
    let directory = tempfile::tempdir().expect("a directory");
    let spans = [
        SpanLine::call("1", 1).model("gpt-5-mini").usage(1000, 50, 0.25).state("ot=th:c"),
        SpanLine::call("2", 2).model("gpt-5-mini").usage(2000, 70, 0.5).state("ot=th:0").failed(),
        SpanLine::call("3", 3).model("claude-sonnet-4-5").usage(10, 5, 0.125),
        SpanLine::other("3", 4).parent(3),
    ];
    std::fs::write(directory.path().join("a.jsonl"), lines(spans)).expect("writable");
    let imported = run(directory.path(), &["import", "a.jsonl", "--store", "s.db"], "");
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    for grouped in [&["--by", "model"][..], &["--by", "agent", "--json"], &["--by", "service.name", "--json"]]
    {
        let of_file = report_in(directory.path(), &[grouped, &["a.jsonl"]].concat(), "");
        let of_store = report_in(directory.path(), &[grouped, &["--store", "s.db"]].concat(), "");
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
        let bounded =
            report_in(directory.path(), &[&bounds[..], &["--json", "--store", "s.db"]].concat(), "");
        assert_eq!((bounded.code, &*bounded.stderr), (Some(0), ""), "{bounds:?}");
        let all = report_in(directory.path(), &["--json", "--store", "s.db"], "");
        assert_eq!(bounded.stdout == all.stdout, is_all, "{bounds:?}: {}", bounded.stdout);
    }
    let of_file = report_in(directory.path(), &["--since", "1d", "a.jsonl"], "");
    assert_eq!(of_file.code, Some(2), "{}", of_file.stderr);
    let missing = report_in(directory.path(), &["--store", "none.db"], "");
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("none.db"), "{}", missing.stderr);
}
