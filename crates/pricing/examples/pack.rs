//! Packs the repository's `pricing/` folder into the crate after a line was edited by hand.
//!
//! `cargo run -p otel-genai-pricing --example pack`

use std::error::Error;
use std::path::Path;

use otel_genai_pricing::Catalogue;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("../../pricing");
    let catalogue = Catalogue::read_dir(&folder)?;
    // Written back, so that an edited line has the form that a refresh writes.
    catalogue.write_dir(&folder)?;
    std::fs::write(root.join("data/catalogue.deflate"), catalogue.pack()?)?;
    Ok(())
}
