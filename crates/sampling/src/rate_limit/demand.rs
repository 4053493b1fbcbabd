//! How much comes, and the threshold at which it becomes what is allowed.

use std::time::{Duration, SystemTime};

use crate::Threshold;

/// How often the threshold is set anew.
const WINDOW: Duration = Duration::from_millis(100);
/// Seconds over which the rate is averaged: long enough that chance does not move the threshold much, short enough to
/// follow a change within half a minute.
const MEMORY: f64 = 10.0;
/// Part of the allowed rate that is left to those who are not thinned, however many others they leave no room for.
const LEAST_PART: f64 = 0.01;
/// Arrivals vary by chance, so a threshold that aims at the rate itself runs into the hard limit half the time. By the
/// diffusion approximation of a queue, a backlog exceeds `burst` with probability exp(−2·h·burst/cost) if the load is
/// 1 − h; this makes it below 1 in 10,000.
const HEADROOM: f64 = 4.6;

/// The rate of what arrives under one key, by what it stands for.
///
/// The threshold comes from windows that are over, so it does not depend on the randomness of the trace that it is
/// applied to: that is what keeps adjusted counts right.
#[derive(Debug)]
pub(crate) struct Demand {
    since: Option<SystemTime>,
    /// The seconds that the rate is averaged over so far, at most [`MEMORY`].
    known_for: f64,
    window: Arrivals,
    rate: Arrivals,
    threshold: Threshold,
}

/// Costs (traces, or spans), in the window or per second.
#[derive(Debug, Default)]
struct Arrivals {
    /// By the logarithm of the adjusted count: the cost, and the cost times the adjusted count.
    thinnable: Vec<(f64, f64)>,
    /// Of those that the threshold is not applied to.
    exempt: f64,
    number: f64,
}

impl Default for Demand {
    fn default() -> Self {
        Self {
            since: None,
            known_for: 0.0,
            window: Arrivals::default(),
            rate: Arrivals::default(),
            threshold: Threshold::ALWAYS,
        }
    }
}

impl Demand {
    /// Returns the threshold that holds now, for `allowed` costs a second.
    pub(crate) fn threshold(&mut self, now: SystemTime, allowed: f64, burst: f64) -> Threshold {
        let since = *self.since.get_or_insert(now);
        if let Ok(age) = now.duration_since(since)
            && age >= WINDOW
        {
            self.end_window(age.as_secs_f64());
            self.since = Some(now);
            self.threshold = self.rate.threshold_for(allowed, burst);
        }
        self.threshold
    }

    /// Takes note of what has arrived with this threshold: a trace, or more spans of one (`traces` is zero).
    pub(crate) fn note(&mut self, cost: f64, traces: f64, threshold: Threshold, is_exempt: bool) {
        self.window.number += traces;
        if is_exempt {
            self.window.exempt += cost;
            return;
        }
        let weight = threshold.adjusted_count();
        let class = weight.log2().clamp(0.0, 56.0) as usize;
        let classes = &mut self.window.thinnable;
        if classes.len() <= class {
            classes.resize(class + 1, (0.0, 0.0));
        }
        classes[class].0 += cost;
        classes[class].1 += cost * weight;
    }

    fn end_window(&mut self, seconds: f64) {
        let window = std::mem::take(&mut self.window);
        // A plain mean at first, one that forgets from then on.
        self.known_for = (self.known_for + seconds).min(MEMORY);
        let old = (1.0 - seconds / self.known_for).max(0.0);
        let new = (1.0 - old) / seconds;
        let rate = &mut self.rate;
        rate.exempt = rate.exempt * old + window.exempt * new;
        rate.number = rate.number * old + window.number * new;
        rate.thinnable.resize(rate.thinnable.len().max(window.thinnable.len()), (0.0, 0.0));
        for (index, (cost, weighted)) in rate.thinnable.iter_mut().enumerate() {
            let (window_cost, window_weighted) = window.thinnable.get(index).copied().unwrap_or_default();
            *cost = *cost * old + window_cost * new;
            *weighted = *weighted * old + window_weighted * new;
        }
    }
}

impl Arrivals {
    /// Returns the lowest threshold at which no more comes than is allowed.
    fn threshold_for(&self, allowed: f64, burst: f64) -> Threshold {
        let total = self.exempt + self.thinnable.iter().map(|(cost, _)| cost).sum::<f64>();
        let mean_cost = if self.number > 0.0 { total / self.number } else { 1.0 };
        let headroom = (HEADROOM * mean_cost / burst).clamp(0.05, 0.5);
        let target = (allowed * (1.0 - headroom) - self.exempt).max(allowed * LEAST_PART);
        // A trace that was kept with probability 1/w and is thinned to p passes with probability p·w, at most 1.
        let passing = |probability: f64| -> f64 {
            let costs = self.thinnable.iter().filter(|(cost, _)| *cost > 0.0);
            costs.map(|(cost, weighted)| cost.min(probability * weighted)).sum()
        };
        if passing(1.0) <= target {
            return Threshold::ALWAYS;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if passing(middle) > target { high = middle } else { low = middle }
        }
        // Never nothing: the smallest probability that can be written is 2⁻⁵⁶.
        Threshold::from_ratio(low.max(f64::EPSILON)).unwrap_or(Threshold::ALWAYS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds so many traces of each kind a second for a minute; returns what share of a full population is kept then.
    fn settled(kinds: &[(u32, &str)], exempt: u32, allowed: f64) -> f64 {
        let mut demand = Demand::default();
        let mut threshold = Threshold::ALWAYS;
        for second in 0..60 {
            threshold =
                demand.threshold(SystemTime::UNIX_EPOCH + Duration::from_secs(second), allowed, allowed);
            for (number, th) in kinds {
                (0..*number).for_each(|_| demand.note(1.0, 1.0, Threshold::parse(th).expect("valid"), false));
            }
            (0..exempt).for_each(|_| demand.note(1.0, 1.0, Threshold::ALWAYS, true));
        }
        threshold.probability()
    }

    #[test]
    fn the_threshold_makes_what_comes_what_is_allowed() {
        let near = |probability: f64, expected: f64| {
            assert!((probability / expected - 1.0).abs() < 0.01, "{probability} instead of {expected}");
        };
        near(settled(&[(50, "0")], 0, 100.0), 1.0);
        // 5 % of headroom.
        near(settled(&[(1000, "0")], 0, 100.0), 0.095);
        // Errors are not thinned, so the others are the more.
        near(settled(&[(1000, "0")], 50, 100.0), 0.045);
        near(settled(&[(1000, "0")], 500, 100.0), 0.001);
        // 80 a second that stand for 4 each, and 80 that stand for themselves: 320·p + 80·p = 95, were p not above 1/4.
        near(settled(&[(80, "c"), (80, "0")], 0, 100.0), 95.0 / 400.0);
        // 40 that stand for 4 each all pass, and 55 of the others.
        near(settled(&[(40, "c"), (80, "0")], 0, 100.0), 55.0 / 80.0);
        // Already thinner than it must be.
        near(settled(&[(90, "e666")], 0, 100.0), 1.0);
    }
}
