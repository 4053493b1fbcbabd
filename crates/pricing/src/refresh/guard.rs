//! Compares what the lists say now with what is committed, and holds back what looks wrong.

use std::collections::BTreeMap;

use super::RefreshInput;
use super::merge::{Merged, Presence};
use crate::date::Date;
use crate::flat::{Flat, flatten};
use crate::row::{Epoch, Provenance, Row};

/// A change that was not made, since it needs to be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Our name of the provider.
    pub provider: String,
    /// The model; `None` if all of the provider is held.
    pub model: Option<String>,
    /// What looks wrong, in words.
    pub reason: String,
}

/// Which suspicious changes are meant: `all`, a provider, or one of its models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accept {
    /// Everything.
    All,
    /// One provider.
    Provider(String),
    /// One model.
    Model {
        /// Our name of the provider.
        provider: String,
        /// The model's name in the catalogue.
        model: String,
    },
}

impl std::str::FromStr for Accept {
    type Err = std::convert::Infallible;

    /// Reads `all`, `xai` or `xai/grok-4.20`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once('/') {
            None if text == "all" => Self::All,
            None => Self::Provider(text.to_owned()),
            Some((provider, model)) => Self::Model { provider: provider.to_owned(), model: model.to_owned() },
        })
    }
}

impl Accept {
    /// Whether it names this very model.
    pub(super) fn names(&self, provider: &str, model: &str) -> bool {
        matches!(self, Self::Model { .. }) && self.covers(provider, Some(model))
    }

    pub(super) fn covers(&self, provider: &str, model: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Provider(accepted) => accepted == provider,
            Self::Model { provider: accepted, model: name } => {
                accepted == provider && model == Some(name.as_str())
            }
        }
    }
}

/// Makes the lines to commit from the committed and the merged ones.
pub(super) fn reconcile(
    provider: &str,
    committed: &BTreeMap<String, Row>,
    merged: Merged,
    presence: Presence,
    input: &RefreshInput<'_>,
    held: &mut Vec<Held>,
) -> BTreeMap<String, Row> {
    let accepted = |model: Option<&str>| input.accept.iter().any(|accept| accept.covers(provider, model));
    let Merged { lines: mut merged, refused } = merged;
    if let Some(reason) = lost(committed, &merged, presence)
        && !accepted(None)
    {
        held.push(Held { provider: provider.to_owned(), model: None, reason });
        return committed.clone();
    }
    let mut lines = BTreeMap::new();
    for (name, old) in committed {
        let new = merged.remove(name);
        let line = match new {
            _ if old.provenance == Provenance::Manual => old.clone(),
            _ if refused.iter().any(|(model, list)| model == name && old.provenance.has(*list))
                && !accepted(Some(name)) =>
            {
                let reason = "a list has it without a price that can be believed".to_owned();
                held.push(Held { provider: provider.to_owned(), model: Some(name.clone()), reason });
                old.clone()
            }
            None => retire(old, input.today),
            Some(new) => match suspicion(old, &new) {
                Some(reason) if !accepted(Some(name)) => {
                    held.push(Held { provider: provider.to_owned(), model: Some(name.clone()), reason });
                    old.clone()
                }
                _ => remember(old, new, input.today),
            },
        };
        lines.insert(name.clone(), line);
    }
    lines.extend(merged);
    lines
}

/// Says if a list lost the provider, or both together lost most of its models: a broken file, not a decision.
fn lost(
    committed: &BTreeMap<String, Row>,
    merged: &BTreeMap<String, Row>,
    presence: Presence,
) -> Option<String> {
    let alive =
        || committed.values().filter(|row| row.provenance != Provenance::Manual && row.deprecated.is_none());
    if !presence.genai && alive().any(|row| row.provenance.has(Provenance::GenaiPrices)) {
        return Some("genai-prices no longer lists the provider".to_owned());
    }
    if !presence.litellm && alive().any(|row| row.provenance.has(Provenance::LiteLlm)) {
        return Some("litellm no longer lists the provider".to_owned());
    }
    let known = alive().count();
    let gone = committed
        .iter()
        .filter(|(name, row)| {
            row.provenance != Provenance::Manual && row.deprecated.is_none() && !merged.contains_key(*name)
        })
        .count();
    (known >= 4 && gone * 2 > known).then(|| format!("{gone} of {known} models are gone at once"))
}

/// Says what is wrong with a line's new figures, if anything.
fn suspicion(old: &Row, new: &Row) -> Option<String> {
    let (before, after) = (flatten(&old.terms, &old.regions), flatten(&new.terms, &new.regions));
    for (path, old) in &before {
        let suspicious = match after.get(path) {
            None => Some("disappears".to_owned()),
            Some(0) if *old > 0 => Some("falls to 0".to_owned()),
            Some(new) if *new > old.saturating_mul(2) => Some(format!("rises from {old} to {new}")),
            Some(new) if new.saturating_mul(2) < *old => Some(format!("falls from {old} to {new}")),
            Some(_) => None,
        };
        if let Some(reason) = suspicious {
            return Some(format!("`{path}` {reason}"));
        }
    }
    let new_zero =
        after.iter().find(|(path, value)| **value == 0 && !before.contains_key(*path) && !new.is_free());
    new_zero.map(|(path, _)| format!("`{path}` appears at 0"))
}

/// Keeps a line that left both lists, with the day.
fn retire(old: &Row, today: Date) -> Row {
    Row { deprecated: old.deprecated.or(Some(today)), ..old.clone() }
}

/// Moves what changed into the history, unless the list brought its own.
fn remember(old: &Row, mut new: Row, today: Date) -> Row {
    let (before, after) = (flatten(&old.terms, &[]), flatten(&new.terms, &[]));
    let changed = before.iter().any(|(path, value)| after.get(path) != Some(value));
    let covers = |epoch: &Flat| {
        before
            .iter()
            .filter(|(path, _)| !path.contains('/'))
            .all(|(path, value)| epoch.get(path) == Some(value))
    };
    if changed && !new.history.iter().any(|epoch| covers(&flatten(&epoch.terms, &[]))) {
        new.history.push(Epoch { until: today, terms: old.terms.clone() });
    }
    for epoch in &old.history {
        if !new.history.iter().any(|known| known.until == epoch.until) {
            new.history.push(epoch.clone());
        }
    }
    new.history.sort_by_key(|epoch| std::cmp::Reverse(epoch.until));
    new
}
