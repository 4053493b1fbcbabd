//! The span exporter that draws traces.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use otel_genai_pipeline::Span;

use super::tree::{TreeStyle, render};

/// Draws each batch of spans as trees, on standard output or anything else that takes text.
///
/// For development. The pipeline exports a trace as a whole when it ends, so a batch usually is one tree; a trace that
/// runs for long is drawn in parts. See [`tree::render`](super::tree::render) for what is shown.
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
    output: Mutex<W>,
    style: TreeStyle,
    is_shut_down: AtomicBool,
}

impl ConsoleExporter {
    /// Draws on standard output: coloured when that is a terminal, `NO_COLOR` is not set and `TERM` is not `dumb`, and
    /// as wide as `COLUMNS` says.
    pub fn stdout() -> Self {
        // Set and not empty, says https://no-color.org.
        let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let mut style = TreeStyle::default().with_colours(io::stdout().is_terminal() && !is_unwanted);
        if let Some(columns) = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()) {
            style = style.with_width(columns);
        }
        Self::new(io::stdout()).with_style(style)
    }
}

impl<W: Write + Send> ConsoleExporter<W> {
    /// Draws on `output`, in the default style.
    pub fn new(output: W) -> Self {
        Self { output: Mutex::new(output), style: TreeStyle::default(), is_shut_down: AtomicBool::new(false) }
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

    fn write(&self, text: &str) -> OTelSdkResult {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
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
        if batch.is_empty() {
            return Ok(());
        }
        let spans: Vec<Span> = batch.into_iter().map(Span::from).collect();
        // A blank line between batches; one write, so that nothing else gets in between.
        self.write(&(render(&spans, self.style) + "\n"))
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        if self.is_shut_down.swap(true, Ordering::Relaxed) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        Ok(())
    }
}

impl<W> fmt::Debug for ConsoleExporter<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the output, which need not be `Debug`.
        formatter.debug_struct("ConsoleExporter").field("style", &self.style).finish_non_exhaustive()
    }
}
