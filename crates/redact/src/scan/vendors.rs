//! Rules on values of keys, by the name of the vendor.

use aho_corasick::AhoCorasick;

use super::engine::Scan;
use super::keys;
use super::plausible::is_secret;
use super::text::part;
use super::work;
use crate::error::RuleError;
use crate::validate::secrets;

/// The names of vendors, each with its rule.
#[derive(Debug)]
pub(super) struct Vendors {
    names: AhoCorasick,
    rules: Vec<usize>,
}

impl Vendors {
    /// Takes names with the places of their rules.
    pub(super) fn new(mut vendors: Vec<(&'static str, usize)>) -> Result<Self, RuleError> {
        // Longer names first: `azure_openai` before `azure`.
        vendors.sort_by_key(|(name, rule)| (std::cmp::Reverse(name.len()), *rule));
        let (names, rules): (Vec<_>, Vec<_>) = vendors.into_iter().unzip();
        Ok(Self { names: AhoCorasick::new(names).map_err(RuleError::literals)?, rules })
    }

    /// Returns the rules of the vendors that lower-case words name, those with longer names first.
    fn rules_in(&self, words: &str) -> Vec<usize> {
        let starts = |at: usize| at == 0 || !words.as_bytes()[at - 1].is_ascii_alphabetic();
        let named = self.names.find_overlapping_iter(words).filter(|found| starts(found.start()));
        let mut places: Vec<usize> = named.map(|found| found.pattern().as_usize()).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| self.rules[place]).collect()
    }
}

impl Scan<'_> {
    /// Finds the vendor's rule for a value: its name stands in or shortly before the key, and the pattern fits.
    pub(super) fn vendor(&self, pair: &keys::Pair, from: usize, to: usize) -> Option<(usize, usize, usize)> {
        let value = self.bytes.get(from..to)?;
        let value_as_text = part(self.text, from, to);
        let may_be = secrets::looks_random(value_as_text) || pair.strength == keys::Strength::Password;
        if value.len() < 8 || !may_be {
            return None;
        }
        let fits = |rule: usize| {
            let random = self.engine.rules[rule].id == "snowflake_password"
                && is_secret(value_as_text, pair.strength, pair.form, pair.is_plain_key)
                || secrets::looks_random(value_as_text);
            work::searched(value.len());
            random && self.engine.patterns[rule].as_ref().is_some_and(|pattern| pattern.is_match(value))
        };
        let own = keys::words(part(self.text, pair.name, pair.name_end));
        // `the password for Acme is …`
        let around = keys::words(part(self.text, pair.name.saturating_sub(80), pair.name_end.max(from)))
            + &keys::words(part(self.text, to, to + 24));
        [own, around]
            .iter()
            .find_map(|names| self.engine.vendors.rules_in(names).into_iter().find(|rule| fits(*rule)))
            .map(|rule| (rule, from, to))
    }
}
