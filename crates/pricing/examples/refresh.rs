//! Refreshes a catalogue folder from the two upstream price lists, and packs it into the crate.
//!
//! `cargo run -p otel-genai-pricing --example refresh -- pricing GENAI.json VERSION LITELLM.json VERSION 2026-11-20 [ACCEPT…]`

use std::error::Error;
use std::io::Write;
use std::path::Path;

use otel_genai_pricing::{Accept, Catalogue, PriceList, RefreshInput, refresh};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [folder, genai, genai_version, litellm, litellm_version, today, accept @ ..] = arguments.as_slice()
    else {
        return Err("usage: refresh FOLDER GENAI.json VERSION LITELLM.json VERSION DATE [ACCEPT…]".into());
    };
    let folder = Path::new(folder);
    let accept: Vec<Accept> = accept.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let committed = Catalogue::read_dir(folder)?;
    let (genai, litellm) = (std::fs::read(genai)?, std::fs::read(litellm)?);
    let refreshed = refresh(&RefreshInput {
        committed: &committed,
        genai_prices: PriceList { version: genai_version, bytes: &genai },
        litellm: PriceList { version: litellm_version, bytes: &litellm },
        today: today.parse()?,
        accept: &accept,
    })?;
    refreshed.catalogue.write_dir(folder)?;
    std::fs::write(folder.join("conflicts.json"), refreshed.conflicts_json())?;
    std::fs::write(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("data/catalogue.deflate"),
        refreshed.catalogue.pack()?,
    )?;
    let mut out = std::io::stdout().lock();
    for held in &refreshed.held {
        writeln!(out, "held {}/{}: {}", held.provider, held.model.as_deref().unwrap_or("*"), held.reason)?;
    }
    for skipped in &refreshed.skipped {
        writeln!(out, "skipped {}/{}: {}", skipped.provider, skipped.model, skipped.reason)?;
    }
    let (models, providers) = (refreshed.catalogue.model_count(), refreshed.catalogue.providers.len());
    writeln!(out, "{models} models of {providers} providers, {} conflicts", refreshed.conflicts.len())?;
    Ok(())
}
