//! What a table holds, to be listed.

use crate::layer::Layer;
use crate::row::Row;
use crate::table::PriceTable;

/// One model of a table.
#[derive(Clone, Copy, Debug)]
pub struct ListedModel<'t> {
    /// Our name for the provider.
    pub provider: &'t str,
    /// The row's name.
    pub model: &'t str,
    /// Where its price was set last.
    pub layer: Layer,
    /// The price.
    pub row: &'t Row,
}

impl PriceTable {
    /// Every model, by provider and name; those that the user added come last.
    ///
    /// ```
    /// use otel_genai_pricing::{Catalogue, PriceTable};
    ///
    /// let table = PriceTable::new(Catalogue::bundled()?);
    /// assert_eq!(table.models().count(), table.model_count());
    /// assert!(table.models().any(|listed| (listed.provider, listed.model) == ("openai", "gpt-4o")));
    /// # Ok::<(), otel_genai_pricing::CatalogueError>(())
    /// ```
    pub fn models(&self) -> impl Iterator<Item = ListedModel<'_>> {
        let listed = self.rows.iter().enumerate().filter(|(number, _)| !self.is_free_row_number(*number));
        listed.map(|(_, indexed)| ListedModel {
            provider: &self.provider(indexed.owner).header.provider,
            model: &indexed.name,
            layer: indexed.layer,
            row: &indexed.row,
        })
    }

    /// Our names for all providers.
    pub fn provider_names(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(|provider| provider.header.provider.as_str())
    }
}
