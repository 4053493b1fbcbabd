//! The one place that knows which traces are open, and when a trace is complete.

use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;

use crate::line::{Line, Occasion, UNSAMPLED};
use crate::queue::Ledger;
use crate::repair::{Repairs, repair};
use crate::resource_list::ResourceList;
use crate::schedule::{SLACK, Schedule};
use crate::segment::{LocalRoots, Slot, Verdict};
use crate::trace::{Due, Trace};
use crate::{SegmentKind, Span};

/// When segments are made and how much is remembered.
#[derive(Clone, Debug)]
pub(crate) struct TraceLimits {
    pub(crate) linger: Duration,
    pub(crate) grace: Duration,
    pub(crate) max_age: Duration,
    pub(crate) max_bytes: usize,
    pub(crate) max_open: usize,
    pub(crate) remembered: usize,
}

/// How the table learns that a trace is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// Local roots are announced when they start, and time passes.
    Live,
    /// Spans come from files: no announcements, no timers, and spans need not be sampled to get out.
    Replay,
}

/// What the table takes for an open trace without its spans, in bytes: what it knows of it, a slot per stage, its place in
/// the map and in the schedule, and what the allocator adds. Some 600 were measured over 50,000 traces.
const OPEN_TRACE_BYTES: usize = 768;

/// A trace of one resource: an index into the table's list, and the trace id.
pub(crate) type TraceKey = (u32, [u8; 16]);

/// Spans of one trace that have passed every stage.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) resource: Arc<Resource>,
    pub(crate) spans: Vec<Span>,
    pub(crate) bytes: usize,
}

pub(crate) struct TraceTable {
    line: Line,
    limits: TraceLimits,
    timing: Timing,
    resources: ResourceList,
    traces: HashMap<TraceKey, Box<Trace>>,
    open: usize,
    schedule: Schedule,
    /// Closed traces by age, to forget the oldest; an entry whose epoch is not the trace's is stale.
    closed_queue: VecDeque<(TraceKey, u32)>,
    /// Closed traces at whose end a stage wants to be asked again, and when; an entry whose epoch is not the trace's is
    /// stale.
    waiting: VecDeque<(Instant, TraceKey, u32)>,
    /// The latest time that was told.
    now: Option<Instant>,
    /// The wall clock as the worker last told it: one reading serves all segments that are due then.
    wall_clock: SystemTime,
    /// How many traces there have been, to number them.
    numbered: u64,
    /// Traces that something happened to since the last tick.
    touched: Vec<TraceKey>,
    outputs: Vec<Output>,
    pending: usize,
    pending_bytes: usize,
    /// Spans in `outputs`.
    pub(crate) undelivered: usize,
    repairs: Repairs,
    segments: SegmentCounts,
}

/// Segments run so far, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SegmentCounts {
    pub(crate) early: u64,
    pub(crate) last: u64,
    pub(crate) late: u64,
    pub(crate) forced: u64,
}

impl TraceTable {
    pub(crate) fn new(line: Line, limits: TraceLimits, timing: Timing) -> Self {
        Self {
            line,
            limits,
            timing,
            resources: ResourceList::default(),
            traces: HashMap::new(),
            open: 0,
            schedule: Schedule::default(),
            closed_queue: VecDeque::new(),
            waiting: VecDeque::new(),
            now: None,
            wall_clock: SystemTime::UNIX_EPOCH,
            numbered: 0,
            touched: Vec::new(),
            outputs: Vec::new(),
            pending: 0,
            pending_bytes: 0,
            undelivered: 0,
            repairs: Repairs::default(),
            segments: SegmentCounts::default(),
        }
    }

    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Writes down where the spans are that this table has seen.
    pub(crate) fn write_books(&self, ledger: &mut Ledger) {
        ledger.pending = self.pending;
        ledger.held = self.line.held_spans;
        ledger.dropped.0.clone_from(&self.line.drops.0);
        ledger.panics = self.line.panics;
        ledger.repairs = self.repairs;
        ledger.segments = self.segments;
        ledger.open_traces = self.open;
        ledger.closed_traces = self.traces.len() - self.open;
    }

    /// Returns the index of a resource, equal ones being one.
    pub(crate) fn resource(&mut self, resource: &Arc<Resource>) -> u32 {
        self.resources.index_of(resource)
    }

    /// Notes that a local root has started, which opens or re-opens its trace.
    pub(crate) fn root_started(&mut self, key: TraceKey, root: SpanId, now: Instant) {
        self.open_trace(key, true, now);
        if let Some(trace) = self.traces.get_mut(&key) {
            trace.has_root = true;
            trace.open_roots.push(root);
            trace.last_activity = now;
            touch(trace, key, &mut self.touched);
        }
    }

    /// Notes that a local root has ended whose span was lost before it came here.
    pub(crate) fn root_lost(&mut self, key: TraceKey, root: SpanId, now: Instant) {
        if let Some(trace) = self.traces.get_mut(&key).filter(|trace| trace.is_open) {
            trace.root_ended(root, now);
            trace.last_activity = now;
            touch(trace, key, &mut self.touched);
        }
    }

    /// Files an ended span under its trace.
    pub(crate) fn insert(&mut self, resource: u32, span: Span, size: usize, now: Instant) {
        let key = (resource, span.trace_id().to_bytes());
        let is_replay = self.timing == Timing::Replay;
        self.open_trace(key, is_replay, now);
        let Some(trace) = self.traces.get_mut(&key) else { return };
        if is_replay {
            let replayed = trace.replayed.get_or_insert_default();
            replayed.latest_end = replayed.latest_end.max(span.end_time());
            replayed.seen.insert(span.span_id());
        } else if span.parent_span_id().is_none() || span.has_remote_parent() {
            trace.root_ended(span.span_id(), now);
        }
        if trace.pending.is_empty() {
            trace.pending_since = now;
            // Many traces are a span or two, and `push` alone would make room for four (1.4 KB).
            trace.pending.reserve_exact(1);
        }
        trace.last_activity = now;
        trace.pending.push(span);
        trace.pending_bytes += size;
        touch(trace, key, &mut self.touched);
        self.pending += 1;
        self.pending_bytes += size;
        self.enforce_budget();
    }

    /// Runs what is due: late spans, traces that are complete, and running ones whose spans have waited long enough.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.now = Some(now);
        self.settle_touched();
        while let Some((_, key, epoch)) = self.waiting.front().copied().filter(|(at, ..)| *at <= now) {
            self.waiting.pop_front();
            if is_valid(&self.traces, (key, epoch)) {
                self.resume(key, false);
            }
        }
        while let Some((at, key)) = self.schedule.pop(now) {
            let Some(trace) = self.traces.get_mut(&key).filter(|t| t.is_open && t.scheduled == Some(at))
            else {
                continue;
            };
            trace.scheduled = None;
            let Due { at, kind, forced, .. } = trace.due(&self.limits);
            if at <= now {
                self.run(key, kind, forced);
            }
            self.schedule_trace(key);
        }
        let traces = &self.traces;
        self.schedule.drop_stale(self.open, |at, key| {
            traces.get(key).is_some_and(|trace| trace.scheduled == Some(at))
        });
    }

    /// Tells the time that the segments to come are processed at.
    pub(crate) fn set_wall_clock(&mut self, time: SystemTime) {
        self.wall_clock = time;
    }

    /// Returns when [`tick`](Self::tick) has something to do at the latest.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let asked_again = self.waiting.front().map(|(at, ..)| *at);
        self.schedule.next().into_iter().chain(asked_again).min()
    }

    /// Ends the traces whose local roots have ended, and makes an early segment of what is pending in the others.
    pub(crate) fn flush(&mut self, now: Instant) {
        self.tick(now);
        for key in self.open_keys() {
            let Some(trace) = self.traces.get(&key) else { continue };
            if trace.is_complete() {
                self.run(key, SegmentKind::Last, false);
            } else if !trace.pending.is_empty() {
                self.run(key, SegmentKind::Early, false);
                self.schedule_trace(key);
            }
        }
    }

    /// Ends every open trace, oldest first; `deliver` is called now and then to carry the output away.
    ///
    /// In a replay every trace is complete then; in a live process those whose roots still run are forced.
    pub(crate) fn close_all<E>(
        &mut self,
        mut deliver: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.settle_touched();
        // Nobody is asked again after this.
        self.now = None;
        for (_, key, epoch) in std::mem::take(&mut self.waiting) {
            if is_valid(&self.traces, (key, epoch)) {
                self.resume(key, true);
            }
            if self.undelivered >= CHUNK {
                deliver(self)?;
            }
        }
        for key in self.open_keys() {
            let Some(trace) = self.traces.get(&key) else { continue };
            let is_complete = self.timing == Timing::Replay || trace.is_complete();
            self.run(key, SegmentKind::Last, !is_complete);
            if self.undelivered >= CHUNK {
                deliver(self)?;
            }
        }
        deliver(self)
    }

    #[cfg(test)]
    pub(crate) fn queue_lengths(&self) -> usize {
        self.schedule.len() + self.closed_queue.len()
    }

    /// Takes the spans that have passed every stage.
    pub(crate) fn take_outputs(&mut self) -> Vec<Output> {
        self.undelivered = 0;
        std::mem::take(&mut self.outputs)
    }

    /// Returns the open traces in the order in which they are to be decided: oldest first.
    fn open_keys(&self) -> Vec<TraceKey> {
        let mut keys: Vec<_> = self
            .traces
            .iter()
            .filter(|(_, trace)| trace.is_open)
            .map(|(key, trace)| {
                (
                    trace.replayed.as_ref().map(|replayed| replayed.latest_end),
                    trace.opened,
                    trace.number,
                    *key,
                )
            })
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(.., key)| key).collect()
    }

    /// Sees to it that the trace is in the table, and open if it is to be. A span alone does not re-open a live
    /// trace: it is late.
    fn open_trace(&mut self, key: TraceKey, reopens: bool, now: Instant) {
        if reopens {
            // The round that waits is decided before another begins.
            self.resume(key, true);
        }
        match self.traces.entry(key) {
            Occupied(entry) if entry.get().is_open || !reopens => return,
            Occupied(mut entry) => entry.get_mut().reopen(now),
            Vacant(entry) => {
                self.numbered += 1;
                entry.insert(Box::new(Trace::new(self.numbered, now)));
            }
        }
        self.open += 1;
        if self.open > self.limits.max_open {
            self.force_oldest(key);
        }
    }

    /// Ends the oldest tenth of the open traces, but not `except`. Finding them takes a look at all, which is paid for
    /// by the many that go.
    fn force_oldest(&mut self, except: TraceKey) {
        let oldest = self.open_keys();
        let count = self.limits.max_open.div_ceil(10);
        for key in oldest.into_iter().filter(|key| *key != except).take(count) {
            self.run(key, SegmentKind::Last, true);
        }
    }

    /// Runs late spans and schedules open traces, once per batch rather than once per span.
    fn settle_touched(&mut self) {
        for key in std::mem::take(&mut self.touched) {
            let Some(trace) = self.traces.get_mut(&key) else { continue };
            trace.is_touched = false;
            if trace.is_open {
                self.schedule_trace(key);
            } else if trace.has_spans() {
                self.run(key, SegmentKind::Late, false);
            }
        }
    }

    fn schedule_trace(&mut self, key: TraceKey) {
        if self.timing == Timing::Replay {
            return;
        }
        let Some(trace) = self.traces.get_mut(&key).filter(|trace| trace.is_open) else { return };
        let Due { at, delay, .. } = trace.due(&self.limits);
        // An entry that comes too early is looked at and put back, which is rarer than activity that moves it on.
        if trace.scheduled.is_none_or(|scheduled| at < scheduled) {
            trace.scheduled = Some(at);
            self.schedule.push(delay, at, key);
        }
    }

    /// Makes room when pending and held spans take more than the budget: what has been in the table longest moves on
    /// first, until a tenth of the budget is free. The look at all traces is paid for by the many that move.
    ///
    /// What is known of each open trace counts too, but never takes more than half of the budget: spans would go one by one.
    fn enforce_budget(&mut self) {
        let max_bytes = self.limits.max_bytes;
        let budget = max_bytes - (self.open * OPEN_TRACE_BYTES).min(max_bytes / 2);
        if self.pending_bytes + self.line.held_bytes <= budget {
            return;
        }
        let target = budget - budget / 10;
        let mut oldest: Vec<_> = self
            .traces
            .iter()
            .filter(|(_, trace)| trace.has_spans())
            .map(|(key, trace)| (trace.occupied_since(), trace.number, *key))
            .collect();
        oldest.sort_unstable();
        for (_, _, key) in oldest {
            if self.pending_bytes + self.line.held_bytes <= target {
                break;
            }
            let is_open = self.traces.get(&key).is_some_and(|trace| trace.is_open);
            let kind = if is_open { SegmentKind::Early } else { SegmentKind::Late };
            self.run(key, kind, true);
            self.resume(key, true);
        }
    }

    /// Hands the trace's pending spans to the stages.
    fn run(&mut self, key: TraceKey, kind: SegmentKind, forced: bool) {
        self.run_from(key, kind, forced, None);
        if kind == SegmentKind::Last {
            self.close(key);
        }
    }

    /// Asks the stage again that the end of the trace waits at, if there is one.
    fn resume(&mut self, key: TraceKey, forced: bool) {
        let stage = self.traces.get_mut(&key).and_then(|trace| trace.waits_at.take());
        if let Some(stage) = stage {
            self.run_from(key, SegmentKind::Last, forced, Some(stage));
            self.note_waiting(key);
        }
    }

    fn note_waiting(&mut self, key: TraceKey) {
        if let Some(trace) = self.traces.get(&key).filter(|trace| trace.waits_at.is_some())
            && let Some(now) = self.now
        {
            self.waiting.push_back((now + RETRY, key, trace.epoch));
        }
    }

    /// Hands a segment to the stages: of what is pending to all of them, or to those from the one that `waited` on, which
    /// holds what it is made of.
    fn run_from(&mut self, key: TraceKey, kind: SegmentKind, forced: bool, waited: Option<usize>) {
        let Some(trace) = self.traces.get_mut(&key) else { return };
        let mut spans = Vec::new();
        if waited.is_none() {
            spans = std::mem::take(&mut trace.pending);
            self.pending -= spans.len();
            self.pending_bytes -= std::mem::take(&mut trace.pending_bytes);
            self.segments.add(kind, forced);
        }
        let first = waited.unwrap_or(0);
        let (resource, exported) = self.resources.get_mut(key.0);
        let occasion = Occasion {
            trace_id: TraceId::from_bytes(key.1),
            resource,
            kind,
            forced,
            // Without a clock nobody would ask again.
            may_wait: kind == SegmentKind::Last && !forced && self.now.is_some(),
            time: trace.replayed.as_ref().map_or(self.wall_clock, |replayed| replayed.latest_end),
            roots: match &trace.replayed {
                // Until the input has ended, a parent may still come.
                Some(replayed) if kind == SegmentKind::Last => LocalRoots::ByAbsence(&replayed.seen),
                _ => LocalRoots::BySpan,
            },
        };
        trace.waits_at =
            self.line.run(occasion, exported, (first, trace.waits_at), &mut trace.slots, &mut spans);
        if self.timing == Timing::Live {
            let before = spans.len();
            spans.retain(Span::is_sampled);
            let pipeline = self.line.len();
            self.line.drops.add(pipeline, UNSAMPLED, before - spans.len());
        }
        let mut bytes = 0;
        for span in &mut spans {
            self.repairs.add(repair(span));
            bytes += span.approximate_size();
        }
        self.undelivered += spans.len();
        if !spans.is_empty() {
            self.outputs.push(Output { resource: Arc::clone(exported), spans, bytes });
        }
    }

    fn close(&mut self, key: TraceKey) {
        let Some(trace) = self.traces.get_mut(&key) else { return };
        trace.is_open = false;
        trace.epoch = trace.epoch.wrapping_add(1);
        trace.scheduled = None;
        trace.open_roots = Vec::new();
        let is_blank = |slot: &Slot| slot.state.0.is_none() && slot.verdict == Verdict::Undecided;
        if trace.slots.iter().all(is_blank) {
            trace.slots = Vec::new();
        }
        self.closed_queue.push_back((key, trace.epoch));
        self.open -= 1;
        self.note_waiting(key);
        while self.traces.len() - self.open > self.limits.remembered {
            let Some(oldest) = self.closed_queue.pop_front() else { break };
            if is_valid(&self.traces, oldest) {
                self.forget(oldest.0);
            }
        }
        // A trace that is re-opened again and again leaves an entry each time.
        if self.closed_queue.len() > 2 * (self.traces.len() - self.open) + SLACK {
            let traces = &self.traces;
            self.closed_queue.retain(|entry| is_valid(traces, *entry));
        }
    }

    fn forget(&mut self, key: TraceKey) {
        // Late spans that wait for the end of the batch go out first; nothing is lost by forgetting.
        if self.traces.get(&key).is_some_and(|trace| trace.has_spans()) {
            self.run(key, SegmentKind::Late, true);
            self.resume(key, true);
        }
        self.traces.remove(&key);
    }
}

fn touch(trace: &mut Trace, key: TraceKey, touched: &mut Vec<TraceKey>) {
    if !std::mem::replace(&mut trace.is_touched, true) {
        touched.push(key);
    }
}

fn is_valid(traces: &HashMap<TraceKey, Box<Trace>>, (key, epoch): (TraceKey, u32)) -> bool {
    traces.get(&key).is_some_and(|trace| trace.epoch == epoch)
}

impl SegmentCounts {
    fn add(&mut self, kind: SegmentKind, forced: bool) {
        match kind {
            SegmentKind::Early => self.early += 1,
            SegmentKind::Last => self.last += 1,
            SegmentKind::Late => self.late += 1,
        }
        self.forced += u64::from(forced);
    }
}

/// How long a stage that waits is left alone: short beside what anyone waits for, long beside what asking costs.
const RETRY: Duration = Duration::from_millis(100);

/// How many finished spans pile up at the most while all traces are closed, before they are handed on.
const CHUNK: usize = 512;
