//! `docs/guardrails.md` is the rules as a page: it is written from them, and this fails where the two differ.
//!
//! `OTEL_GENAI_WRITE_DOCS=1 cargo test -p otel-genai-guardrail --test documentation` writes it.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

use std::fmt::Write;

use otel_genai_guardrail::{DEFAULT_REQUIREMENTS, Reads, Source, rules};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guardrails.md");
const FRAME: &str = include_str!("data/guardrails.md");

fn reads(reads: Reads) -> &'static str {
    match reads {
        Reads::FinishReason => "finish reason",
        Reads::ErrorCode => "code of an error",
        Reads::ErrorClass => "class of an error",
        Reads::ErrorText => "message of an error",
        Reads::Json => "key of JSON, or end of an attribute's name",
        Reads::Attributes => "attribute",
        Reads::Answer => "answer",
        Reads::SpanName => "beginning of the span's name",
        _ => unreachable!("a part that the page has no word for"),
    }
}

fn table(source: Source) -> String {
    let mut table = String::from(
        "| rule | who | reads | which | category | finding | confidence | enforcement |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for rule in rules().filter(|rule| rule.source == source) {
        let words: Vec<String> =
            rule.words.iter().map(|word| format!("`{}`", word.replace('|', "\\|"))).collect();
        let mut which = words.join(", ");
        if !rule.when.is_empty() {
            write!(which, "; {}", rule.when).unwrap();
        }
        writeln!(
            table,
            "| `{}` | {} | {} | {} | {} | `{}` | {} | {} |",
            rule.id,
            rule.system,
            reads(rule.reads),
            which,
            rule.category.as_str(),
            rule.name,
            rule.confidence.as_str(),
            rule.enforcement.map_or("as stated", |enforcement| enforcement.as_str()),
        )
        .unwrap();
    }
    table
}

fn requirements() -> String {
    let mut table = String::from("| a run that | wants | confidence |\n| --- | --- | --- |\n");
    for requirement in DEFAULT_REQUIREMENTS {
        writeln!(
            table,
            "| `{}` | `{}` | {} |",
            requirement.capability.as_str(),
            requirement.category.as_str(),
            requirement.confidence.as_str()
        )
        .unwrap();
    }
    table
}

#[test]
fn the_page_says_what_the_rules_say() {
    let page = FRAME
        .replace("{{explicit}}\n", &table(Source::Explicit))
        .replace("{{provider_native}}\n", &table(Source::ProviderNative))
        .replace("{{heuristic}}\n", &table(Source::Heuristic))
        .replace("{{requirements}}\n", &requirements())
        .replace("{{count}}", &rules().count().to_string());
    assert!(!page.contains("{{"), "a place of the frame was not filled");
    if std::env::var_os("OTEL_GENAI_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert_eq!(written, page, "run this test with OTEL_GENAI_WRITE_DOCS=1 and commit docs/guardrails.md");
}
