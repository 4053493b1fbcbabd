//! How a row is written in a catalogue file and read back.

mod read;
mod write;

pub(crate) use read::{parse_hours, parse_weekdays};
pub(crate) use write::{decimal, quoted, write_row};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Meter;
    use crate::rate::MAX_RATE;
    use crate::row::Row;
    use proptest::prelude::*;

    const FULL: &str = r#"{"a":["grok-4.20-0309-reasoning"],"p":["grok-4.20"],"in":1.25,"cr":0.2,"out":2.5,"tiers":[{"at":200000,"in":2.5,"cr":0.4,"out":5}],"v":{"batch":{"in":1,"cr":0.16,"out":2},"fast":2},"r":{"eu":1.1},"w":[{"days":"1-5","utc":["00:00-01:00","10:00-24:00"],"in":0.15},{"days":"6,7","utc":["00:00-24:00"],"in":0.1}],"fee":{"web_search":0.005},"h":[{"until":"2026-04-30","in":2,"cr":0.2,"out":6}],"s":"gl","dep":"2027-01-01"}"#;

    #[test]
    fn a_full_line_reads_and_writes_to_the_same_bytes() {
        let row: Row = serde_json::from_str(FULL).expect("a row");
        assert_eq!(write_row(&row), FULL);
    }

    #[test]
    fn wrong_lines_say_what_is_wrong() {
        for (line, message) in [
            (r#"{"in":-1}"#, "-1 is no price"),
            (r#"{"in":1e9}"#, "is no price"),
            (r#"{"in":0.0000001}"#, "six decimals"),
            (r#"{"inn":1}"#, "unknown key `inn`"),
            (r#"{"in":1,"s":"q"}"#, "`q` is no provenance"),
            (r#"{"in":1,"h":[{"in":2}]}"#, "needs `until`"),
            (r#"{"in":1,"tiers":[{"in":2}]}"#, "needs `at`"),
            (r#"{"in":1,"w":[{"days":"0"}]}"#, "`0` are no weekdays"),
            (r#"{"in":1,"w":[{"utc":["25:00-26:00"]}]}"#, "are no hours"),
            (r#"{"in":1,"v":{"bulk":0.5}}"#, "unknown key `bulk`"),
        ] {
            let error = serde_json::from_str::<Row>(line).expect_err(line).to_string();
            assert!(error.contains(message), "{line}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_rate_reads_back(pico in 0_u64..=MAX_RATE) {
            let mut row = Row::default();
            row.terms.prices.rates.set(Meter::Input, pico);
            let back: Row = serde_json::from_str(&write_row(&row)).expect("a row");
            prop_assert_eq!(back, row);
        }
    }
}
