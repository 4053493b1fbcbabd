//! Every row of the table of signals that providers and frameworks send has cases: each of its values is found in one, and
//! each that looks alike is left in another.
//!
//! `data/reference_rows.jsonl` is that table: the rules of a row, its values, and harmless ones, as they stand in the cases
//! of `data/signals.jsonl` and `data/providers.jsonl`. That those cases come out right is for `signals.rs` and
//! `every_dialect.rs`.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

use std::collections::BTreeSet;

use otel_genai_guardrail::rules;
use serde_json::Value as Json;

/// A case: its rule (`None` for answers of providers, whose finding is named otherwise), its span, whether it is found.
struct Case {
    rule: Option<String>,
    text: String,
    is_found: bool,
}

fn lines(text: &str) -> impl Iterator<Item = Json> + '_ {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for mut case in lines(include_str!("data/signals.jsonl")) {
        let is_found = !case["expect"].is_null();
        let rule = case["rule"].as_str().map(str::to_owned);
        for member in ["expect", "why", "rule"] {
            case.as_object_mut().unwrap().remove(member);
        }
        // Answers in attributes that are texts read as if they were not.
        cases.push(Case {
            rule,
            text: case.to_string().replace("\\\"", "\"").replace("\": ", "\":"),
            is_found,
        });
    }
    for case in lines(include_str!("data/providers.jsonl")) {
        cases.push(Case { rule: None, text: case["answer"].to_string(), is_found: true });
        cases.push(Case { rule: None, text: case["harmless"].to_string(), is_found: false });
    }
    cases
}

#[test]
fn every_row_has_cases() {
    let (cases, mut missing) = (cases(), Vec::new());
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    let mut rows = 0;
    for row in lines(include_str!("data/reference_rows.jsonl")) {
        rows += 1;
        let words = |member: &str| -> Vec<String> {
            row[member].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let of_row = words("rules");
        assert!(of_row.iter().all(|rule| known.contains(rule.as_str())), "{row} has a rule that is none");
        assert!(!words("harmless").is_empty(), "{row} has nothing that looks alike");
        for (member, is_found) in [("values", true), ("harmless", false)] {
            for word in words(member) {
                let has_case = cases.iter().any(|case| {
                    case.is_found == is_found
                        && case.rule.as_ref().is_none_or(|rule| of_row.contains(rule))
                        && case.text.contains(&word)
                });
                if !has_case {
                    missing.push(format!("{}: {member}: {word}", row["row"]));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no case for\n{}", missing.join("\n"));
    assert_eq!(rows, 42, "rows of the table");
}
