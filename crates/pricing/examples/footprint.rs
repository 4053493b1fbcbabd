//! What the catalogue costs a process: time to load, memory that stays, and, by its size, the binary.
//!
//! `cargo run --release -p otel-genai-pricing --example footprint [none]`: compare the sizes of the two binaries'
//! memory with and without `none`, which loads nothing.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use otel_genai_pricing::{Catalogue, PriceTable};

/// Resident kilobytes, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

fn main() -> Result<(), Box<dyn Error>> {
    let before = resident();
    let start = Instant::now();
    let table = match std::env::args().nth(1).as_deref() {
        Some("none") => None,
        _ => Some(PriceTable::new(Catalogue::bundled()?)),
    };
    let (took, after) = (start.elapsed(), resident());
    let models = table.as_ref().map_or(0, PriceTable::model_count);
    let kilobytes = after.zip(before).map(|(after, before)| after.saturating_sub(before));
    writeln!(
        std::io::stdout(),
        "{models} models, loaded in {took:?}, {kilobytes:?} KiB more resident memory"
    )?;
    Ok(())
}
