//! A writer that is killed at any moment has lost nothing that it acknowledged.
//!
//! `STORE_KILLS=300` kills 300 times; without it 10.
#![cfg(all(feature = "sqlite", unix))]

use std::collections::HashMap;

use otel_genai_export::store::{Store, TotalsQuery, TraceFilter};
use sample_runs::{OtherProcess, numbered_batch, trace_id};

mod sample_runs;

const SPANS: u64 = 12;
/// A new file is begun after so many kills: every one is checked whole after each.
const KILLS_PER_FILE: u64 = 20;
/// Batches of different kills have different numbers.
const NUMBERS_PER_KILL: u64 = 1 << 20;

/// Repeatable numbers (xorshift64*).
fn random(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
}

#[test]
fn what_was_acknowledged_is_there_once_after_every_kill() {
    let kills = std::env::var("STORE_KILLS").map_or(10, |kills| kills.parse().expect("a number of kills"));
    let mut state = 20_261_121;
    let mut directory = tempfile::tempdir().expect("a directory");
    let mut acknowledged: Vec<u128> = Vec::new();
    for kill in 0..kills {
        if kill % KILLS_PER_FILE == 0 {
            directory = tempfile::tempdir().expect("a directory");
            acknowledged.clear();
        }
        let path = directory.path().join("traces.db");
        let first = (kill * NUMBERS_PER_KILL).to_string();
        let spans = SPANS.to_string();
        let variables =
            [("STORE_PATH", path.to_str().expect("UTF-8")), ("STORE_FIRST", &first), ("STORE_SPANS", &spans)];
        let mut writer = OtherProcess::start("writes_until_it_is_killed", &variables);
        let mut number = || writer.line().expect("it writes until it is killed").parse().expect("a number");
        for _ in 0..=random(&mut state) % 20 {
            acknowledged.push(number());
        }
        // Somewhere within the next batches.
        for _ in 0..random(&mut state) % 2000 {
            std::thread::yield_now();
        }
        writer.child.kill().expect("kills");
        // What it had said before.
        while let Some(line) = writer.line() {
            acknowledged.push(line.parse().expect("a number"));
        }
        writer.child.wait().expect("waits");
        verify(&path, &acknowledged, kill);
    }
}

fn verify(path: &std::path::Path, acknowledged: &[u128], kill: u64) {
    let store = Store::open(path).expect("opens");
    let report = store.check(|_| ()).expect("checks");
    assert!(report.is_sound(), "after kill {kill}: {:?}", report.problems);
    // The check has read every trace, and found as many spans as its row says.
    let mut spans_of = HashMap::new();
    let mut filter = TraceFilter::new().limit(1000);
    loop {
        let page = store.traces(&filter).expect("lists");
        spans_of.extend(page.traces.iter().map(|row| (row.trace_id, row.spans)));
        let Some(next) = page.next() else { break };
        filter = filter.after(next);
    }
    for number in acknowledged {
        let spans = spans_of.get(&trace_id(*number)).copied();
        assert_eq!(spans, Some(SPANS), "batch {number} after kill {kill}");
    }
    // The newest as they were written; every one would take too long.
    for number in acknowledged.iter().rev().take(2) {
        let trace = store.trace(trace_id(*number)).expect("reads").expect("an acknowledged trace");
        let spans: Vec<_> = trace.spans.into_iter().map(|read| read.span).collect();
        assert_eq!(spans, numbered_batch(*number, SPANS), "batch {number} after kill {kill}");
    }
    // What was not acknowledged is there whole or not at all, and every span counts once.
    assert_eq!(report.spans % SPANS, 0, "half a batch after kill {kill}");
    assert!(report.traces >= acknowledged.len() as u64);
    assert_eq!(store.totals(&TotalsQuery::new()).expect("sums")[0].spans, report.spans);
}
