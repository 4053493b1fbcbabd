//! Queries of the user's own read the store and do nothing else.
#![cfg(feature = "sqlite")]

use std::ops::ControlFlow;

use otel_genai_export::store::{SqlValue, SqliteExporter, Store, StoreProblem};
use sample_runs::{build, call, failed, resource, root, unpriced_call};

mod sample_runs;

fn store(directory: &std::path::Path) -> (SqliteExporter, Store) {
    let path = directory.join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let spans = [
        root(0xabc, 0).attribute("gen_ai.agent.name", "planner").attribute("session.id", "s"),
        call(0xabc, 2, 1, "gpt-4o").attribute("gen_ai.provider.name", "openai"),
        failed(unpriced_call(0xabc, 3, 2, "o3"), "no").attribute("error.type", "timeout"),
        call(0xabc, 4, 2, "o3").attribute("otel_genai.duplicate_of", "0000000000000003"),
    ];
    exporter.write(&resource(), build(spans)).expect("writes");
    let store = Store::open(&path).expect("opens");
    (exporter, store)
}

fn rows(store: &Store, query: &str) -> Vec<Vec<SqlValue>> {
    let mut rows = Vec::new();
    store
        .sql(query, |_, row| {
            rows.push(row.to_vec());
            ControlFlow::Continue(())
        })
        .expect(query);
    rows
}

#[test]
fn the_views_say_what_the_documentation_says() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_exporter, store) = store(directory.path());
    let columns = |view: &str| {
        store.sql(&format!("SELECT * FROM {view}"), |_, _| ControlFlow::Continue(())).expect("reads")
    };
    let documentation = include_str!("../../../docs/store.md");
    for view in ["llm_calls", "agent_runs"] {
        let section = documentation
            .split(&format!("### `{view}`"))
            .nth(1)
            .expect("a section")
            .split("\n#")
            .next()
            .expect("text");
        let documented: Vec<&str> = section
            .lines()
            .filter(|line| line.starts_with("| `"))
            .flat_map(|line| {
                line.split('|')
                    .nth(1)
                    .unwrap_or_default()
                    .split(',')
                    .map(|name| name.trim().trim_matches('`'))
            })
            .collect();
        assert_eq!(documented, columns(view), "{view}");
    }
    let text = |text: &str| SqlValue::Text(text.to_owned());
    assert_eq!(
        rows(
            &store,
            "SELECT trace_id, span_id, started, seconds, model, agent, session, status, error_type, input_tokens, cost FROM llm_calls ORDER BY started"
        ),
        [
            vec![
                text("00000000000000000000000000000abc"),
                text("0000000000000002"),
                text("2025-01-01T00:00:01.000Z"),
                SqlValue::Real(2.0),
                text("gpt-4o"),
                text("planner"),
                text("s"),
                text("unset"),
                SqlValue::Null,
                SqlValue::Integer(1000),
                SqlValue::Real(0.01)
            ],
            vec![
                text("00000000000000000000000000000abc"),
                text("0000000000000003"),
                text("2025-01-01T00:00:02.000Z"),
                SqlValue::Real(2.0),
                text("o3"),
                text("planner"),
                text("s"),
                text("error"),
                text("timeout"),
                SqlValue::Null,
                SqlValue::Null
            ],
        ]
    );
    assert_eq!(
        rows(
            &store,
            "SELECT name, status, seconds, spans, llm_calls, errors, cost, unpriced_calls, models FROM agent_runs"
        ),
        [vec![
            text("invoke_agent"),
            text("ok"),
            SqlValue::Real(10.0),
            SqlValue::Integer(4),
            SqlValue::Integer(2),
            SqlValue::Integer(1),
            SqlValue::Real(0.01),
            SqlValue::Integer(1),
            text(r#"["gpt-4o","o3"]"#)
        ]]
    );
}

#[test]
fn whatever_would_do_more_than_read_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_exporter, store) = store(directory.path());
    let other = directory.path().join("other.db");
    let before = rows(&store, "SELECT * FROM traces");
    let queries = [
        "DELETE FROM traces",
        "UPDATE traces SET cost = 0",
        "INSERT INTO properties VALUES ('a', 1)",
        "DROP TABLE spans",
        "CREATE TABLE mine (a)",
        "CREATE TEMP TABLE mine (a)",
        "BEGIN IMMEDIATE",
        "PRAGMA user_version = 9",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA key = 'x'",
        "VACUUM",
        "SELECT load_extension('x')",
        "INSERT INTO texts (texts) VALUES ('optimize')",
        "SELECT 1; DELETE FROM traces",
        &format!("ATTACH '{}' AS other", other.display()),
        &format!("VACUUM INTO '{}'", other.display()),
    ];
    for query in queries {
        let error = store.sql(query, |_, _| ControlFlow::Continue(())).expect_err(query);
        assert!(matches!(error.problem(), StoreProblem::Query { .. }), "{query}: {error}");
    }
    assert!(!other.exists());
    assert_eq!(rows(&store, "SELECT * FROM traces"), before);
    assert_eq!(rows(&store, "PRAGMA table_info(traces)").len(), 33);
    // The guard is gone afterwards: the store itself goes on.
    assert_eq!(store.statistics().expect("reads").spans, 4);
}

#[test]
fn an_error_says_where_and_a_break_ends_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_exporter, store) = store(directory.path());
    let cases = [
        ("SELECT nonsense FROM traces", "the query is not valid at character 8: no such column: nonsense"),
        ("SELEC 1", "the query is not valid at character 1: near \"SELEC\": syntax error"),
        ("SELECT * FROM traces WHERE trace_id = ?", ""),
        ("", "there is no query"),
    ];
    for (query, expected) in cases {
        match store.sql(query, |_, _| ControlFlow::Continue(())) {
            Ok(_) => assert_eq!(expected, "", "{query}"),
            Err(error) => assert!(error.to_string().contains(expected), "{query}: {error}"),
        }
    }
    let mut seen = 0;
    store
        .sql("SELECT * FROM spans", |columns, row| {
            assert_eq!(columns.len(), row.len());
            seen += 1;
            ControlFlow::Break(())
        })
        .expect("reads");
    assert_eq!(seen, 1);
}
