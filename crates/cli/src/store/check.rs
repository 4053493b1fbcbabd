//! `otel-genai check` of a store.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use otel_genai::export::figures::shown_count;
use otel_genai::export::store::{CheckReport, DamagedTrace, repair_into};
use tempfile::TempDir;

use super::bar::Bar;
use super::location::StoreArguments;
use super::stop::print;
use crate::failure::Failure;
use crate::interrupt::RemovedAtSignal;
use crate::output::folder_of;
use crate::plain::{number, printable};

/// So many traces of which something is lost are named.
const NAMED: usize = 20;

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
    let CheckReport { traces, spans, problems, more, .. } = &report;
    if report.is_sound() {
        let (traces, spans) = (number(*traces, "trace", "traces"), number(*spans, "span", "spans"));
        return print(|output| Ok(writeln!(output, "{path} is sound: read {traces} with {spans}")?));
    }
    print(|output| {
        for problem in problems {
            writeln!(output, "{}", printable(problem))?;
        }
        if *more > 0 {
            writeln!(output, "and {} more", shown_count(*more))?;
        }
        Ok(())
    })?;
    let count = number(problems.len() as u64 + more, "problem", "problems");
    Err(Failure::Work(format!(
        "{path} is damaged: {count}; `otel-genai check --repair-into NEW` copies what can be read into a new file"
    )))
}

fn repair(arguments: &StoreCheckArguments, into: &PathBuf) -> Result<(), Failure> {
    let (path, key) = (arguments.store.existing_path()?, arguments.store.key()?);
    let unwritable = |reason: &dyn Display| {
        Failure::Work(format!("cannot repair {} into {}: {reason}", path.display(), into.display()))
    };
    if into.exists() {
        return Err(unwritable(&"the file exists; choose a new name"));
    }
    // Half of a store would look like a whole one, so it gets its name at the end.
    let folder = unfinished_folder(into).map_err(|error| unwritable(&error))?;
    let _removed_at_signal = RemovedAtSignal::new(vec![folder.path().to_owned()], into);
    let unfinished = folder.path().join("store.db");
    let mut bar = Bar::new("copying", "traces");
    let report = repair_into(&path, &unfinished, key.as_ref(), |progress| bar.show(progress))?;
    drop(bar);
    fs::rename(&unfinished, into).map_err(|error| unwritable(&error))?;
    print(|output| {
        let traces = number(report.traces, "trace", "traces");
        let spans = number(report.spans, "span", "spans");
        writeln!(output, "saved {traces} with {spans} to {}", into.display())?;
        for damaged in report.damaged.iter().take(NAMED) {
            writeln!(output, "{}", loss(damaged))?;
        }
        if report.damaged_traces > NAMED as u64 {
            writeln!(output, "and {} more", shown_count(report.damaged_traces - NAMED as u64))?;
        }
        if !report.has_sums {
            writeln!(output, "sums cannot be copied: totals count only what was saved")?;
        }
        Ok(writeln!(output, "{} is as it was", path.display())?)
    })?;
    if report.damaged_traces == 0 && report.has_sums {
        return Ok(());
    }
    if report.damaged_traces == 0 {
        let message = format!(
            "the sums cannot be copied, so that totals count only what is left; everything else is in {}",
            into.display()
        );
        return Err(Failure::Work(message));
    }
    let damaged = number(report.damaged_traces, "trace is", "traces are");
    let message = format!("{damaged} not whole, or lost; what could be read is in {}", into.display());
    Err(Failure::Work(message))
}

/// Says of which trace what is lost.
fn loss(damaged: &DamagedTrace) -> String {
    let name = match damaged.trace_id {
        Some(id) => format!("trace {id}"),
        None => format!("trace number {}, whose id is lost too", shown_count(damaged.number)),
    };
    match (damaged.saved, damaged.spans) {
        (0, None) => format!("{name}: all is lost"),
        (0, Some(spans)) => format!("{name}: all is lost, {}", number(spans, "span", "spans")),
        (saved, None) => format!("{name}: {} saved, the rest is lost", number(saved, "span", "spans")),
        (saved, Some(spans)) => {
            let lost = shown_count(spans.saturating_sub(saved));
            format!("{name}: {lost} of {} lost", number(spans, "span", "spans"))
        }
    }
}

/// Makes a folder beside a file that is to come, which is gone with what is in it when it is dropped.
fn unfinished_folder(into: &Path) -> io::Result<TempDir> {
    let name = into.file_name().ok_or_else(|| io::Error::other("it is not the name of a file"))?;
    let folder = folder_of(into)?;
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    tempfile::Builder::new().prefix(&prefix).suffix(".partial").tempdir_in(folder)
}
