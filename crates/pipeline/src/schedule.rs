//! When to look at which trace next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Instant;

use crate::trace_table::TraceKey;

/// Queues may have this many stale entries, and as many as there are valid ones, before they are cleaned.
pub(crate) const SLACK: usize = 1024;

/// The three things a trace can be waiting for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Delay {
    Grace,
    Linger,
    MaxAge,
}

/// The appointments of all traces.
///
/// Each kind of delay is a constant and time only moves on, so a queue per kind is nearly always in order by itself;
/// a heap alone would cost several cache misses per trace. A trace that is given an earlier appointment leaves its old
/// one behind: the table knows which one is valid.
#[derive(Default)]
pub(crate) struct Schedule {
    queues: [VecDeque<(Instant, TraceKey)>; 3],
    /// Appointments counted from an earlier moment (of spans that have waited a while already).
    strays: BinaryHeap<Reverse<(Instant, TraceKey)>>,
}

impl Schedule {
    pub(crate) fn push(&mut self, delay: Delay, at: Instant, key: TraceKey) {
        let queue = &mut self.queues[delay as usize];
        if queue.back().is_some_and(|(last, _)| *last > at) {
            self.strays.push(Reverse((at, key)));
        } else {
            queue.push_back((at, key));
        }
    }

    /// Takes an appointment whose time has come.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, TraceKey)> {
        if self.strays.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            return self.strays.pop().map(|Reverse(entry)| entry);
        }
        let is_due =
            |queue: &&mut VecDeque<(Instant, TraceKey)>| queue.front().is_some_and(|(at, _)| *at <= now);
        self.queues.iter_mut().find(is_due)?.pop_front()
    }

    /// Returns when the next appointment is.
    pub(crate) fn next(&self) -> Option<Instant> {
        let fronts = self.queues.iter().filter_map(|queue| queue.front()).map(|(at, _)| *at);
        fronts.chain(self.strays.peek().map(|Reverse((at, _))| *at)).min()
    }

    /// Forgets stale entries where they have become too many.
    pub(crate) fn drop_stale(&mut self, expected: usize, is_valid: impl Fn(Instant, &TraceKey) -> bool) {
        for queue in &mut self.queues {
            if queue.len() > 2 * expected + SLACK {
                queue.retain(|(at, key)| is_valid(*at, key));
            }
        }
        if self.strays.len() > 2 * expected + SLACK {
            self.strays.retain(|Reverse((at, key))| is_valid(*at, key));
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum::<usize>() + self.strays.len()
    }
}
