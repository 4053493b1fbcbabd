//! The pipeline's own thread: takes what has been queued, files it under its trace, runs what is due, hands on the rest.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;

use crate::Span;
use crate::exporter_thread::{ExporterQueue, batches};
use crate::own_thread;
use crate::pipeline::{Shared, ask};
use crate::queue::{Drained, Request};
use crate::start_attributes;
use crate::trace_table::TraceTable;

/// How often the worker looks into the queue when nothing wakes it. It bounds how late a trace is seen to end; ten
/// looks a second cost nothing measurable.
const POLL: Duration = Duration::from_millis(100);

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
            self.table.set_wall_clock(SystemTime::now());
            self.file(&mut buffers, now);
            self.table.tick(now);
            self.hand_on();
            for request in buffers.requests.drain(..) {
                match request {
                    Request::Flush { answer } => {
                        self.table.flush(Instant::now());
                        self.hand_on();
                        let _ = answer.send(ask(&shared.exporters, ExporterQueue::flush));
                    }
                    Request::Shutdown { deadline, answer } => {
                        self.close();
                        let _ = answer.send(ask(&shared.exporters, |exporter, sender| {
                            exporter.shut_down(deadline, sender);
                        }));
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
        if start_attributes::is_used() {
            // In their place in the queue: taken out first, every span would be copied once more.
            buffers.spans.iter_mut().for_each(|queued| start_attributes::settle(&mut queued.span.attributes));
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

    fn close(&mut self) {
        let shared = Arc::clone(&self.shared);
        let Ok(()) = self.table.close_all(|table| {
            deliver(&shared, table, true);
            Ok::<_, std::convert::Infallible>(())
        });
    }

    fn hand_on(&mut self) {
        deliver(&self.shared, &mut self.table, false);
    }
}

/// Keeps the worker from spinning on a trace that is due in this instant.
const MIN_WAIT: Duration = Duration::from_millis(1);

/// Hands finished spans to the exporters and writes the books.
///
/// At the end nothing more will come, so every exporter gets all that is left; what one does not manage in time costs no
/// other. It goes on with it after the deadline, as long as the process lives.
fn deliver(shared: &Shared, table: &mut TraceTable, at_end: bool) {
    let batches = batches(table.take_outputs());
    let mut state = shared.queue.lock();
    if !batches.is_empty() {
        shared.exporters.iter().for_each(|exporter| exporter.deliver(&batches, at_end));
    }
    state.ledger.delivered += batches.iter().map(|batch| batch.spans as u64).sum::<u64>();
    state.ledger.in_worker = 0;
    table.write_books(&mut state.ledger);
}
