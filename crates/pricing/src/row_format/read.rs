//! Reads a row.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::date::Date;
use crate::factor::Factor;
use crate::fee::Fee;
use crate::meter::Meter;
use crate::rate::{MAX_RATE, Rates};
use crate::row::{Epoch, PriceSet, Provenance, Row, Terms, Tier, VariantTerms, Window};
use crate::variant::Variant;

/// Everything any object within a line may hold; which keys make sense where is checked when it becomes a row.
#[derive(Default)]
struct Entry {
    aliases: Vec<String>,
    prefixes: Vec<String>,
    rates: Rates,
    tiers: Vec<Self>,
    variants: Vec<(Variant, VariantEntry)>,
    regions: Vec<(String, Factor)>,
    windows: Vec<Self>,
    fees: Vec<(Fee, u64)>,
    history: Vec<Self>,
    provenance: Option<Provenance>,
    deprecated: Option<Date>,
    at: Option<u64>,
    until: Option<Date>,
    days: Option<String>,
    hours: Vec<String>,
}

enum VariantEntry {
    Factor(Factor),
    Rates(Box<Entry>),
}

enum Key {
    Rate(Meter),
    Other(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key of a catalogue line")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key, E> {
                Ok(Meter::from_key(text).map_or_else(|| Key::Other(text.to_owned()), Key::Rate))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of prices")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut entry = Entry::default();
        while let Some(key) = map.next_key::<Key>()? {
            let name = match key {
                Key::Rate(meter) => {
                    entry.rates.set(meter, rate(map.next_value()?)?);
                    continue;
                }
                Key::Other(name) => name,
            };
            match name.as_str() {
                "a" => entry.aliases = map.next_value()?,
                "p" => entry.prefixes = map.next_value()?,
                "tiers" => entry.tiers = map.next_value()?,
                "v" => entry.variants = map.next_value::<Variants>()?.0,
                "r" => entry.regions = map.next_value::<Regions>()?.0,
                "w" => entry.windows = map.next_value()?,
                "fee" => entry.fees = map.next_value::<Fees>()?.0,
                "h" => entry.history = map.next_value()?,
                "s" => {
                    let code: String = map.next_value()?;
                    let known = Provenance::from_code(&code);
                    entry.provenance = Some(
                        known.ok_or_else(|| de::Error::custom(format_args!("`{code}` is no provenance")))?,
                    );
                }
                "dep" => entry.deprecated = Some(date(&map.next_value::<String>()?)?),
                "at" => entry.at = Some(map.next_value()?),
                "until" => entry.until = Some(date(&map.next_value::<String>()?)?),
                "days" => entry.days = Some(map.next_value()?),
                "utc" => entry.hours = map.next_value()?,
                other => {
                    return Err(de::Error::custom(format_args!("unknown key `{other}` in a catalogue line")));
                }
            }
        }
        Ok(entry)
    }
}

fn date<E: de::Error>(text: &str) -> Result<Date, E> {
    text.parse().map_err(E::custom)
}

/// Reads USD per million tokens as pico-dollars per token.
fn rate<E: de::Error>(usd_per_million: f64) -> Result<u64, E> {
    scaled(usd_per_million, 1e6, MAX_RATE).ok_or_else(|| {
        E::custom(format_args!(
            "{usd_per_million} is no price in USD per million tokens (0 to 1000000, six decimals)"
        ))
    })
}

/// Reads USD per unit as pico-dollars per unit.
fn fee<E: de::Error>(usd: f64) -> Result<u64, E> {
    scaled(usd, 1e12, MAX_RATE * 1_000_000)
        .ok_or_else(|| E::custom(format_args!("{usd} is no price in USD per unit (twelve decimals)")))
}

fn scaled(value: f64, by: f64, limit: u64) -> Option<u64> {
    let product = value * by;
    let whole = product.round();
    let in_range = (0.0..=limit as f64).contains(&whole);
    // A float carries 15 decimal digits; what is left beyond that is not a further decimal of the price.
    let is_whole = (product - whole).abs() <= 1e-3_f64.max(whole * 1e-12);
    (in_range && is_whole).then_some(whole as u64)
}

/// Declares a newtype that reads a JSON object into a vector of pairs, keeping the order of the file.
struct Pairs<K, V>(fn(&str) -> Option<K>, std::marker::PhantomData<V>);

impl<'de, K, V: Deserialize<'de>> Visitor<'de> for Pairs<K, V> {
    type Value = Vec<(K, V)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let key =
                (self.0)(&name).ok_or_else(|| de::Error::custom(format_args!("unknown key `{name}`")))?;
            pairs.push((key, map.next_value()?));
        }
        Ok(pairs)
    }
}

struct Variants(Vec<(Variant, VariantEntry)>);
struct Regions(Vec<(String, Factor)>);
struct Fees(Vec<(Fee, u64)>);

impl<'de> Deserialize<'de> for Variants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut pairs = deserializer
            .deserialize_map(Pairs(Variant::from_key, std::marker::PhantomData::<VariantEntry>))?;
        pairs.sort_by_key(|(variant, _)| *variant);
        Ok(Self(pairs))
    }
}

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = |name: &str| Some(name.to_ascii_lowercase());
        let pairs = deserializer.deserialize_map(Pairs(name, std::marker::PhantomData::<f64>))?;
        let factors = pairs.into_iter().map(|(name, value)| Ok((name, factor(value)?)));
        Ok(Self(factors.collect::<Result<_, D::Error>>()?))
    }
}

impl<'de> Deserialize<'de> for Fees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = deserializer.deserialize_map(Pairs(Fee::from_key, std::marker::PhantomData::<f64>))?;
        let fees = pairs.into_iter().map(|(key, value)| Ok((key, fee(value)?)));
        let mut fees = fees.collect::<Result<Vec<_>, D::Error>>()?;
        fees.sort_by_key(|(fee, _)| *fee);
        Ok(Self(fees))
    }
}

fn factor<E: de::Error>(value: f64) -> Result<Factor, E> {
    Factor::new(value).ok_or_else(|| E::custom(format_args!("{value} is no multiplier (0 to 1000)")))
}

impl<'de> Deserialize<'de> for VariantEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FactorOrRates;
        impl<'de> Visitor<'de> for FactorOrRates {
            type Value = VariantEntry;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a multiplier or an object of prices")
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<VariantEntry, E> {
                factor(value).map(VariantEntry::Factor)
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<VariantEntry, E> {
                factor(value as f64).map(VariantEntry::Factor)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<VariantEntry, A::Error> {
                EntryVisitor.visit_map(map).map(Box::new).map(VariantEntry::Rates)
            }
        }
        deserializer.deserialize_any(FactorOrRates)
    }
}

impl Entry {
    fn price_set<E: de::Error>(rates: Rates, tiers: Vec<Self>) -> Result<PriceSet, E> {
        let mut tiers = tiers
            .into_iter()
            .map(|tier| {
                let at = tier
                    .at
                    .ok_or_else(|| E::custom("a tier needs `at`, the prompt tokens above which it holds"))?;
                Ok(Tier { at, rates: tier.rates })
            })
            .collect::<Result<Vec<_>, E>>()?;
        tiers.sort_by_key(|tier| tier.at);
        Ok(PriceSet { rates, tiers })
    }

    fn into_terms<E: de::Error>(self) -> Result<Terms, E> {
        let variants = self.variants.into_iter().map(|(variant, entry)| {
            let terms = match entry {
                VariantEntry::Factor(factor) => VariantTerms::Factor(factor),
                VariantEntry::Rates(entry) => VariantTerms::Rates(Self::price_set(entry.rates, entry.tiers)?),
            };
            Ok((variant, terms))
        });
        Ok(Terms {
            variants: variants.collect::<Result<_, E>>()?,
            windows: self.windows.into_iter().map(Self::into_window).collect::<Result<_, E>>()?,
            prices: Self::price_set(self.rates, self.tiers)?,
            fees: self.fees,
        })
    }

    fn into_window<E: de::Error>(self) -> Result<Window, E> {
        let days = self.days.unwrap_or_else(|| "1-7".to_owned());
        let weekdays = parse_weekdays(&days).ok_or_else(|| {
            E::custom(format_args!("`{days}` are no weekdays; write 1-5 or 6,7 (1 is Monday)"))
        })?;
        let mut spans = Vec::new();
        for hours in &self.hours {
            parse_hours(hours, &mut spans)
                .ok_or_else(|| E::custom(format_args!("`{hours}` are no hours; write 06:00-10:00")))?;
        }
        Ok(Window { weekdays, spans, prices: Self::price_set(self.rates, self.tiers)? })
    }
}

/// Reads `1-5`, `6,7` or `1-3,7` into a bit set.
pub(crate) fn parse_weekdays(text: &str) -> Option<u8> {
    let day = |text: &str| text.trim().parse::<u8>().ok().filter(|day| (1..=7).contains(day));
    text.split(',').try_fold(0, |set, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some((day(first)?..=day(last)?).fold(set, |set, day| set | 1 << (day - 1)))
    })
}

/// Reads `10:00-00:00` into minute ranges; a range over midnight becomes two.
pub(crate) fn parse_hours(text: &str, spans: &mut Vec<(u16, u16)>) -> Option<()> {
    const DAY: u16 = 24 * 60;
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour <= 24 && minute < 60).then_some(hour * 60 + minute).filter(|minute| *minute <= DAY)
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    match if to == 0 { DAY } else { to } {
        to if from < to => spans.push((from, to)),
        to => spans.extend([(from, DAY), (0, to)]),
    }
    Some(())
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entry = Entry::deserialize(deserializer)?;
        let mut history = std::mem::take(&mut entry.history)
            .into_iter()
            .map(|epoch| {
                let until = epoch.until.ok_or_else(|| de::Error::custom("an entry of `h` needs `until`"))?;
                Ok(Epoch { until, terms: epoch.into_terms()? })
            })
            .collect::<Result<Vec<_>, D::Error>>()?;
        history.sort_by_key(|epoch| std::cmp::Reverse(epoch.until));
        let mut row = Self {
            aliases: std::mem::take(&mut entry.aliases),
            prefixes: std::mem::take(&mut entry.prefixes),
            regions: std::mem::take(&mut entry.regions),
            history,
            provenance: entry.provenance.unwrap_or_default(),
            deprecated: entry.deprecated,
            terms: entry.into_terms()?,
        };
        row.shrink();
        Ok(row)
    }
}
