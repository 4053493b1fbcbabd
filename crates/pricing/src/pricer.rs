//! Prices with a memory for model names.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use crate::price::{Call, Priced};
use crate::table::{Found, PriceTable, Unpriced};

/// How many names are remembered. A process talks to a few models; the bound is for names that come from outside.
const SLOTS: usize = 1024;

/// The longest sum of names that is remembered, so that the memory is bounded by about 512 KiB.
const MAX_REMEMBERED: usize = 512;

/// A price table with a bounded memory of which names led to which rows, for one thread.
///
/// Hits and misses are both remembered; a name costs its full lookup again only when another one took its slot.
///
/// ```
/// use std::{sync::Arc, time::SystemTime};
/// use otel_genai_pricing::{Call, Catalogue, Context, PriceTable, Pricer, Usage};
///
/// let mut pricer = Pricer::new(Arc::new(PriceTable::new(Catalogue::bundled()?)));
/// let usage = Usage { input_tokens: Some(10), output_tokens: Some(1), ..Usage::default() };
/// for _ in 0..2 {
///     let priced = pricer.price(&Call {
///         provider: Some("anthropic"),
///         response_model: Some("claude-sonnet-4-5-20250929"),
///         request_model: None,
///         usage: &usage,
///         at: SystemTime::now(),
///         context: Context::default(),
///     });
///     assert_eq!(priced.expect("a known model").total.to_string(), "$0.000045");
/// }
/// # Ok::<(), otel_genai_pricing::CatalogueError>(())
/// ```
#[derive(Debug)]
pub struct Pricer {
    table: Arc<PriceTable>,
    names: NameMemory,
}

/// Which names led to which rows.
#[derive(Debug)]
pub(crate) struct NameMemory {
    // Seeded at random, since the names come from outside.
    hasher: RandomState,
    slots: Vec<Option<Slot>>,
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    /// Every name that decides, joined; compared in full, since two keys may share a hash.
    key: Box<str>,
    found: Result<Found, Unpriced>,
}

/// The names that decide which row a call gets.
type Names<'a> = [Option<&'a str>; 5];

impl Pricer {
    /// Starts with an empty memory.
    #[must_use]
    pub fn new(table: Arc<PriceTable>) -> Self {
        Self { table, names: NameMemory { hasher: RandomState::new(), slots: Vec::new() } }
    }

    /// The table behind it.
    #[must_use]
    pub fn table(&self) -> &PriceTable {
        &self.table
    }

    /// Prices one call as [`PriceTable::price`] does.
    ///
    /// # Errors
    ///
    /// Why there is no price.
    pub fn price(&mut self, call: &Call<'_>) -> Result<Priced<'_>, Unpriced> {
        let zone = call.zone();
        let found = self.names.find(&self.table, call, zone.as_deref());
        self.table.price_found(found, call, zone.as_deref())
    }

    pub(crate) fn parts(&mut self) -> (&PriceTable, &mut NameMemory) {
        (&self.table, &mut self.names)
    }
}

impl NameMemory {
    /// Finds a call's row, in the table only if the memory does not have it.
    pub(crate) fn find(
        &mut self,
        table: &PriceTable,
        call: &Call<'_>,
        zone: Option<&str>,
    ) -> Result<Found, Unpriced> {
        let context = &call.context;
        let host = context.server_address;
        let search = || table.find(call.provider, host, call.response_model, call.request_model, zone);
        let names = [call.provider, call.response_model, call.request_model, context.region, host];
        let length = names.iter().flatten().map(|name| name.len()).sum::<usize>();
        if length > MAX_REMEMBERED {
            return search();
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let hash = hash(&self.hasher, names);
        let slot = &mut self.slots[usize::try_from(hash % SLOTS as u64).unwrap_or(0)];
        match slot {
            Some(slot) if slot.hash == hash && is_key(&slot.key, names) => slot.found,
            _ => {
                let found = search();
                *slot = Some(Slot { hash, key: key(names), found });
                found
            }
        }
    }
}

/// Hashes the names that are there; the derived hash would also feed eight bytes for each that is not.
fn hash(hasher: &RandomState, names: Names<'_>) -> u64 {
    let mut hasher = hasher.build_hasher();
    for (place, name) in names.into_iter().enumerate() {
        if let Some(name) = name {
            hasher.write(name.as_bytes());
            hasher.write_u8(u8::try_from(place).unwrap_or(u8::MAX));
        }
    }
    hasher.finish()
}

fn key(names: Names<'_>) -> Box<str> {
    let mut key = String::new();
    for name in names {
        key.push_str(name.map_or("\u{1}", |name| name));
        key.push('\u{0}');
    }
    key.into()
}

fn is_key(key: &str, names: Names<'_>) -> bool {
    let mut rest = key;
    for name in names {
        let Some(after) =
            rest.strip_prefix(name.unwrap_or("\u{1}")).and_then(|after| after.strip_prefix('\u{0}'))
        else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(texts: &[Option<String>; 5]) -> Names<'_> {
        [0, 1, 2, 3, 4].map(|place| texts[place].as_deref())
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_only(
            mine in prop::array::uniform5(prop::option::of("[a-c]{0,2}")),
            other in prop::array::uniform5(prop::option::of("[a-c]{0,2}")),
        ) {
            prop_assert!(is_key(&key(names(&mine)), names(&mine)));
            prop_assert_eq!(is_key(&key(names(&mine)), names(&other)), mine == other);
        }
    }
}
