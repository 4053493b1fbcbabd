//! `otel-genai prune`: deletes old traces.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};
use std::num::NonZeroU64;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use otel_genai::export::figures::shown_count;
use otel_genai::export::store::{Retention, SqlValue, Store, prune_store};

use super::filters::duration;
use super::location::StoreArguments;
use super::stats::shown_bytes;
use super::stop::print;
use crate::count;
use crate::failure::Failure;
use crate::plain::number;

/// Deletes the oldest traces, whole ones, until what is left is within the bounds
///
/// Totals of `stats --by` still count what is deleted. Space in the file is used again; `otel-genai vacuum` gives it back.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai prune --older-than 30d --dry-run
  otel-genai prune --max-size 1GiB --max-traces 100000 --yes

Exit code: 0 the store is within the bounds; 1 something failed, or the answer was no; 2 wrong usage.")]
pub(crate) struct PruneArguments {
    #[command(flatten)]
    store: StoreArguments,

    /// Deletes traces whose last span ended longer ago than this, such as 30d
    #[arg(long, value_name = "DURATION", value_parser = duration, allow_hyphen_values = true)]
    older_than: Option<Duration>,

    /// Deletes the oldest traces while what is in use takes more than this, such as 1GiB
    #[arg(long, value_name = "SIZE", value_parser = size, allow_hyphen_values = true)]
    max_size: Option<NonZeroU64>,

    /// Deletes the oldest traces while there are more than this
    #[arg(long, value_name = "TRACES", value_parser = count::parse_from_one, allow_negative_numbers = true)]
    max_traces: Option<NonZeroU64>,

    /// Tells what would be deleted, and deletes nothing
    #[arg(long)]
    dry_run: bool,

    /// Deletes without asking
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
}

fn size(text: &str) -> Result<NonZeroU64, String> {
    let bytes = otel_genai::parse_size(text).and_then(|bytes| NonZeroU64::new(bytes as u64));
    bytes.ok_or_else(|| "expected a size from 1 byte on, such as 500MB or 1GiB".to_owned())
}

/// Runs the command.
pub(crate) fn run(arguments: &PruneArguments) -> Result<(), Failure> {
    let mut retention = Retention::default();
    if let Some(age) = arguments.older_than {
        retention = retention.max_age(age);
    }
    if let Some(bytes) = arguments.max_size {
        retention = retention.max_bytes(bytes);
    }
    if let Some(traces) = arguments.max_traces {
        retention = retention.max_traces(traces);
    }
    if !retention.is_bounded() {
        return Err(Failure::Usage(
            "there is no bound; give --older-than, --max-size or --max-traces".into(),
        ));
    }
    let (path, key) = (arguments.store.existing_path()?, arguments.store.key()?);
    let now = SystemTime::now();
    let store = arguments.store.open()?;
    let excess = Excess::of(&store, arguments, now)?;
    drop(store);
    if arguments.dry_run {
        return print(|output| Ok(writeln!(output, "{} would be deleted", excess.shown())?));
    }
    if excess.is_nothing() {
        return print(|output| Ok(writeln!(output, "nothing to delete: the store is within these bounds")?));
    }
    if !arguments.yes {
        confirm(&excess)?;
    }
    let report = prune_store(&path, key.as_ref(), &retention, now)?;
    print(|output| {
        let traces = number(report.traces, "trace", "traces");
        let spans = number(report.spans, "span", "spans");
        let path = path.display();
        Ok(writeln!(
            output,
            "deleted {traces} with {spans} from {path}; `otel-genai vacuum` makes the file smaller"
        )?)
    })
}

/// Asks; only a yes is one.
fn confirm(excess: &Excess) -> Result<(), Failure> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(Failure::Usage(format!(
            "nothing was deleted: {} would be, and nobody can be asked; give --yes, or --dry-run to look first",
            excess.shown()
        )));
    }
    let _ = write!(stderr().lock(), "delete {}? [y/N] ", excess.shown());
    let mut answer = String::new();
    let read = stdin().lock().read_line(&mut answer);
    match answer.trim() {
        "y" | "Y" | "yes" if read.is_ok() => Ok(()),
        _ => Err(Failure::Work("nothing was deleted".into())),
    }
}

/// What exceeds the bounds.
struct Excess {
    /// By age and number: the exact count.
    traces: u64,
    all_traces: u64,
    /// By size: the bytes that are too much, of which no trace is known beforehand.
    bytes: u64,
    used_bytes: u64,
}

impl Excess {
    fn of(store: &Store, arguments: &PruneArguments, now: SystemTime) -> Result<Self, Failure> {
        let statistics = store.statistics()?;
        if let Some(most) = arguments.max_size.filter(|most| most.get() < statistics.least_bytes) {
            let (least, shown) = (statistics.least_bytes, shown_bytes(statistics.least_bytes));
            return Err(Failure::Usage(format!(
                "--max-size: {most} bytes are too few, and nothing was deleted: without any trace the store takes {least} \
                 bytes ({shown}), with its totals; give more, or bound the age or the number of traces"
            )));
        }
        let too_many = arguments.max_traces.map_or(0, |most| statistics.traces.saturating_sub(most.get()));
        let cutoff = arguments.older_than.and_then(|age| now.checked_sub(age));
        let cutoff = cutoff.and_then(|cutoff| cutoff.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let cutoff = i64::try_from(cutoff.as_nanos()).unwrap_or(i64::MAX);
        // The oldest ones go first for their number; what else is too old goes too.
        let query = format!(
            "SELECT count(*) FROM (SELECT id FROM traces WHERE start_ns < {cutoff} AND end_ns < {cutoff} \
             UNION SELECT id FROM (SELECT id FROM traces ORDER BY start_ns, id LIMIT {too_many}))"
        );
        let mut traces = 0;
        store.sql(&query, |_, row| {
            if let [SqlValue::Integer(count)] = row {
                traces = count.unsigned_abs();
            }
            ControlFlow::Break(())
        })?;
        let bytes = arguments.max_size.map_or(0, |most| statistics.used_bytes.saturating_sub(most.get()));
        Ok(Self { traces, all_traces: statistics.traces, bytes, used_bytes: statistics.used_bytes })
    }

    fn is_nothing(&self) -> bool {
        self.traces == 0 && (self.bytes == 0 || self.all_traces == 0)
    }

    fn shown(&self) -> String {
        let all = number(self.all_traces, "trace", "traces");
        let traces = format!("{} of {all}", shown_count(self.traces));
        if self.bytes == 0 {
            return traces;
        }
        let (bytes, used) = (shown_bytes(self.bytes), shown_bytes(self.used_bytes));
        // Indexes and shared texts make any count of traces a guess.
        if self.traces == 0 {
            format!("as many of the oldest of {all} as take {bytes} of {used}")
        } else {
            format!("{traces}, and then the oldest until {bytes} of {used} are free,")
        }
    }
}
