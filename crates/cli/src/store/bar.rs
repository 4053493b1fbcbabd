//! Shows people that work on a whole store goes on.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use otel_genai::export::store::Progress;

/// Work shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error, if that is a terminal, from the second second on.
pub(super) struct Bar {
    bar: ProgressBar,
    started: Instant,
    is_shown: bool,
}

impl Bar {
    /// Starts; `doing` and `things` say what is done to what.
    pub(super) fn new(doing: &str, things: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let template = format!("{doing} {{bar:30}} {{pos}}/{{len}} {things}, {{eta}} left");
        // A template that does not parse is a mistake of ours; the default style is a bar too.
        bar.set_style(
            ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self { bar, started: Instant::now(), is_shown: false }
    }

    /// Says how far it is.
    pub(super) fn show(&mut self, progress: Progress) {
        self.set(progress.done, progress.total);
    }

    /// Says how far it is.
    pub(super) fn set(&mut self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        if !self.is_shown && self.started.elapsed() >= PATIENCE {
            self.is_shown = true;
            // Draws nothing if standard error is not a terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
