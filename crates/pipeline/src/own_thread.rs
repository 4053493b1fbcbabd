//! Which threads are the pipeline's own, so that exporting does not trace itself forever.
//!
//! The SDK's way is a telemetry-suppressed context, and every thread here enters one. It is not enough: a `tracing`
//! span that asks for no parent (HTTP/2's connection span does) starts from a context of its own, which is not
//! suppressed, and everything below it would be exported, which traces more. So spans that start or end on these
//! threads are also turned away by the processor itself.

use std::cell::Cell;

use opentelemetry::Context;

thread_local! {
    static IS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Declares the calling thread to be the pipeline's own, for as long as it lives.
pub(crate) fn mark() {
    IS_OWN.set(true);
    // The guard ends the suppression when dropped; this thread is to stay suppressed.
    std::mem::forget(Context::enter_telemetry_suppressed_scope());
}

/// Tells whether the calling thread is the pipeline's own.
#[inline]
pub(crate) fn is_current() -> bool {
    IS_OWN.get()
}
