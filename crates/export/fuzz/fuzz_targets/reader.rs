//! Any bytes give spans or errors, never a panic, and what is read survives being written.
//!
//! From `crates/export`, with what it finds going to `fuzz/corpus/reader`:
//!
//! ```text
//! RUSTC_BOOTSTRAP=1 cargo fuzz run reader fuzz/corpus/reader tests/corpus -- -max_total_time=30
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/any_bytes/mod.rs"]
mod any_bytes;

fuzz_target!(|bytes: &[u8]| {
    any_bytes::check(bytes);
});
