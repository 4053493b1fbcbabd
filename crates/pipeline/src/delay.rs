//! Moments that lie a delay ahead.

use std::time::{Duration, Instant};

/// Adds a delay; one that is out of the clock's range means never, which a century is near enough to.
pub(crate) fn later(moment: Instant, delay: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    moment.checked_add(delay).unwrap_or_else(|| moment + CENTURY)
}
