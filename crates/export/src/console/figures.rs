//! Figures and texts as people read them.

use std::time::Duration;

/// Writes a number with a comma between its thousands.
///
/// ```
/// assert_eq!(otel_genai_export::figures::shown_count(1_234_567), "1,234,567");
/// ```
pub fn shown_count(count: u64) -> String {
    grouped(&count.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes dollars with as many places as say something: a call may cost a thousandth of a cent.
///
/// ```
/// assert_eq!(otel_genai_export::figures::shown_cost(0.012_34), "$0.0123");
/// assert_eq!(otel_genai_export::figures::shown_cost(1_234.5), "$1,234.50");
/// ```
pub fn shown_cost(dollars: f64) -> String {
    if dollars >= 1.0 || dollars == 0.0 {
        let text = format!("{dollars:.2}");
        text.split_once('.')
            .map_or_else(|| format!("${text}"), |(whole, cents)| format!("${}.{cents}", grouped(whole)))
    } else if dollars >= 0.01 {
        format!("${dollars:.4}")
    } else if dollars >= 0.000_001 {
        format!("${dollars:.6}")
    } else {
        "< $0.000001".to_owned()
    }
}

/// Writes a duration to about three digits.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(otel_genai_export::figures::shown_duration(Duration::from_millis(1_239)), "1.23s");
/// ```
pub fn shown_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration < Duration::from_millis(1) {
        format!("{}µs", duration.as_micros())
    } else if seconds == 0 {
        format!("{}ms", duration.as_millis())
    } else if seconds < 60 {
        format!("{seconds}.{:02}s", duration.subsec_millis() / 10)
    } else if seconds < 3600 {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    } else {
        format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60)
    }
}

/// Makes a text from outside fit for a terminal: what may do something else there than show itself is escaped.
///
/// Those are control characters (the whole of C0 and C1: escape sequences begin with one), and the invisible characters
/// that change the order or the look of others: direction marks and overrides, zero-width characters, line separators,
/// tags.
///
/// # Examples
///
/// ```
/// use otel_genai_export::figures::printable;
///
/// assert_eq!(printable("pay \u{202e}001 é\t"), "pay \\u{202e}001 é\\t");
/// ```
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

pub(super) fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_or_so() {
        let cases = [
            (Duration::ZERO, "0µs"),
            (Duration::from_micros(999), "999µs"),
            (Duration::from_micros(1_999), "1ms"),
            (Duration::from_millis(999), "999ms"),
            (Duration::from_millis(1_239), "1.23s"),
            (Duration::from_secs(59), "59.00s"),
            (Duration::from_secs(61), "1m 01s"),
            (Duration::from_secs(3_725), "1h 02m"),
        ];
        for (duration, expected) in cases {
            assert_eq!(shown_duration(duration), expected);
        }
    }

    #[test]
    fn costs_show_what_they_say() {
        let cases = [
            (0.0, "$0.00"),
            (0.000_000_2, "< $0.000001"),
            (0.000_123, "$0.000123"),
            (0.012_34, "$0.0123"),
            (12.345_6, "$12.35"),
        ];
        for (dollars, expected) in cases {
            assert_eq!(shown_cost(dollars), expected);
        }
    }

    #[test]
    fn counts_have_commas() {
        for (count, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(shown_count(count), expected);
        }
    }
}
