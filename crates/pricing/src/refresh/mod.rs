//! Makes a new catalogue from the two upstream price lists and the committed one.

mod draft;
mod genai;
mod guard;
mod litellm;
mod merge;

use std::collections::BTreeMap;

use crate::catalogue::{Catalogue, Manifest, Provider, SCHEMA, UpstreamSource};
use crate::date::Date;
use crate::row::Provenance;

pub use guard::{Accept, Held};
pub use merge::Conflict;

/// Where genai-prices publishes its list.
pub const GENAI_PRICES_URL: &str =
    "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json";
/// Where LiteLLM publishes its list.
pub const LITELLM_URL: &str =
    "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json";

const GENAI: &str = "genai-prices";
const LITELLM: &str = "litellm";

/// One upstream price list as fetched.
#[derive(Clone, Copy, Debug)]
pub struct PriceList<'a> {
    /// Its version, or the address it came from; written to the manifest.
    pub version: &'a str,
    /// The file.
    pub bytes: &'a [u8],
}

/// What a refresh starts from.
#[derive(Clone, Copy, Debug)]
pub struct RefreshInput<'a> {
    /// The catalogue as it is committed, with its hand-written headers and lines.
    pub committed: &'a Catalogue,
    /// `data.json` of genai-prices.
    pub genai_prices: PriceList<'a>,
    /// `model_prices_and_context_window.json` of LiteLLM.
    pub litellm: PriceList<'a>,
    /// The day the lists were fetched: part of the input, so that equal inputs give equal bytes.
    pub today: Date,
    /// Which suspicious changes are meant.
    pub accept: &'a [Accept],
}

/// What a refresh made of it.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The new catalogue.
    pub catalogue: Catalogue,
    /// Where the lists differ and which was believed.
    pub conflicts: Vec<Conflict>,
    /// Changes that were not made, since they need to be accepted.
    pub held: Vec<Held>,
    /// Upstream rows that could not be used, with the reason.
    pub skipped: Vec<Skipped>,
}

/// An upstream row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Our name of the provider, or the list's if we have none.
    pub provider: String,
    /// The row.
    pub model: String,
    /// Why.
    pub reason: String,
}

/// A price list could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The file is not the price list it should be.
    #[error("{name}: {message}; fetch the file again or check its path")]
    Source {
        /// Which list.
        name: &'static str,
        /// Where and what.
        message: String,
    },
}

/// Merges both lists into the committed catalogue.
///
/// The two lists are merged first: where they agree the line is marked `gl`; where only one speaks, it is taken; where
/// they differ, the provider's header says which is believed (genai-prices unless it says otherwise; LiteLLM always for
/// regions, tiers, audio and weekday windows), and the difference is listed. The result is then compared with the
/// committed lines: those written by hand (`"s":"m"`) stay; a changed price moves the old one to the history; a line
/// that left both lists stays with the date. A price that falls to zero or moves by more than twice, a figure that
/// disappears, and a provider that a list lost keep the committed lines until accepted.
///
/// # Errors
///
/// When a list cannot be parsed.
///
/// ```
/// use otel_genai_pricing::{Catalogue, PriceList, RefreshInput, refresh};
///
/// let committed = Catalogue::from_json(r#"{"manifest":{"schema":1,"generated_at":"2026-01-01","sources":[]},"providers":[]}"#)?;
/// let genai = br#"[{"id":"acme","models":[{"id":"acme-1","match":{"equals":"acme-1"},"prices":{"input_mtok":1,"output_mtok":2}}]}]"#;
/// let litellm = br#"{"acme/acme-1":{"litellm_provider":"acme","input_cost_per_token":1e-06,"output_cost_per_token":2e-06}}"#;
/// let refreshed = refresh(&RefreshInput {
///     committed: &committed,
///     genai_prices: PriceList { version: "1", bytes: genai },
///     litellm: PriceList { version: "1", bytes: litellm },
///     today: "2026-02-01".parse()?,
///     accept: &[],
/// })?;
/// assert!(refreshed.catalogue.to_json().contains(r#""acme-1":{"in":1,"out":2,"s":"gl"}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn refresh(input: &RefreshInput<'_>) -> Result<Refreshed, RefreshError> {
    let genai = genai::parse(input.genai_prices.bytes)?;
    let (litellm, unusable) = litellm::parse(input.litellm.bytes)?;
    let (mut skipped, mut conflicts, mut held, mut providers) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let headers = merge::headers(input.committed, &genai, &litellm, &mut skipped);
    for row in &unusable {
        skipped.push(Skipped {
            provider: row.provider.clone(),
            model: row.id.clone(),
            reason: row.reason.clone(),
        });
    }
    for (header, committed) in headers {
        let empty = BTreeMap::new();
        let committed = committed.map_or(&empty, |provider| &provider.models);
        let accepted = |model: &str| {
            let named = input.accept.iter().any(|accept| accept.names(&header.provider, model));
            named
                || committed.contains_key(model)
                    && input.accept.iter().any(|accept| accept.covers(&header.provider, Some(model)))
        };
        let drafts = merge::Drafts::of(&header, &genai, &litellm);
        let lost = unusable.iter().filter(|row| header.upstream.litellm.contains(&row.provider));
        let refused =
            lost.map(|row| (merge::own_name(&header, &row.provider, &row.id), Provenance::LiteLlm)).collect();
        let merger =
            merge::Merger { header: &header, zero_is_accepted: &accepted, refused, skipped: &mut skipped };
        let merged = merge::merge_provider(merger, &drafts, &mut conflicts);
        let models =
            guard::reconcile(&header.provider, committed, merged, drafts.presence(), input, &mut held);
        if !models.is_empty() || input.committed.provider(&header.provider).is_some() {
            providers.push(Provider { header, models });
        }
    }
    providers.sort_by(|one, other| one.header.provider.cmp(&other.header.provider));
    conflicts.sort();
    skipped.sort();
    skipped.dedup();
    let source = |name: &str, list: &PriceList<'_>| UpstreamSource {
        name: name.to_owned(),
        version: list.version.to_owned(),
        licence: "MIT".to_owned(),
        bytes: list.bytes.len() as u64,
        fnv1a64: format!("{:016x}", fnv1a64(list.bytes)),
    };
    let manifest = Manifest {
        schema: SCHEMA,
        generated_at: input.today.to_string(),
        sources: vec![source(GENAI, &input.genai_prices), source(LITELLM, &input.litellm)],
    };
    Ok(Refreshed { catalogue: Catalogue { manifest, providers }, conflicts, held, skipped })
}

impl Refreshed {
    /// The text of `conflicts.json`: one difference per line.
    #[must_use]
    pub fn conflicts_json(&self) -> String {
        let lines: Vec<_> = self.conflicts.iter().map(Conflict::to_json).collect();
        format!("[\n{}\n]\n", lines.join(",\n"))
    }
}

/// Tells two files apart; no defence against forgery, for which the licence and version stand.
fn fnv1a64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
