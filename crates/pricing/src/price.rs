//! The price of one call.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use crate::charge::{Notes, Parts, Split, amount};
use crate::date::Moment;
use crate::factor::Factor;
use crate::fee::Fee;
use crate::layer::Layer;
use crate::money::Usd;
use crate::rate::DenseRates;
use crate::row::{PriceSet, Row, Terms, VariantTerms};
use crate::table::{Found, MatchKind, PriceTable, ProviderIndex, Unpriced};
use crate::usage::{Units, Usage};
use crate::variant::Variant;
use crate::zone;

/// One model call to be priced.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The provider, by any of its names; `gen_ai.provider.name` as it is. Without one the host, then the model decides.
    pub provider: Option<&'a str>,
    /// The model that answered. It decides, where it is known: an Azure request names a deployment, `-latest` moves.
    pub response_model: Option<&'a str>,
    /// The model that was asked for.
    pub request_model: Option<&'a str>,
    /// What was consumed.
    pub usage: &'a Usage,
    /// When the call started: prices are those of that moment.
    pub at: SystemTime,
    /// How and where it was processed.
    pub context: Context<'a>,
}

/// How and where a call was processed, as far as prices depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// Whether the call went through a batch API. Its answer does not say so.
    pub batch: bool,
    /// The service tier or traffic type of the answer: `priority`, `flex`, `ON_DEMAND_FLEX`, …
    pub service_tier: Option<&'a str>,
    /// Anthropic's `speed`.
    pub speed: Option<&'a str>,
    /// The region, geography or data zone that served it: `eu`, `us-east5`, …
    pub region: Option<&'a str>,
    /// The host of the API, from which provider and region are read when they are not given.
    pub server_address: Option<&'a str>,
    /// The search context size: `low`, `medium`, `high`.
    pub search_context: Option<&'a str>,
}

/// What a call cost and what the figure rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Priced<'t> {
    /// What the call cost.
    pub total: Usd,
    /// The parts by our table; absent when the provider's own figure was taken and our table does not know the call.
    pub parts: Option<Parts>,
    /// Whether `total` is the provider's own figure. Then `parts` need not add up to it.
    pub reported_by_provider: bool,
    /// The row that was used, with the way to it; absent only beside a provider's own figure.
    pub row: Option<RowUsed<'t>>,
    /// What the price rests on.
    pub notes: Notes,
}

/// The row a price was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowUsed<'t> {
    /// Our name for the provider whose row it is.
    pub provider: &'t str,
    /// The row's name.
    pub model: &'t str,
    /// How the call's model led to it.
    pub matched: MatchKind,
    /// Whether the request's model was taken because the response's is unknown.
    pub by_request_model: bool,
    /// Where the price was set.
    pub layer: Layer,
    /// What the user's discount leaves to pay of the row's prices; [`Factor::ONE`] without one.
    pub discount: Factor,
}

impl<'a> Call<'a> {
    /// Where it was served: as told, else by the host, else by the resource path of the model.
    pub(crate) fn zone(&self) -> Option<Cow<'a, str>> {
        let told = self.context.region.and_then(zone::from_region).map(Cow::Owned);
        let host = || self.context.server_address.and_then(zone::from_host);
        let path =
            || [self.request_model, self.response_model].into_iter().flatten().find_map(zone::from_resource);
        told.or_else(|| host().or_else(path).map(Cow::Borrowed))
    }
}

impl Context<'_> {
    fn variant(&self) -> Option<Variant> {
        let speed = || self.speed.and_then(Variant::from_service_tier);
        if self.batch {
            Some(Variant::Batch)
        } else {
            speed().or_else(|| self.service_tier.and_then(Variant::from_service_tier))
        }
    }
}

impl PriceTable {
    /// Prices one call.
    ///
    /// A cost that the provider itself reported is taken as it is. Otherwise the price is that of the row for the
    /// response's model (then the request's), at the call's start: its history, then the tier of its prompt length,
    /// the processing variant, the time window, the region's multiplier, and the user's discount.
    ///
    /// Looking a name up costs about a third of a microsecond; [`Pricer`](crate::Pricer) remembers it.
    ///
    /// # Errors
    ///
    /// Why there is no price. Never a price of zero instead.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use otel_genai_pricing::{Call, Context, Catalogue, PriceTable, Usage};
    ///
    /// let table = PriceTable::new(Catalogue::bundled()?);
    /// let usage = Usage { input_tokens: Some(1_000), output_tokens: Some(500), ..Usage::default() };
    /// let call = Call {
    ///     provider: Some("openai"),
    ///     response_model: Some("gpt-4o-2024-08-06"),
    ///     request_model: Some("gpt-4o"),
    ///     usage: &usage,
    ///     at: SystemTime::now(),
    ///     context: Context::default(),
    /// };
    /// assert_eq!(table.price(&call).expect("a known model").total.as_f64(), 0.0075);
    ///
    /// let unknown = Call { response_model: Some("gpt-999"), request_model: None, ..call };
    /// assert_eq!(table.price(&unknown).expect_err("no such model").as_str(), "unknown_model");
    /// # Ok::<(), otel_genai_pricing::CatalogueError>(())
    /// ```
    pub fn price(&self, call: &Call<'_>) -> Result<Priced<'_>, Unpriced> {
        let zone = call.zone();
        let found = self.find(
            call.provider,
            call.context.server_address,
            call.response_model,
            call.request_model,
            zone.as_deref(),
        );
        self.price_found(found, call, zone.as_deref())
    }

    pub(crate) fn price_found(
        &self,
        found: Result<Found, Unpriced>,
        call: &Call<'_>,
        zone: Option<&str>,
    ) -> Result<Priced<'_>, Unpriced> {
        let mut notes = Notes::default();
        let priced = found.and_then(|found| {
            if call.usage.is_empty() {
                return Err(Unpriced::NoUsage);
            }
            self.parts(found, call, zone, &mut notes)
        });
        let row = found.ok().map(|found| self.row_used(found));
        match (call.usage.provider_cost, priced) {
            (Some(total), parts) => {
                Ok(Priced { total, parts: parts.ok(), reported_by_provider: true, row, notes })
            }
            (None, Ok(parts)) => Ok(Priced {
                total: parts.total(),
                parts: Some(parts),
                reported_by_provider: false,
                row,
                notes,
            }),
            (None, Err(reason)) => Err(reason),
        }
    }

    /// Finds the row that a call would be priced by, without pricing it.
    ///
    /// # Errors
    ///
    /// Why there is no row.
    ///
    /// ```
    /// use otel_genai_pricing::{Call, Catalogue, Context, PriceTable, Usage};
    ///
    /// let table = PriceTable::new(Catalogue::bundled()?);
    /// let call = Call {
    ///     provider: Some("x_ai"),
    ///     response_model: Some("grok-4.20-0309-reasoning"),
    ///     request_model: None,
    ///     usage: &Usage::default(),
    ///     at: std::time::SystemTime::now(),
    ///     context: Context::default(),
    /// };
    /// let (used, row) = table.lookup(&call).expect("a known model");
    /// assert_eq!((used.model, used.matched.as_str()), ("grok-4.20", "alias"));
    /// assert!(row.to_json().contains("\"tiers\":[{\"at\":200000"));
    /// # Ok::<(), otel_genai_pricing::CatalogueError>(())
    /// ```
    pub fn lookup(&self, call: &Call<'_>) -> Result<(RowUsed<'_>, &Row), Unpriced> {
        let zone = call.zone();
        let host = call.context.server_address;
        let found =
            self.find(call.provider, host, call.response_model, call.request_model, zone.as_deref())?;
        Ok((self.row_used(found), &self.row(found).row))
    }

    fn row_used(&self, found: Found) -> RowUsed<'_> {
        let indexed = self.row(found);
        // The row of names that are known to be free is shared.
        let owner = if self.is_free_row(found) { found.provider } else { indexed.owner };
        RowUsed {
            provider: &self.provider(owner).header.provider,
            model: &indexed.name,
            matched: found.kind,
            by_request_model: found.by_request,
            layer: indexed.layer,
            discount: self.provider(found.provider).discount,
        }
    }

    fn parts(
        &self,
        found: Found,
        call: &Call<'_>,
        zone: Option<&str>,
        notes: &mut Notes,
    ) -> Result<Parts, Unpriced> {
        let indexed = self.row(found);
        let (row, provider) = (&indexed.row, self.provider(found.provider));
        let moment = Moment::of(call.at);
        let terms = row.terms_on(moment.date);
        let split = Split::of(call.usage, provider.counts_cache_apart(&indexed.name), notes);
        // The threshold belongs to the list the row is from, also when another provider resells the model.
        let at_threshold = self.provider(indexed.owner).header.tier_at == crate::header::TierAt::Ge;
        let tier = |prices: &PriceSet, rates: &mut DenseRates| {
            rates.overlay(&prices.rates);
            if let Some(tier) = prices.tier(split.prompt, at_threshold) {
                rates.overlay(&tier.rates);
            }
        };
        let mut rates = DenseRates::of(&terms.prices.rates);
        tier(&terms.prices, &mut rates);
        let mut factor = Factor::ONE;
        if let Some(variant) = call.context.variant() {
            match terms.variant(variant) {
                Some(VariantTerms::Factor(variant)) => factor = *variant,
                Some(VariantTerms::Rates(prices)) => tier(prices, &mut rates),
                None => factor = scale_variant(row, terms, variant, &tier, &mut rates, notes),
            }
        }
        if let Some(window) = terms.windows.iter().find(|window| window.contains(moment)) {
            tier(&window.prices, &mut rates);
        }
        if let Some(region) = zone::factor(&row.regions, zone) {
            factor = factor.times(region);
        }
        let fees = fees(terms, &row.terms, &call.usage.units, call.context.search_context);
        if terms.prices.rates.is_empty() {
            // Billed by the piece only. Without a known piece nothing is known.
            let fees = fees.ok_or(Unpriced::NoUsage)?;
            return Ok(Parts { fees: amount_of(fees, provider.discount), ..Parts::default() });
        }
        let mut parts = split.charge(&rates, factor.times(provider.discount), notes)?;
        parts.fees = fees.map_or(Usd::ZERO, |fees| amount_of(fees, provider.discount));
        Ok(parts)
    }
}

impl ProviderIndex {
    fn counts_cache_apart(&self, model: &str) -> bool {
        let all_but = |part: &str| part.strip_prefix('!').is_some_and(|part| !model.contains(part));
        self.header.exclusive.iter().any(|part| part == "*" || all_but(part) || model.contains(part.as_str()))
    }
}

/// Prices a variant in a time for which only its present rates are known: by their present relation to the standard.
fn scale_variant(
    row: &Row,
    then: &Terms,
    variant: Variant,
    tier: &impl Fn(&PriceSet, &mut DenseRates),
    rates: &mut DenseRates,
    notes: &mut Notes,
) -> Factor {
    let now = &row.terms;
    let terms = if std::ptr::eq(then, now) { None } else { now.variant(variant) };
    let prices = match terms {
        None => {
            notes.variant_unpriced = true;
            return Factor::ONE;
        }
        Some(VariantTerms::Factor(factor)) => return *factor,
        Some(VariantTerms::Rates(prices)) => prices,
    };
    notes.variant_scaled = true;
    let (mut standard_now, mut variant_now) =
        (DenseRates::of(&now.prices.rates), DenseRates::of(&now.prices.rates));
    tier(&now.prices, &mut standard_now);
    tier(&now.prices, &mut variant_now);
    tier(prices, &mut variant_now);
    for meter in crate::meter::Meter::ALL {
        if let (Some(then), Some(standard), Some(changed)) =
            (rates.get(meter), standard_now.get(meter), variant_now.get(meter))
            && standard > 0
        {
            let scaled =
                (u128::from(then) * u128::from(changed) + u128::from(standard) / 2) / u128::from(standard);
            rates.set(meter, u64::try_from(scaled).unwrap_or(u64::MAX - 1));
        }
    }
    Factor::ONE
}

/// The fees of a call in pico-dollars, or `None` if the terms bill no unit that was counted.
fn fees(terms: &Terms, now: &Terms, units: &Units, search_context: Option<&str>) -> Option<u128> {
    if terms.fees.is_empty() && now.fees.is_empty() {
        return None;
    }
    // Old terms list fees only where these differed from today's.
    let fee = |fee: Fee| terms.fee(fee).or_else(|| now.fee(fee));
    let sized = |low: Fee, medium: Fee, high: Fee, default: Fee| {
        let wanted = match search_context {
            Some(size) if size.eq_ignore_ascii_case("low") => low,
            Some(size) if size.eq_ignore_ascii_case("medium") => medium,
            Some(size) if size.eq_ignore_ascii_case("high") => high,
            _ => default,
        };
        fee(wanted).or_else(|| fee(default))
    };
    let search = sized(Fee::WebSearchLow, Fee::WebSearch, Fee::WebSearchHigh, Fee::WebSearch);
    let request = sized(Fee::Request, Fee::RequestMedium, Fee::RequestHigh, Fee::Request);
    let searched = units.web_searches.map(|searches| searches.min(1));
    let counted = [
        (search, units.web_searches),
        (fee(Fee::SearchedRequest), searched),
        (request, Some(1)),
        (fee(Fee::FileSearch), units.file_searches),
        (fee(Fee::MapQuery), units.map_queries),
        (fee(Fee::CodeSession), units.code_sessions),
        (fee(Fee::Query), units.queries),
        (fee(Fee::InputImage), units.input_images),
        (fee(Fee::OutputImage), units.output_images),
        (fee(Fee::InputCharacter), units.input_characters),
        (fee(Fee::OutputCharacter), units.output_characters),
        (fee(Fee::Page), units.pages),
        (fee(Fee::AnnotatedPage), units.annotated_pages),
    ];
    let pieces = counted.into_iter().filter_map(|(fee, count)| Some(u128::from(fee?) * u128::from(count?)));
    let timed =
        [(fee(Fee::InputSecond), units.input_duration), (fee(Fee::OutputSecond), units.output_duration)];
    let timed = timed.into_iter().filter_map(|(fee, duration)| Some(per_second(fee?, duration?)));
    pieces.chain(timed).fold(None, |sum, pico| Some(sum.unwrap_or(0_u128).saturating_add(pico)))
}

fn per_second(pico: u64, duration: Duration) -> u128 {
    const NANOS: u128 = 1_000_000_000;
    u128::from(pico).saturating_mul(duration.as_nanos()).saturating_add(NANOS / 2) / NANOS
}

fn amount_of(pico: u128, factor: Factor) -> Usd {
    u64::try_from(pico).map_or_else(|_| Usd::from_pico(pico), |pico| amount(1, pico, factor))
}
