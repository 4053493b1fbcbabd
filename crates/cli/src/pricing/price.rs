//! The price of a model on one day.

use std::fmt;

use otel_genai::pricing::{Date, Factor, Rates, Row, Terms, Usd, VariantTerms};
use serde::Serialize as SerializeDerive;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::plain;

/// What a row says about one day.
#[derive(SerializeDerive)]
pub(super) struct Price<'a> {
    usd_per_million_tokens: PerMillion<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<TierPrice<'a>>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    variants: Pairs<VariantPrice<'a>>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    region_factors: Pairs<f64>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    usd_per_piece: Pairs<Usd>,
    /// Whether some hours of the week have other rates; the line has them.
    has_windows: bool,
    /// Whether the price was another one after that day.
    is_past: bool,
    /// The day the model was, or is to be, retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<String>,
}

#[derive(SerializeDerive)]
struct TierPrice<'a> {
    prompt_tokens: u64,
    usd_per_million_tokens: PerMillion<'a>,
}

#[derive(SerializeDerive)]
#[serde(rename_all = "snake_case")]
enum VariantPrice<'a> {
    Factor(f64),
    UsdPerMillionTokens(PerMillion<'a>),
}

/// Rates by kind of token, in the catalogue's order.
struct PerMillion<'a>(&'a Rates);

/// Named figures in the catalogue's order.
struct Pairs<Figure>(Vec<(String, Figure)>);

impl<'a> Price<'a> {
    /// Returns what holds on a day.
    pub(super) fn new(row: &'a Row, day: Date) -> Self {
        let terms = row.terms_on(day);
        let Terms { prices, variants, windows, fees } = terms;
        let tiers = prices.tiers.iter();
        let variants = variants.iter().map(|(variant, terms)| {
            let price = match terms {
                VariantTerms::Factor(factor) => VariantPrice::Factor(factor.as_f64()),
                VariantTerms::Rates(prices) => VariantPrice::UsdPerMillionTokens(PerMillion(&prices.rates)),
            };
            (variant.key().to_owned(), price)
        });
        let regions = row.regions.iter();
        let regions = regions.map(|(region, factor): &(String, Factor)| (region.clone(), factor.as_f64()));
        let fees = fees.iter().map(|(fee, pico)| (fee.key().to_owned(), Usd::from_pico(u128::from(*pico))));
        Self {
            usd_per_million_tokens: PerMillion(&prices.rates),
            tiers: tiers
                .map(|tier| TierPrice {
                    prompt_tokens: tier.at,
                    usd_per_million_tokens: PerMillion(&tier.rates),
                })
                .collect(),
            variants: Pairs(variants.collect()),
            region_factors: Pairs(regions.collect()),
            usd_per_piece: Pairs(fees.collect()),
            has_windows: !windows.is_empty(),
            is_past: !std::ptr::eq(terms, &raw const row.terms),
            deprecated: row.deprecated.map(|day| day.to_string()),
        }
    }
}

impl<Figure> Pairs<Figure> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<Figure: Serialize> Serialize for Pairs<Figure> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, figure)| (name, figure)))
    }
}

impl PerMillion<'_> {
    /// A pico-dollar a token is a millionth of a dollar a million tokens.
    fn pairs(&self) -> impl Iterator<Item = (&'static str, Usd)> {
        self.0.iter().map(|(meter, pico)| (meter.name(), Usd::from_pico(u128::from(pico) * 1_000_000)))
    }

    fn in_one_line(&self) -> String {
        self.pairs().map(|(name, usd)| format!("{name} {usd}")).collect::<Vec<_>>().join(", ")
    }
}

impl Serialize for PerMillion<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, usd) in self.pairs() {
            map.serialize_entry(name, &usd)?;
        }
        map.end()
    }
}

impl fmt::Display for Price<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name: &str, value: String| vec![format!("  {name}"), value];
        let mut lines: Vec<_> =
            self.usd_per_million_tokens.pairs().map(|(name, usd)| line(name, usd.to_string())).collect();
        for tier in &self.tiers {
            let name = format!("tier {}", tier.prompt_tokens);
            lines.push(line(&name, tier.usd_per_million_tokens.in_one_line()));
        }
        for (name, price) in &self.variants.0 {
            let price = match price {
                VariantPrice::Factor(factor) => format!("times {factor}"),
                VariantPrice::UsdPerMillionTokens(rates) => rates.in_one_line(),
            };
            lines.push(line(name, price));
        }
        let regions = self.region_factors.0.iter();
        lines.extend(
            regions.map(|(region, factor)| line(&format!("region {region}"), format!("times {factor}"))),
        );
        if self.has_windows {
            lines.push(line("some hours", "other rates (--json shows them)".into()));
        }
        if !lines.is_empty() {
            writeln!(formatter, "USD per million tokens")?;
            plain::columns(formatter, &lines)?;
        }
        let fees: Vec<_> =
            self.usd_per_piece.0.iter().map(|(name, usd)| line(name, usd.to_string())).collect();
        if !fees.is_empty() {
            writeln!(formatter, "USD per piece")?;
            plain::columns(formatter, &fees)?;
        }
        if self.is_past {
            writeln!(formatter, "the price has changed since")?;
        }
        self.deprecated
            .as_ref()
            .map_or(Ok(()), |day| writeln!(formatter, "end of life, or gone from both lists: {day}"))
    }
}
