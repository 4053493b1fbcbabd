//! The same line of stages over recorded spans, without threads or timers.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry_sdk::Resource;

use crate::Span;
use crate::queue::Ledger;
use crate::stats::PipelineStats;
use crate::trace_table::TraceTable;

/// Runs stages over spans that were recorded before, in event time.
///
/// It is the live pipeline without its threads: the same trace table and stages. A trace ends when the input ends
/// (or when the byte budget forces it), in the order in which the traces ended when they were recorded; a local root
/// is a span whose parent is not in its trace and resource. Spans count as recorded whatever their sampled flag says,
/// and keep it: what is not dropped comes out.
///
/// Made by [`PipelineBuilder::replay`](crate::PipelineBuilder::replay).
pub struct Replay<Sink> {
    table: TraceTable,
    sink: Sink,
    received: u64,
    delivered: u64,
    now: Instant,
}

impl<Sink> std::fmt::Debug for Replay<Sink> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Replay").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl<Sink> Replay<Sink> {
    pub(crate) fn new(table: TraceTable, sink: Sink) -> Self {
        // Timers play no part in a replay, so one instant serves for all.
        Self { table, sink, received: 0, delivered: 0, now: Instant::now() }
    }

    /// Returns where the spans are that came so far.
    pub fn stats(&self) -> PipelineStats {
        let mut ledger = Ledger { delivered: self.delivered, ..Ledger::default() };
        self.table.write_books(&mut ledger);
        ledger.in_worker = self.table.undelivered;
        PipelineStats::from_ledger(&ledger, self.received, self.table.line().names())
    }
}

impl<Sink, Failure> Replay<Sink>
where
    Sink: FnMut(&Arc<Resource>, Vec<Span>) -> Result<(), Failure>,
{
    /// Adds a recorded span.
    ///
    /// # Errors
    ///
    /// Returns the sink's error, if the byte budget made spans move on and the sink failed.
    pub fn push(&mut self, resource: &Arc<Resource>, span: impl Into<Span>) -> Result<(), Failure> {
        let span = span.into();
        let size = span.approximate_size();
        self.received += 1;
        let resource = self.table.resource(resource);
        self.table.insert(resource, span, size, self.now);
        if self.table.undelivered == 0 {
            return Ok(());
        }
        hand_on(&mut self.table, &mut self.sink, &mut self.delivered)
    }

    /// Ends every trace and returns the final counts.
    ///
    /// # Errors
    ///
    /// Returns the sink's first error; the traces that are left are not run then.
    pub fn finish(mut self) -> Result<PipelineStats, Failure> {
        let (sink, delivered) = (&mut self.sink, &mut self.delivered);
        self.table.close_all(|table| hand_on(table, sink, delivered))?;
        Ok(self.stats())
    }
}

fn hand_on<Failure>(
    table: &mut TraceTable,
    sink: &mut impl FnMut(&Arc<Resource>, Vec<Span>) -> Result<(), Failure>,
    delivered: &mut u64,
) -> Result<(), Failure> {
    for output in table.take_outputs() {
        *delivered += output.spans.len() as u64;
        sink(&output.resource, output.spans)?;
    }
    Ok(())
}
