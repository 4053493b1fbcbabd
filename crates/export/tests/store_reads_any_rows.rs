//! Whatever stands in the rows of a store: spans or an error that names the trace, never a panic.
//!
//! `OTEL_GENAI_FUZZ_ROUNDS` makes it run longer; `fuzz/` does the same guided by coverage.
#![cfg(feature = "sqlite")]

use std::cell::Cell;

use any_rows::AnyRows;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

mod any_rows;

const DEFAULT_ROUNDS: u32 = 3000;

/// How a row is damaged: where, from 0 to 1, and how.
#[derive(Clone, Debug)]
enum Damage {
    Flip(f64, u8),
    Cut(f64),
    Replace(f64, Vec<u8>),
    Repeat(f64),
}

fn damage() -> impl Strategy<Value = Damage> {
    // What templates are made of, beside any bytes.
    let noise = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..8),
        "[\u{7f}:;0-9\"\\\\-]{1,12}".prop_map(String::into_bytes)
    ];
    prop_oneof![
        (0.0..1.0, 0..8_u8).prop_map(|(place, bit)| Damage::Flip(place, 1 << bit)),
        (0.0..1.0).prop_map(Damage::Cut),
        (0.0..1.0, noise).prop_map(|(place, noise)| Damage::Replace(place, noise)),
        (0.0..1.0).prop_map(Damage::Repeat),
    ]
}

fn apply(damage: &Damage, row: &mut Vec<u8>) {
    // The first byte says which row it is.
    let at = |place: f64| (1 + (row.len() as f64 * place) as usize).min(row.len());
    match damage {
        Damage::Flip(place, bit) => {
            let place = at(*place);
            row.get_mut(place).into_iter().for_each(|byte| *byte ^= bit);
        }
        Damage::Cut(place) => row.truncate(at(*place)),
        Damage::Replace(place, noise) => {
            let start = at(*place);
            row.splice(start..(start + noise.len()).min(row.len()), noise.iter().copied());
        }
        Damage::Repeat(place) => row.extend_from_within(at(*place)..),
    }
}

#[test]
fn rows_as_they_were_written_are_read() {
    let rows = AnyRows::new();
    for row in rows.rows() {
        assert!(rows.check(&row), "kind {}", row[0]);
    }
}

#[test]
fn damaged_rows_are_told() {
    let rounds = std::env::var("OTEL_GENAI_FUZZ_ROUNDS")
        .map_or(DEFAULT_ROUNDS, |rounds| rounds.parse().expect("OTEL_GENAI_FUZZ_ROUNDS is a number"));
    let rows = AnyRows::new();
    let sound = rows.rows();
    let strategy = (0..sound.len(), prop::collection::vec(damage(), 1..4));
    // How many were refused, and how many could be read.
    let counts = [Cell::new(0), Cell::new(0)];
    let mut runner = TestRunner::new(ProptestConfig { cases: rounds, ..ProptestConfig::default() });
    let result = runner.run(&strategy, |(kind, damages)| {
        let mut row = sound[kind].clone();
        damages.iter().for_each(|damage| apply(damage, &mut row));
        let count = &counts[usize::from(rows.check(&row))];
        count.set(count.get() + 1);
        Ok(())
    });
    result.expect("no reader panics");
    let [refused, read] = counts.map(Cell::into_inner);
    // Otherwise the damage would be too wild, or too tame, to try anything.
    assert!(read > rounds / 20 && refused > rounds / 20, "{read} read, {refused} refused");
}
