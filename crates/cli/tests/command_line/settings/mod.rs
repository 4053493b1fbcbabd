//! `config`, `doctor`, `check`, `completions`, run as a user runs them.

mod config;
mod doctor;
#[cfg(feature = "otlp")]
mod documentation;
#[cfg(feature = "otlp")]
mod receiver;
