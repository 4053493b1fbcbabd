//! Prints precision, recall and F1 per rule on a file of labelled texts.
//!
//! `cargo run --release -p otel-genai-redact --example evaluate -- LABELLED.jsonl`

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Write, stdout};

use otel_genai_redact::{RuleSet, Score, evaluate};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of labelled texts")?;
    let evaluation = evaluate(&RuleSet::default(), BufReader::new(File::open(path)?))?;
    let mut out = stdout().lock();
    writeln!(out, "| kind | labels | precision | recall | F1 |\n| --- | ---: | ---: | ---: | ---: |")?;
    for (kind, score) in &evaluation.kinds {
        row(&mut out, &format!("`{kind}`"), score)?;
    }
    row(&mut out, "all, of the same kind", &evaluation.total())?;
    row(&mut out, "all, of any kind", &evaluation.any_kind)?;
    writeln!(
        out,
        "\n{} texts with {} labels; {} labels are covered from the first byte to the last.",
        evaluation.texts, evaluation.labels, evaluation.covered
    )?;
    Ok(())
}

fn row(out: &mut impl Write, name: &str, score: &Score) -> std::io::Result<()> {
    let figure = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.3}"));
    let (precision, recall, f1) = (figure(score.precision()), figure(score.recall()), figure(score.f1()));
    writeln!(out, "| {name} | {} | {precision} | {recall} | {f1} |", score.found + score.missed)
}
