//! `otel-genai pricing status`: which prices are used.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use otel_genai::pricing::{AgeLevel, Catalogue, PriceSources, UpstreamSource};
use serde::Serialize;

use super::arguments::StatusArguments;
use super::catalogues::{self, Cached};
use super::{answer, plain};
use crate::failure::Failure;

/// Runs the command.
pub(super) fn run(arguments: &StatusArguments) -> Result<(), Failure> {
    let sources = arguments.common.sources()?;
    let bundled = catalogues::bundled()?;
    let (cache, failure) = cache(&sources, &bundled);
    // What a broken cache would have said is unknown; the rest is still worth telling.
    let mut readable = sources.clone();
    if failure.is_some() {
        readable.cache = None;
    }
    let table = catalogues::table(&readable)?;
    let age = table.staleness(SystemTime::now());
    let mut set_models = BTreeMap::new();
    for listed in table.models() {
        *set_models.entry(listed.layer.as_str()).or_insert(0) += 1;
    }
    let status = Status {
        generated_at: &table.manifest().generated_at,
        age_days: age.as_ref().map(|age| age.days),
        age: age.as_ref().map(|age| level(age.level())),
        models: table.model_count(),
        providers: table.provider_count(),
        models_by_layer: set_models,
        sources: &table.manifest().sources,
        bundled: Bundled {
            generated_at: &bundled.manifest.generated_at,
            models: bundled.model_count(),
            providers: bundled.providers.len(),
        },
        cache,
        price_file: sources.file.as_ref().map(|path| path.display().to_string()),
        variables: sources.variables().collect(),
    };
    answer::print(&status, arguments.common.json)?;
    failure.map_or(Ok(()), Err)
}

fn cache(sources: &PriceSources, bundled: &Catalogue) -> (Cache, Option<Failure>) {
    let path = sources.cache.as_ref().map(|path| path.display().to_string());
    let (state, catalogue, failure) = match catalogues::cached(sources, bundled) {
        Cached::Nowhere => ("nowhere", None, None),
        Cached::Absent => ("absent", None, None),
        Cached::Older(catalogue) => ("older", Some(catalogue), None),
        Cached::Used(catalogue) => ("used", Some(catalogue), None),
        Cached::Unreadable(error) => ("unreadable", None, Some(catalogues::unreadable_cache(&error))),
    };
    let generated_at = catalogue.as_ref().map(|catalogue| catalogue.manifest.generated_at.clone());
    (Cache { path, state, generated_at, models: catalogue.as_ref().map(Catalogue::model_count) }, failure)
}

fn level(level: AgeLevel) -> &'static str {
    match level {
        AgeLevel::Fresh => "fresh",
        AgeLevel::Inform => "aging",
        AgeLevel::Warn => "stale",
    }
}

#[derive(Serialize)]
struct Status<'a> {
    generated_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_days: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<&'static str>,
    models: usize,
    providers: usize,
    /// How many models have their price from where.
    models_by_layer: BTreeMap<&'static str, usize>,
    sources: &'a [UpstreamSource],
    bundled: Bundled<'a>,
    cache: Cache,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_file: Option<String>,
    variables: Vec<&'a str>,
}

#[derive(Serialize)]
struct Bundled<'a> {
    generated_at: &'a str,
    models: usize,
    providers: usize,
}

#[derive(Serialize)]
struct Cache {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<usize>,
}

impl fmt::Display for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("no folder for caches is known");
        match (self.state, &self.generated_at) {
            ("older", Some(day)) => {
                write!(formatter, "{path}, of {day}: no newer than the prices compiled in, not used")
            }
            (state, Some(day)) => write!(formatter, "{path}, of {day}: {state}"),
            (state, None) => write!(formatter, "{path}: {state}"),
        }
    }
}

impl fmt::Display for Status<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let age = self.age_days.map(|days| plain::number(days, "day", "days"));
        let hint = match self.age {
            Some("fresh") | None => "",
            Some(_) => "; `otel-genai pricing refresh` gets newer ones",
        };
        let line = |name: &str, value: String| vec![name.to_owned(), value];
        let counts = |models, providers| {
            let providers = plain::number(providers as u64, "provider", "providers");
            format!("{} of {providers}", plain::number(models as u64, "model", "models"))
        };
        let mut lines = vec![
            line("prices", format!("{}, of {}", counts(self.models, self.providers), self.generated_at)),
            line("age", format!("{}{hint}", age.as_deref().unwrap_or("unknown"))),
        ];
        lines.extend(
            self.sources.iter().map(|source| line("from", format!("{} {}", source.name, source.version))),
        );
        let Bundled { generated_at, models, providers } = &self.bundled;
        lines.push(line("compiled in", format!("{}, of {generated_at}", counts(*models, *providers))));
        lines.push(line("local cache", self.cache.to_string()));
        if let Some(file) = &self.price_file {
            lines.push(line("price file", file.clone()));
        }
        if !self.variables.is_empty() {
            lines.push(line("variables", self.variables.join(", ")));
        }
        let own = self.models_by_layer.iter().filter(|(layer, _)| !["bundled", "cache"].contains(layer));
        lines.extend(own.map(|(layer, count)| {
            line("your prices", format!("{} set by {layer}", plain::number(*count as u64, "model", "models")))
        }));
        plain::columns(formatter, &lines)
    }
}
