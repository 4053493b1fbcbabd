//! How long calls took, in little memory.

use std::time::Duration;

/// Steps per doubling: a figure is at most 19 % above what was measured, the fourth root of two.
const STEPS: f64 = 4.0;
/// From one microsecond on, in steps of that size: the last is above one hour.
const BUCKETS: usize = 128;

/// Counts of calls by how long they took, on a logarithmic scale.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    counts: Vec<u64>,
    total: u64,
}

impl Latencies {
    pub(crate) fn note(&mut self, time: Duration) {
        self.counts.resize(BUCKETS, 0);
        let microseconds = (time.as_secs_f64() * 1e6).max(1.0);
        // Not negative, and a float that is too large becomes the largest number.
        let bucket = (microseconds.log2() * STEPS) as usize;
        if let Some(count) = self.counts.get_mut(bucket.min(BUCKETS - 1)) {
            *count += 1;
        }
        self.total += 1;
    }

    /// Returns the time that 99 of 100 calls did not exceed, rounded up to the scale; nothing before the first call.
    pub(crate) fn p99(&self) -> Option<Duration> {
        let above = self.total / 100;
        let mut seen = 0;
        let counts = self.counts.iter().enumerate().rev();
        let bucket = counts.into_iter().find_map(|(bucket, count)| {
            seen += count;
            (seen > above).then_some(bucket)
        })?;
        Some(Duration::from_secs_f64(2_f64.powf((bucket as f64 + 1.0) / STEPS) * 1e-6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_known_before_the_first_call() {
        assert_eq!(Latencies::default().p99(), None);
    }

    #[test]
    fn one_slow_call_of_a_hundred_does_not_count_and_two_do() {
        let mut latencies = Latencies::default();
        let p99 = |latencies: &Latencies| latencies.p99().expect("there were calls");
        (0..99).for_each(|_| latencies.note(Duration::from_millis(1)));
        latencies.note(Duration::from_secs(1));
        assert!(p99(&latencies) < Duration::from_millis(2));
        latencies.note(Duration::from_secs(1));
        assert!(p99(&latencies) >= Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn the_figure_is_never_below_and_little_above(microseconds in 1_u64..3_600_000_000) {
            let mut latencies = Latencies::default();
            let time = Duration::from_micros(microseconds);
            latencies.note(time);
            let p99 = latencies.p99().expect("there was a call").as_secs_f64();
            prop_assert!(p99 >= time.as_secs_f64() * 0.999 && p99 <= time.as_secs_f64() * 1.2, "{time:?} {p99}");
        }
    }
}
