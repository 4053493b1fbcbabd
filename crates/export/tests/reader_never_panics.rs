//! Any bytes give spans or errors, never a panic.
//!
//! `OTEL_GENAI_FUZZ_ROUNDS` makes the mutation test run longer; `fuzz/` does the same guided by coverage.

use proptest::prelude::*;

mod any_bytes;

/// Enough for a few seconds; every mutation found by more goes into `tests/corpus`.
const DEFAULT_ROUNDS: u64 = 20_000;

/// What a JSON parser is most often wrong about, and words that our reader knows.
const TOKENS: [&str; 28] = [
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "\n",
    "\n{\n",
    "\n}\n",
    "\r\n",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-0",
    "1e999",
    "18446744073709551616",
    "\"NaN\"",
    "\u{feff}",
    "\u{0}",
    "\"resourceSpans\":",
    "\"arrayValue\":{\"values\":[",
    "\"kvlistValue\":",
    "\"traceId\":\"\"",
];

proptest! {
    #[test]
    fn arbitrary_bytes(bytes: Vec<u8>) {
        any_bytes::check(&bytes);
    }

    #[test]
    fn arbitrary_tokens(picks in prop::collection::vec(0..TOKENS.len(), 0..64)) {
        let text: String = picks.into_iter().map(|pick| TOKENS[pick]).collect();
        any_bytes::check(text.as_bytes());
    }
}

#[test]
fn mutated_files() {
    let rounds = std::env::var("OTEL_GENAI_FUZZ_ROUNDS")
        .map_or(DEFAULT_ROUNDS, |rounds| rounds.parse().expect("OTEL_GENAI_FUZZ_ROUNDS is a number"));
    let corpus = corpus();
    let mut random = Random(0x5eed);
    let (mut spans, mut errors) = (0, 0);
    for _ in 0..rounds {
        let mut bytes = random.pick(&corpus).clone();
        for _ in 0..=random.below(4) {
            mutate(&mut bytes, &corpus, &mut random);
        }
        let (read, failed) = any_bytes::check(&bytes);
        spans += read;
        errors += failed;
    }
    // Otherwise the mutations would be too wild, or too tame, to try anything.
    assert!(spans > rounds / 20, "{spans} spans in {rounds} rounds");
    assert!(errors > rounds / 20, "{errors} errors in {rounds} rounds");
}

#[test]
fn the_corpus_as_it_is() {
    for bytes in corpus() {
        let (spans, _) = any_bytes::check(&bytes);
        assert!(spans > 0, "every file of the corpus holds a span: {}", String::from_utf8_lossy(&bytes));
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .expect("the corpus is there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    // The order of a directory is the file system's; the seed must mean the same everywhere.
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("readable")).collect()
}

fn mutate(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + random.below(16)).min(bytes.len());
    match random.below(6) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 => drop(bytes.drain(at..end)),
        2 => {
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
        3 => {
            let other = random.pick(corpus);
            let from = random.below(other.len());
            bytes.splice(at..end, other[from..].iter().copied());
        }
        4 => bytes.truncate(at),
        _ => {
            let token = random.pick(&TOKENS);
            bytes.splice(at..end, token.bytes());
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).expect("below a usize")
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
