//! The words of GenAI telemetry: attribute names, message JSON, token usage, and one reading of every library's spans.

mod answer;
#[cfg(feature = "span")]
pub mod dialect;
pub mod messages;
pub mod names;
mod operation;
pub mod provider;
mod role;
pub mod usage;
mod value;
#[cfg(feature = "span")]
mod view;

pub use answer::Answer;
pub use operation::Operation;
pub use role::Role;
pub use usage::{TokenField, TokenUsage};
#[cfg(feature = "span")]
pub use view::GenAiSpan;
