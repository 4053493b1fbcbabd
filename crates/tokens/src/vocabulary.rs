//! The vocabularies of this process: loaded once, off the thread that counts.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tiktoken_rs::{
    CoreBPE, cl100k_base_singleton, o200k_base_singleton, p50k_base_singleton, r50k_base_singleton,
};

use crate::Encoding;

const IDLE: u8 = 0;
const LOADING: u8 = 1;
const READY: u8 = 2;
const FAILED: u8 = 3;

/// One vocabulary's progress. Statics, because the vocabularies themselves are: 24 to 46 MB each, one per process.
struct Slot {
    state: AtomicU8,
    /// Held while loading, so that a second caller of [`load`] waits for the first.
    loading: Mutex<()>,
}

impl Slot {
    const fn new() -> Self {
        Self { state: AtomicU8::new(IDLE), loading: Mutex::new(()) }
    }
}

static SLOTS: [Slot; 4] = [Slot::new(), Slot::new(), Slot::new(), Slot::new()];

fn slot(encoding: Encoding) -> &'static Slot {
    match encoding {
        Encoding::O200kBase => &SLOTS[0],
        Encoding::Cl100kBase => &SLOTS[1],
        Encoding::P50kBase => &SLOTS[2],
        Encoding::R50kBase => &SLOTS[3],
    }
}

/// The library's own statics, so that a program which also uses tiktoken-rs itself holds one copy.
fn shared(encoding: Encoding) -> &'static CoreBPE {
    match encoding {
        Encoding::O200kBase => o200k_base_singleton(),
        Encoding::Cl100kBase => cl100k_base_singleton(),
        Encoding::P50kBase => p50k_base_singleton(),
        Encoding::R50kBase => r50k_base_singleton(),
    }
}

/// Returns the vocabulary if it is loaded; never waits.
pub(crate) fn loaded(encoding: Encoding) -> Option<&'static CoreBPE> {
    (slot(encoding).state.load(Ordering::Acquire) == READY).then(|| shared(encoding))
}

/// Starts to load the vocabulary on a thread of its own unless that has been done; never waits.
///
/// If the system refuses a thread, the next call tries again.
pub(crate) fn load_in_background(encoding: Encoding) {
    let state = &slot(encoding).state;
    if state.compare_exchange(IDLE, LOADING, Ordering::AcqRel, Ordering::Acquire).is_err() {
        return;
    }
    let thread = thread::Builder::new().name(format!("load {encoding}"));
    if thread.spawn(move || load(encoding)).is_err() {
        // Only from LOADING: a caller of `load` may have finished meanwhile.
        let _ = state.compare_exchange(LOADING, IDLE, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// Loads the vocabulary on the caller's thread, or waits for the thread that does.
pub(crate) fn load(encoding: Encoding) -> Result<&'static CoreBPE, LoadError> {
    let slot = slot(encoding);
    let _one_at_a_time = slot.loading.lock().unwrap_or_else(PoisonError::into_inner);
    match slot.state.load(Ordering::Acquire) {
        READY => return Ok(shared(encoding)),
        FAILED => return Err(LoadError { encoding }),
        _ => {}
    }
    // tiktoken-rs panics if the data compiled into it does not parse.
    let loaded = std::panic::catch_unwind(|| shared(encoding));
    slot.state.store(if loaded.is_ok() { READY } else { FAILED }, Ordering::Release);
    loaded.map_err(|_panic| LoadError { encoding })
}

/// Says that a vocabulary compiled into the binary could not be read; only a damaged build does that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    encoding: Encoding,
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the vocabulary {} in this binary cannot be read; build it again", self.encoding)
    }
}

impl std::error::Error for LoadError {}
