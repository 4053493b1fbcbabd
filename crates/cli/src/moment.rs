//! Moments on the command line.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use otel_genai::pricing::Date;

use crate::failure::Failure;

const EXPECTED: &str = "expected a day or a time with its zone, such as 2026-11-20 or 2026-11-20T09:30:00Z";

/// Reads a day, which stands for its first moment in UTC, or a time of RFC 3339.
pub(crate) fn parse(text: &str) -> Result<SystemTime, String> {
    read(text).ok_or_else(|| EXPECTED.to_owned())
}

fn read(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.split_at_checked(10)?;
    let midnight = date.parse::<Date>().ok()?.start();
    if rest.is_empty() {
        return Some(midnight);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, shift) = match rest.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, Some((true, Duration::ZERO))),
        None => {
            let sign = rest.rfind(['+', '-'])?;
            let (hours, minutes) = rest.get(sign + 1..)?.split_once(':')?;
            let shift = Duration::from_secs(digits(hours, 23)? * 3600 + digits(minutes, 59)? * 60);
            (rest.get(..sign)?, Some((rest.as_bytes().get(sign) == Some(&b'-'), shift)))
        }
    };
    let local = midnight.checked_add(time_of_day(clock)?)?;
    let (is_behind_utc, shift) = shift?;
    if is_behind_utc { local.checked_add(shift) } else { local.checked_sub(shift) }
}

fn time_of_day(clock: &str) -> Option<Duration> {
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (clock, None),
    };
    let mut parts = whole.split(':');
    let (hours, minutes) = (digits(parts.next()?, 23)?, digits(parts.next()?, 59)?);
    // A leap second is the last of its minute.
    let seconds = parts.next().map_or(Some(0), |seconds| digits(seconds, 60))?.min(59);
    let is_fraction = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Prices change at full minutes at the most, so a fraction is read and left out.
    (parts.next().is_none() && fraction.is_none_or(is_fraction))
        .then(|| Duration::from_secs(hours * 3600 + minutes * 60 + seconds))
}

fn digits(text: &str, most: u64) -> Option<u64> {
    let is_two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_two_digits && *number <= most)
}

/// Writes a moment as RFC 3339 has it, in UTC, to the second.
pub(crate) fn show(moment: SystemTime) -> String {
    let date = Date::of(moment);
    let seconds = moment.duration_since(date.start()).unwrap_or_default().as_secs();
    format!("{date}T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Reads a moment, or how long ago it was, such as `2h`.
pub(crate) fn parse_or_ago(text: &str) -> Result<SystemTime, String> {
    match otel_genai::parse_duration(text) {
        Some(ago) => SystemTime::now().checked_sub(ago).ok_or_else(|| "that is too long ago".to_owned()),
        None => read(text).ok_or_else(|| format!("{EXPECTED}, or how long ago, such as 30m, 2h or 7d")),
    }
}

/// Refuses a time that ends before it begins, or in the same second: nothing would be found, and it is a slip.
pub(crate) fn refuse_reversed(since: Option<SystemTime>, until: Option<SystemTime>) -> Result<(), Failure> {
    let (Some(since), Some(until)) = (since, until) else { return Ok(()) };
    // Times are read to the second; the same one `ago`, read twice, differs by less.
    if until.duration_since(since).is_ok_and(|between| between >= Duration::from_secs(1)) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--since {} is not before --until {}: nothing can lie between; exchange them, or leave one out",
        show(since),
        show(until)
    )))
}

/// Writes a moment as RFC 3339 has it, in UTC, to the nanosecond.
pub(crate) fn show_exact(moment: SystemTime) -> String {
    let whole = show(moment);
    let nanoseconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    format!("{}.{nanoseconds:09}Z", whole.trim_end_matches('Z'))
}

/// Returns the day of now.
pub(crate) fn today() -> Date {
    Date::of(SystemTime::now().max(UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_days_or_times_with_a_zone() {
        let cases = [
            ("2026-11-20", Some("2026-11-20T00:00:00Z")),
            ("2026-11-20T09:30Z", Some("2026-11-20T09:30:00Z")),
            ("2026-11-20t09:30:01.5z", Some("2026-11-20T09:30:01Z")),
            ("2026-11-20 09:30:01+02:00", Some("2026-11-20T07:30:01Z")),
            ("2026-11-20T23:30:00-01:30", Some("2026-11-21T01:00:00Z")),
            ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59Z")),
            ("1969-12-31T12:00:00Z", Some("1969-12-31T12:00:00Z")),
            ("2026-11-20T09:30:00", None),
            ("2026-11-20T24:00:00Z", None),
            ("2026-11-20T9:30Z", None),
            ("2026-11-20T09:30:00.Z", None),
            ("2026-11-20T09:30:00:00Z", None),
            ("2026-11-20T09:30:00+0200", None),
            ("2026-02-30", None),
            ("2026-11-2é", None),
            ("now", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).ok().map(show).as_deref(), expected, "{text}");
        }
    }
}
