//! `otel-genai pricing import`: a catalogue from elsewhere.

use std::fmt;

use serde::Serialize;

use super::arguments::ImportArguments;
use super::{answer, catalogues, plain};
use crate::failure::Failure;

/// Runs the command.
pub(super) fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let sources = arguments.common.sources()?;
    let path = catalogues::cache_path(&sources)?;
    let catalogue = catalogues::read(&arguments.file)?;
    let bundled = catalogues::bundled()?;
    catalogues::write_cache(path, &catalogue)?;
    let imported = Imported {
        cache: path.display().to_string(),
        used: catalogues::is_used(&catalogue, &bundled),
        models: catalogue.model_count(),
        providers: catalogue.providers.len(),
        generated_at: catalogue.manifest.generated_at,
        bundled_generated_at: bundled.manifest.generated_at,
    };
    answer::print(&imported, arguments.common.json)
}

#[derive(Serialize)]
struct Imported {
    cache: String,
    used: bool,
    generated_at: String,
    models: usize,
    providers: usize,
    bundled_generated_at: String,
}

impl fmt::Display for Imported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cache, used, generated_at, models, providers, bundled_generated_at } = self;
        let models = plain::number(*models as u64, "model", "models");
        let providers = plain::number(*providers as u64, "provider", "providers");
        writeln!(formatter, "imported {models} of {providers}, prices of {generated_at}, into {cache}")?;
        if !used {
            writeln!(
                formatter,
                "note: the prices compiled in are of {bundled_generated_at}, so these are not used"
            )?;
        }
        Ok(())
    }
}
