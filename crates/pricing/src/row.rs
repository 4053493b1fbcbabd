//! What one catalogue line says about one model.

use crate::date::{Date, Moment};
use crate::factor::Factor;
use crate::fee::Fee;
use crate::rate::Rates;
use crate::row_format::write_row;
use crate::variant::Variant;

/// Rates, and the rates that replace them for long prompts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceSet {
    /// The rates of a prompt below every threshold.
    pub rates: Rates,
    /// Thresholds in rising order. The highest one that is passed decides for the whole request.
    pub tiers: Vec<Tier>,
}

/// The rates of prompts above a threshold. Kinds of token it does not name keep the rate below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Prompt tokens (cached ones included) that must be exceeded; with `tier_at: "ge"`, reached.
    pub at: u64,
    /// The rates above.
    pub rates: Rates,
}

/// The price of a processing variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantTerms {
    /// The standard price times this.
    Factor(Factor),
    /// Rates of its own; kinds of token it does not name keep the standard rate.
    Rates(PriceSet),
}

/// Rates that hold at certain hours of certain weekdays, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Bit 0 is Monday, bit 6 is Sunday.
    pub(crate) weekdays: u8,
    /// Minutes of the day, start inclusive and end exclusive.
    pub(crate) spans: Vec<(u16, u16)>,
    /// The rates that replace the standard ones meanwhile.
    pub(crate) prices: PriceSet,
}

/// Everything about a price that can change from one day to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The standard price.
    pub prices: PriceSet,
    /// Batch, flex, priority and the like, in the order of [`Variant::ALL`].
    pub variants: Vec<(Variant, VariantTerms)>,
    /// Prices that depend on the hour.
    pub windows: Vec<Window>,
    /// Pico-dollars per unit of things billed by the piece.
    pub fees: Vec<(Fee, u64)>,
}

/// What a model cost up to a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// The first day on which these terms no longer held (00:00 UTC).
    pub until: Date,
    /// The terms.
    pub terms: Terms,
}

/// Where a line's prices come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// genai-prices only: `g`.
    GenaiPrices,
    /// LiteLLM only: `l`.
    LiteLlm,
    /// Both, and they agree wherever both speak: `gl`.
    Both,
    /// Both, and they differ; `conflicts.json` says where and which was taken: `x`.
    Conflict,
    /// Written by hand; a refresh leaves it alone: `m`.
    #[default]
    Manual,
}

impl Provenance {
    /// The code in a catalogue line.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::GenaiPrices => "g",
            Self::LiteLlm => "l",
            Self::Both => "gl",
            Self::Conflict => "x",
            Self::Manual => "m",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        [Self::GenaiPrices, Self::LiteLlm, Self::Both, Self::Conflict, Self::Manual]
            .into_iter()
            .find(|provenance| provenance.code() == code)
    }

    /// Whether the line took something from a list (or from both).
    pub(crate) const fn has(self, list: Self) -> bool {
        match list {
            Self::GenaiPrices => matches!(self, Self::GenaiPrices | Self::Both | Self::Conflict),
            Self::LiteLlm => matches!(self, Self::LiteLlm | Self::Both | Self::Conflict),
            Self::Both | Self::Conflict => matches!(self, Self::Both | Self::Conflict),
            Self::Manual => matches!(self, Self::Manual),
        }
    }
}

/// One model of one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Other names for exactly this price.
    pub aliases: Vec<String>,
    /// Beginnings of names that mean this model when no name matches in full.
    pub prefixes: Vec<String>,
    /// What holds now.
    pub terms: Terms,
    /// Multipliers by region: `eu`, `us`, or `regional` for any endpoint that is not global.
    pub regions: Vec<(String, Factor)>,
    /// What held before, newest first.
    pub history: Vec<Epoch>,
    /// Where the prices come from.
    pub provenance: Provenance,
    /// When the model is or was retired, or left both sources.
    pub deprecated: Option<Date>,
}

impl Terms {
    /// The terms of a variant. Where `fast` has none, `priority` stands in: OpenAI renamed the one to the other. Not the
    /// other way round, since Anthropic's fast mode is no priority tier.
    pub(crate) fn variant(&self, wanted: Variant) -> Option<&VariantTerms> {
        let find =
            |wanted| self.variants.iter().find(|(variant, _)| *variant == wanted).map(|(_, terms)| terms);
        find(wanted).or_else(|| if wanted == Variant::Fast { find(Variant::Priority) } else { None })
    }

    pub(crate) fn fee(&self, wanted: Fee) -> Option<u64> {
        self.fees.iter().find(|(fee, _)| *fee == wanted).map(|(_, pico)| *pico)
    }

    /// Whether there is any price in here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prices.rates.is_empty() && self.fees.is_empty()
    }
}

impl Row {
    /// The row as its line in a catalogue file.
    #[must_use]
    pub fn to_json(&self) -> String {
        write_row(self)
    }

    /// The terms that held on a day.
    #[must_use]
    pub fn terms_on(&self, day: Date) -> &Terms {
        // Newest first, so the last one that was still running is the one that held.
        self.history
            .iter()
            .take_while(|epoch| day < epoch.until)
            .last()
            .map_or(&self.terms, |epoch| &epoch.terms)
    }

    /// Whether using the model is known to cost nothing.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let Terms { prices, fees, .. } = &self.terms;
        !prices.rates.is_empty()
            && prices.rates.iter().all(|(_, rate)| rate == 0)
            && fees.iter().all(|(_, fee)| *fee == 0)
    }

    pub(crate) fn shrink(&mut self) {
        fn terms(terms: &mut Terms) {
            terms.prices.rates.shrink();
            terms.prices.tiers.iter_mut().for_each(|tier| tier.rates.shrink());
            terms.prices.tiers.shrink_to_fit();
            terms.variants.shrink_to_fit();
            terms.windows.shrink_to_fit();
            terms.fees.shrink_to_fit();
        }
        terms(&mut self.terms);
        self.history.iter_mut().for_each(|epoch| terms(&mut epoch.terms));
        self.history.shrink_to_fit();
        self.aliases.shrink_to_fit();
        self.prefixes.shrink_to_fit();
    }
}

impl PriceSet {
    /// The highest tier that a prompt passes.
    pub(crate) fn tier(&self, prompt_tokens: u64, at_threshold: bool) -> Option<&Tier> {
        self.tiers
            .iter()
            .rev()
            .find(|tier| prompt_tokens > tier.at || at_threshold && prompt_tokens == tier.at)
    }
}

impl Window {
    pub(crate) fn contains(&self, moment: Moment) -> bool {
        self.weekdays & (1 << (moment.weekday - 1)) != 0
            && self.spans.iter().any(|(from, to)| (*from..*to).contains(&moment.minute_of_day))
    }
}
