//! The span exporter that draws traces.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use otel_genai_pipeline::Span;

use super::tree::{TreeStyle, draw};
use super::waiting::{Drawing, Waiting};

/// Draws each trace as a tree, on standard output or anything else that takes text.
///
/// For development. A long trace comes in several batches, so its spans wait until its root has come: a span without a
/// parent, or with one in another process. What waits is drawn unfinished by `force_flush` and `shutdown`, and when
/// more than [`MAX_WAITING_SPANS`](crate::MAX_WAITING_SPANS) would wait; spans of a trace that was drawn before are
/// drawn as its continuation. The first line of such a tree says so, because its sums are not those of the whole trace.
/// See [`tree::render`](super::tree::render) for what is shown.
///
/// A span counts as exported once it waits. A drawing that fails is the error of the call that asked for it.
///
/// # Examples
///
/// ```
/// use otel_genai_export::ConsoleExporter;
///
/// let exporter = ConsoleExporter::stdout().with_attributes(true);
/// # drop(exporter);
/// ```
pub struct ConsoleExporter<W = io::Stdout> {
    screen: Mutex<Screen<W>>,
    style: TreeStyle,
    is_shut_down: AtomicBool,
}

struct Screen<W> {
    output: W,
    waiting: Waiting,
}

impl ConsoleExporter {
    /// Draws on standard output, in [the style that fits it](TreeStyle::stdout).
    pub fn stdout() -> Self {
        Self::new(io::stdout()).with_style(TreeStyle::stdout())
    }
}

impl ConsoleExporter<io::Stderr> {
    /// Draws on standard error, in [the style that fits it](TreeStyle::stderr), for programs whose output is read by others.
    pub fn stderr() -> Self {
        Self::new(io::stderr()).with_style(TreeStyle::stderr())
    }
}

impl<W: Write + Send> ConsoleExporter<W> {
    /// Draws on `output`, in the default style.
    pub fn new(output: W) -> Self {
        let screen = Mutex::new(Screen { output, waiting: Waiting::default() });
        Self { screen, style: TreeStyle::default(), is_shut_down: AtomicBool::new(false) }
    }

    /// Sets the style.
    #[must_use]
    pub fn with_style(mut self, style: TreeStyle) -> Self {
        self.style = style;
        self
    }

    /// Shows every attribute of every span (the setting `verbose`).
    #[must_use]
    pub fn with_attributes(mut self, attributes: bool) -> Self {
        self.style = self.style.with_attributes(attributes);
        self
    }

    fn draw(&self, choose: impl FnOnce(&mut Waiting) -> Vec<Drawing>) -> OTelSdkResult {
        let mut screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let Screen { output, waiting } = &mut *screen;
        let mut text = String::new();
        for Drawing { trace_id, spans, hint } in choose(waiting) {
            draw(trace_id, &spans.iter().collect::<Vec<_>>(), hint, self.style, &mut text);
            text.push('\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        // One write, so that nothing else gets in between.
        output
            .write_all(text.as_bytes())
            .and_then(|()| output.flush())
            .map_err(|error| OTelSdkError::InternalFailure(format!("cannot draw on the console: {error}")))
    }
}

impl<W: Write + Send> SpanExporter for ConsoleExporter<W> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        if self.is_shut_down.load(Ordering::Relaxed) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.draw(|waiting| waiting.add(batch.into_iter().map(Span::from).collect()))
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.draw(Waiting::take_all)
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        if self.is_shut_down.swap(true, Ordering::Relaxed) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.draw(Waiting::take_all)
    }
}

impl<W> fmt::Debug for ConsoleExporter<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the output, which need not be `Debug`.
        formatter.debug_struct("ConsoleExporter").field("style", &self.style).finish_non_exhaustive()
    }
}
