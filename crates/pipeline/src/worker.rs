//! The pipeline's own thread: takes what has been queued, files it under its trace, runs what is due, hands on the rest.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;

use crate::Span;
use crate::exporter_thread::{Batch, ExporterQueue, batches};
use crate::own_thread;
use crate::pipeline::Shared;
use crate::queue::{Drained, Ledger, Request};
use crate::trace_table::TraceTable;

/// How often the worker looks into the queue when nothing wakes it. It bounds how late a trace is seen to end; ten
/// looks a second cost nothing measurable.
const POLL: Duration = Duration::from_millis(100);

/// How long a flush may wait, in all, for exporters whose queues are full, before it drops (and counts) what they
/// cannot take. Longer waits would let the main queue overflow behind one dead exporter.
const FLUSH_PATIENCE: Duration = Duration::from_secs(1);

/// One answer to come from each exporter.
pub(crate) type Answers = Vec<Receiver<OTelSdkResult>>;

pub(crate) struct Worker {
    shared: Arc<Shared>,
    table: TraceTable,
    resource: Option<(Arc<Resource>, u32)>,
}

/// Refuses spans once the worker is gone, however it went.
struct MarkGone<'a>(&'a Shared);

impl Drop for MarkGone<'_> {
    fn drop(&mut self) {
        self.0.queue.abandon();
    }
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, table: TraceTable) -> Self {
        Self { shared, table, resource: None }
    }

    pub(crate) fn run(mut self) {
        own_thread::mark();
        let shared = Arc::clone(&self.shared);
        let _gone = MarkGone(&shared);
        let mut buffers = shared.queue.empty_buffers();
        loop {
            let now = Instant::now();
            let next_due = self.table.next_due().unwrap_or(now + POLL);
            shared.queue.drain(&mut buffers, next_due.clamp(now + MIN_WAIT, now + POLL));
            let now = Instant::now();
            self.file(&mut buffers, now);
            self.table.tick(now);
            self.hand_on(None);
            for request in buffers.requests.drain(..) {
                match request {
                    Request::Flush { answer } => {
                        self.table.flush(Instant::now());
                        self.hand_on(Some(Instant::now() + FLUSH_PATIENCE));
                        let _ = answer.send(self.ask_exporters(ExporterQueue::flush));
                    }
                    Request::Shutdown { deadline, answer } => {
                        self.close(deadline);
                        let _ = answer.send(
                            self.ask_exporters(|exporter, sender| exporter.shut_down(deadline, sender)),
                        );
                        return;
                    }
                }
            }
        }
    }

    /// Files what was queued under its traces. Starts come first: a root's start precedes whatever ends under it.
    fn file(&mut self, buffers: &mut Drained, now: Instant) {
        let resource = self.resource_index();
        for root in buffers.roots_started.drain(..) {
            self.table.root_started((resource, root.trace_id.to_bytes()), root.span_id, now);
        }
        for queued in buffers.spans.drain(..) {
            self.table.insert(resource, Span::from(queued.span), queued.size, now);
        }
        for root in buffers.roots_lost.drain(..) {
            self.table.root_lost((resource, root.trace_id.to_bytes()), root.span_id, now);
        }
    }

    fn resource_index(&mut self) -> u32 {
        let resource = self.shared.resource();
        match &self.resource {
            Some((known, index)) if Arc::ptr_eq(known, &resource) => *index,
            _ => {
                let index = self.table.resource(&resource);
                self.resource = Some((resource, index));
                index
            }
        }
    }

    fn close(&mut self, deadline: Instant) {
        let shared = Arc::clone(&self.shared);
        // Half of the time for exporters whose queues are full, the other half for all to export what they have: one
        // that hangs must not cost the others their last spans.
        let now = Instant::now();
        let patience = now + deadline.saturating_duration_since(now) / 2;
        let Ok(()) = self.table.close_all(|table| {
            deliver(&shared, table, Some(patience));
            Ok::<_, std::convert::Infallible>(())
        });
    }

    fn hand_on(&mut self, patience: Option<Instant>) {
        deliver(&self.shared, &mut self.table, patience);
    }

    fn ask_exporters(&self, ask: impl Fn(&ExporterQueue, SyncSender<OTelSdkResult>)) -> Answers {
        let ask = |exporter: &Arc<_>| {
            let (sender, receiver) = sync_channel(1);
            ask(exporter, sender);
            receiver
        };
        self.shared.exporters.iter().map(ask).collect()
    }
}

/// Keeps the worker from spinning on a trace that is due in this instant.
const MIN_WAIT: Duration = Duration::from_millis(1);

/// Hands finished spans to the exporters and writes the books. With a deadline it waits for exporters that have no
/// room; without, what they cannot take is counted as refused.
fn deliver(shared: &Shared, table: &mut TraceTable, deadline: Option<Instant>) {
    let batches = batches(table.take_outputs());
    let Some(deadline) = deadline else {
        let mut state = shared.queue.lock();
        for batch in &batches {
            hand_over(shared, &mut state.ledger, batch);
        }
        write_books(&mut state.ledger, table, 0);
        return;
    };
    let mut left: usize = batches.iter().map(|batch| batch.spans).sum();
    for batch in &batches {
        for exporter in &shared.exporters {
            exporter.wait_for_room(batch.spans, batch.bytes, deadline);
        }
        left -= batch.spans;
        let mut state = shared.queue.lock();
        hand_over(shared, &mut state.ledger, batch);
        write_books(&mut state.ledger, table, left);
    }
    write_books(&mut shared.queue.lock().ledger, table, 0);
}

fn hand_over(shared: &Shared, ledger: &mut Ledger, batch: &Batch) {
    ledger.delivered += batch.spans as u64;
    for exporter in &shared.exporters {
        exporter.deliver(batch);
    }
}

fn write_books(ledger: &mut Ledger, table: &TraceTable, in_worker: usize) {
    ledger.in_worker = in_worker;
    table.write_books(ledger);
}
