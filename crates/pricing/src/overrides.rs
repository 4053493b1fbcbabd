//! The user's own prices, discounts and deployment names.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::catalogue::{Catalogue, CatalogueError, Provider};
use crate::factor::Factor;
use crate::header::ProviderHeader;
use crate::layer::Layer;
use crate::row::Row;
use crate::table::PriceTable;

/// The variables that [`PriceTableBuilder::environment`] reads all begin with this.
pub const ENVIRONMENT_PREFIX: &str = "OTEL_GENAI_PRICING_";

/// What a user sets: the `[pricing]` section of the settings, a price file, or an environment variable.
///
/// ```
/// use otel_genai_pricing::Overrides;
///
/// let overrides: Overrides = serde_json::from_str(r#"{
///     "override": {"openai/gpt-4o": {"input": 2.0, "output": 8.0}},
///     "discount": {"anthropic": 0.15},
///     "deployment": {"my-prod-chat": "azure/gpt-4o"}
/// }"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    /// Model, best as `provider/model`, to the figures to replace, in USD per million tokens.
    #[serde(rename = "override")]
    pub rows: BTreeMap<String, Row>,
    /// Provider to the part of the price that is waived: 0.15 is 15 % off.
    pub discount: BTreeMap<String, f64>,
    /// Name of a deployment or inference profile to the model behind it, best as `provider/model`.
    pub deployment: BTreeMap<String, String>,
}

/// A setting of the user cannot be applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OverrideError {
    /// A file cannot be read, or the bundled catalogue is broken.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A text is not what [`Overrides`] reads.
    #[error("{place}: {source}")]
    Format {
        /// The file or variable.
        place: String,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A variable that begins like ours has a name we do not know.
    #[error("{name}: unknown variable; known are {prefix}FILE, _CACHE, _OVERRIDE, _DEPLOYMENT and _DISCOUNT_<PROVIDER>", prefix = ENVIRONMENT_PREFIX)]
    Variable {
        /// The variable.
        name: String,
    },
    /// A discount is no number from 0 to 1.
    #[error("discount of {provider}: `{value}` is not a number from 0 to 1; 0.15 is 15 % off")]
    Discount {
        /// Whose.
        provider: String,
        /// What was given.
        value: String,
    },
    /// A discount is for a provider that nobody knows.
    #[error("discount of {provider}: no such provider")]
    Provider {
        /// The name.
        provider: String,
    },
    /// An override does not say whose model it is, and the name does not tell.
    #[error("override of {model}: write it as provider/model")]
    Model {
        /// The name.
        model: String,
    },
    /// An override for a model that is not in the table has no price.
    #[error("override of {model}: the model is new, so it needs at least `input` or a fee")]
    Empty {
        /// The name.
        model: String,
    },
}

/// Puts a [`PriceTable`] together from its sources: builder over environment over file over cache over bundled.
///
/// The order in which they are given does not matter.
///
/// ```
/// use otel_genai_pricing::{Factor, Overrides, PriceTable};
///
/// let table = PriceTable::builder()
///     .discount("anthropic", 0.15)
///     .deployment("my-prod-chat", "azure/gpt-4o")
///     .build()?;
/// assert!(table.model_count() > 3_000);
/// # Ok::<(), otel_genai_pricing::OverrideError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing happens until `build`"]
pub struct PriceTableBuilder {
    base: Option<Catalogue>,
    cache: Option<Catalogue>,
    file: Overrides,
    settings: Overrides,
    environment: Overrides,
    builder: Overrides,
}

impl PriceTable {
    /// Starts from the bundled catalogue and no settings.
    pub fn builder() -> PriceTableBuilder {
        PriceTableBuilder::default()
    }
}

impl PriceTableBuilder {
    /// Takes this catalogue in place of the bundled one.
    pub fn catalogue(mut self, catalogue: Catalogue) -> Self {
        self.base = Some(catalogue);
        self
    }

    /// Takes the catalogue in a local cache file if it is newer than the bundled one. A file that is not there is no error.
    ///
    /// # Errors
    ///
    /// When the file is there and is no catalogue.
    pub fn cache_file(mut self, path: &Path) -> Result<Self, OverrideError> {
        if path.exists() {
            self.cache = Some(Catalogue::read_file(path)?);
        }
        Ok(self)
    }

    /// Reads the user's price file, which holds [`Overrides`] as JSON.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is malformed, with the place.
    pub fn file(mut self, path: &Path) -> Result<Self, OverrideError> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| CatalogueError::File { path: place.clone(), source })?;
        self.file = parse(&text, &place)?;
        Ok(self)
    }

    /// Takes what a settings file says, below the environment and above the price file.
    pub fn settings(mut self, overrides: Overrides) -> Self {
        self.settings = overrides;
        self
    }

    /// Reads variables: `OTEL_GENAI_PRICING_FILE` and `_CACHE` (paths), `_OVERRIDE` and `_DEPLOYMENT` (JSON objects), and
    /// `_DISCOUNT_<PROVIDER>` (a number).
    ///
    /// # Errors
    ///
    /// When one of them is malformed or unknown.
    ///
    /// ```
    /// # use otel_genai_pricing::PriceTable;
    /// let variables = [("OTEL_GENAI_PRICING_DISCOUNT_OPENAI", "0.1")];
    /// let table = PriceTable::builder().environment(variables)?.build()?;
    /// # Ok::<(), otel_genai_pricing::OverrideError>(())
    /// ```
    pub fn environment<N: AsRef<str>, V: AsRef<str>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, OverrideError> {
        for (name, value) in variables {
            let (name, value) = (name.as_ref(), value.as_ref());
            let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            match key {
                "FILE" => self = self.file(Path::new(value))?,
                "CACHE" => self = self.cache_file(Path::new(value))?,
                "OVERRIDE" => self.environment.rows = parse(value, name)?,
                "DEPLOYMENT" => self.environment.deployment = parse(value, name)?,
                _ => {
                    let provider = key
                        .strip_prefix("DISCOUNT_")
                        .ok_or_else(|| OverrideError::Variable { name: name.to_owned() })?;
                    let wrong =
                        || OverrideError::Discount { provider: provider.to_owned(), value: value.to_owned() };
                    self.environment
                        .discount
                        .insert(provider.to_owned(), value.trim().parse().map_err(|_| wrong())?);
                }
            }
        }
        Ok(self)
    }

    /// Adds overrides from the program itself, which beat all others.
    pub fn overrides(mut self, overrides: Overrides) -> Self {
        self.builder.rows.extend(overrides.rows);
        self.builder.discount.extend(overrides.discount);
        self.builder.deployment.extend(overrides.deployment);
        self
    }

    /// Waives a part of a provider's prices: 0.15 is 15 % off.
    pub fn discount(mut self, provider: &str, part: f64) -> Self {
        self.builder.discount.insert(provider.to_owned(), part);
        self
    }

    /// Names the model behind a deployment or an inference profile.
    pub fn deployment(mut self, name: &str, model: &str) -> Self {
        self.builder.deployment.insert(name.to_owned(), model.to_owned());
        self
    }

    /// Builds the table.
    ///
    /// # Errors
    ///
    /// When an override cannot be applied, with its name.
    pub fn build(self) -> Result<PriceTable, OverrideError> {
        let base = match self.base {
            Some(base) => base,
            None => Catalogue::bundled()?,
        };
        let newer = self.cache.filter(|cache| cache.generated_at() > base.generated_at());
        let is_cached = newer.is_some();
        let mut table = PriceTable::new(newer.unwrap_or(base));
        if is_cached {
            table.rows.iter_mut().for_each(|row| row.layer = Layer::Cache);
        }
        let layers = [
            (Layer::File, self.file),
            (Layer::File, self.settings),
            (Layer::Environment, self.environment),
            (Layer::Builder, self.builder),
        ];
        for (layer, overrides) in layers {
            table.apply(layer, overrides)?;
        }
        Ok(table)
    }
}

fn parse<'de, T: Deserialize<'de>>(text: &'de str, place: &str) -> Result<T, OverrideError> {
    serde_json::from_str(text).map_err(|source| OverrideError::Format { place: place.to_owned(), source })
}

impl PriceTable {
    fn apply(&mut self, layer: Layer, overrides: Overrides) -> Result<(), OverrideError> {
        for (model, patch) in overrides.rows {
            self.apply_row(layer, &model, &patch)?;
        }
        for (provider, part) in overrides.discount {
            let wrong = || OverrideError::Discount { provider: provider.clone(), value: part.to_string() };
            let factor = Factor::new(1.0 - part).filter(|_| (0.0..=1.0).contains(&part)).ok_or_else(wrong)?;
            let index = self.provider_index(&provider).ok_or(OverrideError::Provider { provider })?;
            self.providers[usize::from(index)].discount = factor;
        }
        for (name, target) in overrides.deployment {
            self.add_deployment(&name, &target);
        }
        Ok(())
    }

    fn apply_row(&mut self, layer: Layer, key: &str, patch: &Row) -> Result<(), OverrideError> {
        let (owner, model) = match self.split_target(key) {
            (Some(owner), model) => (owner, model),
            (None, _) => match (self.infer_provider(&key.to_ascii_lowercase()), key.split_once('/')) {
                (Some(owner), _) => (owner, key),
                // A provider nobody knows: a gateway or a server of one's own.
                (None, Some((provider, model))) => {
                    let header = ProviderHeader {
                        provider: provider.to_ascii_lowercase(),
                        ..ProviderHeader::default()
                    };
                    let provider = Provider { header, models: BTreeMap::new() };
                    (
                        self.add_provider(provider, layer)
                            .ok_or_else(|| OverrideError::Model { model: key.to_owned() })?,
                        model,
                    )
                }
                (None, None) => return Err(OverrideError::Model { model: key.to_owned() }),
            },
        };
        match self.literal_row(owner, model) {
            Some((row, true)) => {
                let indexed = &mut self.rows[row as usize];
                indexed.row.patch(patch);
                indexed.layer = layer;
            }
            Some((row, false)) => {
                // One name among several of a row: the others keep their price.
                let mut row = self.rows[row as usize].row.clone();
                row.patch(patch);
                self.add_row(owner, model, row, layer);
            }
            None if patch.terms.is_empty() => return Err(OverrideError::Empty { model: key.to_owned() }),
            None => {
                self.add_row(owner, model, patch.clone(), layer);
            }
        }
        Ok(())
    }
}

impl Row {
    /// Replaces the figures that a patch names and keeps the others.
    ///
    /// A patch with token rates states what the user pays, whenever that was; so the row's history and time windows,
    /// which would bring the list's rates back, go.
    pub(crate) fn patch(&mut self, patch: &Self) {
        let (terms, new) = (&mut self.terms, &patch.terms);
        if !new.prices.rates.is_empty() {
            self.history.clone_from(&patch.history);
            terms.windows.clone_from(&new.windows);
        }
        for (meter, rate) in new.prices.rates.iter() {
            terms.prices.rates.set(meter, rate);
        }
        if !new.prices.tiers.is_empty() {
            terms.prices.tiers.clone_from(&new.prices.tiers);
        }
        replace(&mut terms.variants, &new.variants);
        replace(&mut terms.fees, &new.fees);
        replace(&mut self.regions, &patch.regions);
    }
}

fn replace<K: PartialEq + Clone, V: Clone>(pairs: &mut Vec<(K, V)>, patch: &[(K, V)]) {
    for (key, value) in patch {
        match pairs.iter_mut().find(|(known, _)| known == key) {
            Some(pair) => pair.1 = value.clone(),
            None => pairs.push((key.clone(), value.clone())),
        }
    }
}
