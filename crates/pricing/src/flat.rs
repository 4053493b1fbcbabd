//! Prices as a flat list of named integers, for comparing, merging and showing what changed.

use std::collections::BTreeMap;

use crate::factor::Factor;
use crate::fee::Fee;
use crate::meter::Meter;
use crate::rate::Rates;
use crate::row::{PriceSet, Terms, Tier, VariantTerms};
use crate::variant::Variant;

/// Path of a figure (`in`, `tiers/200000/out`, `v/batch/in`, `r/eu`, `fee/web_search`) to its value: pico-dollars per
/// token or unit, or millionths for a multiplier.
pub(crate) type Flat = BTreeMap<String, u64>;

/// Writes the standard rates, tiers, variants and fees of terms; windows are numbered and not read back.
pub(crate) fn flatten(terms: &Terms, regions: &[(String, Factor)]) -> Flat {
    let mut flat = Flat::new();
    flatten_prices("", &terms.prices, &mut flat);
    for (variant, terms) in &terms.variants {
        match terms {
            VariantTerms::Factor(factor) => {
                flat.insert(format!("v/{}", variant.key()), factor.millionths().into());
            }
            VariantTerms::Rates(prices) => {
                flatten_prices(&format!("v/{}/", variant.key()), prices, &mut flat);
            }
        }
    }
    for (number, window) in terms.windows.iter().enumerate() {
        flatten_prices(&format!("w/{number}/"), &window.prices, &mut flat);
    }
    flat.extend(terms.fees.iter().map(|(fee, pico)| (format!("fee/{}", fee.key()), *pico)));
    flat.extend(regions.iter().map(|(name, factor)| (format!("r/{name}"), factor.millionths().into())));
    flat
}

fn flatten_prices(path: &str, prices: &PriceSet, flat: &mut Flat) {
    flat.extend(prices.rates.iter().map(|(meter, rate)| (format!("{path}{}", meter.key()), rate)));
    for tier in &prices.tiers {
        flat.extend(
            tier.rates.iter().map(|(meter, rate)| (format!("{path}tiers/{}/{}", tier.at, meter.key()), rate)),
        );
    }
}

/// Reads what [`flatten`] wrote, without windows. Paths that mean nothing are left out: no source writes any.
pub(crate) fn unflatten(flat: &Flat) -> (Terms, Vec<(String, Factor)>) {
    let mut terms = Terms { prices: read_prices("", flat), ..Terms::default() };
    for variant in Variant::ALL {
        let path = format!("v/{}", variant.key());
        let prices = read_prices(&format!("{path}/"), flat);
        if !prices.rates.is_empty() || !prices.tiers.is_empty() {
            terms.variants.push((variant, VariantTerms::Rates(prices)));
        } else if let Some(factor) = flat.get(&path).and_then(|millionths| factor(*millionths)) {
            terms.variants.push((variant, VariantTerms::Factor(factor)));
        }
    }
    terms.fees = Fee::ALL
        .into_iter()
        .filter_map(|fee| Some((fee, *flat.get(&format!("fee/{}", fee.key()))?)))
        .collect();
    let regions =
        flat.iter().filter_map(|(path, value)| Some((path.strip_prefix("r/")?.to_owned(), factor(*value)?)));
    (terms, regions.collect())
}

fn factor(millionths: u64) -> Option<Factor> {
    Factor::new(millionths as f64 / 1e6)
}

fn read_prices(path: &str, flat: &Flat) -> PriceSet {
    let mut prices = PriceSet::default();
    let mut tiers: BTreeMap<u64, Rates> = BTreeMap::new();
    for (key, rate) in flat {
        let Some(rest) = key.strip_prefix(path) else { continue };
        let parts: Vec<_> = rest.split('/').collect();
        match parts.as_slice() {
            [meter] => {
                if let Some(meter) = Meter::from_key(meter) {
                    prices.rates.set(meter, *rate);
                }
            }
            ["tiers", at, meter] => {
                if let (Ok(at), Some(meter)) = (at.parse(), Meter::from_key(meter)) {
                    tiers.entry(at).or_default().set(meter, *rate);
                }
            }
            _ => {}
        }
    }
    prices.tiers = tiers.into_iter().map(|(at, rates)| Tier { at, rates }).collect();
    prices
}

/// Leaves out what the engine would fill in with the same figure anyway: a modality at the general rate, a tier or
/// variant key that repeats what it stands on.
///
/// This is more than tidiness. A source that lists `reasoning` at the output rate, but lists no reasoning rate for
/// batches, would otherwise have batched reasoning charged in full.
pub(crate) fn tidy(flat: &mut Flat) {
    const GENERAL: [(&str, &str); 9] = [
        ("reason", "out"),
        ("in_audio", "in"),
        ("in_image", "in"),
        ("in_video", "in"),
        ("out_audio", "out"),
        ("out_image", "out"),
        ("out_video", "out"),
        ("cw1h", "cw"),
        ("cw12h", "cw"),
    ];
    let is_own = |flat: &Flat, specific: &str, general: &str| {
        let paths = flat.keys().filter(|path| path.rsplit('/').next() == Some(specific));
        paths.cloned().collect::<Vec<_>>().iter().any(|path| {
            let beside = format!("{}{general}", path.strip_suffix(specific).unwrap_or_default());
            flat.get(&beside) != flat.get(path)
        })
    };
    for (specific, general) in GENERAL {
        if !is_own(flat, specific, general) {
            flat.retain(|path, _| path.starts_with("fee/") || path.rsplit('/').next() != Some(specific));
        }
    }
    for (cached, uncached) in [("cr_audio", "in_audio"), ("cr_image", "in_image"), ("cr_video", "in_video")] {
        if !flat.contains_key(uncached) && !is_own(flat, cached, "cr") {
            flat.retain(|path, _| path.starts_with("fee/") || path.rsplit('/').next() != Some(cached));
        }
    }
    drop_repeated_tiers(flat);
}

fn drop_repeated_tiers(flat: &mut Flat) {
    let repeats = |path: &str, value: u64| {
        let (base, tier) = path.split_once("tiers/")?;
        let (at, meter) = tier.split_once('/')?;
        let at: u64 = at.parse().ok()?;
        let other_tier = |other: &&String| {
            other
                .strip_prefix(base)
                .and_then(|rest| rest.strip_prefix("tiers/"))
                .and_then(|rest| rest.split_once('/'))
                .is_some_and(|(other_at, other_meter)| {
                    other_meter == meter && other_at.parse::<u64>().is_ok_and(|other_at| other_at < at)
                })
        };
        let lower = flat.keys().any(|other| other_tier(&other));
        (!lower && flat.get(&format!("{base}{meter}")) == Some(&value)).then_some(())
    };
    let repeated: Vec<_> = flat
        .iter()
        .filter(|(path, value)| repeats(path, **value).is_some())
        .map(|(path, _)| path.clone())
        .collect();
    for path in repeated {
        flat.remove(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(pairs: &[(&str, u64)]) -> Flat {
        pairs.iter().map(|(path, value)| ((*path).to_owned(), *value)).collect()
    }

    #[test]
    fn flat_prices_read_back() {
        let whole = flat(&[
            ("in", 1),
            ("out", 2),
            ("tiers/200000/in", 3),
            ("v/batch/in", 4),
            ("v/batch/tiers/200000/in", 5),
            ("v/fast", 2_000_000),
            ("fee/web_search", 6),
            ("r/eu", 1_100_000),
        ]);
        let (terms, regions) = unflatten(&whole);
        assert_eq!(flatten(&terms, &regions), whole);
    }

    #[test]
    fn a_rate_equal_to_its_general_one_is_left_out_everywhere_or_nowhere() {
        let mut same = flat(&[("out", 10), ("reason", 10), ("v/batch/out", 5), ("v/batch/reason", 5)]);
        tidy(&mut same);
        assert_eq!(same, flat(&[("out", 10), ("v/batch/out", 5)]));
        let mut own = flat(&[("out", 10), ("reason", 3)]);
        tidy(&mut own);
        assert_eq!(own.len(), 2);
    }
}
