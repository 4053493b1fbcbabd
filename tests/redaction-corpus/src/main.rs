//! Prints the labelled set as JSON Lines, or the table of kinds.

use std::error::Error;
use std::io::{BufWriter, Write, stdout};

use clap::{Parser, ValueEnum};
use otel_genai_redaction_corpus::{DEFAULT_SEED, Split, generate, kinds};

/// Prints labelled texts that redaction is measured on, one JSON object per line.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which half: `dev` to tune rules on, `test` to judge them by.
    #[arg(long, value_enum, required_unless_present = "kinds")]
    split: Option<Half>,
    /// The seed; the same split and seed give the same bytes.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// Prints the kinds with their formats and sources as a markdown table instead.
    #[arg(long, conflicts_with = "split")]
    kinds: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Half {
    Dev,
    Test,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut output = BufWriter::new(stdout().lock());
    let split = match arguments.split {
        Some(Half::Dev) => Split::Dev,
        Some(Half::Test) => Split::Test,
        None => {
            writeln!(output, "| kind | format | source |\n| --- | --- | --- |")?;
            for kind in kinds() {
                writeln!(output, "| `{}` | {} | {} |", kind.name, kind.format, kind.source)?;
            }
            return Ok(output.flush()?);
        }
    };
    for sample in generate(split, arguments.seed)? {
        serde_json::to_writer(&mut output, &sample)?;
        writeln!(output)?;
    }
    Ok(output.flush()?)
}
