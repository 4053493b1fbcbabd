//! Counts the tokens of what is on standard input: `vocabulary_footprint MODEL < text`. Built with and without its crate's call, it
//! is also how the size that counting adds to a binary is measured (`docs/token-counting.md`).

use std::io::Read;
use std::time::Instant;

use otel_genai_tokens::{Budget, Model, TokenCounter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "gpt-4o".to_owned());
    let model =
        Model::resolve(None, &name).ok_or_else(|| format!("no tokenizer known for the model {name}"))?;
    let start = Instant::now();
    TokenCounter.load(model.encoding())?;
    let loading = start.elapsed();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let count = TokenCounter.count_text(model, &text, &mut Budget::per_span());
    let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = memory.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("VmRSS: unknown");
    let report = format!("{count:?}\nloaded {} in {loading:?}\n{memory}\n", model.encoding());
    std::io::Write::write_all(&mut std::io::stdout(), report.as_bytes())?;
    Ok(())
}
