//! Finding: one pass of an automaton over all literals, one over words with digits, patterns only where those hit.

mod behind;
mod commands;
mod context;
mod engine;
mod escapes;
mod identities;
mod inserts;
mod keys;
mod layouts;
mod literals;
mod markup;
mod members;
mod named;
mod numbers;
mod plausible;
mod resolve;
mod special;
mod tables;
mod text;
mod values;
mod vendors;
mod words;
mod work;

pub(crate) use engine::{Engine, Scanned};
pub(crate) use escapes::unescape;
pub(crate) use literals::Places;
pub(crate) use named::{SecretName, named_values};
pub(crate) use resolve::{Candidate, resolve};
pub(crate) use text::part;
pub(crate) use work::{read, searched};
