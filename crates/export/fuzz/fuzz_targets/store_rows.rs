//! Any bytes in the rows of a store give spans or an error that names the trace, never a panic.
//!
//! From `crates/export`, with what it finds going to `fuzz/corpus/store_rows`:
//!
//! ```text
//! RUSTC_BOOTSTRAP=1 cargo fuzz run store_rows fuzz/corpus/store_rows -- -max_total_time=30
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/any_rows/mod.rs"]
mod any_rows;

/// The store, and its rows as they were written.
struct Sound {
    store: any_rows::AnyRows,
    rows: Vec<Vec<u8>>,
}

impl Sound {
    fn new() -> Self {
        let store = any_rows::AnyRows::new();
        Self { rows: store.rows(), store }
    }

    /// A written row with `bytes` in it, from where the first two say.
    fn patched(&self, kind: u8, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut row = self.rows[usize::from(kind) % self.rows.len()].clone();
        let (place, patch) = bytes.split_first_chunk()?;
        let start = 1 + usize::from(u16::from_le_bytes(*place)) % row.len();
        row.splice(start.min(row.len())..(start + patch.len()).min(row.len()), patch.iter().copied());
        Some(row)
    }
}

thread_local! {
    static SOUND: Sound = Sound::new();
}

fuzz_target!(|bytes: &[u8]| {
    SOUND.with(|sound| {
        // Half of all inputs are rows, the other half change one that was written: there are no others to begin with.
        let patched = bytes.split_first().filter(|(kind, _)| **kind >= 128);
        let patched = patched.and_then(|(kind, bytes)| sound.patched(*kind, bytes));
        sound.store.check(patched.as_deref().unwrap_or(bytes));
    });
});
