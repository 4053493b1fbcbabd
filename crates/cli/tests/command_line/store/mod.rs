//! The store on the command line, run as a user runs it: one file per claim.

mod any_damage;
mod bad_files;
mod bounds;
mod closed_pipe;
#[cfg(unix)]
mod interruption;
mod keys;
mod lists;
mod location;
mod maintenance;
mod questions;
mod round_trip;
mod runs;
mod stores;
mod totals;
mod trees;
mod watch;
