//! `otel-genai redact --evaluate`: precision and recall on labelled text.

use std::fmt::Write as _;
use std::path::Path;

use otel_genai::redact::{RuleSet, Score, evaluate};
use serde_json::json;

use super::open;
use crate::failure::Failure;
use crate::plain::number;
use crate::printed::print;

/// Prints the scores per kind and over all: a table of markdown, or one line of JSON each.
pub(super) fn run(rules: &RuleSet, path: &Path, as_json: bool) -> Result<(), Failure> {
    let evaluation = evaluate(rules, open(path)?)
        .map_err(|error| Failure::Work(format!("cannot read {}: {error}", path.display())))?;
    let all = [("all, of the same kind", evaluation.total()), ("all, of any kind", evaluation.any_kind)];
    let kinds = evaluation.kinds.iter().map(|(kind, score)| (format!("`{kind}`"), kind.as_str(), *score));
    let rows = kinds.chain(all.iter().map(|(name, score)| ((*name).to_owned(), *name, *score)));
    let mut text = String::new();
    if !as_json {
        text += "| kind | labels | precision | recall | F1 |\n| --- | ---: | ---: | ---: | ---: |\n";
    }
    for (cell, name, score) in rows {
        if as_json {
            let row = json!({
                "kind": name,
                "labels": score.found + score.missed,
                "found": score.found,
                "missed": score.missed,
                "wrong": score.wrong,
                "precision": score.precision(),
                "recall": score.recall(),
                "f1": score.f1(),
            });
            text += &format!("{row}\n");
        } else {
            text += &line(&cell, &score);
        }
    }
    if !as_json {
        let _ = writeln!(
            text,
            "\n{} with {}; {} covered from the first byte to the last.",
            number(evaluation.texts as u64, "text", "texts"),
            number(evaluation.labels as u64, "label", "labels"),
            number(evaluation.covered as u64, "label is", "labels are"),
        );
    }
    print(text)
}

fn line(name: &str, score: &Score) -> String {
    let figure = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.3}"));
    let (precision, recall, f1) = (figure(score.precision()), figure(score.recall()), figure(score.f1()));
    format!("| {name} | {} | {precision} | {recall} | {f1} |\n", score.found + score.missed)
}
