//! Whole numbers on the command line.

use std::num::NonZeroU64;

/// Reads a number that may be 0.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// Reads a number of things of which there must be one at least.
pub(crate) fn parse_from_one(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 1 to {}", u64::MAX))
}
