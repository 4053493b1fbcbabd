//! Runs stages over finished traces, off the caller's thread.

mod span;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use span::{Span, Surface};
