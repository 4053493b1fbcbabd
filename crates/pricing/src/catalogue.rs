//! The catalogue: providers, their models, and where the figures come from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::flat::{Flat, flatten};
use crate::header::ProviderHeader;
use crate::row::Row;
use crate::row_format::{decimal, quoted, write_row};

/// The version of the file format that this crate reads and writes.
pub const SCHEMA: u32 = 1;

/// The catalogue of this release, packed by `Catalogue::pack` from the `pricing/` folder of the repository.
static PACKED: &[u8] = include_bytes!("../data/catalogue.deflate");

/// The largest unpacked catalogue that is read: 64 MiB, sixty times today's.
const MAX_UNPACKED: u64 = 64 << 20;

/// Where a catalogue's figures come from and how old they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The file format, [`SCHEMA`].
    pub schema: u32,
    /// The day the figures were fetched, as `2026-11-20`.
    pub generated_at: String,
    /// The price lists that were read.
    pub sources: Vec<UpstreamSource>,
}

/// One price list that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSource {
    /// `genai-prices` or `litellm`.
    pub name: String,
    /// The version, or the address it was fetched from.
    pub version: String,
    /// Under which licence the figures are.
    pub licence: String,
    /// How many bytes were read, and their FNV-1a 64 hash in hexadecimal, to tell two files apart.
    pub bytes: u64,
    /// See `bytes`.
    pub fnv1a64: String,
}

/// One provider with its models, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// What is said about the provider as a whole.
    pub header: ProviderHeader,
    /// Model name to price, in the order of names.
    pub models: BTreeMap<String, Row>,
}

/// Every provider and model, as read from files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Origin and age.
    pub manifest: Manifest,
    /// Providers in the order of their names.
    pub providers: Vec<Provider>,
}

/// One figure that differs between two catalogues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Our name of the provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The path of the figure in its line, such as `v/batch/in`.
    pub path: String,
    /// The older figure in the unit of the file, if there was one.
    pub before: Option<String>,
    /// The newer figure, if there is one.
    pub after: Option<String>,
}

/// A catalogue could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// A file is missing, unreadable or cannot be written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is no catalogue; says the place and what is wrong there.
    #[error("{path}: {source}")]
    Format {
        /// Which file, or `packed catalogue`.
        path: String,
        /// Where and what.
        source: serde_json::Error,
    },
    /// The packed bytes do not unpack.
    #[error("packed catalogue: {0}")]
    Packed(std::io::Error),
    /// The catalogue was written by a newer version of this crate.
    #[error("{path}: schema {found} is not {SCHEMA}; update otel-genai or refresh the file")]
    Schema {
        /// Which file.
        path: String,
        /// The version it claims.
        found: u32,
    },
    /// The date of the manifest is none.
    #[error("{path}: generated_at: {source}")]
    Date {
        /// Which file.
        path: String,
        /// What was written.
        source: crate::date::DateError,
    },
}

impl Catalogue {
    /// The catalogue that ships with this release.
    ///
    /// # Errors
    ///
    /// None in a released crate: a test unpacks it. The signature is fallible because nothing here may panic.
    pub fn bundled() -> Result<Self, CatalogueError> {
        Self::unpack(PACKED)
    }

    /// The bytes of the bundled catalogue, to check them against a folder.
    #[must_use]
    pub fn bundled_bytes() -> &'static [u8] {
        PACKED
    }

    /// Reads `manifest.json` and `providers/*.json` of a folder.
    ///
    /// # Errors
    ///
    /// When a file is missing or malformed, with its path and the place in it.
    pub fn read_dir(folder: &Path) -> Result<Self, CatalogueError> {
        let manifest_path = folder.join("manifest.json");
        let manifest = parse(&read(&manifest_path)?, &manifest_path.display().to_string())?;
        let providers_path = folder.join("providers");
        let failed = |source| CatalogueError::File { path: providers_path.display().to_string(), source };
        let mut paths = std::fs::read_dir(&providers_path)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let mut providers = paths
            .iter()
            .map(|path| parse(&read(path)?, &path.display().to_string()))
            .collect::<Result<Vec<Provider>, _>>()?;
        providers.sort_by(|one, other| one.header.provider.cmp(&other.header.provider));
        let catalogue = Self { manifest, providers };
        catalogue.check(&manifest_path.display().to_string())?;
        Ok(catalogue)
    }

    /// The files of a catalogue folder as (path within it, content), one model per line, byte for byte reproducible.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![("manifest.json".to_owned(), manifest_text(&self.manifest))];
        for provider in &self.providers {
            files.push((format!("providers/{}.json", provider.header.provider), provider_text(provider)));
        }
        files
    }

    /// Writes the files of [`files`](Self::files) into a folder, and removes files of providers that are gone.
    ///
    /// # Errors
    ///
    /// When a file cannot be written or removed, with its path.
    pub fn write_dir(&self, folder: &Path) -> Result<(), CatalogueError> {
        let providers = folder.join("providers");
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |source| CatalogueError::File { path, source }
        };
        std::fs::create_dir_all(&providers).map_err(failed(&providers))?;
        let files = self.files();
        for entry in std::fs::read_dir(&providers).map_err(failed(&providers))?.flatten() {
            let path = entry.path();
            let is_ours =
                |name: &str| files.iter().any(|(file, _)| file.strip_prefix("providers/") == Some(name));
            if entry.file_name().to_str().is_some_and(|name| name.ends_with(".json") && !is_ours(name)) {
                std::fs::remove_file(&path).map_err(failed(&path))?;
            }
        }
        for (name, content) in files {
            let path = folder.join(name);
            std::fs::write(&path, content).map_err(failed(&path))?;
        }
        Ok(())
    }

    /// The whole catalogue as one JSON text: what [`pack`](Self::pack) compresses and a cache file holds.
    #[must_use]
    pub fn to_json(&self) -> String {
        let providers: Vec<_> = self.providers.iter().map(provider_text).collect();
        format!(
            "{{\"manifest\":{},\"providers\":[\n{}]}}\n",
            manifest_text(&self.manifest).trim_end(),
            providers.join(",")
        )
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// When the text is no catalogue or of another schema.
    pub fn from_json(text: &str) -> Result<Self, CatalogueError> {
        Self::from_named_json(text, "catalogue")
    }

    fn from_named_json(text: &str, path: &str) -> Result<Self, CatalogueError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            manifest: Manifest,
            providers: Vec<Provider>,
        }
        let whole: Whole = parse(text, path)?;
        let catalogue = Self { manifest: whole.manifest, providers: whole.providers };
        catalogue.check(path)?;
        Ok(catalogue)
    }

    /// Compresses the catalogue.
    ///
    /// # Errors
    ///
    /// Only when memory runs out inside the compressor.
    pub fn pack(&self) -> Result<Vec<u8>, CatalogueError> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(self.to_json().as_bytes()).map_err(CatalogueError::Packed)?;
        encoder.finish().map_err(CatalogueError::Packed)
    }

    /// Reads what [`pack`](Self::pack) wrote.
    ///
    /// # Errors
    ///
    /// When the bytes do not unpack to a catalogue, or to one larger than 64 MiB.
    pub fn unpack(packed: &[u8]) -> Result<Self, CatalogueError> {
        Self::from_json(&inflate(packed).map_err(CatalogueError::Packed)?)
    }

    /// Reads one file that holds a whole catalogue, packed or as JSON: a local cache, or a file to import.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no catalogue.
    pub fn read_file(path: &Path) -> Result<Self, CatalogueError> {
        let name = path.display().to_string();
        let failed = |source| CatalogueError::File { path: name.clone(), source };
        let bytes = std::fs::read(path).map_err(failed)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim_start().starts_with('{') => Self::from_named_json(text, &name),
            _ => Self::from_named_json(&inflate(&bytes).map_err(failed)?, &name),
        }
    }

    /// What differs between this catalogue and a newer one, figure by figure, in the order of names.
    #[must_use]
    pub fn changes_to(&self, newer: &Self) -> Vec<Change> {
        let lines = |catalogue: &Self| -> BTreeMap<(String, String), Flat> {
            let rows = catalogue.providers.iter().flat_map(|provider| {
                let name = provider.header.provider.clone();
                provider.models.iter().map(move |(model, row)| {
                    ((name.clone(), model.clone()), flatten(&row.terms, &row.regions))
                })
            });
            rows.collect()
        };
        let (before, after) = (lines(self), lines(newer));
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let (nothing, mut changes) = (Flat::new(), Vec::new());
        for name in names {
            let (old, new) = (before.get(name).unwrap_or(&nothing), after.get(name).unwrap_or(&nothing));
            let paths: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            let figure =
                |path: &str, value: u64| decimal(value, if path.starts_with("fee/") { 12 } else { 6 });
            changes.extend(paths.into_iter().filter(|path| old.get(*path) != new.get(*path)).map(|path| {
                Change {
                    provider: name.0.clone(),
                    model: name.1.clone(),
                    path: path.clone(),
                    before: old.get(path).map(|value| figure(path, *value)),
                    after: new.get(path).map(|value| figure(path, *value)),
                }
            }));
        }
        changes
    }

    /// The day the figures were fetched.
    #[must_use]
    pub fn generated_at(&self) -> Option<Date> {
        self.manifest.generated_at.parse().ok()
    }

    /// How many models there are, aliases not counted.
    #[must_use]
    pub fn model_count(&self) -> usize {
        self.providers.iter().map(|provider| provider.models.len()).sum()
    }

    /// The provider with this name of ours.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.header.provider == name)
    }

    fn check(&self, path: &str) -> Result<(), CatalogueError> {
        let path = path.to_owned();
        if self.manifest.schema != SCHEMA {
            return Err(CatalogueError::Schema { path, found: self.manifest.schema });
        }
        match self.manifest.generated_at.parse::<Date>() {
            Ok(_) => Ok(()),
            Err(source) => Err(CatalogueError::Date { path, source }),
        }
    }
}

fn inflate(packed: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    DeflateDecoder::new(packed).take(MAX_UNPACKED).read_to_string(&mut text)?;
    Ok(text)
}

fn read(path: &Path) -> Result<String, CatalogueError> {
    std::fs::read_to_string(path)
        .map_err(|source| CatalogueError::File { path: path.display().to_string(), source })
}

fn parse<'de, T: Deserialize<'de>>(text: &'de str, path: &str) -> Result<T, CatalogueError> {
    serde_json::from_str(text).map_err(|source| CatalogueError::Format { path: path.to_owned(), source })
}

fn manifest_text(manifest: &Manifest) -> String {
    let sources: Vec<_> = manifest.sources.iter().map(json).collect();
    format!(
        "{{\"schema\":{},\"generated_at\":{},\"sources\":[\n{}\n]}}\n",
        manifest.schema,
        quoted(&manifest.generated_at),
        sources.join(",\n")
    )
}

fn provider_text(provider: &Provider) -> String {
    let header = json(&provider.header);
    let open = header.strip_suffix('}').unwrap_or(&header);
    let models: Vec<_> =
        provider.models.iter().map(|(name, row)| format!("{}:{}", quoted(name), write_row(row))).collect();
    format!("{open},\n\"models\":{{\n{}\n}}}}\n", models.join(",\n"))
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ProviderVisitor;
        impl<'de> Visitor<'de> for ProviderVisitor {
            type Value = Provider;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a provider")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Provider, A::Error> {
                let mut fields = serde_json::Map::new();
                let mut models = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "models" {
                        models = map.next_value()?;
                    } else {
                        fields.insert(key, map.next_value()?);
                    }
                }
                let header = ProviderHeader::deserialize(serde_json::Value::Object(fields))
                    .map_err(serde::de::Error::custom)?;
                Ok(Provider { header, models })
            }
        }
        deserializer.deserialize_map(ProviderVisitor)
    }
}
