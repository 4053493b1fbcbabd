//! Calls that were seen in other traces, by response id.

use std::collections::VecDeque;

use opentelemetry::trace::TraceId;

use crate::id_map::IdMap;
use crate::twins::Sighting;

/// The newest calls with a response id of which the enricher remembers the counting span, whatever their trace: 10,000,
/// about 2 MB. A twin in another trace (of a callback without context, or of a gateway) ends within seconds of the call.
pub const REMEMBERED_RESPONSES: usize = 10_000;

/// A bounded memory of the spans that count, by response id.
#[derive(Debug, Default)]
pub(crate) struct ResponseMemory {
    known: IdMap<u64, (TraceId, Sighting)>,
    order: VecDeque<u64>,
}

impl ResponseMemory {
    /// Returns the counting span of the same call, unless it is this very span.
    pub(crate) fn twin(&self, trace: TraceId, sighting: &Sighting) -> Option<&Sighting> {
        let (known_trace, known) = self.known.get(&sighting.response?.hash)?;
        let is_itself = *known_trace == trace && known.span == sighting.span;
        (!is_itself && known.same_response(sighting) == Some(true)).then_some(known)
    }

    /// Remembers the counting span of a call under a response id.
    pub(crate) fn remember(&mut self, trace: TraceId, response: u64, counting: &Sighting) {
        if self.known.insert(response, (trace, counting.clone())).is_some() {
            return;
        }
        self.order.push_back(response);
        if self.order.len() > REMEMBERED_RESPONSES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
