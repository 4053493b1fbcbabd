//! How much work one span may cost.

/// Bounds the work that counting one span may do.
///
/// Work is counted in units, not in time, so that the same text always gives the same count. A byte costs one, a token
/// four more, and each byte of a run of one kind of character eight more, since merging is slow on long pieces. So
/// weighed, a unit took 15 to 65 ns over 40 kinds of text and four vocabularies, on two cores that seven threads shared
/// (2026-11-21).
///
/// # Examples
///
/// ```
/// use otel_genai_tokens::{Budget, Method, Model, Part, TokenCounter};
///
/// let counter = TokenCounter::default();
/// let model = Model::resolve(None, "gpt-4o").expect("a published encoding");
/// counter.load(model.encoding())?;
/// let long = [Part::Text("A sentence of six words. ".repeat(100_000).into())];
/// let count = counter.count_output(model, &long, &mut Budget::per_span());
/// assert_eq!(count.method, Method::Truncated);
/// # Ok::<(), otel_genai_tokens::LoadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    left: u64,
}

/// Lets about 1 MB of English or 200 KB of unbroken noise be counted. The slowest of 66 hostile texts in four
/// vocabularies then took 86 ms (`benches/count.rs`, 2026-11-21), which leaves a slower machine room below 200 ms.
const UNITS_PER_SPAN: u64 = 2 << 20;

/// What a text costs before its first byte: a call, a regex cache, a vector.
const UNITS_PER_TEXT: u64 = 32;

const UNITS_PER_TOKEN: u64 = 4;

const UNITS_PER_UNBROKEN_BYTE: u64 = 8;

const BYTES_SCANNED_PER_UNIT: u64 = 16;

/// Runs are found by aligned blocks of this size: a run of twice as many bytes holds one. Merging is cheap below 100.
const BLOCK: usize = 64;

impl Budget {
    /// Allows what one span may cost: about 1 MB of ordinary text, and less than 200 ms whatever the text.
    #[must_use]
    pub fn per_span() -> Self {
        Self { left: UNITS_PER_SPAN }
    }

    /// Allows any amount of work, for callers that may wait.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { left: u64::MAX }
    }

    /// Allows `units` of work; see [`Budget`] for what a unit is.
    #[must_use]
    pub fn units(units: u64) -> Self {
        Self { left: units }
    }

    /// Returns the units that are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Takes the price of starting a text; `false` if nothing is left to count it with.
    pub(crate) fn start_text(&mut self) -> bool {
        self.left = self.left.saturating_sub(UNITS_PER_TEXT);
        self.left > 0
    }

    /// Returns true if there is work left to do a slice with. The last one may overdraw: it is 64 KiB at most.
    pub(crate) fn allows_slice(&self) -> bool {
        self.left > 0
    }

    /// Takes the price of finding that a slice equals the one before: a scan for a place to cut and a comparison.
    pub(crate) fn charge_repeated(&mut self, slice: &str) {
        self.left = self.left.saturating_sub(slice.len() as u64 / BYTES_SCANNED_PER_UNIT);
    }

    pub(crate) fn charge(&mut self, slice: &str, tokens: u64) {
        let units = slice.len() as u64
            + UNITS_PER_TOKEN * tokens
            + UNITS_PER_UNBROKEN_BYTE * unbroken_bytes(slice.as_bytes());
        self.left = self.left.saturating_sub(units);
    }
}

/// Returns how many bytes lie in blocks without a change of kind.
///
/// Each block is read from its end and given up at the first change, which in ordinary text comes after a word.
fn unbroken_bytes(text: &[u8]) -> u64 {
    let (blocks, _rest) = text.as_chunks::<BLOCK>();
    let unbroken = blocks.iter().filter(|block| is_unbroken(block));
    unbroken.count() as u64 * BLOCK as u64
}

fn is_unbroken(block: &[u8; BLOCK]) -> bool {
    match Kind::of(block[BLOCK - 1]) {
        Kind::NotAscii => block.iter().all(|byte| !byte.is_ascii()) && !has_wide_punctuation(block),
        kind => block.iter().rev().all(|&byte| Kind::of(byte) == kind),
    }
}

/// Finds CJK punctuation (U+3000 to U+303F, U+FF00 to U+FF3F), which ends words where no spaces do.
///
/// It does not stop at the first, so that the compiler can look at many bytes at once: Chinese text has every block here.
fn has_wide_punctuation(block: &[u8; BLOCK]) -> bool {
    (1..BLOCK).fold(false, |found, index| {
        let (first, second) = (block[index - 1], block[index]);
        found | ((first == 0xE3) & (second == 0x80)) | ((first == 0xEF) & (second == 0xBC))
    })
}

/// The kinds of bytes that the encodings' patterns split between, as far as one byte tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Space,
    NotAscii,
    Other,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Self::Letter,
            b'0'..=b'9' => Self::Digit,
            b'\t'..=b'\r' | b' ' => Self::Space,
            0x80.. => Self::NotAscii,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_has_no_unbroken_blocks_and_noise_has() {
        assert_eq!(unbroken_bytes("A sentence of six words. ".repeat(100).as_bytes()), 0);
        assert_eq!(unbroken_bytes("今天天气很好，我们去公园散步。".repeat(100).as_bytes()), 0);
        assert_eq!(unbroken_bytes("a".repeat(1_000).as_bytes()), 960);
        assert_eq!(unbroken_bytes(" ".repeat(1_000).as_bytes()), 960);
        assert_eq!(unbroken_bytes("天".repeat(1_000).as_bytes()), 2_944);
    }

    #[test]
    fn noise_costs_several_times_what_words_cost() {
        let mut words = Budget::units(1 << 20);
        words.charge(&"word ".repeat(1_000), 1_000);
        let mut noise = Budget::units(1 << 20);
        noise.charge(&"a".repeat(5_000), 625);
        let spent = |budget: &Budget| (1 << 20) - budget.left();
        assert!(spent(&noise) > 4 * spent(&words), "{} and {}", spent(&noise), spent(&words));
    }

    #[test]
    fn an_empty_budget_stays_empty() {
        let mut budget = Budget::units(10);
        assert!(!budget.start_text());
        budget.charge("text", 1);
        assert_eq!(budget.left(), 0);
    }
}
