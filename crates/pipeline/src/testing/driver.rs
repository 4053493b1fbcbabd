//! Drives the trace table step by step, as the worker would, with a clock of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::Resource;

use crate::queue::Ledger;
use crate::stats::PipelineStats;
use crate::testing::SpanBuilder;
use crate::trace_table::{Timing, TraceTable};
use crate::{PipelineBuilder, Segment, SegmentKind, Span, Stage};

/// Something that happens to a pipeline.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A local root of this trace starts.
    StartRoot {
        trace: u8,
    },
    /// The oldest open local root of this trace ends.
    EndRoot {
        trace: u8,
    },
    /// The oldest open local root of this trace ends, but its span is lost in the full queue.
    LoseRoot {
        trace: u8,
    },
    /// A span below the trace's roots ends.
    EndChild {
        trace: u8,
        is_sampled: bool,
        is_error: bool,
    },
    /// A span with a given content ends.
    End(Box<Span>),
    /// Time passes.
    Wait(Duration),
    Flush,
}

/// A trace table between two taps that see what goes in and what comes out of the stages under test.
pub(crate) struct Driver {
    table: TraceTable,
    resource: Arc<Resource>,
    now: Instant,
    wall_clock: SystemTime,
    open_roots: HashMap<u8, Vec<SpanId>>,
    received: HashSet<SpanId>,
    delivered: Vec<Span>,
    segments: Receiver<(u128, SegmentKind)>,
    /// Last segments that the second tap has seen.
    ended_behind: Receiver<(u128, SegmentKind)>,
}

/// Passes everything and tells which segments there were.
struct Tap(std::sync::mpsc::Sender<(u128, SegmentKind)>);

impl Stage for Tap {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let id = u128::from_be_bytes(segment.trace_id().to_bytes());
        let _ = self.0.send((id, segment.kind()));
    }
}

impl Driver {
    /// Puts the stages of `builder` behind a tap.
    pub(crate) fn new(builder: impl FnOnce(PipelineBuilder) -> PipelineBuilder) -> Self {
        let (sender, segments) = channel();
        let (behind, ended_behind) = channel();
        let builder = builder(crate::Pipeline::builder().stage(Tap(sender))).stage(Tap(behind));
        let mut table = builder.into_table(Timing::Live);
        let resource = Arc::new(Resource::builder_empty().build());
        table.resource(&resource);
        Self {
            table,
            resource,
            now: Instant::now(),
            wall_clock: SystemTime::UNIX_EPOCH,
            open_roots: HashMap::new(),
            received: HashSet::new(),
            delivered: Vec::new(),
            segments,
            ended_behind,
        }
    }

    /// Carries out a step, lets the table do what is due, and checks the books.
    pub(crate) fn step(&mut self, step: &Step) {
        self.apply(step);
        self.table.tick(self.now);
        self.collect();
        let stats = self.stats();
        assert!(stats.is_balanced(), "after {step:?}: {stats:?}");
    }

    /// Ends every trace, as shutdown does, and returns the final counts.
    pub(crate) fn finish(&mut self) -> PipelineStats {
        let Ok(()) = self.table.close_all(|_| Ok::<_, std::convert::Infallible>(()));
        self.collect();
        let stats = self.stats();
        assert!(stats.is_balanced(), "{stats:?}");
        assert_eq!((stats.pending, stats.held, stats.open_traces), (0, 0, 0), "left over: {stats:?}");
        stats
    }

    /// Tells whether this span went in.
    pub(crate) fn has_received(&self, span: &Span) -> bool {
        self.received.contains(&span.span_id())
    }

    /// Returns what has passed all stages so far.
    pub(crate) fn delivered(&self) -> &[Span] {
        &self.delivered
    }

    /// Returns the segments that the first stage has been handed since the last call, by trace.
    pub(crate) fn segments(&self) -> Vec<(u128, SegmentKind)> {
        self.segments.try_iter().collect()
    }

    /// Returns how many last segments have come out behind the stages under test since the last call.
    pub(crate) fn ended_behind(&self) -> usize {
        self.ended_behind.try_iter().filter(|(_, kind)| *kind == SegmentKind::Last).count()
    }

    pub(crate) fn stats(&self) -> PipelineStats {
        let mut ledger = Ledger { delivered: self.delivered.len() as u64, ..Ledger::default() };
        self.table.write_books(&mut ledger);
        ledger.in_worker = self.table.undelivered;
        PipelineStats::from_ledger(&ledger, self.received.len() as u64, self.table.line().names())
    }

    /// Returns how many entries all of the table's queues have together.
    #[cfg(test)]
    pub(crate) fn queue_lengths(&self) -> usize {
        self.table.queue_lengths()
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::StartRoot { trace } => {
                let root = SpanBuilder::new("root").build().span_id();
                self.open_roots.entry(*trace).or_default().push(root);
                self.table.root_started((0, trace_id(*trace)), root, self.now);
            }
            Step::EndRoot { trace } => {
                if let Some(root) = self.pop_root(*trace) {
                    self.insert(SpanBuilder::new("root").trace((*trace).into()).id(root).build());
                }
            }
            Step::LoseRoot { trace } => {
                if let Some(root) = self.pop_root(*trace) {
                    self.table.root_lost((0, trace_id(*trace)), SpanId::from(root), self.now);
                }
            }
            Step::EndChild { trace, is_sampled, is_error } => {
                let mut builder = SpanBuilder::new("child").trace((*trace).into()).parent(0xffff);
                if !is_sampled {
                    builder = builder.unsampled();
                }
                if *is_error {
                    builder = builder.status(opentelemetry::trace::Status::error("failed"));
                }
                self.insert(builder.build());
            }
            Step::End(span) => self.insert(Span::clone(span)),
            Step::Wait(time) => {
                self.now += *time;
                self.wall_clock += *time;
                self.table.set_wall_clock(self.wall_clock);
            }
            Step::Flush => self.table.flush(self.now),
        }
    }

    fn pop_root(&mut self, trace: u8) -> Option<u64> {
        let open = self.open_roots.get_mut(&trace)?;
        (!open.is_empty()).then(|| u64::from_be_bytes(open.remove(0).to_bytes()))
    }

    fn insert(&mut self, span: Span) {
        assert!(self.received.insert(span.span_id()), "the driver repeats itself");
        let size = span.approximate_size();
        let resource = self.table.resource(&self.resource);
        self.table.insert(resource, span, size, self.now);
    }

    fn collect(&mut self) {
        for output in self.table.take_outputs() {
            self.delivered.extend(output.spans);
        }
    }
}

fn trace_id(trace: u8) -> [u8; 16] {
    u128::from(trace).to_be_bytes()
}
