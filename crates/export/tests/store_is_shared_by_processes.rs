//! Two processes write one file while a third reads it: no error, nothing lost.
//!
//! `STORE_BATCHES=100000` writes as many batches from each; without it 60.
#![cfg(feature = "sqlite")]

use otel_genai_export::store::{Store, TotalsQuery, TraceFilter, TraceStatus};
use sample_runs::{OtherProcess, numbered_batch, trace_id};

mod sample_runs;

const SPANS: u64 = 20;

#[test]
fn two_write_while_one_reads() {
    let batches = std::env::var("STORE_BATCHES").unwrap_or_else(|_| "60".to_owned());
    let count: u128 = batches.parse().expect("a number of batches");
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let start = |first: u128| {
        let first = first.to_string();
        let path = path.to_str().expect("UTF-8");
        let spans = SPANS.to_string();
        let variables = [
            ("STORE_PATH", path),
            ("STORE_FIRST", &first),
            ("STORE_BATCHES", &batches),
            ("STORE_SPANS", &spans),
        ];
        OtherProcess::start("writes_batches", &variables)
    };
    // Both begin at once, so both may create the file.
    let mut writers = [start(0), start(count)];
    for writer in &mut writers {
        assert_eq!(writer.line().as_deref(), Some("open"));
    }
    let store = Store::open(&path).expect("opens");
    let mut seen = 0;
    let mut reads = 0;
    while seen < 2 * count as u64 {
        let statistics = store.statistics().expect("reads");
        assert!(statistics.traces >= seen, "{} after {seen}", statistics.traces);
        assert_eq!(statistics.spans, statistics.traces * SPANS, "half a batch");
        seen = statistics.traces;
        let page = store.traces(&TraceFilter::new().text("invoke_agent").limit(20)).expect("lists");
        for row in &page.traces {
            let trace = store.trace(row.trace_id).expect("reads").expect("there");
            assert_eq!(trace.spans.len() as u64, SPANS);
        }
        reads += 1;
        let has_ended = |writer: &mut OtherProcess| {
            writer.child.try_wait().expect("waits").is_some_and(|status| !status.success())
        };
        assert!(!writers.iter_mut().any(has_ended), "a writer failed");
    }
    assert!(reads > 1, "the reader was too slow to meet the writers: {reads} reads");
    for writer in writers {
        assert!(writer.wait(), "a writer failed");
    }
    for number in 1..=2 * count {
        let trace = store.trace(trace_id(number)).expect("reads").expect("there");
        assert_eq!(trace.summary.status, TraceStatus::Ok);
        let spans: Vec<_> = trace.spans.into_iter().map(|read| read.span).collect();
        assert_eq!(spans, numbered_batch(number, SPANS));
    }
    let totals = store.totals(&TotalsQuery::new()).expect("sums").remove(0);
    assert_eq!((totals.spans, totals.runs), (2 * count as u64 * SPANS, 2 * count as u64));
    let report = store.check(|_| ()).expect("checks");
    assert!(report.is_sound(), "{:?}", report.problems);
}
