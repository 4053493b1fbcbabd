//! Prints, for each rule on its own worst input, how the time grows when the input doubles.
//!
//! `cargo run --release -p otel-genai-redact --example linear_time [-- MEGABYTES]`
//!
//! Worst inputs are those of the test in `src/scan/work.rs`, which counts the bytes that are looked at. Each is tried at
//! 64 KiB; the slowest of each rule then doubles from 1 MiB to 16 (or what is asked for).

use std::error::Error;
use std::io::{Write, stdout};
use std::time::{Duration, Instant};

use otel_genai_redact::{RuleSet, rules};

#[path = "../tests/support/worst_inputs.rs"]
mod worst_inputs;

use worst_inputs::{GENERAL, PATTERNS, repeated, units};

fn main() -> Result<(), Box<dyn Error>> {
    let most = std::env::args().nth(1).map_or(Ok(16), |argument| argument.parse::<usize>())? << 20;
    let mut out = stdout().lock();
    let rule_set = RuleSet::default();
    writeln!(
        out,
        "| rule | worst input | MiB/s at the end | worst ratio per doubling |\n| --- | --- | ---: | ---: |"
    )?;
    let mut worst = (0.0, String::new());
    for rule in rules() {
        let unit = slowest(&rule_set, units(rule.literals(), rule.examples()));
        measure(&mut out, &rule_set, rule.id(), &unit, most, &mut worst)?;
    }
    for unit in GENERAL {
        measure(&mut out, &rule_set, "all", unit, most, &mut worst)?;
    }
    for pattern in PATTERNS {
        let mine = RuleSet::builder().pattern("mine", *pattern).build()?;
        measure(
            &mut out,
            &mine,
            &format!("`{}`", pattern.replace('|', "\\|")),
            "a",
            most.min(4 << 20),
            &mut worst,
        )?;
    }
    writeln!(out, "\nThe worst ratio of all is {:.2}: {}.", worst.0, worst.1)?;
    Ok(())
}

fn slowest(rules: &RuleSet, units: Vec<String>) -> String {
    let once = |text: &str| {
        let start = Instant::now();
        std::hint::black_box(rules.redact(text).findings.len());
        start.elapsed()
    };
    let timed = units.into_iter().map(|unit| (once(&repeated(&unit, 64 << 10)), unit));
    timed.max_by_key(|(time, _)| *time).map(|(_, unit)| unit).unwrap_or_default()
}

/// The processor's time where the system tells it, so that other work does not count; else the clock's.
fn time(rules: &RuleSet, text: &str) -> Duration {
    let on_processor = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    };
    let (start, before) = (Instant::now(), on_processor());
    let mut runs = 0;
    loop {
        std::hint::black_box(rules.redact(text).findings.len());
        runs += 1;
        let elapsed = match (before, on_processor()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => start.elapsed(),
        };
        // The system counts in ticks of some milliseconds.
        if elapsed >= ENOUGH {
            return elapsed / runs;
        }
    }
}

/// Shorter times are taken over several runs.
const ENOUGH: Duration = Duration::from_millis(60);

fn measure(
    out: &mut impl Write,
    rules: &RuleSet,
    name: &str,
    unit: &str,
    most: usize,
    worst: &mut (f64, String),
) -> std::io::Result<()> {
    let mut bytes = 1 << 20;
    let mut last = time(rules, &repeated(unit, bytes));
    let mut ratio: f64 = 0.0;
    while bytes < most {
        bytes *= 2;
        let now = time(rules, &repeated(unit, bytes));
        ratio = ratio.max(now.as_secs_f64() / last.as_secs_f64());
        last = now;
    }
    if ratio > worst.0 {
        *worst = (ratio, format!("{name} on {unit:?}"));
    }
    let speed = bytes as f64 / (1 << 20) as f64 / last.as_secs_f64();
    let shown: String =
        unit.chars().take(40).collect::<String>().escape_debug().to_string().replace('|', "\\|");
    writeln!(out, "| {name} | `{shown}` | {speed:.1} | {ratio:.2} |")?;
    out.flush()
}
