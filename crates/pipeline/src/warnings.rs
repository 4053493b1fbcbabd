//! Log lines about losses, so few that they are no trouble of their own.

use std::time::{Duration, Instant};

/// How long the same trouble is not told again; what comes meanwhile is counted and told then.
const SILENCE: Duration = Duration::from_secs(60);

/// Tells of one kind of trouble at most once a minute.
#[derive(Default)]
pub(crate) struct Warning {
    told_at: Option<Instant>,
    /// Spans since it was last told.
    untold: u64,
}

impl Warning {
    /// Notes lost spans and returns how many there are to tell of, if it is time.
    pub(crate) fn note(&mut self, spans: u64, now: Instant) -> Option<u64> {
        self.untold += spans;
        let is_silent = self.told_at.is_some_and(|told| now.saturating_duration_since(told) < SILENCE);
        if self.untold == 0 || is_silent {
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

/// Losses of the queue and of stages, of which the worker tells.
#[derive(Default)]
pub(crate) struct LossWarnings {
    known: Losses,
    queue: Warning,
    stages: Warning,
}

/// How many there have been so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Losses {
    pub(crate) queue_full: u64,
    pub(crate) stage_panics: u64,
}

impl LossWarnings {
    pub(crate) fn look(&mut self, losses: Losses, now: Instant) {
        let known = std::mem::replace(&mut self.known, losses);
        if let Some(spans) = self.queue.note(losses.queue_full.saturating_sub(known.queue_full), now) {
            tracing::warn!(
                spans,
                "the queue was full and spans were dropped; a larger queue.spans or queue.bytes helps"
            );
        }
        if let Some(panics) = self.stages.note(losses.stage_panics.saturating_sub(known.stage_panics), now) {
            tracing::error!(panics, "a stage panicked and its spans were dropped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_at_once_then_once_a_minute_and_no_loss_is_left_out() {
        let start = Instant::now();
        let mut warning = Warning::default();
        let mut told = Vec::new();
        for second in 0..150 {
            told.extend(warning.note(1, start + Duration::from_secs(second)).map(|spans| (second, spans)));
        }
        assert_eq!(told, [(0, 1), (60, 60), (120, 60)]);
        assert_eq!(warning.note(0, start + Duration::from_secs(180)), Some(29));
        assert_eq!(warning.note(0, start + Duration::from_secs(240)), None, "there was no more");
    }
}
