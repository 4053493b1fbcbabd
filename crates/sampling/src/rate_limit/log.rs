//! Log lines about refused traces, so few that they are no trouble of their own.

use std::time::{Duration, SystemTime};

/// How long the same is not told again.
const INTERVAL: Duration = Duration::from_secs(60);

/// Counts refusals and tells of them once per interval.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog {
    told_at: Option<SystemTime>,
    /// Traces since.
    untold: Refusals,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusals {
    pub(crate) thinned: u64,
    pub(crate) backstop: u64,
    pub(crate) errors: u64,
}

impl RefusalLog {
    pub(crate) fn note(&mut self, now: SystemTime, refusal: impl FnOnce(&mut Refusals)) {
        refusal(&mut self.untold);
        self.look(now);
    }

    /// Tells what there is to tell, if it is time.
    pub(crate) fn look(&mut self, now: SystemTime) {
        if let Some(refusals) = self.due(now) {
            tell(refusals);
        }
    }

    fn due(&mut self, now: SystemTime) -> Option<Refusals> {
        let is_silent =
            self.told_at.is_some_and(|told| now.duration_since(told).is_ok_and(|age| age < INTERVAL));
        if self.untold == Refusals::default() || is_silent {
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

impl Drop for RefusalLog {
    fn drop(&mut self) {
        if self.untold != Refusals::default() {
            tell(self.untold);
        }
    }
}

fn tell(refusals: Refusals) {
    tracing::warn!(
        thinned = refusals.thinned,
        backstop = refusals.backstop,
        errors = refusals.errors,
        "traces were above the rate limit and dropped; totals can be told from the rest only for those thinned"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_at_once_then_once_a_minute_and_none_is_left_out() {
        let mut log = RefusalLog::default();
        let mut told = Vec::new();
        for second in 0..150 {
            log.untold.backstop += 1;
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            told.extend(log.due(now).map(|refusals| (second, refusals.backstop)));
        }
        assert_eq!(told, [(0, 1), (60, 60), (120, 60)]);
        assert_eq!(log.untold.backstop, 29);
    }
}
