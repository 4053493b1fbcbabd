//! What a model call cost, offline and to the last digit.
//!
//! A catalogue of several thousand models of more than a hundred providers is compiled in. Prices are integers of
//! pico-dollars per token, sums are exact, and a model that is not in the table has no cost and a reason, never a cost
//! of zero.
//!
//! ```
//! use std::time::SystemTime;
//! use otel_genai_pricing::{Call, Catalogue, Context, PriceTable, Usage};
//!
//! let table = PriceTable::new(Catalogue::bundled()?);
//! let usage = Usage {
//!     input_tokens: Some(4_096), // all of them, also the 1,800 read from the cache
//!     cache_read_tokens: Some(1_800),
//!     cache_write_tokens: Some(248),
//!     cache_write_1h_tokens: Some(100),
//!     output_tokens: Some(503),
//!     ..Usage::default()
//! };
//! let priced = table.price(&Call {
//!     provider: Some("anthropic"),
//!     response_model: Some("claude-sonnet-4-5-20250929"),
//!     request_model: Some("claude-sonnet-4-5"),
//!     usage: &usage,
//!     at: SystemTime::now(),
//!     context: Context::default(),
//! });
//! let priced = priced.expect("the model is in the table");
//! assert_eq!(priced.total.to_string(), "$0.015384");
//! assert_eq!(priced.parts.map(|parts| parts.completion().to_string()).as_deref(), Some("$0.007545"));
//! # Ok::<(), otel_genai_pricing::CatalogueError>(())
//! ```
//!
//! # Concepts
//!
//! - [`Catalogue`]: what the files in `pricing/` say, one model per line. [`refresh`] makes a new one from the two
//!   public price lists, genai-prices and LiteLLM, and holds back changes that look wrong.
//! - [`PriceTable`]: a catalogue indexed for lookup, with the user's [`Overrides`] on top
//!   ([`PriceTable::builder`]: builder over environment over file over cache over bundled). [`Pricer`] remembers names.
//! - [`Usage`]: what a call consumed, totals inclusive. [`Context`]: batch, tier, speed, region.
//! - [`Priced`]: total, [`Parts`], the row used and how the name led to it, and [`Notes`] on what the price rests on.
//!
//! There is no OpenTelemetry in here; `otel-genai-enrich` puts the figures on spans. MSRV 1.88.

mod catalogue;
mod charge;
mod date;
mod factor;
mod fee;
mod flat;
mod header;
mod layer;
mod listing;
mod meter;
mod money;
mod names;
mod overrides;
mod passes;
mod price;
mod pricer;
mod rate;
mod refresh;
mod row;
mod row_format;
mod sources;
mod staleness;
mod table;
mod usage;
mod variant;
mod zone;

pub use catalogue::{Catalogue, CatalogueError, Change, Manifest, Provider, SCHEMA, UpstreamSource};
pub use charge::{Notes, Parts};
pub use date::{Date, DateError};
pub use factor::Factor;
pub use fee::Fee;
pub use header::{ProviderHeader, TierAt, Upstream};
pub use layer::Layer;
pub use listing::ListedModel;
pub use meter::Meter;
pub use money::Usd;
pub use overrides::{ENVIRONMENT_PREFIX, OverrideError, Overrides, PriceTableBuilder};
pub use passes::Pass;
pub use price::{Call, Context, Priced, RowUsed};
pub use pricer::Pricer;
pub use rate::Rates;
pub use refresh::{
    Accept, Conflict, GENAI_PRICES_URL, Held, LITELLM_URL, PriceList, RefreshError, RefreshInput, Refreshed,
    Skipped, refresh,
};
pub use row::{Epoch, PriceSet, Provenance, Row, Terms, Tier, VariantTerms, Window};
pub use sources::PriceSources;
pub use staleness::{AgeLevel, INFORM_AFTER_DAYS, Staleness, WARN_AFTER_DAYS};
pub use table::{MatchKind, PriceTable, Unpriced};
pub use usage::{Modalities, Units, Usage};
pub use variant::Variant;
