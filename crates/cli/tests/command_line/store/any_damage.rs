//! Whatever is wrong with the bytes of a store, readers end with an answer or an error, never with a panic.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::program::Scratch;

#[derive(Clone, Debug)]
enum Damage {
    Cut(usize),
    Fill { at: usize, length: usize, byte: u8 },
    Flip { at: usize, bit: u8 },
}

fn damage(length: usize) -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        (1..length).prop_map(Damage::Cut),
        (0..length, 1..5000_usize, any::<u8>()).prop_map(|(at, length, byte)| Damage::Fill {
            at,
            length,
            byte
        }),
        (0..length, 0..8_u8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
    ];
    prop::collection::vec(one, 1..12)
}

fn damaged(bytes: &[u8], damage: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damage {
        let end = bytes.len();
        match *damage {
            Damage::Cut(length) => bytes.truncate(length),
            Damage::Fill { at, length, byte } => bytes[at.min(end)..(at + length).min(end)].fill(byte),
            Damage::Flip { at, bit } => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
        }
    }
    bytes
}

#[test]
fn readers_never_panic() {
    let scratch = Scratch::with_runs();
    let sound = scratch.read("s.db");
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&damage(sound.len()), |damage| {
        let bytes = damaged(&sound, &damage);
        scratch.write("damaged.db", &bytes);
        for command in [
            &["traces", "--text", "trip"][..],
            &["show", "01", "--messages"],
            &["stats", "--measure"],
            &["stats", "--by", "day,model"],
            &["sql", "SELECT * FROM llm_calls"],
            &["export"],
            &["export", "--csv"],
            &["check"],
        ] {
            let ended = scratch.run(&[command, &["--store", "damaged.db"]].concat());
            prop_assert!(matches!(ended.code, Some(0 | 1)), "{command:?}: {ended:?}");
            prop_assert!(!ended.stderr.contains("panicked"), "{command:?}: {ended:?}");
            prop_assert!(ended.code == Some(0) || ended.stderr.contains("error: "), "{command:?}: {ended:?}");
        }
        prop_assert_eq!(scratch.read("damaged.db"), bytes);
        Ok(())
    });
    assert!(result.is_ok(), "{result:?}");
}
