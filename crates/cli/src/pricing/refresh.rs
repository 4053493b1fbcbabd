//! `otel-genai pricing refresh`: newer prices from the public lists.

use std::fmt;
use std::path::Path;
use std::{fs, io};

use otel_genai::pricing::{Catalogue, Refreshed};
use serde::Serialize;

use super::arguments::RefreshArguments;
use super::upstream::{self, HeldChange, SkippedRow};
use super::{answer, catalogues, plain};
use crate::failure::Failure;

/// Below the root of the repository: the catalogue, one file per provider.
const CATALOGUE_FOLDER: &str = "pricing";

/// Below the root of the repository: the same, packed, as it is compiled in.
const PACKED_FILE: &str = "crates/pricing/data/catalogue.deflate";

/// Runs the command.
pub(super) fn run(arguments: &RefreshArguments) -> Result<(), Failure> {
    let report = match &arguments.repository {
        Some(root) => repository(root, arguments)?,
        None => local(arguments)?,
    };
    answer::print(&report, arguments.common.json)
}

fn local(arguments: &RefreshArguments) -> Result<Report, Failure> {
    let sources = arguments.common.sources()?;
    let path = catalogues::cache_path(&sources)?;
    let before = catalogues::in_use(&sources)?;
    let refreshed = upstream::merge(&before, &arguments.lists)?;
    catalogues::write_cache(path, &refreshed.catalogue)?;
    let is_used = catalogues::is_used(&refreshed.catalogue, &catalogues::bundled()?);
    Ok(Report::new(path, Some(is_used), &before, refreshed))
}

fn repository(root: &Path, arguments: &RefreshArguments) -> Result<Report, Failure> {
    let folder = root.join(CATALOGUE_FOLDER);
    let failed = |error: &dyn fmt::Display| Failure::Work(error.to_string());
    let before = Catalogue::read_dir(&folder).map_err(|error| failed(&error))?;
    let refreshed = upstream::merge(&before, &arguments.lists)?;
    let packed = refreshed.catalogue.pack().map_err(|error| failed(&error))?;
    let write = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes)
            .map_err(|error: io::Error| Failure::Work(format!("cannot write {}: {error}", path.display())))
    };
    // First, since it fails where this is no repository, before anything is changed.
    write(&root.join(PACKED_FILE), &packed)?;
    refreshed.catalogue.write_dir(&folder).map_err(|error| failed(&error))?;
    write(&folder.join("conflicts.json"), refreshed.conflicts_json().as_bytes())?;
    Ok(Report::new(&folder, None, &before, refreshed))
}

#[derive(Serialize)]
struct Report {
    written: String,
    /// Whether the cache is newer than what is compiled in; absent for a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<bool>,
    generated_at: String,
    models: usize,
    providers: usize,
    changed_figures: usize,
    changed_models: usize,
    /// Figures about which the lists differ.
    conflicts: usize,
    held: Vec<HeldChange>,
    skipped: Vec<SkippedRow>,
}

impl Report {
    fn new(written: &Path, used: Option<bool>, before: &Catalogue, refreshed: Refreshed) -> Self {
        let Refreshed { catalogue, conflicts, held, skipped } = refreshed;
        let changes = before.changes_to(&catalogue);
        let mut changed: Vec<_> = changes.iter().map(|change| (&change.provider, &change.model)).collect();
        changed.dedup();
        Self {
            written: written.display().to_string(),
            used,
            generated_at: catalogue.manifest.generated_at.clone(),
            models: catalogue.model_count(),
            providers: catalogue.providers.len(),
            changed_figures: changes.len(),
            changed_models: changed.len(),
            conflicts: conflicts.len(),
            held: held.into_iter().map(HeldChange::from).collect(),
            skipped: skipped.into_iter().map(SkippedRow::from).collect(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name: &str, value: String| vec![name.to_owned(), value];
        let models = plain::number(self.models as u64, "model", "models");
        let providers = plain::number(self.providers as u64, "provider", "providers");
        let figures = plain::number(self.changed_figures as u64, "figure", "figures");
        let changed = plain::number(self.changed_models as u64, "model", "models");
        let mut lines = vec![
            line("written", self.written.clone()),
            line("prices", format!("{models} of {providers}, of {}", self.generated_at)),
            line("changed", format!("{figures} of {changed}")),
            line(
                "differ",
                format!("{} between the lists", plain::number(self.conflicts as u64, "figure", "figures")),
            ),
            line(
                "skipped",
                format!(
                    "{} of the lists (--json lists them)",
                    plain::number(self.skipped.len() as u64, "row", "rows")
                ),
            ),
        ];
        if self.used == Some(false) {
            lines.push(line("note", "the prices compiled in are not older, so these are not used".into()));
        }
        plain::columns(formatter, &lines)?;
        if self.held.is_empty() {
            return Ok(());
        }
        let held: Vec<_> = self.held.iter().map(HeldChange::cells).collect();
        writeln!(formatter)?;
        plain::columns(formatter, &held)?;
        writeln!(
            formatter,
            "--accept all, --accept PROVIDER or --accept PROVIDER/MODEL takes what is held back"
        )
    }
}
