//! `otel-genai pricing diff`: which figures differ.

use std::fmt;

use otel_genai::pricing::{Catalogue, Change};
use serde::Serialize;

use super::arguments::DiffArguments;
use super::catalogues::{self, Cached};
use super::upstream::{self, HeldChange};
use super::{answer, plain};
use crate::failure::Failure;

/// Runs the command.
pub(super) fn run(arguments: &DiffArguments) -> Result<(), Failure> {
    let sources = arguments.common.sources()?;
    let lists = &arguments.lists;
    let report = if let Some(path) = &arguments.file {
        let before = catalogues::in_use(&sources)?;
        Report::new("in use", &before, &path.display().to_string(), &catalogues::read(path)?, Vec::new())
    } else if arguments.upstream || lists.genai_prices.is_some() || lists.litellm.is_some() {
        let before = catalogues::in_use(&sources)?;
        let refreshed = upstream::merge(&before, lists)?;
        let held = refreshed.held.into_iter().map(HeldChange::from).collect();
        Report::new("in use", &before, "upstream", &refreshed.catalogue, held)
    } else {
        let bundled = catalogues::bundled()?;
        match catalogues::cached(&sources, &bundled) {
            Cached::Used(cache) | Cached::Older(cache) => {
                Report::new("compiled in", &bundled, "local cache", &cache, Vec::new())
            }
            Cached::Unreadable(error) => return Err(catalogues::unreadable_cache(&error)),
            Cached::Nowhere | Cached::Absent => {
                let message = "there is no local cache to compare with the prices compiled in; name a catalogue, or \
                               --upstream to see what a refresh would change";
                return Err(Failure::Usage(message.into()));
            }
        }
    };
    answer::print(&report, arguments.common.json)
}

#[derive(Serialize)]
struct Report {
    before: Side,
    after: Side,
    changes: Vec<Change>,
    held: Vec<HeldChange>,
}

#[derive(Serialize)]
struct Side {
    name: String,
    generated_at: String,
    models: usize,
}

impl Side {
    fn new(name: &str, catalogue: &Catalogue) -> Self {
        Self {
            name: name.to_owned(),
            generated_at: catalogue.manifest.generated_at.clone(),
            models: catalogue.model_count(),
        }
    }
}

impl Report {
    fn new(
        before_name: &str,
        before: &Catalogue,
        after_name: &str,
        after: &Catalogue,
        held: Vec<HeldChange>,
    ) -> Self {
        Self {
            before: Side::new(before_name, before),
            after: Side::new(after_name, after),
            changes: before.changes_to(after),
            held,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |text: &str| text.to_owned();
        let side = |name, side: &Side| {
            let models = plain::number(side.models as u64, "model", "models");
            vec![cell(name), format!("{}, of {}, {models}", side.name, side.generated_at)]
        };
        plain::columns(formatter, &[side("before", &self.before), side("after", &self.after)])?;
        writeln!(formatter)?;
        if self.changes.is_empty() {
            writeln!(formatter, "no figure differs")?;
        } else {
            let mut rows = vec![["model", "figure", "before", "after"].map(cell).to_vec()];
            rows.extend(self.changes.iter().map(|change| {
                let figure = |figure: &Option<String>| figure.clone().unwrap_or_else(|| cell("-"));
                let model = format!("{}/{}", change.provider, change.model);
                vec![model, change.path.clone(), figure(&change.before), figure(&change.after)]
            }));
            plain::columns(formatter, &rows)?;
        }
        if !self.held.is_empty() {
            writeln!(formatter)?;
            plain::columns(formatter, &self.held.iter().map(HeldChange::cells).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}
