//! Do the intervals of estimates hold the true cost as often as they say?
//!
//! `cargo run --release -p otel-genai-sampling --example simulation [SEED]`
//!
//! Simulates 1,000 times 20,000 traces of agents whose costs are log-normal and of which the failing ones cost more. A
//! tenth is kept, and all that failed or cost above half a dollar. Half of the runs decide while traces run, so that
//! one trace leaves with several thresholds; the others when they have ended. In a third of the runs a rate limit
//! raises the threshold with the load. Then 200 times 20,000 traces pass the real stages, as spans. It ends with an
//! error if an interval holds the truth in less than 93 or more than 97 of 100 runs.

#![expect(clippy::print_stdout, reason = "it prints what it found")]

mod arithmetic;
mod stages;
mod tally;
mod world;

use otel_genai_sampling::Threshold;

use arithmetic::Decisions;
use tally::Tally;
use world::Random;

const SEED: u64 = 20_261_121;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).map_or(Ok(SEED), |seed| seed.parse())?;
    let mut failures = Vec::new();
    let decisions = simulate_decisions(seed, 1_000, 20_000);
    println!("Decisions: 1,000 runs of 20,000 traces, seed {seed}\n\n{decisions}\n");
    failures.extend(outside(&decisions, 0.93, 0.97));
    let (stages, known) = simulate_stages(seed, 200, 20_000);
    println!("Stages: 200 runs of 20,000 traces, totals known in {known}\n\n{stages}");
    // So few runs tell no more than this.
    failures.extend(outside(&stages, 0.90, 0.99));
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ").into()) }
}

fn simulate_decisions(seed: u64, runs: u64, traces: usize) -> Tally {
    let head = Threshold::from_ratio(0.1).expect("a ratio");
    let mut tally = Tally::default();
    for run in 0..runs {
        let decisions =
            Decisions { head, is_streaming: run.is_multiple_of(2), is_limited: run.is_multiple_of(3) };
        arithmetic::run(&mut Random::new(seed ^ run << 32), traces, decisions, &mut tally);
    }
    tally
}

fn simulate_stages(seed: u64, runs: u64, traces: usize) -> (Tally, usize) {
    let mut tally = Tally::default();
    let run = |run: &u64| {
        stages::run(&mut Random::new(!seed ^ run << 32), traces, run.is_multiple_of(3), &mut tally)
    };
    let known = (0..runs).filter(run).count();
    (tally, known)
}

/// Says which coverages are not between the two.
fn outside(tally: &Tally, least: f64, most: f64) -> Vec<String> {
    let outside = tally.coverages().filter(|(_, _, share)| !(least..=most).contains(share));
    outside.map(|(name, _, share)| format!("{name}: {:.1} % covered", 100.0 * share)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of so many runs, four standard errors around 95 %.
    fn assert_covered(tally: &Tally) {
        assert!(tally.coverages().count() >= 5, "{tally}");
        for (name, runs, share) in tally.coverages() {
            let error = (0.95f64 * 0.05 / f64::from(runs)).sqrt();
            assert!((share - 0.95).abs() <= 4.0 * error, "{name}: {share} of {runs}\n{tally}");
        }
        assert!(tally.naive_bias() > 0.1, "what is always kept costs more than the rest\n{tally}");
    }

    #[test]
    fn intervals_of_decisions_hold_the_truth() {
        assert_covered(&simulate_decisions(SEED, 60, 12_000));
    }

    #[test]
    fn intervals_behind_the_stages_hold_the_truth() {
        let (tally, known) = simulate_stages(SEED, 9, 6_000);
        assert_covered(&tally);
        assert!(known >= 7, "{known}");
    }
}
