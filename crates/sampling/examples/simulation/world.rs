//! Runs of agents as they may be: dear ones are rare and very dear, failing ones cost more.

use opentelemetry::trace::TraceId;

/// The models: share of the traces, and median cost of a call in USD.
pub(crate) const MODELS: [(&str, f64, f64); 3] =
    [("small", 0.6, 0.001), ("middle", 0.3, 0.006), ("large", 0.1, 0.02)];

/// A trace dearer than this (USD) is always kept.
pub(crate) const DEAR: f64 = 0.5;

/// How widely costs of traces and of calls spread: the standard deviations of their logarithms.
const TRACE_SPREAD: f64 = 0.9;
const CALL_SPREAD: f64 = 0.7;
/// Longest run of calls.
const MOST_CALLS: u64 = 60;
/// Traces that start in a second on average; in waves of a minute, up to so much more and less.
const PER_SECOND: f64 = 400.0;
const WAVE: f64 = 0.3;

/// SplitMix64 (Steele, Lea and Flood, 2014): small, seeded, and good enough for a simulation.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Log-normal around a median.
    fn around(&mut self, median: f64, spread: f64) -> f64 {
        let (radius, angle) = ((1.0 - self.unit()).ln() * -2.0, self.unit() * std::f64::consts::TAU);
        median * (spread * radius.sqrt() * angle.cos()).exp()
    }
}

/// What one trace did and cost.
pub(crate) struct Trace {
    pub(crate) id: TraceId,
    pub(crate) model: usize,
    /// The call that failed, if one did.
    pub(crate) failed: Option<usize>,
    /// When it started, in seconds.
    pub(crate) start: f64,
    /// The cost of each call.
    pub(crate) calls: Vec<f64>,
}

impl Trace {
    pub(crate) fn cost(&self) -> f64 {
        self.calls.iter().sum()
    }

    /// What the rules are about: 0 failed, 1 dear, 2 the rest.
    pub(crate) fn class(&self) -> usize {
        match self.failed {
            Some(_) => 0,
            None if self.cost() > DEAR => 1,
            None => 2,
        }
    }
}

/// Makes the traces of one run of the simulation, one after the other in time.
pub(crate) fn traces(random: &mut Random, count: usize) -> impl Iterator<Item = Trace> {
    let failing = 0.02 + 0.06 * random.unit();
    let (mut start, mut left) = (0.0, count);
    std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let rate = PER_SECOND * (1.0 + WAVE * (start * std::f64::consts::TAU / 60.0).sin());
        start -= (1.0 - random.unit()).ln() / rate;
        Some(trace(random, failing, start))
    })
}

fn trace(random: &mut Random, failing: f64, start: f64) -> Trace {
    let id = TraceId::from(u128::from(random.next()) << 64 | u128::from(random.next()));
    let choice = random.unit();
    let model = if choice < MODELS[0].1 { 0 } else { 1 + usize::from(choice >= MODELS[0].1 + MODELS[1].1) };
    let has_failed = random.unit() < failing;
    // Geometric; who fails tries again and again.
    let mean = if has_failed { 9.0 } else { 4.0 };
    let calls = ((1.0 - random.unit()).ln() * -mean) as u64;
    let calls = 1 + calls.min(MOST_CALLS) as usize;
    let level = random.around(MODELS[model].2, TRACE_SPREAD);
    Trace {
        id,
        model,
        failed: has_failed.then(|| (random.unit() * calls as f64) as usize),
        start,
        calls: (0..calls).map(|_| random.around(level, CALL_SPREAD)).collect(),
    }
}
