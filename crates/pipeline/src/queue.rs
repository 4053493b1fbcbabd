//! The one bounded queue between the threads that end spans and the pipeline's worker.

use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, Status, TraceId};
use opentelemetry_sdk::trace::SpanData;

use crate::delay::later;
use crate::line::DropCounts;
use crate::repair::Repairs;
use crate::trace_table::SegmentCounts;
use crate::worker::Answers;

/// Which spans may make their thread wait when the queue is full; see
/// [`PipelineBuilder::block_on_full`](crate::PipelineBuilder::block_on_full).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockFor {
    /// Only local roots: at most one wait per request.
    Roots,
    /// Every span.
    All,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
    pub(crate) block: Option<(Duration, BlockFor)>,
}

/// So many spans and so many bytes.
#[derive(Clone, Copy, Debug)]
struct Amount {
    spans: usize,
    bytes: usize,
}

/// Keeps the queue's lock off the cache lines of what lies beside it: reading the limits next to a contended lock
/// cost 100 ns per span by false sharing.
#[repr(align(128))]
struct Padded<T>(T);

pub(crate) struct Queue {
    /// All there is room for.
    all: Amount,
    /// The part that ordinary spans may fill. The rest is for local roots and errors, because roots end last, when a
    /// burst has filled the queue already, and a trace without its root is worth little.
    ordinary: Amount,
    /// Wakes the worker when this much is queued: early enough that it drains before the queue is full, late enough
    /// that the wake-up's system call is shared by many spans. The stock processor wakes at 512 of 2048.
    wake_at: Amount,
    block: Option<(Duration, BlockFor)>,
    state: Padded<Mutex<QueueState>>,
    /// Tells the worker that there is something to do.
    work: Condvar,
    /// Tells waiting callers that there is room.
    room: Condvar,
}

/// A span on its way to the worker.
pub(crate) struct Queued {
    pub(crate) span: SpanData,
    pub(crate) size: usize,
}

/// A local root that has started, or one that has ended and whose span was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RootEvent {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

/// What the worker takes out at a time.
pub(crate) struct Drained {
    pub(crate) spans: Vec<Queued>,
    pub(crate) roots_started: Vec<RootEvent>,
    pub(crate) roots_lost: Vec<RootEvent>,
    pub(crate) requests: Vec<Request>,
}

/// What somebody waits for. The worker answers once all that was queued before has been handed to the exporters,
/// with what the exporters will answer themselves.
pub(crate) enum Request {
    Flush { answer: SyncSender<Answers> },
    Shutdown { deadline: Instant, answer: SyncSender<Answers> },
}

/// Where every span that ever came is now. Written under the queue's lock, so that one look is consistent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) queue_full: u64,
    pub(crate) after_shutdown: u64,
    pub(crate) turned_away: u64,
    pub(crate) unannounced_roots: u64,
    pub(crate) in_worker: usize,
    pub(crate) pending: usize,
    pub(crate) held: usize,
    pub(crate) dropped: DropCounts,
    pub(crate) delivered: u64,
    pub(crate) panics: u64,
    pub(crate) repairs: Repairs,
    pub(crate) segments: SegmentCounts,
    pub(crate) open_traces: usize,
    pub(crate) closed_traces: usize,
}

pub(crate) struct QueueState {
    pub(crate) spans: Vec<Queued>,
    bytes: usize,
    pub(crate) received: u64,
    roots_started: Vec<RootEvent>,
    roots_lost: Vec<RootEvent>,
    requests: Vec<Request>,
    woken: bool,
    waiting: usize,
    pub(crate) closed: bool,
    pub(crate) ledger: Ledger,
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        let QueueLimits { spans, bytes, block } = limits;
        let state = QueueState {
            spans: Vec::with_capacity(spans),
            bytes: 0,
            received: 0,
            roots_started: Vec::with_capacity(spans),
            roots_lost: Vec::with_capacity(spans),
            requests: Vec::new(),
            woken: false,
            waiting: 0,
            closed: false,
            ledger: Ledger::default(),
        };
        Self {
            all: Amount { spans, bytes },
            ordinary: Amount { spans: spans - spans / 10, bytes: bytes - bytes / 10 },
            wake_at: Amount { spans: spans.div_ceil(4), bytes: bytes / 4 },
            block,
            state: Padded(Mutex::new(state)),
            work: Condvar::new(),
            room: Condvar::new(),
        }
    }

    /// Makes the buffers that the worker swaps in for full ones.
    pub(crate) fn empty_buffers(&self) -> Drained {
        Drained {
            spans: Vec::with_capacity(self.all.spans),
            roots_started: Vec::with_capacity(self.all.spans),
            roots_lost: Vec::with_capacity(self.all.spans),
            requests: Vec::new(),
        }
    }

    /// Returns how many spans wait, if ordinary ones find no room any more.
    pub(crate) fn full(&self) -> Option<usize> {
        let state = self.lock();
        let queued = state.spans.len();
        (queued >= self.ordinary.spans || state.bytes >= self.ordinary.bytes).then_some(queued)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, QueueState> {
        // Nothing panics under this lock; if it did, the counts would still be the best there is.
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an ended span, or counts why not.
    ///
    /// Inlined, and what is rare kept out of it, so that the span is copied once: from the caller's stack to its
    /// place in the queue.
    #[inline]
    pub(crate) fn push(&self, queued: Queued, is_root: bool) {
        let size = queued.size;
        let is_error = matches!(queued.span.status, Status::Error { .. });
        let limit = if is_root || is_error { &self.all } else { &self.ordinary };
        let mut state = self.lock();
        state.received += 1;
        if state.closed || state.is_full(size, limit) {
            self.push_if_room(state, queued, is_root, limit);
            return;
        }
        state.bytes += size;
        state.spans.push(queued);
        if !state.woken && state.reaches(&self.wake_at) {
            self.wake(&mut state);
        }
    }

    /// Waits for room if that is asked for; else, or in vain, counts the span as refused.
    #[cold]
    #[inline(never)]
    fn push_if_room(
        &self,
        mut state: MutexGuard<'_, QueueState>,
        queued: Queued,
        is_root: bool,
        limit: &Amount,
    ) {
        let size = queued.size;
        if let Some((patience, which)) = self.block
            && (is_root || which == BlockFor::All)
        {
            let deadline = later(Instant::now(), patience);
            self.wake(&mut state);
            state.waiting += 1;
            while !state.closed && state.is_full(size, limit) {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                state = self.room.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            state.waiting -= 1;
        }
        if !state.closed && !state.is_full(size, limit) {
            state.bytes += size;
            state.spans.push(queued);
            return;
        }
        if state.closed {
            state.ledger.after_shutdown += 1;
        } else {
            state.ledger.queue_full += 1;
        }
        if is_root {
            state.note_lost_root(&queued.span);
        }
        if !state.woken {
            self.wake(&mut state);
        }
        drop(state);
        // Freed outside the lock: a span can own megabytes.
        drop(queued);
    }

    /// Counts a span that ended on one of the pipeline's own threads and goes nowhere.
    #[cold]
    pub(crate) fn turn_away(&self, span: &SpanData, is_root: bool) {
        let mut state = self.lock();
        state.ledger.turned_away += 1;
        if is_root {
            state.note_lost_root(span);
        }
    }

    /// Announces a local root. When too many come between two looks of the worker, a trace may go unannounced; it
    /// then ends when it has been idle for a while.
    pub(crate) fn announce(&self, root: RootEvent) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        if state.roots_started.len() < state.roots_started.capacity() {
            state.roots_started.push(root);
        } else {
            state.ledger.unannounced_roots += 1;
        }
        if !state.woken && state.roots_started.len() >= self.wake_at.spans {
            self.wake(&mut state);
        }
    }

    /// Asks for a flush. Without a worker nobody is there to answer: the request is dropped, and its channel with it.
    pub(crate) fn request(&self, request: Request) {
        let mut state = self.lock();
        if !state.closed {
            state.requests.push(request);
            self.wake(&mut state);
        }
    }

    /// Refuses spans from now on and asks the worker to finish. Returns whether this call was the first.
    pub(crate) fn close(&self, request: Request) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        state.closed = true;
        state.requests.push(request);
        self.wake(&mut state);
        self.room.notify_all();
        true
    }

    /// Refuses spans because the worker is gone, and lets go of those who wait for it.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let requests = std::mem::take(&mut state.requests);
        self.room.notify_all();
        drop(state);
        drop(requests);
    }

    /// Waits until there is something to do or `until` is reached, and swaps the full buffers for `buffers`.
    pub(crate) fn drain(&self, buffers: &mut Drained, until: Instant) {
        let mut state = self.lock();
        while !state.woken {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.woken = false;
        state.bytes = 0;
        state.ledger.in_worker += state.spans.len();
        std::mem::swap(&mut state.spans, &mut buffers.spans);
        std::mem::swap(&mut state.roots_started, &mut buffers.roots_started);
        std::mem::swap(&mut state.roots_lost, &mut buffers.roots_lost);
        std::mem::swap(&mut state.requests, &mut buffers.requests);
        if state.waiting > 0 {
            self.room.notify_all();
        }
    }

    #[cold]
    fn wake(&self, state: &mut QueueState) {
        state.woken = true;
        self.work.notify_one();
    }
}

impl QueueState {
    /// Passes on that a root has ended whose span is lost, or its trace would stay open.
    fn note_lost_root(&mut self, span: &SpanData) {
        if self.roots_lost.len() < self.roots_lost.capacity() {
            let context = &span.span_context;
            self.roots_lost.push(RootEvent { trace_id: context.trace_id(), span_id: context.span_id() });
        } else {
            self.ledger.unannounced_roots += 1;
        }
    }

    /// A span larger than the whole budget is let into an empty queue: bounded memory, but no span that can never
    /// pass.
    #[inline]
    fn is_full(&self, size: usize, limit: &Amount) -> bool {
        self.spans.len() >= limit.spans || (self.bytes + size > limit.bytes && !self.spans.is_empty())
    }

    #[inline]
    fn reaches(&self, amount: &Amount) -> bool {
        self.spans.len() >= amount.spans || self.bytes >= amount.bytes
    }
}
