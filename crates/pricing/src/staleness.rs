//! How old the prices are.

use std::fmt;
use std::time::SystemTime;

use crate::table::PriceTable;

/// From this age on the log should mention the table once, as information.
pub const INFORM_AFTER_DAYS: u64 = 7;
/// From this age on the log should mention it once, as a warning.
pub const WARN_AFTER_DAYS: u64 = 30;

/// How old a price table is.
///
/// Its `Display` is the one log line.
///
/// ```
/// use otel_genai_pricing::{AgeLevel, Catalogue, Date, PriceTable};
///
/// let catalogue = Catalogue::bundled()?;
/// let day = catalogue.generated_at().expect("a date");
/// let table = PriceTable::new(catalogue);
/// let age = table.staleness(day.start() + std::time::Duration::from_secs(31 * 86_400)).expect("a dated table");
/// assert_eq!((age.days, age.level()), (31, AgeLevel::Warn));
/// # Ok::<(), otel_genai_pricing::CatalogueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// Whole days since the figures were fetched; 0 if the clock is before that day.
    pub days: u64,
    /// The day they were fetched, as in the manifest.
    pub generated_at: String,
}

/// Whether the age of a table is worth a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeLevel {
    /// It is not.
    Fresh,
    /// A week or more: information.
    Inform,
    /// A month or more: a warning.
    Warn,
}

impl Staleness {
    /// Whether the age is worth a log line.
    #[must_use]
    pub const fn level(&self) -> AgeLevel {
        match self.days {
            0..INFORM_AFTER_DAYS => AgeLevel::Fresh,
            INFORM_AFTER_DAYS..WARN_AFTER_DAYS => AgeLevel::Inform,
            _ => AgeLevel::Warn,
        }
    }
}

impl fmt::Display for Staleness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { days, generated_at } = self;
        write!(
            formatter,
            "model prices are {days} days old (of {generated_at}); run `otel-genai pricing refresh`"
        )
    }
}

impl PriceTable {
    /// How old the table is at a moment; `None` if its manifest has no readable date.
    #[must_use]
    pub fn staleness(&self, now: SystemTime) -> Option<Staleness> {
        let generated_at = self.manifest().generated_at.clone();
        let start = generated_at.parse::<crate::Date>().ok()?.start();
        let days = now.duration_since(start).map_or(0, |age| age.as_secs() / 86_400);
        Some(Staleness { days, generated_at })
    }
}
