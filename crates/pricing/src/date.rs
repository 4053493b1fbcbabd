//! Calendar dates and UTC times of day, as far as price lists need them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: i64 = 86_400;

/// A day of the proleptic Gregorian calendar in UTC.
///
/// ```
/// use otel_genai_pricing::Date;
///
/// let cut: Date = "2025-06-10".parse()?;
/// assert_eq!(cut.to_string(), "2025-06-10");
/// # Ok::<(), otel_genai_pricing::DateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

/// A text that is not a date of the form `2026-11-20`, or no such day exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date such as 2026-11-20")]
pub struct DateError {
    text: String,
}

/// A moment split the way price windows need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) date: Date,
    /// Monday is 1, Sunday is 7.
    pub(crate) weekday: u8,
    pub(crate) minute_of_day: u16,
}

impl Date {
    /// The UTC day of a moment.
    #[must_use]
    pub fn of(time: SystemTime) -> Self {
        Moment::of(time).date
    }

    /// Midnight UTC at which the day starts.
    #[must_use]
    pub fn start(self) -> SystemTime {
        let seconds = i64::from(self.days) * SECONDS_PER_DAY;
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
    }

    // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    fn from_civil(year: i32, month: u32, day: u32) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        if day == 0 || day > length || !(1..=9999).contains(&year) {
            return None;
        }
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_of_era = shifted.rem_euclid(400);
        let month_index = i32::try_from((month + 9) % 12).ok()?;
        let day_of_year = (153 * month_index + 2) / 5 + i32::try_from(day).ok()? - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self { days: era * 146_097 + day_of_era - 719_468 })
    }

    fn civil(self) -> (i32, i32, i32) {
        let shifted = self.days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month, day)
    }
}

impl Moment {
    pub(crate) fn of(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
        };
        let days = seconds.div_euclid(SECONDS_PER_DAY);
        // 1970-01-01 was a Thursday.
        let weekday = u8::try_from((days + 3).rem_euclid(7)).map_or(1, |zero_based| zero_based + 1);
        let minute = u16::try_from(seconds.rem_euclid(SECONDS_PER_DAY) / 60).unwrap_or(0);
        let days = i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX });
        Self { date: Date { days }, weekday, minute_of_day: minute }
    }
}

impl std::str::FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(index, byte)| {
                if matches!(index, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() }
            });
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
        let parsed = || {
            let year = i32::try_from(number(0..4)?).ok()?;
            Self::from_civil(year, number(5..7)?, number(8..10)?)
        };
        if shaped { parsed() } else { None }.ok_or_else(|| DateError { text: text.to_owned() })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weekday_and_minute_of_a_known_moment() {
        // 2026-11-21T02:00:00Z, a Saturday.
        let start = "2026-11-21".parse::<Date>().expect("a date").start();
        let moment = Moment::of(start + Duration::from_secs(2 * 3600));
        assert_eq!((moment.weekday, moment.minute_of_day), (6, 120));
    }

    #[test]
    fn impossible_days_are_refused() {
        for text in ["2026-02-30", "2026-13-01", "2026-1-01", "20261101", "", "２026-01-01"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_reads_back(days in -500_000_i32..2_000_000) {
            let date = Date { days };
            prop_assert_eq!(date.to_string().parse::<Date>(), Ok(date));
            prop_assert_eq!(Date::of(date.start()), date);
        }
    }
}
