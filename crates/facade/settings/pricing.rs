//! The prices that the settings ask for.

use otel_genai_pricing::{OverrideError, PriceSources, PriceTable};

use super::Settings;
use super::error::{SettingsError, SettingsErrorKind};

impl Settings {
    /// Returns where prices come from: `[pricing]`, the `OTEL_GENAI_PRICING_*` variables of this process, and the cache.
    ///
    /// # Errors
    ///
    /// When a variable is not UTF-8.
    pub fn price_sources(&self) -> Result<PriceSources, SettingsError> {
        PriceSources::default().environment(std::env::vars_os()).map_err(|error| prices(&error))
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
    /// let table = Settings::default().price_table()?;
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
