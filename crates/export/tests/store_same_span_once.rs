//! The same span twice is stored once and summed up once; marked duplicates have neither tokens nor cost.
#![cfg(feature = "sqlite")]

use otel_genai_export::store::{SqliteExporter, Store, TotalsQuery, WriteCounts};
use sample_runs::{build, call, failed, resource, root, trace_id};

mod sample_runs;

#[test]
fn a_repeated_span_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let spans = build([root(1, 0), call(1, 2, 1, "gpt-4o"), failed(call(1, 3, 2, "o3"), "no")]);
    let written = exporter.write(&resource(), spans.clone()).expect("writes");
    assert_eq!(written, WriteCounts { stored: 3, repeated: 0 });
    let store = Store::open(&path).expect("opens");
    let read = |store: &Store| {
        (
            store.trace(trace_id(1)).expect("reads"),
            store.totals(&TotalsQuery::new()).expect("sums"),
            store.statistics().expect("reads").spans,
        )
    };
    let before = read(&store);
    // Again, in another order, one of them twice in the batch, and one that is new.
    let mut again = spans.clone();
    again.reverse();
    again.push(spans[0].clone());
    let written = exporter.write(&resource(), again).expect("writes");
    assert_eq!(written, WriteCounts { stored: 0, repeated: 4 });
    assert_eq!(read(&store), before);

    let mut mixed = spans;
    let new = build([call(1, 4, 3, "gpt-4o")]).remove(0);
    mixed.extend([new.clone(), new]);
    let written = exporter.write(&resource(), mixed).expect("writes");
    assert_eq!(written, WriteCounts { stored: 1, repeated: 4 });
    let trace = store.trace(trace_id(1)).expect("reads").expect("there");
    assert_eq!((trace.summary.spans, trace.summary.llm_calls, trace.spans.len()), (4, 3, 4));
    assert_eq!(trace.summary.input_tokens, Some(3000));
    assert_eq!(store.totals(&TotalsQuery::new()).expect("sums")[0].input_tokens, 3000);
    assert!(store.check(|_| ()).expect("checks").is_sound());
}

#[test]
fn duplicates_and_roll_ups_do_not_count() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let twin = failed(call(1, 3, 1, "gpt-4o"), "seen twice")
        .attribute("otel_genai.duplicate_of", "0000000000000002");
    let roll_up = root(1, 0).attribute("gen_ai.usage.input_tokens", 1000).attribute("llm.cost.total", 0.01);
    let spans = build([roll_up, failed(call(1, 2, 1, "gpt-4o"), "seen twice"), twin]);
    exporter.write(&resource(), spans).expect("writes");
    let store = Store::open(&path).expect("opens");
    let summary = store.trace(trace_id(1)).expect("reads").expect("there").summary;
    assert_eq!((summary.spans, summary.llm_calls, summary.errors), (3, 1, 1));
    assert_eq!(
        (summary.input_tokens, summary.output_tokens, summary.cost),
        (Some(1000), Some(100), Some(0.01))
    );
    let totals = store.totals(&TotalsQuery::new()).expect("sums").remove(0);
    assert_eq!((totals.spans, totals.llm_calls, totals.errors, totals.failed_calls), (3, 1, 1, 1));
    assert_eq!((totals.input_tokens, totals.cost), (1000, 0.01));
    let mut calls = 0;
    store
        .sql("SELECT span_id FROM llm_calls", |_, _| {
            calls += 1;
            std::ops::ControlFlow::Continue(())
        })
        .expect("reads");
    assert_eq!(calls, 1);
}
