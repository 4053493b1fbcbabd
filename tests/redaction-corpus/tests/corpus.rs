//! What the published figures rely on: the set is the same every time, and its labels are right.

use std::collections::{BTreeMap, HashSet};

use otel_genai_redaction_corpus::{Category, DEFAULT_SEED, Sample, Split, generate, is_valid, kind, kinds};

const SPLITS: [Split; 2] = [Split::Dev, Split::Test];

fn samples(split: Split) -> Vec<Sample> {
    generate(split, DEFAULT_SEED).expect("the templates can be read")
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for split in SPLITS {
        let lines = |seed| serde_json::to_string(&generate(split, seed).unwrap()).unwrap();
        assert_eq!(lines(7), lines(7));
        assert_ne!(lines(7), lines(8));
    }
}

#[test]
fn the_splits_share_no_text() {
    let dev: HashSet<String> = samples(Split::Dev).into_iter().map(|sample| sample.text).collect();
    let shared: Vec<_> =
        samples(Split::Test).into_iter().filter(|sample| dev.contains(&sample.text)).collect();
    assert!(shared.is_empty(), "{shared:#?}");
}

#[test]
fn both_sides_are_large_enough() {
    for split in SPLITS {
        let (negative, positive): (Vec<_>, Vec<_>) =
            samples(split).into_iter().partition(|sample| sample.labels.is_empty());
        assert!(positive.len() >= 2500, "{split}: {} positives", positive.len());
        assert!(negative.len() >= 2500, "{split}: {} negatives", negative.len());
        let groups: HashSet<_> = positive.iter().map(|sample| sample.group.as_str()).collect();
        assert!(groups.len() >= 9, "{groups:?}");
    }
}

#[test]
fn every_kind_is_there_often_enough() {
    for split in SPLITS {
        let mut counts = BTreeMap::new();
        for label in samples(split).iter().flat_map(|sample| &sample.labels) {
            *counts.entry(label.kind).or_insert(0) += 1;
        }
        for kind in kinds() {
            let least = if kind.category == Category::PersonalData { 15 } else { 8 };
            let count = counts.get(kind.name).copied().unwrap_or(0);
            assert!(count >= least, "{split}: {} has {count} values", kind.name);
        }
    }
}

#[test]
fn labels_lie_on_characters_in_order_and_apart() {
    for sample in SPLITS.into_iter().flat_map(samples) {
        let mut end = 0;
        for label in &sample.labels {
            assert!(label.start >= end && label.end > label.start, "{sample:?}");
            assert!(sample.text.get(label.start..label.end).is_some(), "{sample:?}");
            assert!(kind(label.kind).is_some(), "{sample:?}");
            end = label.end;
        }
    }
}

#[test]
fn labelled_values_are_valid() {
    let mut checked = HashSet::new();
    for sample in SPLITS.into_iter().flat_map(samples) {
        for label in &sample.labels {
            let value = &sample.text[label.start..label.end];
            if let Some(valid) = is_valid(label.kind, value) {
                assert!(valid, "{} {value}", label.kind);
                checked.insert(label.kind);
            }
        }
    }
    let expected =
        ["payment_card", "iban", "us_ssn", "us_npi", "bitcoin_address", "ethereum_address", "npm_token"];
    assert!(expected.iter().all(|kind| checked.contains(kind)), "{checked:?}");
    assert_eq!(checked.len(), 22);
}

#[test]
fn values_have_the_form_that_their_row_states() {
    let patterns: BTreeMap<&str, regex::Regex> = kinds()
        .filter_map(|kind| kind.pattern().map(|pattern| (kind.name, pattern)))
        .map(|(name, pattern)| (name, regex::Regex::new(&format!("^(?:{pattern})$")).unwrap()))
        .collect();
    assert!(patterns.len() > 100);
    for sample in SPLITS.into_iter().flat_map(samples) {
        for label in &sample.labels {
            let value = &sample.text[label.start..label.end];
            let fits = patterns.get(label.kind).is_none_or(|pattern| pattern.is_match(value));
            assert!(fits, "{} {value}", label.kind);
        }
    }
}

#[test]
fn json_texts_are_json() {
    for sample in SPLITS.into_iter().flat_map(samples) {
        let is_document =
            sample.group == "json" && (sample.text.starts_with('{') || sample.text.starts_with('['));
        if is_document {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&sample.text);
            assert!(parsed.is_ok(), "{parsed:?} {}", sample.text);
        }
    }
}

#[test]
fn every_labelled_value_stands_once_or_is_labelled_each_time() {
    for sample in SPLITS.into_iter().flat_map(samples) {
        for label in &sample.labels {
            let value = &sample.text[label.start..label.end];
            let labelled = sample.labels.iter().filter(|other| &sample.text[other.start..other.end] == value);
            assert_eq!(sample.text.matches(value).count(), labelled.count(), "{value} in {}", sample.text);
        }
    }
}

#[test]
fn rows_are_complete_and_their_names_unique() {
    let mut names = HashSet::new();
    let mut vendors = 0;
    for kind in kinds() {
        assert!(names.insert(kind.name), "{}", kind.name);
        assert!(
            kind.name.chars().all(|letter| letter.is_ascii_lowercase() || "_0123456789".contains(letter))
        );
        assert!(!kind.format.is_empty() && !kind.source.is_empty(), "{}", kind.name);
        vendors += usize::from(!kind.issuer.is_empty());
    }
    assert!(vendors >= 100, "{vendors}");
}
