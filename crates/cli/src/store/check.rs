//! `otel-genai check` of a store.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use otel_genai::export::store::{CheckReport, repair_into};

use super::bar::Bar;
use super::location::StoreArguments;
use super::stop::print;
use crate::failure::Failure;
use crate::plain::{number, printable};

/// What can be asked of a store.
#[derive(Args, Debug)]
pub(crate) struct StoreCheckArguments {
    #[command(flatten)]
    store: StoreArguments,

    /// Copies what can be read of a damaged store to a new file, and leaves the damaged one as it is
    #[arg(long, value_name = "NEW", help_heading = "Store")]
    repair_into: Option<PathBuf>,
}

impl StoreCheckArguments {
    /// Tells whether the command line asks for a store.
    pub(crate) fn is_wanted(&self) -> bool {
        self.store.is_named() || self.repair_into.is_some()
    }

    /// Tells whether there is a store.
    pub(crate) fn is_there(&self) -> Result<bool, Failure> {
        Ok(self.store.path()?.exists())
    }
}

/// Checks or repairs a store.
pub(crate) fn check(arguments: &StoreCheckArguments) -> Result<(), Failure> {
    if let Some(into) = &arguments.repair_into {
        return repair(arguments, into);
    }
    let store = arguments.store.open()?;
    let mut bar = Bar::new("reading", "traces");
    let report = store.check(|progress| bar.show(progress))?;
    drop(bar);
    let path = store.path().display();
    let CheckReport { traces, spans, problems, .. } = &report;
    if report.is_sound() {
        let (traces, spans) = (number(*traces, "trace", "traces"), number(*spans, "span", "spans"));
        return print(|output| Ok(writeln!(output, "{path} is sound: read {traces} with {spans}")?));
    }
    print(|output| {
        for problem in problems {
            writeln!(output, "{}", printable(problem))?;
        }
        Ok(())
    })?;
    let count = number(problems.len() as u64, "problem", "problems");
    Err(Failure::Work(format!(
        "{path} is damaged: {count}; `otel-genai check --repair-into NEW` copies what can be read into a new file"
    )))
}

fn repair(arguments: &StoreCheckArguments, into: &PathBuf) -> Result<(), Failure> {
    let (path, key) = (arguments.store.existing_path()?, arguments.store.key()?);
    let mut bar = Bar::new("copying", "traces");
    let report = repair_into(&path, into, key.as_ref(), |progress| bar.show(progress))?;
    drop(bar);
    print(|output| {
        let traces = number(report.traces, "trace", "traces");
        let spans = number(report.spans, "span", "spans");
        writeln!(output, "saved {traces} with {spans} to {}", into.display())?;
        if report.damaged_traces > 0 {
            let damaged = number(report.damaged_traces, "trace is", "traces are");
            writeln!(output, "{damaged} not whole, or lost")?;
        }
        Ok(writeln!(output, "{} is as it was", path.display())?)
    })
}
