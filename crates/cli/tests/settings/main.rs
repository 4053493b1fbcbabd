//! `config`, `doctor`, `check`, `completions`, run as a user runs them.

mod config;
mod doctor;
mod program;
#[cfg(feature = "otlp")]
mod receiver;
