//! What the key of an attribute says of its value, and which value was last found clean, remembered.

use std::cell::RefCell;
use std::hash::Hasher;
use std::rc::Rc;

use crate::attributes::{KeyHasher, Role, role};
use crate::rule_set::{RuleSetId, Sought};
use crate::scan::SecretName;

/// So many keys are remembered per thread, some 150 KB of them at most; a power of two. Keys are what the program's spans have,
/// so whatever these and their last clean values hold stays in memory until others take its place.
const SLOTS: usize = 512;

/// Longer keys are read each time.
const LONGEST: usize = 128;

/// What is known of an attribute by its key alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyFacts {
    pub(crate) role: Role,
    /// Set if the key names secrets; the value then decides.
    pub(crate) secret_name: Option<Rc<SecretName>>,
}

impl KeyFacts {
    fn read(key: &str) -> Self {
        Self { role: role(key), secret_name: SecretName::of(key).map(Rc::new) }
    }
}

/// Longer values are read each time.
const LONGEST_VALUE: usize = 64;

/// A key, what it says, and the last of its values in which nothing was found.
struct Known {
    key: Box<str>,
    facts: KeyFacts,
    clean: String,
    /// By whom, and looking for what.
    clean_by: Option<(RuleSetId, Sought)>,
}

thread_local! {
    static KNOWN: RefCell<Vec<Option<Known>>> = const { RefCell::new(Vec::new()) };
}

/// Returns what a key says.
///
/// The spans of a program have the same few dozen keys again and again, so that looking one up is most often all. Each key
/// has one slot, which it loses to the next that has the same: keys that were made to collide cost no more than others.
pub(crate) fn key_facts(key: &str) -> KeyFacts {
    // On a thread that ends, the slots may be gone already.
    with_known(key, |known| known.facts.clone()).unwrap_or_else(|| KeyFacts::read(key))
}

/// Tells whether a rule set is known to find nothing in this value, neither by itself nor by its key.
///
/// Most short values are those of the span before: operations, providers, models.
pub(crate) fn is_clean(key: &str, value: &str, rules: RuleSetId, sought: Sought) -> bool {
    value.len() <= LONGEST_VALUE
        && with_known(key, |known| known.clean_by == Some((rules, sought)) && known.clean == value)
            .unwrap_or_default()
}

/// Remembers that a rule set finds nothing in this value.
pub(crate) fn remember_clean(key: &str, value: &str, rules: RuleSetId, sought: Sought) {
    if value.len() <= LONGEST_VALUE {
        with_known(key, |known| {
            known.clean.clear();
            known.clean.push_str(value);
            known.clean_by = Some((rules, sought));
        });
    }
}

/// Calls `work` with what is remembered of a key; `None` if that is nothing.
fn with_known<T>(key: &str, work: impl FnOnce(&mut Known) -> T) -> Option<T> {
    if key.len() > LONGEST {
        return None;
    }
    let mut hasher = KeyHasher::default();
    hasher.write(key.as_bytes());
    let slot = hasher.finish() as usize % SLOTS;
    let work = |known: &RefCell<Vec<Option<Known>>>| {
        let mut known = known.borrow_mut();
        if known.is_empty() {
            known.resize_with(SLOTS, || None);
        }
        let known = &mut known[slot];
        if known.as_ref().is_none_or(|known| *known.key != *key) {
            let facts = KeyFacts::read(key);
            *known = Some(Known { key: key.into(), facts, clean: String::new(), clean_by: None });
        }
        known.as_mut().map(work)
    };
    KNOWN.try_with(work).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_the_same_whenever_it_is_asked() {
        let keys: Vec<String> = (0..4 * SLOTS)
            .map(|number| match number % 4 {
                0 => format!("gen_ai.prompt.{number}.content"),
                1 => format!("app.{number}.api_key"),
                2 => format!("customer.{number}"),
                _ => format!("gen_ai.usage.{number}.{}", "x".repeat(number % 200)),
            })
            .collect();
        for _ in 0..3 {
            for key in &keys {
                assert_eq!(key_facts(key), KeyFacts::read(key), "{key}");
                assert_eq!(key_facts(key), KeyFacts::read(key), "{key}");
            }
        }
    }

    #[test]
    fn a_value_is_clean_for_those_who_looked_and_what_they_looked_for() {
        let (rules, others) = (RuleSetId::next(), RuleSetId::next());
        let (key, value) = ("app.place", "Paris");
        remember_clean(key, value, rules, Sought::NoPersonalData);
        assert!(is_clean(key, value, rules, Sought::NoPersonalData));
        assert!(!is_clean(key, value, rules, Sought::Everything));
        assert!(!is_clean(key, value, others, Sought::NoPersonalData));
        assert!(!is_clean(key, "paris", rules, Sought::NoPersonalData));
        assert!(!is_clean("app.city", value, rules, Sought::NoPersonalData));
        // Only the last one is remembered, and no long one.
        remember_clean(key, "Rome", rules, Sought::NoPersonalData);
        assert!(!is_clean(key, value, rules, Sought::NoPersonalData));
        let long = "x".repeat(LONGEST_VALUE + 1);
        remember_clean(key, &long, rules, Sought::Everything);
        assert!(!is_clean(key, &long, rules, Sought::Everything));
        assert!(is_clean(key, "Rome", rules, Sought::NoPersonalData));
    }
}
