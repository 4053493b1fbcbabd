//! The stages in their order, and how one segment passes through them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use opentelemetry_sdk::Resource;

use crate::contain::contain;
use crate::segment::{Command, Held, LocalRoots, Slot, Verdict};
use crate::{Segment, SegmentKind, Span, Stage};

/// The reason under which spans are counted that a panicking stage lost.
pub(crate) const PANIC: &str = "panic";
/// The reason under which spans are counted that nobody chose.
pub(crate) const UNSAMPLED: &str = "unsampled";

/// Where a trace stands when a segment of it is run.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    pub(crate) trace_id: TraceId,
    pub(crate) resource: &'a Arc<Resource>,
    pub(crate) kind: SegmentKind,
    pub(crate) forced: bool,
    /// Whether a stage may ask for this segment to come again.
    pub(crate) may_wait: bool,
    pub(crate) time: SystemTime,
    pub(crate) roots: LocalRoots<'a>,
}

/// The stages, and what they have dropped so far.
pub(crate) struct Line {
    stages: Vec<Box<dyn Stage>>,
    names: Vec<Cow<'static, str>>,
    pub(crate) drops: DropCounts,
    /// Calls of a stage that ended in a panic.
    pub(crate) panics: u64,
    pub(crate) held_spans: usize,
    pub(crate) held_bytes: usize,
}

/// Spans dropped, by position in the line and reason. The position after the last stage is the pipeline itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct DropCounts(pub(crate) Vec<(usize, &'static str, u64)>);

impl DropCounts {
    pub(crate) fn add(&mut self, stage: usize, reason: &'static str, spans: usize) {
        if spans == 0 {
            return;
        }
        // A handful of entries at most, since reasons are written in the program: a search beats a map.
        match self.0.iter_mut().find(|(at, why, _)| *at == stage && *why == reason) {
            Some((_, _, count)) => *count += spans as u64,
            None => self.0.push((stage, reason, spans as u64)),
        }
    }

    /// Returns how many spans the stage at this position has dropped.
    fn total_at(&self, stage: usize) -> u64 {
        self.0.iter().filter(|(at, ..)| *at == stage).map(|(_, _, count)| count).sum()
    }
}

impl Line {
    pub(crate) fn new(stages: Vec<Box<dyn Stage>>) -> Self {
        let names = unique(&stages.iter().map(Stage::name).collect::<Vec<_>>());
        Self { stages, names, drops: DropCounts::default(), panics: 0, held_spans: 0, held_bytes: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.stages.len()
    }

    pub(crate) fn names(&self) -> &[Cow<'static, str>] {
        &self.names
    }

    /// Runs one segment of a trace through the stages from the one at `first` on; what is left in `spans` has passed them
    /// all. Returns the stage at which the trace waits now.
    ///
    /// `slots` is empty until a stage can need it, then has one slot per stage. At the stage where the trace `waits`
    /// already, the spans join those that wait.
    pub(crate) fn run(
        &mut self,
        occasion: Occasion<'_>,
        exported: &mut Arc<Resource>,
        (first, waits): (usize, Option<usize>),
        slots: &mut Vec<Slot>,
        spans: &mut Vec<Span>,
    ) -> Option<usize> {
        if slots.is_empty() {
            slots.resize_with(self.stages.len(), Slot::default);
        }
        for (index, slot) in slots.iter_mut().enumerate().skip(first) {
            if waits == Some(index) {
                self.put_held(slot, spans);
                return waits;
            }
            if let Verdict::Dropped(reason) = slot.verdict {
                self.drops.add(index, reason, spans.len());
                spans.clear();
            }
            let must_run = occasion.kind == SegmentKind::Last || (occasion.forced && slot.held.is_some());
            if spans.is_empty() && !must_run {
                continue;
            }
            self.run_stage(index, occasion, exported, slot, spans);
            if slot.verdict == Verdict::Waiting {
                return Some(index);
            }
        }
        None
    }

    fn run_stage(
        &mut self,
        index: usize,
        occasion: Occasion<'_>,
        exported: &mut Arc<Resource>,
        slot: &mut Slot,
        spans: &mut Vec<Span>,
    ) {
        let (held_spans, held_bytes) =
            slot.held.as_ref().map_or((0, 0), |held| (held.spans.len(), held.bytes));
        let mut segment = Segment {
            trace_id: occasion.trace_id,
            resource: occasion.resource,
            exported,
            kind: occasion.kind,
            forced: occasion.forced,
            may_wait: occasion.may_wait,
            time: occasion.time,
            roots: occasion.roots,
            stage: index,
            spans,
            slot,
            drops: &mut self.drops,
        };
        let before = segment.spans.len();
        let drops_before = segment.drops.total_at(index);
        let stage = &mut self.stages[index];
        let has_panicked = contain(|| stage.process(&mut segment)).is_err();
        let was_recalled = segment.slot.held.is_none();
        if was_recalled {
            self.held_spans -= held_spans;
            self.held_bytes -= held_bytes;
        }
        if has_panicked {
            self.panics += 1;
            // The panic may have come out of `drop_spans`, which has then counted nothing yet, or after several
            // that had: what is lost is what came in less what was counted.
            let counted = self.drops.total_at(index) - drops_before;
            let before = before + if was_recalled { held_spans } else { 0 };
            self.drops.add(index, PANIC, before - (counted as usize).min(before));
            spans.clear();
            if let Some(held) = self.take_held(slot) {
                self.drops.add(index, PANIC, held.len());
            }
            let verdict =
                if let Verdict::Dropped(_) = slot.verdict { slot.verdict } else { Verdict::Undecided };
            *slot = Slot { verdict, ..Slot::default() };
            return;
        }
        if slot.verdict == Verdict::Waiting {
            slot.verdict = Verdict::Holding;
        }
        match (slot.verdict, slot.command.take()) {
            // Dropped is dropped, whatever the stage says on the empty last segment.
            (Verdict::Dropped(_), _) => return,
            (_, Some(Command::Drop(reason))) => {
                let held = self.take_held(slot).map_or(0, |held| held.len());
                self.drops.add(index, reason, held + spans.len());
                spans.clear();
                slot.verdict = Verdict::Dropped(reason);
                return;
            }
            (_, Some(Command::Keep)) => slot.verdict = Verdict::Kept,
            // Kept is kept: what was decided to be exported is not held back again.
            (Verdict::Kept, _) | (_, None) => {}
            (_, Some(Command::Wait)) => {
                self.put_held(slot, spans);
                slot.verdict = Verdict::Waiting;
                return;
            }
            (_, Some(Command::Release)) => slot.verdict = Verdict::Undecided,
            (_, Some(Command::Hold)) => slot.verdict = Verdict::Holding,
        }
        if slot.verdict == Verdict::Holding && occasion.kind == SegmentKind::Early {
            if !occasion.forced {
                self.put_held(slot, spans);
                return;
            }
            // What a limit forces out goes; what comes after it is held again.
        } else if slot.verdict == Verdict::Holding {
            slot.verdict = Verdict::Undecided;
        }
        if let Some(mut held) = self.take_held(slot) {
            held.append(spans);
            *spans = held;
        }
        if slot.verdict == Verdict::Kept {
            spans.iter_mut().for_each(|span| span.set_sampled(true));
        }
    }

    fn put_held(&mut self, slot: &mut Slot, spans: &mut Vec<Span>) {
        if spans.is_empty() {
            return;
        }
        let bytes: usize = spans.iter().map(Span::approximate_size).sum();
        self.held_spans += spans.len();
        self.held_bytes += bytes;
        let held = slot.held.get_or_insert_with(Box::<Held>::default);
        held.bytes += bytes;
        // By halves and not to four at first: with 100,000 open traces of two spans each, the usual way to grow took
        // 70 MB more than was in use.
        let (length, free) = (held.spans.len(), held.spans.capacity() - held.spans.len());
        if free < spans.len() {
            held.spans.reserve_exact(spans.len().max(length / 2));
        }
        held.spans.append(spans);
    }

    fn take_held(&mut self, slot: &mut Slot) -> Option<Vec<Span>> {
        let held = slot.held.take()?;
        self.held_spans -= held.spans.len();
        self.held_bytes -= held.bytes;
        Some(held.spans)
    }
}

/// Numbers names that occur more than once (`Each`, `Each#2`), so that counts can be told apart.
pub(crate) fn unique(names: &[Cow<'static, str>]) -> Vec<Cow<'static, str>> {
    let mut result: Vec<Cow<'static, str>> = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        match names[..index].iter().filter(|earlier| *earlier == name).count() {
            0 => result.push(name.clone()),
            repeats => result.push(Cow::Owned(format!("{name}#{}", repeats + 1))),
        }
    }
    result
}
