//! Maps by ids and hashes that are random already.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys need no strong hash: span ids, and hashes that were made with a secret.
///
/// With the standard hash the maps of a segment cost a fifth of the enricher's time (2026-11).
pub(crate) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A quick hash: of span ids, and of names that nobody chooses to collide (scopes, models). The multiplier is 2^64 divided by the golden ratio.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_a_row_keep_apart() {
        let map: IdMap<u64, u64> = (0..1000).map(|id| (id, id)).collect();
        assert!((0..1000).all(|id| map.get(&id) == Some(&id)));
        let hash = |id: u64| {
            let mut hasher = IdHasher::default();
            hasher.write_u64(id);
            hasher.finish() >> 57
        };
        assert!((1..100).map(hash).collect::<std::collections::HashSet<_>>().len() > 50);
    }
}
