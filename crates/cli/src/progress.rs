//! Shows people that long work goes on.

use std::cell::Cell;
use std::io::{Write, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// The clock is looked at once in so many spans: a look costs as much as many of them.
const SPANS_PER_LOOK: u64 = 256;

/// A bar on standard error, if that is a terminal, from the second second on.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    spans: Cell<u64>,
    is_writing: Cell<bool>,
    is_shown: Cell<bool>,
}

impl Progress {
    /// Starts counting. `total_bytes` of input are to come, if that is known.
    pub(crate) fn new(total_bytes: Option<u64>, is_wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(total_bytes, ProgressDrawTarget::hidden());
        let template = match total_bytes {
            Some(_) => "reading {bar:30} {bytes}/{total_bytes} {msg}, {eta} left",
            None => "reading {spinner} {msg}",
        };
        bar.set_style(style(template));
        // Unwanted is as good as shown already: nothing is left to do.
        let is_shown = Cell::new(!is_wanted);
        Self { bar, started: Instant::now(), spans: Cell::new(0), is_writing: Cell::new(false), is_shown }
    }

    /// Counts a span read, after so many bytes of input.
    pub(crate) fn read_span(&self, bytes_read: u64) {
        let spans = self.spans.get() + 1;
        self.spans.set(spans);
        if spans.is_multiple_of(SPANS_PER_LOOK) {
            self.bar.set_position(bytes_read);
            self.bar.set_message(format!("{spans} spans"));
            self.show_if_late();
        }
    }

    /// Turns to the second half: all is read, the traces are decided and written.
    pub(crate) fn start_writing(&self, written_spans: u64, total_spans: u64) {
        self.is_writing.set(true);
        self.bar.set_style(style("writing {bar:30} {pos}/{len} spans, {eta} left"));
        self.bar.set_length(total_spans);
        self.bar.set_position(written_spans);
        self.bar.set_message("");
    }

    /// Counts spans written.
    pub(crate) fn wrote_spans(&self, count: usize) {
        if self.is_writing.get() {
            self.bar.inc(count as u64);
            self.show_if_late();
        }
    }

    /// Prints a line on standard error, above the bar.
    pub(crate) fn print(&self, line: &str) {
        self.bar.suspend(|| {
            // Who closed standard error does not want to read it.
            let _ = writeln!(stderr().lock(), "{line}");
        });
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show_if_late(&self) {
        if !self.is_shown.get() && self.started.elapsed() >= PATIENCE {
            self.is_shown.set(true);
            // Draws nothing if standard error is not a terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

/// A template that does not parse is a mistake of ours; the default style is a bar too.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
