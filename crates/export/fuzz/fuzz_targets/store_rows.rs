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

thread_local! {
    static ROWS: any_rows::AnyRows = any_rows::AnyRows::new();
}

fuzz_target!(|bytes: &[u8]| {
    ROWS.with(|rows| rows.check(bytes));
});
