//! The spans of several inputs, one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai::export::ReadError;

use crate::arguments::Stream;
use crate::failure::Failure;
use crate::input;
use crate::progress::Progress;
use crate::report::ReadTotals;

/// Of so many lines that were skipped the reason is shown; more are only counted.
const SHOWN_REASONS: u64 = 10;

/// What the inputs gave so far.
pub(crate) struct Inputs<'a> {
    skip_invalid: bool,
    quiet: bool,
    progress: &'a Progress,
    bytes_read: Arc<AtomicU64>,
    skipped: u64,
    pub(crate) read: ReadTotals,
    /// Why not all of the input was read.
    pub(crate) failure: Option<Failure>,
}

impl<'a> Inputs<'a> {
    pub(crate) fn new(skip_invalid: bool, quiet: bool, progress: &'a Progress) -> Self {
        let (bytes_read, read) = (Arc::default(), ReadTotals::default());
        Self { skip_invalid, quiet, progress, bytes_read, skipped: 0, read, failure: None }
    }

    /// Hands the spans of the inputs to `push`, up to the first one that cannot be read or, if these are to be skipped, all.
    ///
    /// The errors are those of `push`; an input that cannot be read is remembered in `failure`.
    pub(crate) fn read<Error>(
        &mut self,
        inputs: &[Stream],
        mut push: impl FnMut(&Arc<Resource>, SpanData) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for input in inputs {
            if !self.read_one(input, &mut push)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns whether the next input is to be read too.
    fn read_one<Error>(
        &mut self,
        input: &Stream,
        push: &mut impl FnMut(&Arc<Resource>, SpanData) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let mut reader = match input::open(input, &self.bytes_read) {
            Ok(reader) => reader,
            Err(failure) => {
                self.failure.get_or_insert(failure);
                return Ok(self.skip_invalid);
            }
        };
        let mut goes_on = true;
        for item in reader.by_ref() {
            match item {
                Ok(read) => {
                    self.progress.read_span(self.bytes_read.load(Ordering::Relaxed));
                    push(&read.resource, read.span)?;
                }
                Err(error) => {
                    if !self.tolerate(&error) {
                        goes_on = false;
                        break;
                    }
                }
            }
        }
        self.read.add(reader.counts());
        Ok(goes_on)
    }

    /// Takes note of what could not be read and returns whether that is no reason to stop.
    fn tolerate(&mut self, error: &ReadError) -> bool {
        if self.skip_invalid && error.is_recoverable() {
            self.skipped += 1;
            if !self.quiet && self.skipped <= SHOWN_REASONS {
                let more = if self.skipped == SHOWN_REASONS { " (more are only counted)" } else { "" };
                self.progress.print(&format!("skipped: {error}{more}"));
            }
            return true;
        }
        // The rest of a damaged file is lost whatever was asked for, and that is a failure. Other files are not lost.
        let hint = if error.is_recoverable() { " (--skip-invalid skips what cannot be read)" } else { "" };
        self.failure.get_or_insert(Failure::Work(format!("{error}{hint}")));
        self.skip_invalid
    }
}
