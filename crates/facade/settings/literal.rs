//! Durations and sizes as people write them.

use std::time::Duration;

/// The longest duration that is read: 10,000 days. Far beyond use, and short enough that no clock overflows.
const LONGEST: Duration = Duration::from_secs(10_000 * 86_400);

/// Units of time, in milliseconds.
const TIME_UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Units of size, in bytes: those of IEC 80000-13 (by 1024) and of the SI (by 1000).
const SIZE_UNITS: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads a duration as settings have it: whole numbers with units (`ms`, `s`, `m`, `h`, `d`), as in `500ms` or `1h 30m`.
///
/// Returns `None` for any other text, and beyond 10,000 days.
///
/// ```
/// assert_eq!(otel_genai::parse_duration("1h 30m"), Some(std::time::Duration::from_secs(5400)));
/// assert_eq!(otel_genai::parse_duration("90"), None);
/// ```
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut milliseconds: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest)?;
        let factor = TIME_UNITS.iter().find(|(name, _)| *name == unit)?.1;
        milliseconds = milliseconds.checked_add(number.checked_mul(factor)?)?;
        rest = after.trim_start();
    }
    Some(Duration::from_millis(milliseconds)).filter(|duration| *duration <= LONGEST)
}

/// Reads a size as settings have it, in bytes: a whole number, alone or with a unit (`B`, `kB` … `GB`, `KiB` … `GiB`).
///
/// Returns `None` for any other text, and for more than the memory of a machine could have.
///
/// ```
/// assert_eq!(otel_genai::parse_size("64MiB"), Some(64 << 20));
/// assert_eq!(otel_genai::parse_size("64M"), None);
/// ```
pub fn size(text: &str) -> Option<usize> {
    let text = text.trim();
    let bytes = match whole_number(text) {
        Some(bytes) => bytes,
        None => {
            let (number, unit, after) = number_and_unit(text)?;
            let factor = SIZE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1;
            number.checked_mul(factor).filter(|_| after.is_empty())?
        }
    };
    // As the queue does, so that adding to a size cannot overflow.
    usize::try_from(bytes).ok().filter(|bytes| isize::try_from(*bytes).is_ok())
}

/// Reads digits, which may be grouped with underscores as in TOML.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    let is_grouped_well = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if is_grouped_well && is_number { text.replace('_', "").parse().ok() } else { None }
}

/// Splits `30m 5s` into 30, `m` and ` 5s`.
fn number_and_unit(text: &str) -> Option<(u64, &str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_')?;
    let (number, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    Some((whole_number(number)?, unit, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_and_nothing_else() {
        let cases = [
            ("500ms", Some(500)),
            ("5s", Some(5000)),
            (" 5 s ", Some(5000)),
            ("1h", Some(3_600_000)),
            ("1h30m", Some(5_400_000)),
            ("1h 30m 5s", Some(5_405_000)),
            ("2d", Some(172_800_000)),
            ("0s", Some(0)),
            ("10000d", Some(864_000_000_000)),
            ("10001d", None),
            ("5", None),
            ("", None),
            ("s", None),
            ("1.5s", None),
            ("-1s", None),
            ("5S", None),
            ("5 s s", None),
            ("99999999999999999999s", None),
            ("18446744073709551615h", None),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(duration(text), milliseconds.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_nothing_else() {
        let cases = [
            ("4096", Some(4096)),
            ("1_000", Some(1000)),
            ("64MiB", Some(64 << 20)),
            ("64 mib", Some(64 << 20)),
            ("10MB", Some(10_000_000)),
            ("1KB", Some(1000)),
            ("7B", Some(7)),
            ("", None),
            ("_1", None),
            ("1__0", None),
            ("64M", None),
            ("1.5GiB", None),
            ("-1", None),
            ("1MiB1", None),
            ("18446744073709551615", None),
            ("18446744073709551615GiB", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(size(text), bytes, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_text_the_result_is_in_range(text in "[0-9_]{0,20} ?[a-zA-Z\u{e9}]{0,3}.{0,3}") {
            prop_assert!(duration(&text).is_none_or(|duration| duration <= LONGEST));
            prop_assert!(size(&text).is_none_or(|size| isize::try_from(size).is_ok()));
        }

        #[test]
        fn every_duration_of_one_unit_is_read(number in 0u64..10_000, unit in 0usize..TIME_UNITS.len()) {
            let (name, factor) = TIME_UNITS[unit];
            prop_assert_eq!(duration(&format!("{number}{name}")), Some(Duration::from_millis(number * factor)));
        }
    }
}
