//! The prices that the settings ask for.

use std::ffi::OsString;

use otel_genai_pricing::{OverrideError, Overrides, PriceSources, PriceTable};

use super::Settings;
use super::error::{SettingsError, SettingsErrorKind};
use super::values::PricingValues;

const OVERRIDE: &str = "pricing.override";

impl Settings {
    /// Returns where prices come from: `[pricing]`, the `OTEL_GENAI_PRICING_*` variables of this process, and the cache.
    ///
    /// # Errors
    ///
    /// When a figure of `[pricing]` is none, or a variable is not UTF-8.
    pub fn price_sources(&self) -> Result<PriceSources, SettingsError> {
        let mut sources = PriceSources::default();
        sources.file.clone_from(&self.values.pricing.file);
        sources.cache.clone_from(&self.values.pricing.cache);
        sources.settings = self.price_overrides()?;
        sources.environment(self.price_variables()).map_err(|error| prices(&error))
    }

    /// Returns the variables of this process, without those that the program itself has decided about: code beats them.
    fn price_variables(&self) -> impl Iterator<Item = (OsString, OsString)> {
        const PREFIX: &str = "OTEL_GENAI_PRICING_";
        let is_set_by_code = |key| self.stated.get(key).is_some_and(|stated| stated.place.is_none());
        let decided = [
            ("FILE", is_set_by_code("pricing.file")),
            ("CACHE", is_set_by_code("pricing.cache")),
            ("ENABLED", true),
            ("DISCOUNT", true),
        ];
        std::env::vars_os().filter(move |(name, _)| {
            let rest = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            !rest.is_some_and(|rest| decided.iter().any(|(name, is_decided)| *is_decided && *name == rest))
        })
    }

    pub(super) fn price_overrides(&self) -> Result<Overrides, SettingsError> {
        let PricingValues { discount, rows, deployment, .. } = &self.values.pricing;
        let mut overrides = Overrides::default();
        for (model, figures) in rows {
            let row = figures.clone().try_into().map_err(|error: toml::de::Error| {
                let message = format!("`pricing.override.{model:?}`: {}", error.message());
                SettingsError::new(SettingsErrorKind::WrongValue, Some(OVERRIDE), message)
                    .at(self.place(OVERRIDE))
            })?;
            overrides.rows.insert(model.clone(), row);
        }
        // `Entry::takes` has refused values of other kinds.
        let part =
            |value: &toml::Value| value.as_float().or_else(|| value.as_integer().map(|part| part as f64));
        overrides.discount =
            discount.iter().filter_map(|(provider, value)| Some((provider.clone(), part(value)?))).collect();
        let model = |value: &toml::Value| value.as_str().map(str::to_owned);
        overrides.deployment =
            deployment.iter().filter_map(|(name, value)| Some((name.clone(), model(value)?))).collect();
        Ok(overrides)
    }

    /// Builds the price table: environment over `[pricing]` over the price file over the local cache over what is
    /// compiled in.
    ///
    /// # Errors
    ///
    /// When a price, discount or deployment cannot be read or applied; says which.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai::Settings;
    ///
    /// let settings = Settings::from_toml_str(r#"
    ///     [pricing]
    ///     discount = { anthropic = 0.15 }
    ///     override = { "openai/gpt-4o" = { input = 2.0, output = 8.0 } }
    /// "#)?;
    /// let table = settings.price_table()?;
    /// assert!(table.model_count() > 3_000);
    /// # Ok::<(), otel_genai::SettingsError>(())
    /// ```
    pub fn price_table(&self) -> Result<PriceTable, SettingsError> {
        self.price_sources()?.table().map_err(|error| prices(&error))
    }
}

fn prices(error: &OverrideError) -> SettingsError {
    SettingsError::new(SettingsErrorKind::Prices, None, error.to_string())
}
