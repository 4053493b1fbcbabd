//! A model as one upstream list describes it, before the lists are merged.

use crate::date::Date;
use crate::flat::Flat;
use crate::names;
use crate::rate::MAX_RATE;

#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) aliases: Vec<String>,
    pub(super) prefixes: Vec<String>,
    pub(super) flat: Flat,
    pub(super) windows: Vec<DraftWindow>,
    /// Newest first.
    pub(super) history: Vec<(Date, Flat)>,
    pub(super) deprecated: Option<Date>,
    /// The list has the model, but no price: free there, or unknown; the provider's header decides.
    pub(super) is_listed_free: bool,
}

/// Hours with other rates; see [`Window`](crate::Window).
#[derive(Clone, Debug)]
pub(super) struct DraftWindow {
    pub(super) weekdays: u8,
    pub(super) spans: Vec<(u16, u16)>,
    pub(super) rates: Flat,
}

impl Draft {
    pub(super) fn named(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    pub(super) fn add_alias(&mut self, name: &str) {
        if !name.is_empty() && !self.aliases.iter().any(|alias| alias == name) {
            self.aliases.push(name.to_owned());
        }
    }

    pub(super) fn add_prefix(&mut self, prefix: &str) {
        if !prefix.is_empty() && !self.prefixes.iter().any(|known| known == prefix) {
            self.prefixes.push(prefix.to_owned());
        }
    }

    /// Leaves out the model's own name and names that differ only in case, and sorts.
    pub(super) fn names_are_settled(&mut self) {
        let own = names::fold(&self.id).into_owned();
        for list in [&mut self.aliases, &mut self.prefixes] {
            list.iter_mut().for_each(|name| *name = names::fold(name).into_owned());
            list.sort();
            list.dedup();
        }
        self.aliases.retain(|alias| *alias != own);
    }

    pub(super) fn is_free(&self) -> bool {
        let has_fee = self.flat.keys().any(|path| path.starts_with("fee/"));
        !has_fee && self.flat.iter().all(|(_, value)| *value == 0)
    }
}

/// A price per token as pico-dollars per token: `usd` times `to_pico`, rounded. `None` if it is no believable price.
///
/// Of 22,000 upstream prices two have more than six decimals and 87 carry float noise; rounding loses at most half a
/// pico-dollar per token of those.
pub(super) fn rate_pico(usd: f64, to_pico: f64) -> Option<u64> {
    bounded(usd * to_pico, MAX_RATE)
}

/// A price per unit as pico-dollars.
pub(super) fn fee_pico(usd: f64) -> Option<u64> {
    bounded(usd * 1e12, MAX_RATE * 1_000_000)
}

fn bounded(value: f64, limit: u64) -> Option<u64> {
    let believable = value.is_finite() && (0.0..=limit as f64).contains(&value);
    believable.then(|| value.round() as u64)
}
