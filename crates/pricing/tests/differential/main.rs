//! Every disagreement with the `genai-prices` crate, over all its models and ten usages, falls into a class that is
//! named, counted and explained here.
//!
//! That crate feeds our table, so agreement alone proves only the engines. The classes are what the second list, or a
//! provider's own bill, settles.

mod shapes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use genai_prices::{Calculator, ErrorKind, PriceRequest};
use otel_genai_pricing::{
    Call, Catalogue, Context, Date, Fee, Layer, Meter, PriceTable, Priced, Provenance, Rates, Row, Unpriced,
    Variant,
};
use shapes::Shape;

/// Class, its count, and why the two differ.
const CLASSES: [(&str, usize, &str); 8] = [
    (
        "they do not find their own name",
        760,
        "their `regional.…` rows and the like match only names that begin otherwise; we index every row by its name",
    ),
    (
        "their data is older",
        553,
        "the crate carries list 0.2.1, we 0.2.3; the names are in a file beside this test, made by comparing the two lists",
    ),
    (
        "no output rate listed, which they take for zero",
        270,
        "embeddings and the like: nobody says what output would cost, so we give no price",
    ),
    (
        "billed by the piece, which they take for zero",
        260,
        "audio, pages, images: tokens are not what is billed, so tokens alone have no price",
    ),
    (
        "no price listed, which they take for zero",
        130,
        "a row without prices is free only where the provider's header or a `:free` name says so",
    ),
    (
        "a figure that only litellm has",
        99,
        "tiers, cache rates, fees and batch rates; without that figure our price equals theirs, which the test computes",
    ),
    (
        "the lists differ, see conflicts.json",
        75,
        "Azure and Bedrock by litellm, which lists them region by region; others by genai-prices",
    ),
    (
        "a rate with more than six decimals",
        38,
        "a twelfth of a dollar per million is rounded to the pico-dollar per token",
    ),
];

/// Models whose prices genai-prices itself changed between the data in its crate and the data in our catalogue.
const CHANGED: &str = include_str!("../data/changed_after_genai_prices_0.2.1.json");

struct Tables {
    full: PriceTable,
    /// For each shape, the table without the figures that the shape is about, on lines that both lists feed.
    reduced: Vec<PriceTable>,
    catalogue: Catalogue,
    changed: BTreeSet<String>,
}

/// Removes what a shape asks about, so that equality afterwards proves that this alone made the difference.
fn reduce(row: &mut Row, shape: &str) {
    let without = |rates: &Rates, meters: &[Meter]| {
        let mut kept = Rates::default();
        rates
            .iter()
            .filter(|(meter, _)| !meters.contains(meter))
            .for_each(|(meter, rate)| kept.set(meter, rate));
        kept
    };
    let terms = &mut row.terms;
    let meters: &[Meter] = match shape {
        "cache read" => &[Meter::CacheRead],
        "cache write" => &[Meter::CacheWrite],
        "cache write for an hour" => &[Meter::CacheWrite, Meter::CacheWrite1h],
        "audio" => &[Meter::InputAudio, Meter::OutputAudio],
        "reasoning and a search" => &[Meter::Reasoning],
        _ => &[],
    };
    terms.prices.rates = without(&terms.prices.rates, meters);
    match shape {
        "long prompt" => terms.prices.tiers.clear(),
        "reasoning and a search" => {
            terms.fees.retain(|(fee, _)| !matches!(fee, Fee::WebSearch | Fee::SearchedRequest));
        }
        "batch" => terms.variants.retain(|(variant, _)| *variant != Variant::Batch),
        "priority" => terms.variants.retain(|(variant, _)| *variant != Variant::Priority),
        _ => {}
    }
}

impl Tables {
    fn new(shapes: &[Shape]) -> Self {
        let catalogue = Catalogue::bundled().expect("the bundled catalogue");
        let reduced = shapes.iter().map(|shape| {
            let mut catalogue = catalogue.clone();
            let rows = catalogue.providers.iter_mut().flat_map(|provider| provider.models.values_mut());
            rows.filter(|row| row.provenance == Provenance::Both).for_each(|row| reduce(row, shape.name));
            PriceTable::new(catalogue)
        });
        let changed = serde_json::from_str(CHANGED).expect("a list of names");
        Self { full: PriceTable::new(catalogue.clone()), reduced: reduced.collect(), catalogue, changed }
    }
}

fn ours<'t>(
    table: &'t PriceTable,
    provider: &str,
    model: &str,
    shape: &Shape,
) -> Result<Priced<'t>, Unpriced> {
    let context = Context {
        batch: shape.context == Some(("processing", "batch")),
        service_tier: shape.context.filter(|(key, _)| *key == "service_tier").map(|(_, value)| value),
        ..Context::default()
    };
    let at = "2026-11-18".parse::<Date>().expect("a date").start() + Duration::from_secs(12 * 3600);
    table.price(&Call {
        provider: Some(provider),
        response_model: Some(model),
        request_model: None,
        usage: &shape.ours,
        at,
        context,
    })
}

fn equal(theirs: f64, ours: &Priced<'_>) -> bool {
    let ours = ours.total.as_f64();
    (theirs - ours).abs() <= 1e-9 * theirs.max(ours)
}

fn classify(
    tables: &Tables,
    number: usize,
    shape: &Shape,
    provider: &str,
    model: &str,
) -> Option<&'static str> {
    let at = "2026-11-18".parse::<Date>().expect("a date").start() + Duration::from_secs(12 * 3600);
    let mut request = PriceRequest::new(model, &shape.theirs).with_provider_id(provider).with_timestamp(at);
    if let Some((key, value)) = shape.context {
        request = request.with_price_context(key, value);
    }
    let theirs = Calculator::bundled().calculate(&request);
    let priced = ours(&tables.full, provider, model, shape);
    let (theirs, priced) = match (theirs, priced) {
        (Err(_), Err(_)) => return None,
        (Err(error), Ok(_)) if error.kind() == ErrorKind::ModelNotFound => {
            return Some("they do not find their own name");
        }
        (Err(_), Ok(_)) => return Some("they refuse the usage"),
        (Ok(theirs), Err(Unpriced::UnknownModel)) if theirs.total_price == 0.0 => {
            return Some("no price listed, which they take for zero");
        }
        (Ok(theirs), Err(Unpriced::NoUsage)) if theirs.total_price == 0.0 => {
            return Some("billed by the piece, which they take for zero");
        }
        (Ok(_), Err(Unpriced::UnknownRate(Meter::Output | Meter::Reasoning))) => {
            return Some("no output rate listed, which they take for zero");
        }
        (Ok(_), Err(_)) => return Some("unnamed: we have no price"),
        (Ok(theirs), Ok(priced)) => (theirs, priced),
    };
    if equal(theirs.total_price, &priced) {
        return None;
    }
    // Rates such as a twelfth of a dollar: half a pico-dollar per token is the most that rounding can lose.
    let tokens = shape.ours.input_tokens.unwrap_or(0) + shape.ours.output_tokens.unwrap_or(0);
    if (theirs.total_price - priced.total.as_f64()).abs() <= tokens as f64 * 0.5e-12 {
        return Some("a rate with more than six decimals");
    }
    if tables.changed.contains(&format!("{provider}/{model}")) {
        return Some("their data is older");
    }
    let row = priced.row.filter(|row| row.layer == Layer::Bundled)?;
    let line = &tables.catalogue.provider(row.provider)?.models[row.model];
    if line.provenance == Provenance::Conflict {
        return Some("the lists differ, see conflicts.json");
    }
    if ours(&tables.reduced[number], provider, model, shape)
        .is_ok_and(|reduced| equal(theirs.total_price, &reduced))
    {
        return Some("a figure that only litellm has");
    }
    Some("unnamed")
}

#[test]
fn every_disagreement_is_named() {
    let shapes = shapes::shapes();
    let tables = Tables::new(&shapes);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unnamed = Vec::new();
    let mut compared = 0;
    for provider in Calculator::bundled().providers() {
        for model in provider.models() {
            for (number, shape) in shapes.iter().enumerate() {
                compared += 1;
                let Some(class) = classify(&tables, number, shape, provider.id(), model.id()) else {
                    continue;
                };
                *counts.entry(class).or_default() += 1;
                if class.starts_with("unnamed") {
                    unnamed.push(format!("{}/{}: {}: {class}", provider.id(), model.id(), shape.name));
                }
            }
        }
    }
    assert!(compared >= 22_000, "only {compared} comparisons");
    assert!(unnamed.is_empty(), "{} unnamed disagreements:\n{}", unnamed.len(), unnamed.join("\n"));
    let expected: BTreeMap<_, _> = CLASSES.iter().map(|(class, count, _)| (*class, *count)).collect();
    assert_eq!(counts, expected, "of {compared} comparisons");
}
