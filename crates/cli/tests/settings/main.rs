//! `config`, `doctor`, `check`, `completions`, run as a user runs them.

mod config;
mod doctor;
#[cfg(feature = "otlp")]
mod documentation;
mod program;
#[cfg(feature = "otlp")]
mod receiver;
