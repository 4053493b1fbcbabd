//! `otel-genai traces --watch`: traces as they come.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::time::Duration;

use opentelemetry::trace::TraceId;
use otel_genai::export::store::{Store, StoreError, TraceFilter, TraceStatus, TraceSummary};

use super::stop::{print, write_json};
use super::summary_line::{SummaryLine, cells, roomy_columns, shown_digits};
use super::table::Layout;
use super::terminal;
use super::traces::TracesArguments;
use crate::failure::Failure;

/// How often the store is looked at.
const INTERVAL: Duration = Duration::from_millis(500);

/// So many of the newest traces are looked at each time; older ones only while they run.
const WATCHED: usize = 500;

/// Runs until the reader has enough.
pub(super) fn run(arguments: &TracesArguments, store: &Store) -> Result<(), Failure> {
    let mut seen = Seen::default();
    let mut news = seen.look(store, &arguments.filters.filter())?;
    let mut digits = seen.shown_digits();
    let layout = Layout::new(roomy_columns(digits), &[], terminal::width(), terminal::has_colours());
    news.drain(..news.len().saturating_sub(arguments.limit()));
    print(|output| {
        if !arguments.json {
            output.write_all(layout.header().as_bytes())?;
        }
        loop {
            for trace in &news {
                if arguments.json {
                    write_json(output, &SummaryLine::from(trace))?;
                } else {
                    output.write_all(layout.line(&cells(trace, digits)).as_bytes())?;
                }
            }
            // Somebody waits for it.
            output.flush()?;
            wait_for_reader_or(INTERVAL)?;
            news = seen.look(store, &arguments.filters.filter())?;
            digits = digits.max(seen.shown_digits());
        }
    })
}

/// Waits, but no longer than somebody reads what is printed.
#[cfg(unix)]
fn wait_for_reader_or(time: Duration) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let output = io::stdout();
    // Nothing is asked for: the end of a pipe is told of anyway.
    let mut polled = [PollFd::new(&output, PollFlags::empty())];
    let timeout = Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    };
    match poll(&mut polled, Some(&timeout)) {
        Ok(_) if polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) => {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        // What cannot be polled is waited for in full.
        Ok(1..) => {
            std::thread::sleep(time);
            Ok(())
        }
        Ok(0) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Elsewhere the next trace tells whether somebody reads.
#[cfg(not(unix))]
fn wait_for_reader_or(time: Duration) -> io::Result<()> {
    std::thread::sleep(time);
    Ok(())
}

/// What was printed, as far as it can change or come again.
#[derive(Default)]
struct Seen {
    statuses: HashMap<TraceId, TraceStatus>,
}

impl Seen {
    /// Returns how many digits tell those apart that are looked at.
    fn shown_digits(&self) -> usize {
        shown_digits(self.statuses.keys().copied())
    }

    /// Returns the traces that are new or have another status, the oldest first.
    fn look(&mut self, store: &Store, filter: &TraceFilter) -> Result<Vec<TraceSummary>, StoreError> {
        let mut traces = store.traces(&filter.clone().limit(WATCHED))?.traces;
        let listed: HashSet<TraceId> = traces.iter().map(|trace| trace.trace_id).collect();
        // A long run that ends now began before the newest, or no longer passes a filter for running ones.
        let away = |id: &TraceId, status: TraceStatus| status == TraceStatus::Running && !listed.contains(id);
        let running: Vec<TraceId> =
            self.statuses.iter().filter(|(id, status)| away(id, **status)).map(|(id, _)| *id).collect();
        for id in running {
            traces.extend(store.traces(&TraceFilter::new().trace_id(id))?.traces);
        }
        traces.sort_by_key(|trace| (trace.start, trace.trace_id.to_bytes()));
        let statuses: HashMap<TraceId, TraceStatus> =
            traces.iter().map(|trace| (trace.trace_id, trace.status)).collect();
        let before = std::mem::replace(&mut self.statuses, statuses);
        traces.retain(|trace| before.get(&trace.trace_id) != Some(&trace.status));
        Ok(traces)
    }
}
