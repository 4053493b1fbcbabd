//! The spans of one trace that a stage is handed at a time, and what it may do with the trace.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;

use crate::Span;
use crate::contain::discard;
use crate::line::DropCounts;

/// Why a [`Segment`] is handed to the stages now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentKind {
    /// The trace is still running; these are the spans that have ended so far.
    Early,
    /// The trace is complete: its local roots have ended, or its time or memory is used up. Comes exactly once per
    /// round of a trace, with no spans if all came before.
    Last,
    /// Spans that ended after the last segment.
    Late,
}

/// The spans of one trace that have ended since the stage last saw the trace.
///
/// Spans can be edited in place and dropped; they cannot be added or taken out, which is what keeps the pipeline's
/// counts exact.
#[derive(Debug)]
pub struct Segment<'a> {
    pub(crate) trace_id: TraceId,
    pub(crate) resource: &'a Arc<Resource>,
    pub(crate) kind: SegmentKind,
    pub(crate) forced: bool,
    pub(crate) may_wait: bool,
    pub(crate) time: SystemTime,
    pub(crate) roots: LocalRoots<'a>,
    pub(crate) stage: usize,
    pub(crate) spans: &'a mut Vec<Span>,
    pub(crate) slot: &'a mut Slot,
    pub(crate) drops: &'a mut DropCounts,
}

/// Spans, held spans and state of a trace, borrowed together; see [`Segment::split`].
#[derive(Debug)]
pub struct Split<'s, T> {
    /// The segment's spans.
    pub spans: &'s mut [Span],
    /// The spans of this trace that this stage has held back so far.
    pub held: &'s mut [Span],
    /// What this stage remembers of this trace.
    pub state: &'s mut T,
}

/// How to tell a local root: a span that has no parent in this process.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LocalRoots<'a> {
    /// By the span itself: no parent, or a remote one.
    BySpan,
    /// By the spans of the trace in a file: the parent is none of them.
    ByAbsence(&'a HashSet<SpanId>),
}

impl LocalRoots<'_> {
    fn contains(self, span: &Span) -> bool {
        match (span.parent_span_id(), self) {
            (None, _) => true,
            (Some(_), Self::BySpan) => span.has_remote_parent(),
            (Some(parent), Self::ByAbsence(seen)) => !seen.contains(&parent),
        }
    }
}

/// What one stage has of one trace: its memory, the spans it holds, its verdict.
#[derive(Default)]
pub(crate) struct Slot {
    pub(crate) state: Memory,
    pub(crate) held: Option<Box<Held>>,
    pub(crate) verdict: Verdict,
    pub(crate) command: Option<Command>,
}

/// A stage's state of one trace. What it is made of is not ours, and may panic when dropped.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) Option<Box<dyn Any + Send>>);

impl Drop for Memory {
    fn drop(&mut self) {
        discard(self.0.take());
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Slot")
            .field("held", &self.held.as_ref().map_or(0, |held| held.spans.len()))
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) spans: Vec<Span>,
    pub(crate) bytes: usize,
}

/// What a stage has decided about a trace; remembered for the spans that are still to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    #[default]
    Undecided,
    Holding,
    /// Holding, after the trace has ended, until the stage is asked again.
    Waiting,
    Kept,
    Dropped(&'static str),
}

/// What a stage asked for during one call; carried out after it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Hold,
    Wait,
    Keep,
    Release,
    Drop(&'static str),
}

impl Segment<'_> {
    /// Returns the id of the trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Returns the resource that the spans belong to: the process, or one of those recorded in a file.
    pub fn resource(&self) -> &Arc<Resource> {
        self.resource
    }

    /// Returns why the segment comes now.
    pub fn kind(&self) -> SegmentKind {
        self.kind
    }

    /// Tells whether a limit (age, bytes, number of traces, shutdown) ended the wait: what is not decided now never
    /// will be.
    pub fn is_forced(&self) -> bool {
        self.forced
    }

    /// Returns the time at which the segment is processed: the wall clock in a live pipeline, the latest end of a
    /// span so far in a replay. Stages take their time from here, so that a replay decides as the live process did.
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// Returns the spans, in the order in which they ended.
    pub fn spans(&self) -> &[Span] {
        self.spans
    }

    /// Returns the spans for editing.
    pub fn spans_mut(&mut self) -> &mut [Span] {
        self.spans
    }

    /// Returns the spans of this trace that this stage holds.
    pub fn held_mut(&mut self) -> &mut [Span] {
        self.slot.held.as_deref_mut().map_or(&mut [], |held| &mut held.spans)
    }

    /// Returns how many bytes the spans of this trace take that this stage holds, in the unit of
    /// [`Span::approximate_size`]: for a stage that gives a single trace only a share of the memory.
    pub fn held_bytes(&self) -> usize {
        self.slot.held.as_ref().map_or(0, |held| held.bytes)
    }

    /// Tells whether a span of this trace is a local root: it has no parent in this process (or file).
    pub fn is_local_root(&self, span: &Span) -> bool {
        self.roots.contains(span)
    }

    /// Returns the place of the span that what a stage says about the whole trace goes on, if it is in this segment.
    ///
    /// That is a root, once the trace has ended, or once a limit tore the root from a trace that runs on: of several the
    /// one without any parent, of those the earliest. A stage that writes there must expect to meet another root when
    /// the trace is opened again.
    pub fn summary_root(&self) -> Option<usize> {
        if self.kind == SegmentKind::Early && !self.is_forced() {
            return None;
        }
        let earliest = |is_root: &dyn Fn(&Span) -> bool| {
            let roots = self.spans().iter().enumerate().filter(|(_, span)| is_root(span));
            roots.min_by_key(|(_, span)| span.start_time()).map(|(position, _)| position)
        };
        let topmost = earliest(&|span| span.parent_span_id().is_none());
        if self.kind == SegmentKind::Last {
            return topmost.or_else(|| earliest(&|span| self.is_local_root(span)));
        }
        topmost
    }

    /// Returns what this stage remembers of this trace, created empty at first use.
    ///
    /// It lives until the pipeline forgets the trace, well after the last segment, so that late spans meet it. It is
    /// not part of the pipeline's byte budget, so it should be small. A stage uses one type for all its traces; asking
    /// for another one starts anew.
    pub fn state<T: Default + Send + 'static>(&mut self) -> &mut T {
        self.split::<T>().state
    }

    /// Returns spans, held spans and state, borrowed at the same time.
    pub fn split<T: Default + Send + 'static>(&mut self) -> Split<'_, T> {
        let Slot { state, held, .. } = &mut *self.slot;
        if !state.0.as_ref().is_some_and(|state| state.is::<T>()) {
            *state = Memory(Some(Box::new(T::default())));
        }
        Split {
            spans: self.spans,
            held: held.as_deref_mut().map_or(&mut [], |held| &mut held.spans),
            state: state
                .0
                .as_mut()
                .and_then(|state| state.downcast_mut())
                .expect("was just made of this type"),
        }
    }

    /// Drops the spans for which `which` is true and counts them under `reason`.
    pub fn drop_spans(&mut self, reason: &'static str, mut which: impl FnMut(&Span) -> bool) {
        let before = self.spans.len();
        self.spans.retain(|span| !which(span));
        self.drops.add(self.stage, reason, before - self.spans.len());
    }

    /// Drops the spans for which `which` is true, with the stage's state of the trace at hand.
    pub fn drop_spans_with<T: Default + Send + 'static>(
        &mut self,
        reason: &'static str,
        mut which: impl FnMut(&mut T, &Span) -> bool,
    ) {
        let mut spans = std::mem::take(self.spans);
        let (stage, state) = (self.stage, self.split::<T>().state);
        let before = spans.len();
        spans.retain(|span| !which(state, span));
        let dropped = before - spans.len();
        *self.spans = spans;
        self.drops.add(stage, reason, dropped);
    }

    /// Holds the trace back: this segment's spans, and those of the segments to come, stay with this stage until it
    /// calls [`keep`](Self::keep), [`release`](Self::release) or [`drop_trace`](Self::drop_trace). A trace that this
    /// stage keeps is not held again.
    ///
    /// The stages before have seen the held spans and never see them again; the stages after see them once, ahead of
    /// newer ones. Returns false where holding is refused: on any segment but an early one that nothing forces,
    /// because then the stage must decide. What it does not drop there moves on.
    pub fn hold(&mut self) -> bool {
        let accepted = self.kind == SegmentKind::Early && !self.forced;
        if accepted {
            self.slot.command = Some(Command::Hold);
        }
        accepted
    }

    /// Brings the spans that this stage holds back into the segment, ahead of the new ones, where they can be dropped one
    /// by one. They are held again only if [`hold`](Self::hold) or [`wait`](Self::wait) says so.
    pub fn recall(&mut self) {
        if let Some(mut held) = self.slot.held.take() {
            held.spans.append(self.spans);
            *self.spans = held.spans;
        }
    }

    /// Asks for the last segment of this trace to come to this stage again a little later (100 ms), with what it holds then
    /// held still: for a stage that cannot let the trace go just now, such as a rate limit.
    ///
    /// The stages before have seen the trace end and do not see it again; those behind see it end once this stage is
    /// through with it. Late spans join those that wait. Returns false where waiting is refused: on any but a last
    /// segment, on one that a limit forces (shutdown, memory, a new round of the trace), and in a replay.
    pub fn wait(&mut self) -> bool {
        if self.may_wait {
            self.slot.command = Some(Command::Wait);
        }
        self.may_wait
    }

    /// Decides that the trace is kept: sets the sampled flag on its held, present and later spans and lets them go.
    pub fn keep(&mut self) {
        self.slot.command = Some(Command::Keep);
    }

    /// Lets the held spans go without a decision.
    pub fn release(&mut self) {
        self.slot.command = Some(Command::Release);
    }

    /// Drops the trace: held and present spans now, later ones when they come; all are counted under `reason`.
    ///
    /// Later spans still pass the stages before this one, so that a meter there counts them.
    pub fn drop_trace(&mut self, reason: &'static str) {
        self.slot.command = Some(Command::Drop(reason));
    }
}
