//! Where every span that ever came is now.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::exporter_thread::ExporterCounts;
use crate::queue::{Ledger, QueueState};
use crate::repair::Repairs;

/// A consistent snapshot of a pipeline's counts, in spans unless said otherwise.
///
/// At any moment `received = queue_full + after_shutdown + queued + in_worker + pending + held + dropped + delivered`,
/// and for every exporter `delivered = exported + failed + queue_full + queued`: no span is lost uncounted.
/// [`is_balanced`](Self::is_balanced) checks both.
///
/// With the feature `serde` it can be written as JSON, under the names that it has here.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PipelineStats {
    /// Ended spans that the provider handed over.
    pub received: u64,
    /// Refused because the queue was full.
    pub queue_full: u64,
    /// Refused because the pipeline was shut down.
    pub after_shutdown: u64,
    /// Ended on one of the pipeline's own threads, which trace nothing; not counted as received.
    pub turned_away: u64,
    /// Starts and ends of local roots that the worker was not told of, because too many came at once. Their traces end
    /// when they have been idle, or by age.
    pub unannounced_roots: u64,
    /// Wait in the queue.
    pub queued: u64,
    /// Were taken from the queue by the worker, which is still busy with them.
    pub in_worker: u64,
    /// Wait for the rest of their trace.
    pub pending: u64,
    /// Are held by a stage that has not decided yet.
    pub held: u64,
    /// Dropped on purpose or by a panic, by stage and reason.
    pub dropped: Vec<Dropped>,
    /// Passed every stage and were handed to the exporters, to each of them.
    pub delivered: u64,
    /// What became of the delivered spans, by exporter.
    pub exporters: Vec<ExporterStats>,
    /// What was mended because receivers reject it.
    pub repairs: Repairs,
    /// Calls of a stage that ended in a panic.
    pub stage_panics: u64,
    /// Segments handed to the stages while their trace was running.
    pub early_segments: u64,
    /// Segments that ended a trace, one per round of a trace.
    pub last_segments: u64,
    /// Segments of spans that came after the last one.
    pub late_segments: u64,
    /// Segments, of any kind, that a limit forced.
    pub forced_segments: u64,
    /// Traces that are running.
    pub open_traces: usize,
    /// Ended traces that are still remembered for late spans.
    pub remembered_traces: usize,
}

/// How many spans a stage dropped for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Dropped {
    /// The stage's name; `pipeline` for spans that no stage chose (reason `unsampled`).
    pub stage: Cow<'static, str>,
    /// The reason that the stage gave, or `panic`.
    pub reason: &'static str,
    /// The number of spans.
    pub spans: u64,
}

/// What became of the spans delivered to one exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ExporterStats {
    /// The exporter's type, numbered if there are several of it.
    pub name: Cow<'static, str>,
    /// Handed over by the worker.
    pub delivered: u64,
    /// Exported: the exporter returned `Ok`.
    pub exported: u64,
    /// Lost: the exporter returned an error, ran into its timeout, panicked or ended.
    pub failed: u64,
    /// Lost: this exporter's own queue was full.
    pub queue_full: u64,
    /// Wait for the exporter, those in its hands included.
    pub queued: u64,
    /// The latest error, in the exporter's own words.
    pub last_error: Option<String>,
    /// The time that 99 of 100 exports did not exceed, up to 19 % too high; for a file, how long writing took. In JSON as
    /// `{"secs": …, "nanos": …}`.
    pub export_p99: Option<Duration>,
}

impl PipelineStats {
    pub(crate) fn new(
        state: &QueueState,
        stages: &[Cow<'static, str>],
        exporters: Vec<(Cow<'static, str>, ExporterCounts)>,
    ) -> Self {
        let stats = Self::from_ledger(&state.ledger, state.received, stages);
        Self { queued: state.spans.len() as u64, exporters: name_exporters(exporters), ..stats }
    }

    pub(crate) fn from_ledger(ledger: &Ledger, received: u64, stages: &[Cow<'static, str>]) -> Self {
        let dropped = ledger
            .dropped
            .0
            .iter()
            .map(|&(stage, reason, spans)| Dropped {
                stage: stages.get(stage).cloned().unwrap_or(Cow::Borrowed("pipeline")),
                reason,
                spans,
            })
            .collect();
        Self {
            received,
            queue_full: ledger.queue_full,
            after_shutdown: ledger.after_shutdown,
            turned_away: ledger.turned_away,
            unannounced_roots: ledger.unannounced_roots,
            queued: 0,
            in_worker: ledger.in_worker as u64,
            pending: ledger.pending as u64,
            held: ledger.held as u64,
            dropped,
            delivered: ledger.delivered,
            exporters: Vec::new(),
            repairs: ledger.repairs,
            stage_panics: ledger.panics,
            early_segments: ledger.segments.early,
            last_segments: ledger.segments.last,
            late_segments: ledger.segments.late,
            forced_segments: ledger.segments.forced,
            open_traces: ledger.open_traces,
            remembered_traces: ledger.closed_traces,
        }
    }

    /// Returns the number of spans dropped by stages and by the sampling decision, all reasons together.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.iter().map(|dropped| dropped.spans).sum()
    }

    /// Returns the number of spans dropped for a reason, by whichever stage.
    pub fn dropped_for(&self, reason: &str) -> u64 {
        self.dropped.iter().filter(|dropped| dropped.reason == reason).map(|dropped| dropped.spans).sum()
    }

    /// Checks that every span is accounted for.
    pub fn is_balanced(&self) -> bool {
        let elsewhere = self.queue_full
            + self.after_shutdown
            + self.queued
            + self.in_worker
            + self.pending
            + self.held
            + self.dropped_total()
            + self.delivered;
        self.received == elsewhere
            && self.exporters.iter().all(|exporter| {
                exporter.delivered == self.delivered
                    && exporter.delivered
                        == exporter.exported + exporter.failed + exporter.queue_full + exporter.queued
            })
    }
}

fn name_exporters(exporters: Vec<(Cow<'static, str>, ExporterCounts)>) -> Vec<ExporterStats> {
    let (names, counts): (Vec<_>, Vec<_>) = exporters.into_iter().unzip();
    let stats = |(name, counts): (Cow<'static, str>, ExporterCounts)| ExporterStats {
        name,
        delivered: counts.delivered,
        exported: counts.exported,
        failed: counts.failed,
        queue_full: counts.queue_full,
        queued: counts.queued as u64,
        last_error: counts.last_error,
        export_p99: counts.latencies.p99(),
    };
    crate::line::unique(&names).into_iter().zip(counts).map(stats).collect()
}

/// One line for people: what came in, what went where, and only those losses that happened.
impl fmt::Display for PipelineStats {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} spans received, {} delivered", self.received, self.delivered)?;
        for (count, what) in [
            (self.queue_full, "refused by the full queue"),
            (self.after_shutdown, "refused after shutdown"),
            (self.queued + self.in_worker, "queued"),
            (self.pending, "pending"),
            (self.held, "held"),
        ] {
            if count > 0 {
                write!(formatter, ", {count} {what}")?;
            }
        }
        for Dropped { stage, reason, spans } in &self.dropped {
            write!(formatter, ", {spans} dropped by {stage} ({reason})")?;
        }
        for exporter in &self.exporters {
            write!(formatter, "; {}: {} exported", exporter.name, exporter.exported)?;
            for (count, what) in [
                (exporter.failed, "failed"),
                (exporter.queue_full, "refused by its full queue"),
                (exporter.queued, "queued"),
            ] {
                if count > 0 {
                    write!(formatter, ", {count} {what}")?;
                }
            }
        }
        Ok(())
    }
}
