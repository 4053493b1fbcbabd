//! The dialects in which libraries write spans of model calls, read as one.
//!
//! [`Reader::read`] tells what a span says, [`Reader::normalise`] also puts it into the span in the words of the GenAI
//! conventions.
//! Which attribute of which library means what stands in one table, `aliases.rs`; which kind of span stands for what in
//! `roles.rs`; which library counts otherwise than the conventions say in `habits.rs`. A new library is a few rows there.

mod aliases;
mod config;
mod content;
mod fact;
mod habits;
mod identity;
mod index;
mod numbered;
#[cfg(test)]
mod properties;
mod reader;
mod reading;
mod roles;
mod tokens;
mod write;

pub use config::{Config, Profile, UnknownName};
pub use reader::Reader;
pub use reading::Reading;
