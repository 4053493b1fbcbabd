//! Every row of the rules finds its examples and not its counter-examples, and the documentation lists every row.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use otel_genai_redact::{Category, RuleSet, rules};
use support::expand;

#[test]
fn every_row_finds_its_examples() {
    let set = RuleSet::default();
    let mut failed = Vec::new();
    for rule in rules() {
        assert!(!rule.examples().is_empty(), "{} has no example", rule.id());
        for (example, seed) in
            rule.examples().iter().flat_map(|example| (1..6).map(move |seed| (example, seed)))
        {
            let (text, _) = expand(example, seed);
            for text in [
                text.clone(),
                format!("it was {text} then"),
                format!(r#"{{"content": "see {}\n"}}"#, text.replace('\n', "\\n").replace('"', "\\\"")),
            ] {
                if !set.scan(&text).iter().any(|finding| finding.rule == rule.id()) {
                    failed.push(format!("{}: {text} -> {:?}", rule.id(), set.scan(&text)));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn no_row_finds_its_counter_examples() {
    let set = RuleSet::default();
    for rule in rules() {
        for counter in rule.counter_examples() {
            let (text, _) = expand(counter, 1);
            let found = set.scan(&text);
            assert!(
                !found.iter().any(|finding| finding.rule == rule.id()),
                "{}: {text} -> {found:?}",
                rule.id()
            );
        }
    }
}

#[test]
fn a_token_cut_short_or_glued_to_a_word_is_not_found() {
    let set = RuleSet::default();
    for rule in rules()
        .filter(|rule| !rule.pattern().is_empty() && rule.confidence() >= otel_genai_redact::Confidence::Form)
    {
        let (text, parts) = expand(rule.examples()[0], 3);
        let Some(at) = parts.first().and_then(|part| text.find(part.as_str())).filter(|at| *at < 24) else {
            continue;
        };
        let cut = &text[..at + 3];
        assert!(!set.scan(cut).iter().any(|finding| finding.rule == rule.id()), "{}: {cut}", rule.id());
        if text[..at].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && at > 0 {
            let glued = format!("word{text}");
            assert!(
                !set.scan(&glued).iter().any(|finding| finding.rule == rule.id()),
                "{}: {glued}",
                rule.id()
            );
        }
    }
}

#[test]
fn an_example_cut_anywhere_is_read() {
    let set = RuleSet::default();
    for rule in rules() {
        for example in rule.examples().iter().chain(rule.counter_examples()) {
            let (text, _) = expand(example, 1);
            for (at, _) in text.char_indices().filter(|(at, _)| *at < 400) {
                for part in [&text[..at], &text[at..]] {
                    assert!(set.scan(part).iter().all(|finding| part.get(finding.range.clone()).is_some()));
                }
            }
        }
    }
}

#[test]
fn there_are_a_hundred_kinds_of_secrets() {
    let secrets: BTreeSet<_> =
        rules().filter(|rule| rule.category() == Category::Secret).map(otel_genai_redact::Rule::id).collect();
    assert!(secrets.len() >= 100, "{}", secrets.len());
}

/// `OTEL_GENAI_WRITE_DOCUMENTATION=1` writes the table instead.
#[test]
fn the_documentation_lists_every_row() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/redaction.md");
    let page = std::fs::read_to_string(path).expect("is there");
    let (begin, end) = ("<!-- rules: begin -->\n", "<!-- rules: end -->");
    let (before, rest) = page.split_once(begin).expect("has the table's begin");
    let (table, after) = rest.split_once(end).expect("has the table's end");
    let mut expected =
        "| rule | category | finds | how sure | needs |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for rule in rules() {
        let mut needs: Vec<_> = rule
            .literals()
            .iter()
            .take(6)
            .map(|literal| format!("`{}`", literal.replace('|', "\\|")))
            .collect();
        if rule.literals().len() > 6 {
            needs.push("…".to_owned());
        }
        writeln!(
            expected,
            "| `{}` | {} | {} | {} | {} |",
            rule.id(),
            rule.category().as_str(),
            rule.finds(),
            rule.confidence().as_str(),
            needs.join(", ")
        )
        .expect("writes");
    }
    if std::env::var_os("OTEL_GENAI_WRITE_DOCUMENTATION").is_some() {
        std::fs::write(path, format!("{before}{begin}{expected}{end}{after}")).expect("writes");
    } else {
        assert!(
            table == expected,
            "docs/redaction.md is out of date: run this test with OTEL_GENAI_WRITE_DOCUMENTATION=1"
        );
    }
}
