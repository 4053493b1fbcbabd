//! What has a threshold is extrapolated; what has none is not, and is shown apart.

use serde_json::json;

use crate::program::Scratch;

use super::spans::{SpanLine, lines, report};

/// Two traces at a quarter, one kept with certainty, one by nobody knows what, and one whose threshold would have
/// dropped it.
fn sample() -> String {
    let call = |trace, span| SpanLine::call(trace, span).model("gpt-5-mini").usage(1000, 50, 0.25);
    lines([
        call("e0000000000001", 1).state("vendor=1,ot=th:c"),
        call("e0000000000001", 2).state("ot=th:c"),
        call("f0000000000002", 3).state("ot=th:c").failed(),
        call("00000000000003", 4).state("ot=th:0"),
        call("e0000000000004", 5),
        call("10000000000005", 6).state("ot=th:c"),
        SpanLine::other("e0000000000001", 7).state("ot=th:c"),
    ])
}

#[test]
fn estimates_and_what_is_only_recorded_stay_apart() {
    let answer = report(&["--json", "-"], &sample()).json();
    let spans = json!({
        "read": 7, "skipped": 0, "calls_with_threshold": 4, "calls_without_threshold": 2, "duplicates": 0,
        "calls_not_enriched": 0,
    });
    assert_eq!(answer["spans"], spans);
    let estimated = &answer["all"]["estimated"];
    assert_eq!(estimated["sampled_calls"], 4);
    assert_eq!(estimated["uncertain_traces"], 2);
    assert_eq!(estimated["calls"]["total"], 13.0);
    // Two traces that count 8 and 4: variance 0.75 · (8² + 4²), third moment 0.75 · 0.5 · (8³ + 4³), so the skewness is
    // 0.4648, the upper quantile −4.0290, and the bound 13 + 4.0290 · √60. The lower one is what is there.
    let high = estimated["calls"]["high"].as_f64().expect("a number");
    assert!((high - 44.208).abs() < 0.001, "{high}");
    assert_eq!(estimated["calls"]["low"], 4.0);
    assert_eq!(estimated["errors"]["total"], 4.0);
    assert_eq!(estimated["input_tokens"]["total"], 13_000.0);
    assert_eq!(estimated["output_tokens"]["total"], 650.0);
    assert_eq!(estimated["cost_usd"]["total"], 3.25);
    let recorded = json!({
        "calls": 2, "errors": 0, "input_tokens": 2000, "output_tokens": 100, "cost_usd": 0.5,
        "calls_without_tokens": 0, "calls_without_cost": 0,
    });
    assert_eq!(answer["all"]["recorded"], recorded);
    assert!(answer.get("groups").is_none() && answer.get("by").is_none());
}

#[test]
fn the_table_for_people() {
    let ended = report(&["-", "--by", "model"], &sample());
    let expected = "\
Estimated from calls with a sampling threshold; in brackets where the truth is, 95 %
model       sampled                     cost         calls       errors              input tokens
gpt-5-mini        4  $3.25 ($1.00 to $11.05)  13 (4 to 44)  4 (1 to 32)  13,000 (4,000 to 44,208)
all               4  $3.25 ($1.00 to $11.05)  13 (4 to 44)  4 (1 to 32)  13,000 (4,000 to 44,208)

Recorded by calls without a sampling threshold: sums of what is there, and of everything only if nothing was left out
model          cost  calls  errors  input tokens  output tokens
gpt-5-mini  $0.5000      2       0         2,000            100
all         $0.5000      2       0         2,000            100

read 7 spans: 4 calls with a threshold, 2 calls without
note: fewer than 30 sampled traces, rough intervals: gpt-5-mini
";
    assert_eq!(ended.stdout, expected, "{}", ended.stdout);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_table_is_as_wide_as_there_is_room() {
    let scratch = Scratch::new();
    let rows = |columns: &str| -> Vec<String> {
        let ended = scratch.run_with(&["report", "-", "--by", "model"], &[("COLUMNS", columns)], sample());
        ended.success().lines().filter(|line| line.starts_with("gpt-5-mini")).map(str::to_owned).collect()
    };
    assert!(rows("200")[0].ends_with("13,000 (4,000 to 44,208)  650 (200 to 2,210)"), "{:?}", rows("200"));
    assert_eq!(rows("50")[0], "gpt-5-mini        4  $3.25 ($1.00 to $11.05)");
    for columns in [20, 40, 80] {
        let rows = rows(&columns.to_string());
        assert!(rows.iter().all(|row| row.chars().count() <= columns), "{columns}: {rows:?}");
    }
}

#[test]
fn small_costs_are_shown() {
    for (cost, shown) in [(0.000_012_34, "$0.000012"), (0.000_000_004, "< $0.000001"), (0.0042, "$0.004200")]
    {
        let ended = report(&["-"], &lines([SpanLine::call("1", 1).usage(1, 1, cost)]));
        assert!(ended.stdout.contains(&format!("all  {shown}  ")), "{}", ended.stdout);
    }
}

#[test]
fn what_is_kept_with_certainty_has_no_interval() {
    let spans = (1..=3).map(|span| SpanLine::call("1", span).usage(1_234_567, 0, 1234.5).state("ot=th:0"));
    let ended = report(&["-"], &lines(spans));
    assert!(ended.stdout.contains("3,703,701"), "{}", ended.stdout);
    assert!(ended.stdout.contains("3,703.50"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(" to ") && !ended.stdout.contains("Recorded"), "{}", ended.stdout);
}

#[test]
fn sums_that_lack_something_say_so() {
    let ended = report(
        &["-"],
        &lines([
            SpanLine::call("e0000000000001", 1).state("ot=th:c"),
            SpanLine::call("e0000000000002", 2).attribute("gen_ai.usage.input_tokens", 5),
        ]),
    );
    let stdout = &ended.stdout;
    let cost = "note: an estimated 4 calls and 1 call recorded without a threshold without cost: the sums are too low";
    assert!(stdout.contains(cost), "{stdout}");
    assert!(
        stdout.contains("note: an estimated 4 calls without token counts: the sums are too low"),
        "{stdout}"
    );
}

#[test]
fn what_nobody_told_is_no_zero() {
    let call = |span, state| SpanLine::call("e0000000000001", span).model("m").state(state);
    let told = |span, model: &str| SpanLine::call("2", span).model(model).usage(7, 3, 0.5);
    let ended = report(
        &["-", "--by", "model"],
        &lines([
            call(1, "ot=th:0"),
            call(2, ""),
            told(3, "m"),
            told(4, "told"),
            SpanLine::call("2", 5).model("untold"),
        ]),
    );
    let row = |name: &str| {
        let cells: Vec<&str> =
            ended.stdout.lines().find(|line| line.starts_with(name)).expect("a row").split("  ").collect();
        cells.into_iter().map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(row("m "), ["m", "1", "-", "1", "0", "-", "-"]);
    assert_eq!(row("told"), ["told", "$0.5000", "1", "0", "7", "3"]);
    assert_eq!(row("untold"), ["untold", "-", "1", "0", "-", "-"]);
    assert!(
        ended.stdout.lines().any(|line| line.starts_with("m ") && line.contains("≥ $0.5000")),
        "{}",
        ended.stdout
    );
}

#[test]
fn no_calls_are_no_totals() {
    let ended = report(&["-"], &lines([SpanLine::other("1", 1)]));
    assert_eq!(ended.stdout, "read 1 span: 0 calls with a threshold, 0 calls without\n");
    let answer = report(&["--json", "-"], "").json();
    assert_eq!(answer["all"], json!({}));
}
