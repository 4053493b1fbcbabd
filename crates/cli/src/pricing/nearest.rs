//! Which model somebody may have meant.

use otel_genai::pricing::PriceTable;
use serde::Serialize;

/// How many names are worth reading.
const SHOWN: usize = 5;

/// Names less alike than this are no help: up to two fifths of the letters differ.
const LEAST_LIKENESS: f64 = 0.6;

/// A word of a name is meant if at most a fifth of the letters differ.
const LEAST_WORD_LIKENESS: f64 = 0.8;

/// A model of the table.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Name<'t> {
    provider: &'t str,
    model: &'t str,
}

impl Name<'_> {
    /// Writes it as `--provider` and MODEL could be given in one.
    pub(super) fn joined(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}

/// Returns the models that are nearest to a name, the nearest first; those of the provider before others.
pub(super) fn models<'t>(table: &'t PriceTable, provider: Option<&str>, name: &str) -> Vec<Name<'t>> {
    let provider = provider.and_then(|provider| table.provider_name(provider));
    let name = name.to_lowercase();
    let mut ranked: Vec<_> = table
        .models()
        .filter_map(|listed| {
            let aliases = listed.row.aliases.iter().map(String::as_str);
            let likeness =
                aliases.chain([listed.model]).map(|other| likeness(&name, other)).fold(0.0, f64::max);
            let is_elsewhere = provider.is_some_and(|provider| provider != listed.provider);
            let name = Name { provider: listed.provider, model: listed.model };
            (likeness >= LEAST_LIKENESS).then_some((is_elsewhere, likeness, name))
        })
        .collect();
    // Names of equal likeness: the shortest is the most general.
    ranked.sort_by(|(one_elsewhere, one, name), (other_elsewhere, other, other_name)| {
        one_elsewhere
            .cmp(other_elsewhere)
            .then(other.total_cmp(one))
            .then(name.model.len().cmp(&other_name.model.len()))
    });
    ranked.into_iter().take(SHOWN).map(|(_, _, name)| name).collect()
}

/// Returns the providers that are nearest to a name, the nearest first.
pub(super) fn providers<'t>(table: &'t PriceTable, name: &str) -> Vec<&'t str> {
    let name = name.to_lowercase();
    let mut ranked: Vec<_> = table
        .provider_names()
        .map(|other| (likeness(&name, other), other))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    ranked.into_iter().take(SHOWN).map(|(_, name)| name).collect()
}

/// Tells how alike two names are, from 0 to 1.
fn likeness(name: &str, other: &str) -> f64 {
    let edited = strsim::normalized_damerau_levenshtein(name, other);
    // `sonnet`, and also `sonet`, means every name with `sonnet` in it; two letters are in too many.
    let is_word = |word: &str| strsim::normalized_damerau_levenshtein(name, word) >= LEAST_WORD_LIKENESS;
    let has_word = || other.split(['-', '/', '.', ':', '_']).any(is_word);
    if name.len() > 2 && (other.contains(name) || has_word()) { edited.max(LEAST_LIKENESS) } else { edited }
}
