//! The hard limit, for what the threshold cannot foresee.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

/// How long after a refusal what is admitted counts as chosen by luck.
const SATURATION: Duration = Duration::from_secs(1);

/// The time of the segments, in nanoseconds since the first. It never goes back.
#[derive(Clone, Debug, Default)]
pub(crate) struct SegmentClock {
    start: Option<SystemTime>,
    now: Arc<AtomicU64>,
}

impl SegmentClock {
    pub(crate) fn set(&mut self, time: SystemTime) {
        let start = *self.start.get_or_insert(time);
        let age = time.duration_since(start).unwrap_or_default().as_nanos();
        self.now.fetch_max(u64::try_from(age).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Clock for SegmentClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.now.load(Ordering::Relaxed))
    }
}

/// A limit of so much a second, with so much at once.
#[derive(Debug)]
pub(crate) struct Backstop {
    limiter: RateLimiter<NotKeyed, InMemoryState, SegmentClock, NoOpMiddleware<Nanos>>,
    burst: NonZeroU32,
    /// What admitted traces brought later, or above the burst, and what others must wait for.
    debt: u64,
    saturated_until: Option<SystemTime>,
}

impl Backstop {
    pub(crate) fn new(rate: NonZeroU32, burst: NonZeroU32, clock: SegmentClock) -> Self {
        let quota = Quota::per_second(rate).allow_burst(burst);
        Self { limiter: RateLimiter::direct_with_clock(quota, clock), burst, debt: 0, saturated_until: None }
    }

    /// Takes `cost`, if there is anything left. A cost above the burst is taken as a debt.
    pub(crate) fn admits(&mut self, cost: u64, now: SystemTime) -> bool {
        let is_admitted = self.pays_debt() && self.takes(cost.min(u64::from(self.burst.get())));
        if is_admitted {
            self.debt += cost.saturating_sub(u64::from(self.burst.get()));
        } else {
            self.saturated_until = Some(now + SATURATION);
        }
        is_admitted
    }

    /// Takes what cannot be refused any more.
    pub(crate) fn charge(&mut self, cost: u64) {
        self.debt = self.debt.saturating_add(cost);
    }

    /// Tells whether others were refused just now, so that who is admitted is so by luck.
    pub(crate) fn is_saturated(&self, now: SystemTime) -> bool {
        self.saturated_until.is_some_and(|until| now < until)
    }

    fn pays_debt(&mut self) -> bool {
        while self.debt > 0 {
            let part = self.debt.min(u64::from(self.burst.get()));
            if !self.takes(part) {
                return false;
            }
            self.debt -= part;
        }
        true
    }

    /// Takes at most the burst.
    fn takes(&self, cost: u64) -> bool {
        let Some(cost) = u32::try_from(cost).ok().and_then(NonZeroU32::new) else { return true };
        matches!(self.limiter.check_n(cost), Ok(Ok(())))
    }
}
