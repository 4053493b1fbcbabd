//! Writes a row.

use crate::factor::Factor;
use crate::rate::Rates;
use crate::row::{PriceSet, Row, Terms, VariantTerms};

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
