//! What keeps the observation going until it is dropped.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai_pipeline::PipelineHandle;

use super::running::Running;
use super::signals;

/// Ends the observation when it is dropped: exports what has ended, waiting up to 10 seconds, and ends all threads.
///
/// Keep it until the end of `main`, under a name: `let _ = init()?` drops it at once. What goes wrong at the end is
/// written to standard error, because nobody else is left to tell; [`shutdown`](Self::shutdown) returns it instead.
#[must_use = "the observation ends when the guard is dropped: keep it, as in `let _guard = otel_genai::init()?;`"]
pub struct Guard {
    /// `None` where the settings disable observation.
    running: Option<Arc<Running>>,
}

impl Guard {
    pub(super) fn new(running: Arc<Running>) -> Self {
        Self { running: Some(running) }
    }

    pub(super) fn disabled() -> Self {
        Self { running: None }
    }

    /// Returns the handle that tells where every span is and whether all is well; `None` where observation is disabled.
    pub fn handle(&self) -> Option<&PipelineHandle> {
        self.running.as_deref().map(|running| &running.handle)
    }

    /// Returns the tracer provider, for code that uses OpenTelemetry itself.
    pub fn tracer_provider(&self) -> Option<&SdkTracerProvider> {
        self.running.as_deref().map(|running| &running.tracer_provider)
    }

    /// Returns the meter provider, if metrics are exported.
    pub fn meter_provider(&self) -> Option<&SdkMeterProvider> {
        self.running.as_deref()?.meter_provider.as_ref()
    }

    /// Exports what has ended so far, and waits for it: for a function that is frozen after each call.
    ///
    /// # Errors
    ///
    /// What the exporters say.
    pub fn force_flush(&self) -> OTelSdkResult {
        let Some(running) = &self.running else { return Ok(()) };
        let spans = running.handle.force_flush();
        let metrics = running.meter_provider.as_ref().map_or(Ok(()), SdkMeterProvider::force_flush);
        spans.and(metrics)
    }

    /// Ends the observation now: before `std::process::exit`, or to see what went wrong.
    ///
    /// # Errors
    ///
    /// What the exporters say.
    pub fn shutdown(mut self) -> OTelSdkResult {
        self.running.take().map_or(Ok(()), |running| running.shut_down())
    }

    /// From now on Ctrl-C and `SIGTERM` export what has ended before they end the process, with the exit code that
    /// shells give for them (130 and 143). A second one ends it at once.
    ///
    /// Waits on a thread of its own, with or without tokio. A program that ends in order at a signal by itself, by
    /// returning from `main`, needs none of this: the guard does it.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the thread or the handler.
    pub fn shutdown_on_signal(&self) -> io::Result<()> {
        self.on_signal(signals::exit)
    }

    /// As [`shutdown_on_signal`](Self::shutdown_on_signal), but calls `then` with the exit code instead of ending the
    /// process.
    ///
    /// # Errors
    ///
    /// As for [`shutdown_on_signal`](Self::shutdown_on_signal).
    pub fn shutdown_on_signal_and(&self, then: impl FnOnce(i32) + Send + 'static) -> io::Result<()> {
        self.on_signal(then)
    }

    fn on_signal(&self, then: impl FnOnce(i32) + Send + 'static) -> io::Result<()> {
        // Disabled, a signal does what it always does.
        let Some(running) = self.running.clone() else { return Ok(()) };
        signals::wait(move |code| {
            report(running.shut_down());
            then(code);
        })
    }
}

/// Tells what went wrong at the end, when nobody else is left to tell.
fn report(result: OTelSdkResult) {
    if let Err(error) = result {
        let _ = writeln!(io::stderr().lock(), "otel-genai: not all was exported: {error}");
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            report(running.shut_down());
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Guard").field("handle", &self.handle()).finish_non_exhaustive()
    }
}
