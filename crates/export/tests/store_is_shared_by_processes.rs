//! Two processes write one file while a third reads it: no error, nothing lost.
//!
//! `STORE_SECONDS=3600` lets each write ten batches a second for so long; without it 60 batches and more as fast as they
//! can, until the reader has read twice.
#![cfg(feature = "sqlite")]

use std::time::Duration;

use otel_genai_export::store::{Store, TotalsQuery, TraceFilter, TraceStatus};
use sample_runs::{OtherProcess, numbered_batch, trace_id};

mod sample_runs;

const BATCHES: &str = "60";
const SPANS: u64 = 20;

/// Batches of the second writer are numbered from here on.
const SECOND: u128 = 1 << 32;

#[test]
fn two_write_while_one_reads() {
    let seconds = std::env::var("STORE_SECONDS").unwrap_or_else(|_| "0".to_owned());
    let is_paced = seconds != "0";
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let start = |first: u128| {
        let first = first.to_string();
        let path = path.to_str().expect("UTF-8");
        let spans = SPANS.to_string();
        let variables = [
            ("STORE_PATH", path),
            ("STORE_FIRST", &first),
            ("STORE_BATCHES", BATCHES),
            ("STORE_SECONDS", &seconds),
            ("STORE_SPANS", &spans),
        ];
        OtherProcess::start("writes_batches", &variables)
    };
    // Both begin at once, so both may create the file.
    let mut writers = [start(0), start(SECOND)];
    for writer in &mut writers {
        assert_eq!(writer.line().as_deref(), Some("open"));
    }
    let store = Store::open(&path).expect("opens");
    let mut seen = 0;
    let mut reads = 0;
    let mut is_running = true;
    while is_running {
        // Asked before reading, so that the last round sees everything.
        is_running = writers.iter_mut().any(|writer| writer.child.try_wait().expect("waits").is_none());
        let statistics = store.statistics().expect("reads");
        assert!(statistics.traces >= seen, "{} after {seen}", statistics.traces);
        assert_eq!(statistics.spans, statistics.traces * SPANS, "half a batch");
        seen = statistics.traces;
        let totals = store.totals(&TotalsQuery::new()).expect("sums").remove(0);
        assert!(totals.runs >= seen && totals.spans == totals.runs * SPANS, "{totals:?}");
        let page = store.traces(&TraceFilter::new().text("invoke_agent").limit(20)).expect("lists");
        assert!(page.traces.len() as u64 >= seen.min(20), "{} of {seen} found", page.traces.len());
        for row in &page.traces {
            let trace = store.trace(row.trace_id).expect("reads").expect("there");
            assert_eq!(trace.spans.len() as u64, SPANS);
        }
        reads += 1;
        if reads == 2 {
            std::fs::write(path.with_file_name("enough"), "").expect("writes");
        }
        if is_paced && is_running {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    assert!(reads > 1, "{reads} reads");
    let mut written = 0;
    for (mut writer, first) in writers.into_iter().zip([0, SECOND]) {
        let count: u128 = writer.line().and_then(|line| line.parse().ok()).expect("a writer failed");
        assert!(writer.wait(), "a writer failed");
        for number in first + 1..=first + count {
            let trace = store.trace(trace_id(number)).expect("reads").expect("there");
            assert_eq!(trace.summary.status, TraceStatus::Ok);
            let spans: Vec<_> = trace.spans.into_iter().map(|read| read.span).collect();
            assert_eq!(spans, numbered_batch(number, SPANS));
        }
        written += count as u64;
    }
    let totals = store.totals(&TotalsQuery::new()).expect("sums").remove(0);
    assert_eq!((totals.spans, totals.runs), (written * SPANS, written));
    let report = store.check(|_| ()).expect("checks");
    assert!(report.is_sound(), "{:?}", report.problems);
    println!("{} spans of {written} traces written and found, {reads} times read meanwhile", written * SPANS);
}
