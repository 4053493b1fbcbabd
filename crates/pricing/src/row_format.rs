//! How a row is written in a catalogue file and read back.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::date::Date;
use crate::rate::{Factor, Fee, MAX_RATE, Meter, Rates, Variant};
use crate::row::{Epoch, PriceSet, Provenance, Row, Terms, Tier, VariantTerms, Window};

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

/// Writes a row as one line of JSON with the keys in catalogue order, so that equal rows are equal bytes.
pub(crate) fn write_row(row: &Row) -> String {
    let mut object = Object::new();
    object.strings("a", &row.aliases);
    object.strings("p", &row.prefixes);
    write_terms(&mut object, &row.terms, &row.regions);
    let history = row.history.iter().map(|epoch| {
        let mut object = Object::new();
        object.text("until", &epoch.until.to_string());
        write_terms(&mut object, &epoch.terms, &[]);
        object.close()
    });
    object.list("h", history);
    object.text("s", row.provenance.code());
    if let Some(date) = row.deprecated {
        object.text("dep", &date.to_string());
    }
    object.close()
}

fn write_terms(object: &mut Object, terms: &Terms, regions: &[(String, Factor)]) {
    write_prices(object, &terms.prices);
    let variants = terms.variants.iter().map(|(variant, terms)| {
        let value = match terms {
            VariantTerms::Factor(factor) => factor.to_string(),
            VariantTerms::Rates(prices) => {
                let mut object = Object::new();
                write_prices(&mut object, prices);
                object.close()
            }
        };
        (variant.key().to_owned(), value)
    });
    object.object("v", variants);
    object.object("r", regions.iter().map(|(name, factor)| (name.clone(), factor.to_string())));
    let windows = terms.windows.iter().map(|window| {
        let mut object = Object::new();
        object.text("days", &weekdays_text(window.weekdays));
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let hours: Vec<_> =
            window.spans.iter().map(|(from, to)| format!("{}-{}", clock(*from), clock(*to))).collect();
        object.strings("utc", &hours);
        write_prices(&mut object, &window.prices);
        object.close()
    });
    object.list("w", windows);
    object.object("fee", terms.fees.iter().map(|(fee, pico)| (fee.key().to_owned(), decimal(*pico, 12))));
}

fn write_prices(object: &mut Object, prices: &PriceSet) {
    write_rates(object, &prices.rates);
    let tiers = prices.tiers.iter().map(|tier| {
        let mut object = Object::new();
        object.raw("at", &tier.at.to_string());
        write_rates(&mut object, &tier.rates);
        object.close()
    });
    object.list("tiers", tiers);
}

fn write_rates(object: &mut Object, rates: &Rates) {
    for (meter, rate) in rates.iter() {
        object.raw(meter.key(), &decimal(rate, 6));
    }
}

fn weekdays_text(set: u8) -> String {
    let days: Vec<_> =
        (1..=7).filter(|day| set & (1 << (day - 1)) != 0).map(|day: u8| day.to_string()).collect();
    let is_run = days.len() > 2
        && (set >> set.trailing_zeros()).count_ones() == 8 - (set >> set.trailing_zeros()).leading_zeros();
    if is_run { format!("{}-{}", days[0], days[days.len() - 1]) } else { days.join(",") }
}

/// Writes an integer scaled by a power of ten as a decimal number, exactly.
pub(crate) fn decimal(value: u64, decimals: usize) -> String {
    let digits = format!("{value:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Writes a JSON string literal.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".to_owned())
    }

    fn raw(&mut self, key: &str, value: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&quoted(key));
        self.0.push(':');
        self.0.push_str(value);
    }

    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, &quoted(value));
    }

    fn strings(&mut self, key: &str, values: &[String]) {
        self.list(key, values.iter().map(|value| quoted(value)));
    }

    fn list(&mut self, key: &str, values: impl Iterator<Item = String>) {
        let values: Vec<_> = values.collect();
        if !values.is_empty() {
            self.raw(key, &format!("[{}]", values.join(",")));
        }
    }

    fn object(&mut self, key: &str, pairs: impl Iterator<Item = (String, String)>) {
        let pairs: Vec<_> = pairs.map(|(key, value)| format!("{}:{value}", quoted(&key))).collect();
        if !pairs.is_empty() {
            self.raw(key, &format!("{{{}}}", pairs.join(",")));
        }
    }

    fn close(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FULL: &str = r#"{"a":["grok-4.20-0309-reasoning"],"p":["grok-4.20"],"in":1.25,"cr":0.2,"out":2.5,"tiers":[{"at":200000,"in":2.5,"cr":0.4,"out":5}],"v":{"batch":{"in":1,"cr":0.16,"out":2},"fast":2},"r":{"eu":1.1},"w":[{"days":"1-5","utc":["00:00-01:00","10:00-24:00"],"in":0.15},{"days":"6,7","utc":["00:00-24:00"],"in":0.1}],"fee":{"web_search":0.005},"h":[{"until":"2026-04-30","in":2,"cr":0.2,"out":6}],"s":"gl","dep":"2027-01-01"}"#;

    #[test]
    fn a_full_line_reads_and_writes_to_the_same_bytes() {
        let row: Row = serde_json::from_str(FULL).expect("a row");
        assert_eq!(write_row(&row), FULL);
    }

    #[test]
    fn wrong_lines_say_what_is_wrong() {
        for (line, message) in [
            (r#"{"in":-1}"#, "-1 is no price"),
            (r#"{"in":1e9}"#, "is no price"),
            (r#"{"in":0.0000001}"#, "six decimals"),
            (r#"{"inn":1}"#, "unknown key `inn`"),
            (r#"{"in":1,"s":"q"}"#, "`q` is no provenance"),
            (r#"{"in":1,"h":[{"in":2}]}"#, "needs `until`"),
            (r#"{"in":1,"tiers":[{"in":2}]}"#, "needs `at`"),
            (r#"{"in":1,"w":[{"days":"0"}]}"#, "`0` are no weekdays"),
            (r#"{"in":1,"w":[{"utc":["25:00-26:00"]}]}"#, "are no hours"),
            (r#"{"in":1,"v":{"bulk":0.5}}"#, "unknown key `bulk`"),
        ] {
            let error = serde_json::from_str::<Row>(line).expect_err(line).to_string();
            assert!(error.contains(message), "{line}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_rate_reads_back(pico in 0_u64..=MAX_RATE) {
            let mut row = Row::default();
            row.terms.prices.rates.set(Meter::Input, pico);
            let back: Row = serde_json::from_str(&write_row(&row)).expect("a row");
            prop_assert_eq!(back, row);
        }
    }
}
