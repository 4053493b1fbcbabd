//! The commands over the store: one file that says what agents did, what it cost, and what went wrong.

mod backup;
mod bar;
mod calls;
mod check;
mod csv;
mod export;
mod filters;
mod import;
mod location;
mod messages;
mod prune;
mod rekey;
mod show;
mod span_line;
mod sql;
mod stats;
mod stop;
mod summary_line;
mod table;
mod terminal;
mod totals;
mod traces;
mod vacuum;
mod watch;

pub(crate) use backup::BackupArguments;
pub(crate) use check::{StoreCheckArguments, check};
pub(crate) use export::ExportArguments;
pub(crate) use import::ImportArguments;
pub(crate) use prune::PruneArguments;
pub(crate) use rekey::RekeyArguments;
pub(crate) use show::ShowArguments;
pub(crate) use sql::SqlArguments;
pub(crate) use stats::StatsArguments;
pub(crate) use traces::TracesArguments;
pub(crate) use vacuum::VacuumArguments;

pub(crate) use backup::run as backup;
pub(crate) use export::run as export;
pub(crate) use import::run as import;
pub(crate) use prune::run as prune;
pub(crate) use rekey::run as rekey;
pub(crate) use show::run as show;
pub(crate) use sql::run as sql;
pub(crate) use stats::run as stats;
pub(crate) use traces::run as traces;
pub(crate) use vacuum::run as vacuum;
