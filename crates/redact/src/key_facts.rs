//! What the key of an attribute says of its value, remembered.

use std::cell::RefCell;
use std::hash::Hasher;
use std::rc::Rc;

use crate::attributes::{KeyHasher, Role, role};
use crate::scan::SecretName;

/// So many keys are remembered per thread, up to 80 KB of them; a power of two. Keys are what the program's spans have, so
/// whatever these hold stays in memory until others take its place.
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

/// A key, and what it says.
type Known = (Box<str>, KeyFacts);

thread_local! {
    static KNOWN: RefCell<Vec<Option<Known>>> = const { RefCell::new(Vec::new()) };
}

/// Returns what a key says.
///
/// The spans of a program have the same few dozen keys again and again, so that looking one up is most often all. Each key
/// has one slot, which it loses to the next that has the same: keys that were made to collide cost no more than others.
pub(crate) fn key_facts(key: &str) -> KeyFacts {
    if key.len() > LONGEST {
        return KeyFacts::read(key);
    }
    let mut hasher = KeyHasher::default();
    hasher.write(key.as_bytes());
    let slot = hasher.finish() as usize % SLOTS;
    let known = KNOWN.try_with(|known| {
        let mut known = known.borrow_mut();
        if known.is_empty() {
            known.resize(SLOTS, None);
        }
        match &known[slot] {
            Some((text, facts)) if **text == *key => facts.clone(),
            _ => {
                let facts = KeyFacts::read(key);
                known[slot] = Some((key.into(), facts.clone()));
                facts
            }
        }
    });
    // On a thread that ends, the slots may be gone already.
    known.unwrap_or_else(|_| KeyFacts::read(key))
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
}
