//! The open spans whose start attributes are not in their context.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use opentelemetry::trace::SpanId;

use crate::StartAttributes;

/// How many such spans may be open at once; beyond it their children on other threads get no start attributes. A span
/// that never ends stays, so there has to be a bound; at some 50 bytes each this one is 3 MB.
const MAX_SPANS: usize = 65_536;

/// Start attributes by span, for the whole process: a context does not say whose provider's spans are in it.
pub(crate) struct Adopted {
    /// Read by every start and end of a span, written only for the few spans that are in here.
    count: AtomicUsize,
    sets: Mutex<Option<HashMap<SpanId, StartAttributes>>>,
}

pub(crate) static ADOPTED: Adopted = Adopted::new();

impl Adopted {
    const fn new() -> Self {
        Self { count: AtomicUsize::new(0), sets: Mutex::new(None) }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    pub(crate) fn insert(&self, span: SpanId, set: StartAttributes) {
        let mut sets = self.lock();
        let sets = sets.get_or_insert_with(HashMap::new);
        if sets.len() < MAX_SPANS {
            sets.insert(span, set);
            self.count.store(sets.len(), Ordering::Release);
        }
    }

    pub(crate) fn get(&self, span: SpanId) -> Option<StartAttributes> {
        self.lock().as_ref()?.get(&span).cloned()
    }

    pub(crate) fn remove(&self, span: SpanId) {
        let mut sets = self.lock();
        let removed = sets.as_mut().and_then(|sets| sets.remove(&span));
        self.count.store(sets.as_ref().map_or(0, HashMap::len), Ordering::Release);
        drop(sets);
        // What a set owns is freed outside the lock.
        drop(removed);
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<SpanId, StartAttributes>>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;

    use super::*;

    #[test]
    fn what_has_ended_is_forgotten_and_more_than_the_bound_is_not_taken() {
        let adopted = Adopted::new();
        let set = StartAttributes::new([KeyValue::new("k", "v")]);
        let spans = 1..=MAX_SPANS as u64 + 1;
        spans.clone().for_each(|span| adopted.insert(SpanId::from(span), set.clone()));
        assert_eq!(adopted.get(SpanId::from(1)), Some(set.clone()));
        assert_eq!(adopted.get(SpanId::from(MAX_SPANS as u64 + 1)), None);
        spans.for_each(|span| adopted.remove(SpanId::from(span)));
        assert!(adopted.is_empty());
        assert_eq!(adopted.get(SpanId::from(1)), None);
    }
}
