//! `otel-genai report`: calls, errors, tokens and cost of recorded spans, and of everything that a sample stands for.

mod agents;
mod answer;
mod arguments;
mod attributes;
mod group;
mod table;

pub(crate) use arguments::ReportArguments;

use std::io::{IsTerminal, Write, stderr, stdin};
use std::sync::Arc;

use otel_genai::export::ReadSpan;
use otel_genai::export::store::TraceFilter;
use otel_genai::sampling::{CallTotals, Counted};
use otel_genai::{Span, Store};

use crate::arguments::Stream;
use crate::failure::Failure;
use crate::input;
use crate::moment;
use crate::plain::number;
use crate::pricing::answer::print;
use agents::Agents;
use answer::Answer;
use attributes::Attributes;
use group::By;

/// Runs the command.
pub(crate) fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    moment::refuse_reversed(arguments.since, arguments.until)?;
    input::check(&arguments.files)?;
    if arguments.files.contains(&Stream::Standard) && stdin().is_terminal() {
        let _ = writeln!(stderr().lock(), "note: reading standard input; end it with Ctrl-D, or name files");
    }
    let mut report = Report::new(arguments.by.clone());
    if arguments.files.is_empty() {
        report.read_store(&arguments.store.open()?, arguments)?;
    }
    let mut failure = None;
    for file in &arguments.files {
        if let Err(error) = report.read(file, arguments.skip_invalid) {
            if !arguments.skip_invalid {
                return Err(error);
            }
            // The rest of a damaged file is lost whatever was asked for, and that is a failure. Other files are not.
            failure.get_or_insert(error);
        }
    }
    report.refuse_unknown_attribute()?;
    print(&report.finish(), arguments.json)?;
    match failure {
        Some(failure) => Err(Failure::Work(format!("{failure}; the report lacks what could not be read"))),
        None => Ok(()),
    }
}

/// The totals while files are read.
struct Report {
    by: Option<By>,
    totals: CallTotals,
    /// Only where calls are grouped by the agent that made them.
    agents: Option<Agents>,
    /// Only where calls are grouped by an attribute.
    attributes: Option<Attributes>,
    skipped: u64,
}

impl Report {
    fn new(by: Option<By>) -> Self {
        let counted = if by == Some(By::Tool) { Counted::Tools } else { Counted::Models };
        let agents = (by == Some(By::Agent)).then(Agents::default);
        let attributes = by.as_ref().and_then(By::attribute).map(Attributes::new);
        Self { by, totals: CallTotals::new(counted), agents, attributes, skipped: 0 }
    }

    fn read(&mut self, file: &Stream, skip_invalid: bool) -> Result<(), Failure> {
        for item in input::open(file, &Arc::default())? {
            match item {
                Ok(read) => self.add(read),
                Err(error) if skip_invalid && error.is_recoverable() => self.skipped += 1,
                Err(error) => {
                    let hint = if error.is_recoverable() {
                        " (--skip-invalid skips what cannot be read)"
                    } else {
                        ""
                    };
                    return Err(Failure::Work(format!("{error}{hint}")));
                }
            }
        }
        Ok(())
    }

    fn read_store(&mut self, store: &Store, arguments: &ReportArguments) -> Result<(), Failure> {
        let mut filter = TraceFilter::new().oldest_first();
        if let Some(since) = arguments.since {
            filter = filter.since(since);
        }
        if let Some(until) = arguments.until {
            filter = filter.until(until);
        }
        // In the order in which they were written: one after another, never all in memory.
        for trace in store.stored_traces(filter) {
            trace?.spans.into_iter().for_each(|read| self.add(read));
        }
        let deleted = store.statistics()?.pruned_traces;
        if deleted > 0 {
            let note = "by its bounds or by hand: the sums lack them; `otel-genai stats` has the sums of all";
            let traces = number(deleted, "trace was", "traces were");
            let _ = writeln!(stderr().lock(), "note: {traces} deleted from the store, {note}");
        }
        Ok(())
    }

    fn add(&mut self, read: ReadSpan) {
        let mut span = Span::from(read.span);
        // It was exported, so it was kept; many producers do not write the flag.
        span.set_sampled(true);
        if let Some(attributes) = &mut self.attributes {
            attributes.see(&span, &read.resource);
        }
        match (&mut self.agents, &self.by) {
            (Some(agents), _) => agents.push(span, &mut self.totals),
            (None, None) => self.totals.add(&span, ""),
            (None, Some(by)) => self.totals.add(&span, &by.group(&span, &read.resource)),
        }
    }

    /// A name that no call has is a mistake more often than a wish for one group of all.
    fn refuse_unknown_attribute(&self) -> Result<(), Failure> {
        let unknown = self.attributes.as_ref().and_then(Attributes::unknown);
        unknown.map_or(Ok(()), |message| Err(Failure::Usage(message)))
    }

    fn finish(mut self) -> Answer {
        if let Some(agents) = self.agents.take() {
            agents.finish(&mut self.totals);
        }
        Answer::new(self.by.as_ref(), &self.totals, self.skipped)
    }
}
