//! `otel-genai vacuum`: gives back space.

use std::io::Write;

use clap::Args;
use otel_genai::export::store::vacuum;

use super::bar::Bar;
use super::location::StoreArguments;
use super::stats::shown_bytes;
use super::stop::print;
use crate::failure::Failure;

/// Gives the space of deleted traces back to the system, tidies the search and empties the write-ahead log
///
/// Others may read and write the store meanwhile.
#[derive(Args, Debug)]
pub(crate) struct VacuumArguments {
    #[command(flatten)]
    store: StoreArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &VacuumArguments) -> Result<(), Failure> {
    let (path, key) = (arguments.store.existing_path()?, arguments.store.key()?);
    // What is no store must stay as it is, and an empty file is none.
    arguments.store.open()?;
    let mut bar = Bar::new("giving back", "pages");
    let report = vacuum(&path, key.as_ref(), |progress| bar.show(progress))?;
    drop(bar);
    print(|output| {
        let (before, after) = (shown_bytes(report.bytes_before), shown_bytes(report.bytes_after));
        Ok(writeln!(output, "{}: {before} before, {after} now", path.display())?)
    })
}
