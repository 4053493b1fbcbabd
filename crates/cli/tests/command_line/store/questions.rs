//! `sql` answers questions and can only read.

use crate::program::{Scratch, json_lines};

const RUNS: &str = "SELECT name, status, cost, seconds, models FROM agent_runs ORDER BY start_ns";

#[test]
fn a_table_json_and_csv() {
    let scratch = Scratch::with_runs();
    insta::assert_snapshot!(scratch.on_store(&["sql", RUNS]).success(), @r#"
    name         status        cost  seconds  models
    plan trip    ok            0.75        5  ["gpt-4o"]
    answer mail  error            -       90  ["gpt-4o-mini"]
    -            interrupted  0.001        1  ["gpt-4o"]
    "#);
    insta::assert_snapshot!(scratch.on_store(&["sql", "--csv", RUNS]).success(), @r#"
    name,status,cost,seconds,models
    plan trip,ok,0.75,5,"[""gpt-4o""]"
    answer mail,error,,90,"[""gpt-4o-mini""]"
    "",interrupted,0.001,1,"[""gpt-4o""]"
    "#);
    insta::assert_snapshot!(scratch.on_store(&["sql", "--json", RUNS]).success(), @r#"
    {"name":"plan trip","status":"ok","cost":0.75,"seconds":5.0,"models":"[\"gpt-4o\"]"}
    {"name":"answer mail","status":"error","cost":null,"seconds":90.0,"models":"[\"gpt-4o-mini\"]"}
    {"name":null,"status":"interrupted","cost":0.001,"seconds":1.0,"models":"[\"gpt-4o\"]"}
    "#);
    let piped = scratch.run_with(&["sql", "-", "--csv", "--store", "s.db"], &[], RUNS.as_bytes());
    assert_eq!(piped.success(), scratch.on_store(&["sql", "--csv", RUNS]).success());
}

#[test]
fn odd_values_and_names() {
    let scratch = Scratch::with_runs();
    let query = "SELECT x'00ff' AS bytes, 1e999 AS \"in\"\"finite\", 'a,b' || char(10) || char(27) AS text, NULL AS none";
    let json = scratch.on_store(&["sql", "--json", query]);
    assert_eq!(
        json.success(),
        "{\"bytes\":\"00ff\",\"in\\\"finite\":null,\"text\":\"a,b\\n\\u001b\",\"none\":null}\n"
    );
    let csv = scratch.on_store(&["sql", "--csv", query]);
    assert_eq!(csv.success(), "bytes,\"in\"\"finite\",text,none\n00ff,inf,\"a,b\n\u{1b}\",\n");
    let table = scratch.on_store(&["sql", query]);
    assert!(
        table.success().contains("a,b\\n\\u{1b}") && !table.stdout.contains('\u{1b}'),
        "{}",
        table.stdout
    );
}

#[test]
fn an_answer_without_rows_has_columns() {
    let scratch = Scratch::with_runs();
    let query = "SELECT name, cost FROM agent_runs WHERE 0";
    assert_eq!(scratch.on_store(&["sql", query]).success(), "name  cost\n");
    assert_eq!(scratch.on_store(&["sql", "--csv", query]).success(), "name,cost\n");
    assert_eq!(scratch.on_store(&["sql", "--json", query]).success(), "");
}

#[test]
fn many_rows_all_come() {
    let scratch = Scratch::with_runs();
    let query =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n";
    for format in [&[][..], &["--csv"]] {
        let ended = scratch.on_store(&[&["sql", query], format].concat());
        let rows: Vec<&str> = ended.success().lines().skip(1).map(str::trim).collect();
        assert_eq!((rows.len(), rows[0], rows[999]), (1000, "1", "1000"));
    }
    assert_eq!(json_lines(scratch.on_store(&["sql", "--json", query]).success()).len(), 1000);
}

#[test]
fn nothing_but_reading_is_allowed() {
    let scratch = Scratch::with_runs();
    let before = scratch.read("s.db");
    for query in [
        "DELETE FROM traces",
        "DROP TABLE traces",
        "ATTACH 'other.db' AS other",
        "PRAGMA user_version = 9",
        "VACUUM INTO 'copy.db'",
        "SELECT 1; DELETE FROM traces",
        "SELECT nothing FROM nowhere",
        "",
    ] {
        let ended = scratch.on_store(&["sql", query]);
        assert!(!ended.error(2).is_empty(), "{query}");
        assert_eq!(ended.stdout, "", "{query}");
    }
    assert_eq!(scratch.read("s.db"), before);
    assert!(
        !scratch.names().iter().any(|name| name == "other.db" || name == "copy.db"),
        "{:?}",
        scratch.names()
    );
}
