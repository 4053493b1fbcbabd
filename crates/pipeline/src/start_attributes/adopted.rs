//! The open spans whose start attributes are not in their context.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use opentelemetry::trace::SpanId;

use super::StartAttributes;

/// Start attributes by span, for the whole process: a context does not say whose provider's spans are in it.
pub(crate) static ADOPTED: Adopted = Adopted::new();

/// So many threads rarely wait for each other.
const SHARDS: usize = 16;

/// How many such spans one shard keeps; beyond it their children on other threads get no start attributes. A span that
/// never ends stays, so there has to be a bound; at some 50 bytes each, 65,536 in all are 3 MB.
const SPANS_PER_SHARD: usize = 4096;

pub(crate) struct Adopted {
    /// Read by every start and end of a span, written only for the few spans that are in here.
    count: AtomicUsize,
    shards: [Mutex<Option<Shard>>; SHARDS],
}

type Shard = HashMap<SpanId, StartAttributes>;

impl Adopted {
    const fn new() -> Self {
        Self { count: AtomicUsize::new(0), shards: [const { Mutex::new(None) }; SHARDS] }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    pub(crate) fn insert(&self, span: SpanId, set: StartAttributes) {
        let mut shard = self.lock(span);
        let shard = shard.get_or_insert_with(HashMap::new);
        if shard.len() < SPANS_PER_SHARD && shard.insert(span, set).is_none() {
            self.count.fetch_add(1, Ordering::Release);
        }
    }

    pub(crate) fn get(&self, span: SpanId) -> Option<StartAttributes> {
        self.lock(span).as_ref()?.get(&span).cloned()
    }

    /// Kept out of the code around it: that is the end of a span, which hardly ever is in here.
    #[cold]
    #[inline(never)]
    pub(crate) fn remove(&self, span: SpanId) {
        // The lock is released before what the set owns is freed.
        let removed = self.lock(span).as_mut().and_then(|shard| shard.remove(&span));
        if removed.is_some() {
            self.count.fetch_sub(1, Ordering::Release);
        }
    }

    fn lock(&self, span: SpanId) -> MutexGuard<'_, Option<Shard>> {
        let [.., last] = span.to_bytes();
        self.shards[usize::from(last) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Span, Tracer, TracerProvider};
    use opentelemetry::{Context, KeyValue};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    #[test]
    fn what_has_ended_is_forgotten_and_more_than_the_bound_is_not_taken() {
        let adopted = Adopted::new();
        let set = StartAttributes::new([KeyValue::new("k", "v")]);
        let bound = (SHARDS * SPANS_PER_SHARD) as u64;
        (1..=bound + 1).for_each(|span| adopted.insert(SpanId::from(span), set.clone()));
        assert_eq!(adopted.get(SpanId::from(1)), Some(set.clone()));
        assert_eq!(adopted.get(SpanId::from(bound + 1)), None);
        // Twice, since a span that is not in here ends too.
        for _ in 0..2 {
            (1..=bound + 1).for_each(|span| adopted.remove(SpanId::from(span)));
            assert!(adopted.is_empty());
        }
        assert_eq!(adopted.get(SpanId::from(1)), None);
    }

    #[test]
    fn a_span_is_in_here_from_its_start_to_its_end() {
        let pipeline = crate::Pipeline::builder().build().expect("builds");
        let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
        let set = StartAttributes::new([KeyValue::new("k", "v")]);
        let start = || provider.tracer("test").start_with_context("s", &Context::new());
        let mut span = set.enter(start);
        let id = span.span_context().span_id();
        assert_eq!(ADOPTED.get(id), Some(set));
        span.end();
        assert_eq!(ADOPTED.get(id), None);
        assert_eq!(ADOPTED.get(start().span_context().span_id()), None);
    }
}
