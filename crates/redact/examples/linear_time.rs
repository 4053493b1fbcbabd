//! Prints, for each rule on its own worst input, how the time grows when the input doubles.
//!
//! `cargo run --release -p otel-genai-redact --example linear_time [-- MEGABYTES]`
//!
//! Worst inputs are what begins many times and ends nowhere: the rule's literals over and over, glued, apart, and with
//! what they need behind them; its examples with the last letter wrong, and its examples themselves. Each is tried at
//! 64 KiB; the slowest of each rule then doubles from 1 MiB to 16 (or what is asked for).

use std::error::Error;
use std::io::{Write, stdout};
use std::time::{Duration, Instant};

use otel_genai_redact::{Rule, RuleSet, rules};

/// Text that is costly for no single rule, and patterns of users.
const GENERAL: &[&str] = &[
    "a",
    " ",
    "\"",
    "\\",
    "[",
    "{\"a\":",
    "1",
    "1.",
    "1-",
    "a@",
    "a.",
    "a1 ",
    "::",
    "://a:",
    "\\n",
    "-----BEGIN ",
    "data:;base64,",
    "password=",
    "password ",
    "key,",
    "Q~",
    "é",
    "年",
];

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
        let unit = slowest(&rule_set, units(rule));
        measure(&mut out, &rule_set, rule.id(), &unit, most, &mut worst)?;
    }
    for unit in GENERAL {
        measure(&mut out, &rule_set, "all", unit, most, &mut worst)?;
    }
    for pattern in [".*z|a", "(?:(?:a|aa)+)+$", "a.*b.*c", r"\w+\s+\w+\s+$", "[^b]*b|a"] {
        let mine = RuleSet::builder().pattern("mine", pattern).build()?;
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

/// Returns what to repeat for a rule.
fn units(rule: &Rule) -> Vec<String> {
    let mut units = Vec::new();
    for literal in rule.literals().iter().take(4) {
        for tail in ["", " ", "a", "1", "=", ": \"", "A1b2C3d4", "A1b2C3d4E5f6G7h8.", " 1", "\n", "-", "_"] {
            units.push(format!("{literal}{tail}"));
        }
    }
    for example in rule.examples() {
        let text = filled(example);
        // The last letter wrong, and one letter short.
        units.push(format!("{}!", text.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric())));
        let short: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
        units.extend([format!("{short} "), format!("{text} "), format!("{text}."), format!("{text}-"), text]);
    }
    units
}

/// Fills `<class:count>` with letters that the class has.
fn filled(example: &str) -> String {
    let (mut out, mut rest) = (String::new(), example);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((class, behind)) = after.split_once('>') else { break };
        let (name, count) = class.split_once(':').unwrap_or((class, "32"));
        let letters = match name {
            "digit" => "1234567890",
            "upper" => "ABCDEFGHIJ234567",
            "lower" => "abcdefghij234567",
            "hex" => "0123456789abcdef",
            _ => "aB3dE6gH9jK2mN5p",
        };
        out.push_str(before);
        out.extend(letters.chars().cycle().take(count.parse().unwrap_or(32)));
        rest = behind;
    }
    out + rest
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

fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len().max(1) + 1)
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
