//! What is known of one trace, and what is due with it when.

use std::collections::HashSet;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::SpanId;

use crate::delay::later;
use crate::schedule::Delay;
use crate::segment::{Slot, Verdict};
use crate::trace_table::TraceLimits;
use crate::{SegmentKind, Span};

/// All that is known of a trace.
pub(crate) struct Trace {
    pub(crate) open_roots: Vec<SpanId>,
    /// Whether a local root of the current round was ever announced or seen.
    pub(crate) has_root: bool,
    pub(crate) is_open: bool,
    pub(crate) is_touched: bool,
    /// The trace's number in the order in which traces were first heard of.
    pub(crate) number: u64,
    /// Counts openings and closings.
    pub(crate) epoch: u32,
    pub(crate) pending: Vec<Span>,
    pub(crate) pending_bytes: usize,
    pub(crate) slots: Vec<Slot>,
    pub(crate) opened: Instant,
    pub(crate) last_activity: Instant,
    pub(crate) roots_ended: Instant,
    pub(crate) pending_since: Instant,
    pub(crate) scheduled: Option<Instant>,
    /// The stage that has asked for the end of the trace to come again.
    pub(crate) waits_at: Option<usize>,
    pub(crate) replayed: Option<Box<Replayed>>,
}

/// What is known of a trace that comes out of a file.
pub(crate) struct Replayed {
    /// The ids of all spans seen, which tell roots.
    pub(crate) seen: HashSet<SpanId>,
    /// The latest end of a span: the trace's place in the order of decisions.
    pub(crate) latest_end: SystemTime,
}

impl Default for Replayed {
    fn default() -> Self {
        Self { seen: HashSet::new(), latest_end: SystemTime::UNIX_EPOCH }
    }
}

impl Trace {
    pub(crate) fn new(number: u64, now: Instant) -> Self {
        Self {
            number,
            open_roots: Vec::new(),
            has_root: false,
            is_open: true,
            is_touched: false,
            epoch: 0,
            pending: Vec::new(),
            pending_bytes: 0,
            slots: Vec::new(),
            opened: now,
            last_activity: now,
            roots_ended: now,
            pending_since: now,
            scheduled: None,
            waits_at: None,
            replayed: None,
        }
    }

    /// Starts a new round: state stays, decisions do not.
    pub(crate) fn reopen(&mut self, now: Instant) {
        self.is_open = true;
        self.epoch = self.epoch.wrapping_add(1);
        self.has_root = false;
        self.open_roots.clear();
        self.opened = now;
        self.last_activity = now;
        for slot in &mut self.slots {
            slot.verdict = Verdict::Undecided;
        }
    }

    pub(crate) fn root_ended(&mut self, root: SpanId, now: Instant) {
        self.has_root = true;
        self.open_roots.retain(|open| *open != root);
        if self.open_roots.is_empty() {
            self.roots_ended = now;
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.has_root && self.open_roots.is_empty()
    }

    pub(crate) fn has_spans(&self) -> bool {
        !self.pending.is_empty() || self.slots.iter().any(|slot| slot.held.is_some())
    }

    /// Returns since when the trace takes part of the byte budget.
    pub(crate) fn occupied_since(&self) -> Instant {
        if self.slots.iter().any(|slot| slot.held.is_some()) { self.opened } else { self.pending_since }
    }

    /// Returns when something is due, and what, if nothing else happens until then.
    pub(crate) fn due(&self, limits: &TraceLimits) -> Due {
        let too_old = Due {
            at: later(self.opened, limits.max_age),
            delay: Delay::MaxAge,
            kind: SegmentKind::Last,
            forced: true,
        };
        if self.is_complete() {
            let at = later(self.roots_ended, limits.grace);
            let complete = Due { at, delay: Delay::Grace, kind: SegmentKind::Last, forced: false };
            return if at <= too_old.at { complete } else { too_old };
        }
        let mut next = too_old;
        if !self.has_root {
            let at = later(self.last_activity, limits.linger);
            if at <= next.at {
                next = Due { at, delay: Delay::Linger, kind: SegmentKind::Last, forced: false };
            }
        }
        if !self.pending.is_empty() {
            let at = later(self.pending_since, limits.linger);
            if at < next.at {
                next = Due { at, delay: Delay::Linger, kind: SegmentKind::Early, forced: false };
            }
        }
        next
    }
}

/// What is to be done with a trace, and when.
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) delay: Delay,
    pub(crate) kind: SegmentKind,
    pub(crate) forced: bool,
}
