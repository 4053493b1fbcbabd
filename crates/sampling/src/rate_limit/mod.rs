//! So many spans or traces a second, and still known totals.

mod backstop;
mod demand;
mod key;
mod limiter;
mod log;

pub use key::{RateKey, RateKeyError};
pub use limiter::{DEFAULT_MAX_KEYS, RateLimiter};
