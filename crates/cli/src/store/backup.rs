//! `otel-genai backup`: a copy of the store.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::bar::Bar;
use super::location::StoreArguments;
use super::stats::shown_bytes;
use super::stop::print;
use crate::failure::Failure;
use crate::interrupt::RemovedAtSignal;
use crate::output::folder_of;

/// Copies the store as it is at this moment to a new file, while others read and write it
///
/// The copy is whole or not there. That of an encrypted store has the same key.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  otel-genai backup traces-monday.db")]
pub(crate) struct BackupArguments {
    /// The file to create; one that exists is never replaced
    to: PathBuf,

    #[command(flatten)]
    store: StoreArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &BackupArguments) -> Result<(), Failure> {
    let store = arguments.store.open()?;
    folder_of(&arguments.to).map_err(|error| {
        Failure::Work(format!(
            "cannot back up {} to {}: {error}",
            store.path().display(),
            arguments.to.display()
        ))
    })?;
    // What `Store::backup` writes until the copy is whole.
    let unfinished = [".partial", ".partial-journal"].map(|end| {
        let mut name = arguments.to.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    });
    let _removed_at_signal = RemovedAtSignal::new(unfinished.into(), &arguments.to);
    let mut bar = Bar::new("copying", "pages");
    store.backup(&arguments.to, |progress| bar.show(progress))?;
    drop(bar);
    let bytes = arguments
        .to
        .metadata()
        .map_or_else(|_| String::new(), |copy| format!(" ({})", shown_bytes(copy.len())));
    print(|output| {
        Ok(writeln!(output, "copied {} to {}{bytes}", store.path().display(), arguments.to.display())?)
    })
}
