//! The stage that limits rates.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use otel_genai_pipeline::{Segment, SegmentKind, Span, Stage};

use super::RateKey;
use super::backstop::{Backstop, SegmentClock};
use super::demand::Demand;
use super::log::RefusalLog;
use crate::mark::{Leaves, ThresholdWriter, randomness};
use crate::span_reading::is_error;
use crate::{OtelTraceState, Threshold};

/// How many keys have a rate of their own (1,000); those above share one.
pub const DEFAULT_MAX_KEYS: usize = 1000;

/// A key that nothing came under for so long makes room for another.
const IDLE: Duration = Duration::from_secs(60);

/// Reasons for drops.
const THINNED: &str = "rate_limit";
const BACKSTOP: &str = "rate_limit_backstop";
const ERRORS: &str = "rate_limit_errors";

/// Lets so many traces, or spans, a second pass; whole traces are admitted or refused together.
///
/// Two limits, one behind the other:
///
/// * **The threshold.** Ten times a second, the limiter works out from the rate of what came the threshold at which no more
///   than the allowed rate passes, and raises `ot=th` to it. Which traces pass, their randomness decides, so those that
///   pass stand for those that do not and totals stay known. Traces with an error are not thinned.
/// * **The backstop.** What comes faster than the threshold follows, or has an error, meets a hard limit (GCRA, crate
///   `governor`). A trace that is admitted within a second of a refusal was admitted by luck, so `th` is erased from it.
///
/// While the threshold thins, a running trace is held, because an error yet to come decides whether it is thinned.
/// Dropped spans are counted under `rate_limit` (by the threshold), `rate_limit_backstop` and `rate_limit_errors` (by
/// the backstop, traces with an error), and told in the log once a minute. The limiter never sleeps; time is the
/// segments' time, so a replay limits in the time of the recorded spans.
///
/// It belongs behind the tail sampler and must be the last stage that drops traces.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// use otel_genai_sampling::{RateKey, RateLimiter};
///
/// let limiter = RateLimiter::traces_per_second(NonZeroU32::new(100).expect("not zero"))
///     .burst(NonZeroU32::new(300).expect("not zero"))
///     .per(RateKey::Tenant)
///     .max_wait(Duration::from_secs(2));
/// # let _ = limiter;
/// ```
#[derive(Debug)]
pub struct RateLimiter {
    unit: Unit,
    rate: NonZeroU32,
    burst: NonZeroU32,
    key: Option<RateKey>,
    max_wait: Duration,
    max_keys: usize,
    clock: SegmentClock,
    limits: HashMap<Arc<str>, Limit>,
    /// Of the traces without a key, and of those above `max_keys`.
    shared: Option<Limit>,
    swept: Option<SystemTime>,
    thresholds: ThresholdWriter,
    log: RefusalLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Traces,
    Spans,
}

#[derive(Debug)]
struct Limit {
    demand: Demand,
    backstop: Backstop,
    used: SystemTime,
}

/// What the limiter remembers of a trace.
#[derive(Debug, Default)]
struct TraceMemory {
    seen: Option<Seen>,
    /// How the spans of an admitted trace leave.
    admitted: Option<Leaves>,
    has_ended: bool,
}

#[derive(Clone, Debug)]
struct Seen {
    key: Option<Arc<str>>,
    /// The threshold of the limit when the trace came.
    threshold: Threshold,
    has_error: bool,
    /// The threshold that it came with, once it was counted as having arrived.
    arrived_with: Option<Threshold>,
    waits_since: Option<SystemTime>,
}

impl RateLimiter {
    /// Lets so many traces a second pass, and as many at once.
    pub fn traces_per_second(rate: NonZeroU32) -> Self {
        Self::new(Unit::Traces, rate)
    }

    /// Lets so many spans a second pass, and as many at once. A trace with more spans than the burst is admitted whole;
    /// those after it wait for what it took.
    pub fn spans_per_second(rate: NonZeroU32) -> Self {
        Self::new(Unit::Spans, rate)
    }

    fn new(unit: Unit, rate: NonZeroU32) -> Self {
        Self {
            unit,
            rate,
            burst: rate,
            key: None,
            max_wait: Duration::ZERO,
            max_keys: DEFAULT_MAX_KEYS,
            clock: SegmentClock::default(),
            limits: HashMap::new(),
            shared: None,
            swept: None,
            thresholds: ThresholdWriter::default(),
            log: RefusalLog::default(),
        }
    }

    /// Sets how much may pass at once; by default what passes in a second.
    #[must_use]
    pub fn burst(mut self, burst: NonZeroU32) -> Self {
        self.burst = burst;
        self
    }

    /// Gives each value of this a rate of its own, at most [`max_keys`](Self::max_keys) of them. Traces without a value
    /// share one.
    #[must_use]
    pub fn per(mut self, key: RateKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets how many keys have a rate of their own; default [`DEFAULT_MAX_KEYS`].
    #[must_use]
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.max_keys = keys;
        self
    }

    /// Sets how long a trace that the backstop refuses is held for another try; by default not at all. One that has ended
    /// is tried every 100 ms, one that runs when more of it comes. What waited carries no threshold. In a replay nothing
    /// waits.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    fn cost(&self, spans: usize) -> u64 {
        match self.unit {
            Unit::Traces => 1,
            Unit::Spans => spans as u64,
        }
    }

    /// Looks at a trace for the first time.
    fn meet(&mut self, segment: &mut Segment<'_>, now: SystemTime) -> Seen {
        let key = self.key.as_ref().and_then(|key| key.read(segment.spans().iter()));
        let key = key.and_then(|key| self.known_key(&key, now));
        let (allowed, burst) = (f64::from(self.rate.get()), f64::from(self.burst.get()));
        let threshold = self.limit(key.as_ref(), now).demand.threshold(now, allowed, burst);
        Seen { key, threshold, has_error: false, arrived_with: None, waits_since: None }
    }

    /// Returns the key, if it has a rate of its own or gets one now.
    fn known_key(&mut self, key: &str, now: SystemTime) -> Option<Arc<str>> {
        if let Some((key, _)) = self.limits.get_key_value(key) {
            return Some(Arc::clone(key));
        }
        if self.limits.len() >= self.max_keys {
            let age = |since: SystemTime| now.duration_since(since).unwrap_or_default();
            // A look at all keys, so not for every trace.
            if self.swept.is_none_or(|swept| age(swept) >= Duration::from_secs(1)) {
                self.swept = Some(now);
                self.limits.retain(|_, limit| age(limit.used) < IDLE);
            }
        }
        (self.limits.len() < self.max_keys).then(|| Arc::from(key))
    }

    fn limit(&mut self, key: Option<&Arc<str>>, now: SystemTime) -> &mut Limit {
        let new = || Limit {
            demand: Demand::default(),
            backstop: Backstop::new(self.rate, self.burst, self.clock.clone()),
            used: now,
        };
        let limit = match key {
            Some(key) => self.limits.entry(Arc::clone(key)).or_insert_with(new),
            None => self.shared.get_or_insert_with(new),
        };
        limit.used = limit.used.max(now);
        limit
    }

    /// Decides about a trace of which nothing was decided; gives it back where it has to wait.
    fn decide(&mut self, segment: &mut Segment<'_>, mut seen: Seen, now: SystemTime) -> Option<Seen> {
        let held = segment.held_mut().len();
        let cost = self.cost(held + segment.spans().len());
        let came_with = threshold_of(segment);
        let thinned_to = came_with.unwrap_or(Threshold::ALWAYS).max(seen.threshold);
        let is_thinned = !seen.has_error && came_with.unwrap_or(Threshold::ALWAYS) < seen.threshold;
        if is_thinned && segment.hold() {
            // An error may yet come.
            return Some(seen);
        }
        let limit = self.limit(seen.key.as_ref(), now);
        if seen.arrived_with.is_none() {
            let arrived_with = *seen.arrived_with.insert(came_with.unwrap_or(Threshold::ALWAYS));
            limit.demand.note(cost as f64, 1.0, arrived_with, seen.has_error);
        }
        if is_thinned && !thinned_to.keeps(randomness(segment)) {
            self.log.note(now, |refusals| refusals.thinned += 1);
            segment.drop_trace(THINNED);
            return None;
        }
        if !limit.backstop.admits(cost, now) {
            let since = *seen.waits_since.get_or_insert(now);
            let may_wait = now.duration_since(since).unwrap_or_default() < self.max_wait;
            if may_wait && (segment.hold() || segment.wait()) {
                return Some(seen);
            }
            let has_error = seen.has_error;
            self.log.note(now, |refusals| {
                *(if has_error { &mut refusals.errors } else { &mut refusals.backstop }) += 1;
            });
            segment.drop_trace(if has_error { ERRORS } else { BACKSTOP });
            return None;
        }
        let leaves = if seen.waits_since.is_some() || limit.backstop.is_saturated(now) {
            Leaves::Without
        } else if is_thinned {
            Leaves::AtLeast(thinned_to, None)
        } else {
            Leaves::AsItCame
        };
        self.admit(segment, leaves);
        segment.release();
        segment.state::<TraceMemory>().admitted = Some(leaves);
        Some(seen)
    }

    fn admit(&mut self, segment: &mut Segment<'_>, leaves: Leaves) {
        let parts = segment.split::<TraceMemory>();
        for span in parts.held.iter_mut().chain(parts.spans) {
            self.thresholds.write(span, leaves);
        }
    }
}

impl TraceMemory {
    /// Tells whether the trace has ended and waits for another try.
    fn is_waiting(&self) -> bool {
        self.admitted.is_none() && self.seen.as_ref().is_some_and(|seen| seen.waits_since.is_some())
    }
}

impl Stage for RateLimiter {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let (kind, now) = (segment.kind(), segment.time());
        self.clock.set(now);
        self.log.look(now);
        let memory = segment.state::<TraceMemory>();
        if memory.has_ended && kind != SegmentKind::Late && !memory.is_waiting() {
            *memory = TraceMemory::default();
        }
        memory.has_ended |= kind == SegmentKind::Last;
        let (admitted, seen) = (memory.admitted, memory.seen.take());
        if let Some(leaves) = admitted {
            let spans = segment.spans().len();
            if self.unit == Unit::Spans
                && spans > 0
                && let Some(seen) = &seen
            {
                let limit = self.limit(seen.key.as_ref(), now);
                limit.backstop.charge(spans as u64);
                let arrived_with = seen.arrived_with.unwrap_or(Threshold::ALWAYS);
                limit.demand.note(spans as f64, 0.0, arrived_with, seen.has_error);
            }
            self.admit(segment, leaves);
            segment.state::<TraceMemory>().seen = seen;
            return;
        }
        if segment.spans().is_empty() && segment.held_mut().is_empty() {
            // Nothing of the trace has come through, so it takes nothing.
            return;
        }
        let mut seen = match seen {
            Some(seen) => seen,
            None => self.meet(segment, now),
        };
        seen.has_error |= segment.spans().iter().any(is_error);
        if seen.waits_since.is_some() {
            // Late spans join those that wait without being shown.
            seen.has_error |= segment.held_mut().iter().any(is_error);
        }
        let seen = self.decide(segment, seen, now);
        segment.state::<TraceMemory>().seen = seen;
    }
}

/// Returns the threshold that the trace came with, which all its spans have.
fn threshold_of(segment: &mut Segment<'_>) -> Option<Threshold> {
    let read = |span: &Span| OtelTraceState::of(span.trace_state()).threshold();
    let first = segment.held_mut().first().map(read);
    first.unwrap_or_else(|| segment.spans().first().and_then(read))
}
