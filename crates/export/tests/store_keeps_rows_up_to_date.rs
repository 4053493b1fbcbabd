//! One row per trace says what has come so far, however it came.
#![cfg(feature = "sqlite")]

use std::time::Duration;

use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use otel_genai_export::store::{
    SqliteExporter, Store, TotalsBy, TotalsQuery, TraceFilter, TraceStatus, TraceSummary,
};
use otel_genai_pipeline::testing::SpanBuilder;
use proptest::prelude::*;
use sample_runs::{OtherProcess, at, build, call, failed, resource, root, trace_id, unpriced_call};

mod sample_runs;

fn summary(store: &Store, trace: u128) -> TraceSummary {
    store.trace(trace_id(trace)).expect("reads").expect("there").summary
}

#[test]
fn segments_add_up_and_the_root_names_the_trace() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let findings =
        r#"[{"category":"pii","status":"triggered"},{"category":"moderation","status":"not_triggered"}]"#;
    let early = [
        call(1, 2, 5, "gpt-4o").attribute("gen_ai.agent.name", "helper").attribute("session.id", "s"),
        unpriced_call(1, 3, 6, "o3").attribute("guardrail.findings", findings),
    ];
    exporter.write(&resource(), build(early)).expect("writes");
    let store = Store::open(&path).expect("opens");
    let row = summary(&store, 1);
    assert_eq!((row.name.as_deref(), row.status), (None, TraceStatus::Running));
    assert_eq!((row.start, row.end), (at(5), at(8)));
    assert_eq!((row.agent.as_deref(), row.session.as_deref()), (Some("helper"), Some("s")));
    assert_eq!((row.input_tokens, row.cost), (Some(1000), Some(0.01)));
    assert_eq!((row.uncounted_calls, row.unpriced_calls), (1, 1));
    assert_eq!((row.findings, row.finding_categories.as_slice()), (1, &["pii".to_owned()][..]));

    let last = [
        failed(root(1, 0), "gave up")
            .attribute("gen_ai.agent.name", "planner")
            .attribute("otel_genai.project", "shop")
            .attribute("user.id", "u")
            .attribute("otel_genai.tenant", "t"),
        call(1, 4, 7, "gpt-4o").attribute("gen_ai.usage.cache_read.input_tokens", 400),
    ];
    exporter.write(&resource(), build(last)).expect("writes");
    let row = summary(&store, 1);
    assert_eq!((row.name.as_deref(), row.status), (Some("invoke_agent"), TraceStatus::Error));
    assert_eq!((row.start, row.duration()), (at(0), Duration::from_secs(10)));
    assert_eq!(row.agent.as_deref(), Some("planner"));
    assert_eq!(row.agents, ["helper", "planner"]);
    assert_eq!(row.models, ["gpt-4o", "o3"]);
    assert_eq!(
        (row.project.as_deref(), row.user.as_deref(), row.tenant.as_deref()),
        (Some("shop"), Some("u"), Some("t"))
    );
    assert_eq!((row.spans, row.llm_calls, row.errors), (4, 3, 1));
    assert_eq!(
        (row.input_tokens, row.cache_read_tokens, row.reasoning_tokens),
        (Some(2000), Some(400), None)
    );
    // A label finds the trace where it begins now.
    let found = store.traces(&TraceFilter::new().model("o3").until(at(1))).expect("lists");
    assert_eq!(found.traces.len(), 1);
}

#[test]
fn rows_carry_the_threshold_that_they_are_weighed_by() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    // A quarter of the traces was kept. The call does not say how it was chosen, so that is not known.
    let mut sampled = root(1, 0).build();
    sampled.set_trace_state("ot=th:c;rv:d0000000000000".parse().expect("a tracestate"));
    exporter
        .write(&resource(), vec![sampled.into_data(), build([call(1, 2, 1, "o3")]).remove(0)])
        .expect("writes");
    exporter.write(&resource(), build([root(2, 0), call(2, 2, 1, "o3")])).expect("writes");
    let store = Store::open(&path).expect("opens");
    let three_quarters = Some(3 << 54);
    assert_eq!(summary(&store, 1).threshold, three_quarters);
    assert_eq!(summary(&store, 2).threshold, None);
    let rows = store.totals(&TotalsQuery::new().by(TotalsBy::Threshold)).expect("sums");
    let mut rows: Vec<_> = rows.iter().map(|row| (row.threshold, row.runs, row.llm_calls)).collect();
    rows.sort();
    assert_eq!(rows, [(None, 1, 2), (three_quarters, 1, 0)]);
}

#[test]
fn what_nobody_told_is_absent() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    exporter.write(&resource(), build([root(1, 0), unpriced_call(1, 2, 1, "local")])).expect("writes");
    let row = summary(&Store::open(&path).expect("opens"), 1);
    assert_eq!((row.input_tokens, row.output_tokens, row.cost), (None, None, None));
    assert_eq!((row.session, row.user, row.threshold), (None, None, None));
}

#[test]
fn a_run_without_its_root_is_interrupted_when_its_process_has_ended() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let own = SqliteExporter::open(&path).expect("opens");
    own.write(&resource(), build([call(1, 2, 0, "o3")])).expect("writes");
    let name = path.to_str().expect("UTF-8");
    // Killed, so it says nothing of its end.
    let mut other = OtherProcess::start("writes_a_trace_without_root", &[("STORE_PATH", name)]);
    assert_eq!(other.line().as_deref(), Some("written"));
    other.child.kill().expect("kills");
    other.child.wait().expect("waits");
    let store = Store::open(&path).expect("opens");
    assert_eq!(summary(&store, 2).status, TraceStatus::Interrupted, "readers look for themselves");
    let numbers = |status| {
        let page = store.traces(&TraceFilter::new().status(status)).expect("lists");
        page.traces.iter().map(|row| (row.trace_id, row.status)).collect::<Vec<_>>()
    };
    assert_eq!(numbers(TraceStatus::Interrupted), [(trace_id(2), TraceStatus::Interrupted)]);
    assert_eq!(numbers(TraceStatus::Running), [(trace_id(1), TraceStatus::Running)]);
    let statistics = store.statistics().expect("reads");
    assert_eq!((statistics.running, statistics.interrupted, statistics.failed), (1, 1, 0));
    let third = SqliteExporter::open(&path).expect("opens");
    assert_eq!(summary(&store, 2).status, TraceStatus::Interrupted);
    assert_eq!(summary(&store, 1).status, TraceStatus::Running, "its writer lives");
    assert_eq!(numbers(TraceStatus::Interrupted), [(trace_id(2), TraceStatus::Interrupted)]);
    own.shutdown().expect("shuts down");
    assert_eq!(summary(&store, 1).status, TraceStatus::Interrupted, "shutdown says it");
    // A root that comes after all (another process's, or from a file) ends the run.
    third.write(&resource(), build([root(2, 0)])).expect("writes");
    assert_eq!(summary(&store, 2).status, TraceStatus::Ok);
}

/// Any spans of a few traces, hours and names.
fn any_span() -> impl Strategy<Value = SpanData> {
    let facts = (0..5_u128, 1..9_u64, 0..90_000_u64, prop::sample::select(vec!["gpt-4o", "o3"]));
    let choices = (any::<bool>(), any::<bool>(), any::<bool>(), 0..3_usize, any::<bool>());
    (facts, choices).prop_map(
        |((trace, id, seconds, model), (is_priced, fails, is_duplicate, agent, is_root))| {
            let mut builder = match (is_root, is_priced) {
                (true, _) => root(trace + 1, seconds).id(id),
                (false, true) => call(trace + 1, id, seconds, model),
                (false, false) => unpriced_call(trace + 1, id, seconds, model),
            };
            if fails {
                builder = failed(builder, "no");
            }
            if is_duplicate {
                builder = builder.attribute("otel_genai.duplicate_of", "00000000000000ff");
            }
            builder.attribute("gen_ai.agent.name", ["a", "b", "c"][agent]).build().into_data()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Totals from the sums per hour, from the rows of traces and from the spans themselves are the same.
    #[test]
    fn sums_agree(batches in prop::collection::vec(prop::collection::vec(any_span(), 1..12), 1..5)) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let exporter = SqliteExporter::open(&path).expect("opens");
        for batch in batches {
            exporter.write(&resource(), batch).expect("writes");
        }
        let store = Store::open(&path).expect("opens");
        let number = |sql: &str| {
            let mut numbers = Vec::new();
            store.sql(sql, |_, row| {
                numbers.extend(row.iter().map(|value| match value {
                    otel_genai_export::store::SqlValue::Integer(number) => *number as f64,
                    otel_genai_export::store::SqlValue::Real(number) => *number,
                    other => panic!("{other:?}"),
                }));
                std::ops::ControlFlow::Continue(())
            }).expect("reads");
            numbers
        };
        let of_spans = number(
            "SELECT count(*), total(is_llm_call), total(status = 'error' AND duplicate_of IS NULL), \
             total(input_tokens) FILTER (WHERE is_llm_call), total(output_tokens) FILTER (WHERE is_llm_call), \
             total(is_llm_call AND cost IS NULL) FROM spans");
        let of_traces = number(
            "SELECT total(spans), total(llm_calls), total(errors), total(input_tokens), total(output_tokens), \
             total(unpriced_calls) FROM traces");
        prop_assert_eq!(&of_spans, &of_traces);
        let totals = store.totals(&TotalsQuery::new()).expect("sums").remove(0);
        let of_hours = [totals.spans, totals.llm_calls, totals.errors, totals.input_tokens, totals.output_tokens,
            totals.unpriced_calls].map(|count| count as f64);
        prop_assert_eq!(&of_spans, &of_hours);
        let runs = store.traces(&TraceFilter::new()).expect("lists").traces.iter().filter(|row| row.name.is_some()).count();
        prop_assert_eq!(totals.runs, runs as u64);
        let by = [TotalsBy::Hour, TotalsBy::Day, TotalsBy::Agent, TotalsBy::Model, TotalsBy::Threshold];
        // From the sums per day, and, bounded by what is no beginning of a day, per hour.
        let queries = by.map(|by| [TotalsQuery::new().by(by), TotalsQuery::new().by(by).until(at(999_000))]);
        for query in queries.into_iter().flatten() {
            let rows = store.totals(&query).expect("sums");
            prop_assert_eq!(rows.iter().map(|row| row.llm_calls).sum::<u64>(), totals.llm_calls);
            prop_assert!((rows.iter().map(|row| row.cost).sum::<f64>() - totals.cost).abs() < 1e-9);
        }
    }
}

/// The calls and their cost by agent.
fn calls_by_agent(store: &Store) -> Vec<(Option<String>, u64, f64)> {
    let rows = store.totals(&TotalsQuery::new().by(TotalsBy::Agent)).expect("sums");
    let mut calls: Vec<_> = rows.into_iter().map(|row| (row.agent, row.llm_calls, row.cost)).collect();
    calls.sort_by(|one, other| one.0.cmp(&other.0));
    calls
}

#[test]
fn calls_are_those_of_the_agent_around_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let agent = |id, name: &'static str| root(1, 0).id(id).attribute("gen_ai.agent.name", name);
    let plain = |id, parent| SpanBuilder::new("step").trace(1).id(id).parent(parent).times(SECOND, SECOND);
    // Below the planner a call, a step, the helper's run in it, and of that a step with a call.
    let spans = || {
        build([
            call(1, 2, 1, "o3"),
            call(1, 6, 1, "o3").parent(5),
            plain(5, 4),
            agent(4, "helper").parent(3),
            plain(3, 1),
            agent(1, "planner"),
        ])
    };
    let expected = [(Some("helper".to_owned()), 1, 0.01), (Some("planner".to_owned()), 1, 0.01)];
    // All at once, one by one as they end, and the other way round.
    for (name, size, is_backwards) in [("1", 6, false), ("2", 1, false), ("3", 1, true), ("4", 2, false)] {
        let path = directory.path().join(name);
        let exporter = SqliteExporter::open(&path).expect("opens");
        let mut spans = spans();
        if is_backwards {
            spans.reverse();
        }
        for batch in spans.chunks(size) {
            exporter.write(&resource(), batch.to_vec()).expect("writes");
        }
        assert_eq!(calls_by_agent(&Store::open(&path).expect("opens")), expected, "{size} {is_backwards}");
    }
    // Until their agent has come, they are nobody's.
    let path = directory.path().join("5");
    let exporter = SqliteExporter::open(&path).expect("opens");
    exporter.write(&resource(), spans()[..3].to_vec()).expect("writes");
    assert_eq!(calls_by_agent(&Store::open(&path).expect("opens")), [(None, 2, 0.02)]);
}

const SECOND: Duration = Duration::from_secs(1);

/// Any spans of two traces that name their agent and project or do not, roots here and elsewhere.
fn any_named_span() -> impl Strategy<Value = SpanData> {
    let names = (0..4_usize, 0..3_usize, prop::option::of(1..9_u64));
    ((0..2_u128, 1..9_u64, 0..200_000_u64), names, (0..6_u8, any::<bool>(), any::<bool>())).prop_map(
        |((trace, id, seconds), (agent, project, parent), (shape, fails, is_priced))| {
            let mut builder = match shape {
                0 => root(trace + 1, seconds).id(id),
                // A parent in another process, which may write to the same store.
                1 => call(trace + 1, id, seconds, "o3").remote_parent(parent.unwrap_or(77)),
                _ if is_priced => call(trace + 1, id, seconds, "gpt-4o")
                    .attribute("gen_ai.usage.cache_read.input_tokens", 7),
                _ => unpriced_call(trace + 1, id, seconds, "o3"),
            };
            if fails {
                builder = failed(builder, "no");
            }
            if agent > 0 {
                builder = builder.attribute("gen_ai.agent.name", ["a", "b", "c"][agent - 1]);
            }
            if project > 0 {
                builder = builder.attribute("otel_genai.project", ["p", "q"][project - 1]);
            }
            // Also of itself, or of what is above it.
            if let Some(parent) = parent.filter(|_| shape > 1) {
                builder = builder.parent(parent);
            }
            builder.build().into_data()
        },
    )
}

/// All sums, those of money in thousandths of a cent: differences leave what is less.
fn all_sums(path: &std::path::Path) -> Vec<String> {
    let store = Store::open(path).expect("opens");
    let mut rows = Vec::new();
    for table in ["hourly", "daily"] {
        let sql = format!(
            "SELECT hour, project, agent, provider, model, threshold, runs, spans, errors, llm_calls, failed_calls, \
             tool_calls, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, \
             uncounted_calls, unpriced_calls, call_duration_ns, \
             CAST(round(cost * 1e5) AS INTEGER) FROM {table}"
        );
        store
            .sql(&sql, |_, row| {
                rows.push(format!("{table} {row:?}"));
                std::ops::ControlFlow::Continue(())
            })
            .expect("reads");
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However spans are cut into batches, the sums are the same.
    #[test]
    fn sums_do_not_depend_on_batches(
        spans in prop::collection::vec(any_named_span(), 1..20),
        cuts in prop::collection::vec(1..6_usize, 20),
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let (whole, cut) = (directory.path().join("whole.db"), directory.path().join("cut.db"));
        SqliteExporter::open(&whole).expect("opens").write(&resource(), spans.clone()).expect("writes");
        let exporter = SqliteExporter::open(&cut).expect("opens");
        let mut rest = spans.as_slice();
        for size in cuts {
            let (batch, later) = rest.split_at(size.min(rest.len()));
            exporter.write(&resource(), batch.to_vec()).expect("writes");
            rest = later;
        }
        prop_assert!(rest.is_empty());
        prop_assert_eq!(all_sums(&whole), all_sums(&cut));
    }
}

fn helper(trace: u128) -> SpanBuilder {
    root(trace, 0).id(4).parent(1).attribute("gen_ai.agent.name", "helper")
}

/// An older build knew calls by the agent of their trace, so that they are not where this one looks for them.
#[test]
fn sums_of_an_older_build_are_not_made_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let run =
        [call(1, 5, 1, "o3").parent(4), helper(1), root(1, 0).attribute("gen_ai.agent.name", "planner")];
    SqliteExporter::open(&path).expect("opens").write(&resource(), build(run)).expect("writes");
    let connection = rusqlite::Connection::open(&path).expect("opens");
    for table in ["hourly", "daily"] {
        let sql = format!("UPDATE {table} SET agent = 'planner' WHERE model = 'o3'");
        connection.execute_batch(&sql).expect("writes");
    }
    drop(connection);
    let exporter = SqliteExporter::open(&path).expect("opens");
    // What another run has by the name that is looked for is less.
    let small = call(2, 5, 1, "o3").parent(4).attribute("gen_ai.usage.input_tokens", 10);
    exporter.write(&resource(), build([small, helper(2)])).expect("writes");
    let sums = || {
        let totals = Store::open(&path).expect("opens").totals(&TotalsQuery::new()).expect("reads").remove(0);
        (totals.llm_calls, totals.input_tokens, totals.cost)
    };
    assert_eq!(sums(), (2, 1010, 0.02));
    // Gives the first run a project, and its sums with it.
    let named = unpriced_call(1, 9, 1, "o3").attribute("otel_genai.project", "shop");
    exporter.write(&resource(), build([named])).expect("writes");
    assert_eq!(sums(), (3, 1010, 0.02));
}

/// What cannot be read of a trace costs neither its further spans nor those of others.
#[test]
fn a_damaged_segment_stops_no_other_span() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let run = [root(1, 0).attribute("gen_ai.agent.name", "planner"), call(1, 5, 1, "o3").parent(4)];
    SqliteExporter::open(&path).expect("opens").write(&resource(), build(run)).expect("writes");
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection.execute("UPDATE segments SET data = zeroblob(10)", []).expect("writes");
    drop(connection);
    let exporter = SqliteExporter::open(&path).expect("opens");
    // The call moves to the agent, and is looked at for it.
    let counts = exporter.write(&resource(), build([helper(1), call(2, 7, 1, "o3")])).expect("writes");
    assert_eq!((counts.stored, counts.repeated), (2, 0));
    let calls = calls_by_agent(&Store::open(&path).expect("opens"));
    let of = |agent: &str, calls, cost| (Some(agent.to_owned()), calls, cost);
    assert_eq!(calls, [(None, 1, 0.01), of("helper", 1, 0.01), of("planner", 0, 0.0)]);
}

/// To look for them would cost more with each batch.
#[test]
fn spans_of_a_very_long_trace_stay_with_the_agent_that_was_known() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::builder(&path).text_search(false).build().expect("opens");
    let calls = (10..5_011).map(|id| call(1, id, 1, "o3").parent(4));
    exporter.write(&resource(), build(calls)).expect("writes");
    exporter.write(&resource(), build([helper(1), call(1, 5, 1, "o3").parent(4)])).expect("writes");
    let store = Store::open(&path).expect("opens");
    let calls: Vec<(Option<String>, u64)> =
        calls_by_agent(&store).into_iter().map(|(agent, calls, _)| (agent, calls)).collect();
    assert_eq!(calls, [(None, 5_001), (Some("helper".to_owned()), 1)]);
    // What comes below it later is its own.
    exporter.write(&resource(), build([call(1, 6, 1, "o3").parent(4)])).expect("writes");
    assert_eq!(calls_by_agent(&store)[1].1, 2);
}
