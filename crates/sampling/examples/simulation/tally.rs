//! How often intervals hold the truth.

use std::fmt;

use otel_genai_sampling::Estimate;

use crate::world::MODELS;

/// All traces, each model, each class of rules.
pub(crate) const SLICES: usize = 7;

/// Relative difference up to which two sums of floats are the same.
const ROUNDING: f64 = 1e-9;

/// What the runs gave for each slice.
#[derive(Default)]
pub(crate) struct Tally {
    runs: u32,
    slices: [Slice; SLICES],
    naive: f64,
}

#[derive(Clone, Copy, Default)]
struct Slice {
    /// Runs in which the estimate had an interval, and in which that held the truth.
    uncertain: u32,
    covered: u32,
    /// Runs in which everything of the slice was kept with certainty.
    certain: u32,
    /// Sums of relative errors, and of relative half widths.
    error: f64,
    width: f64,
}

/// Returns which slices a trace belongs to, with its value there.
pub(crate) fn slices(model: usize, class: usize, value: f64) -> [f64; SLICES] {
    let mut slices = [0.0; SLICES];
    slices[0] = value;
    slices[1 + model] = value;
    slices[1 + MODELS.len() + class] = value;
    slices
}

impl Tally {
    /// Adds a run: what was estimated, what was true, and what scaling up by the share of kept traces gives.
    pub(crate) fn add(&mut self, estimates: [Estimate; SLICES], truth: [f64; SLICES], naive: f64) {
        self.runs += 1;
        self.naive += naive / truth[0] - 1.0;
        for ((slice, estimate), truth) in self.slices.iter_mut().zip(estimates).zip(truth) {
            if truth == 0.0 {
                continue;
            }
            let error = estimate.total() / truth - 1.0;
            let (low, high) = estimate.interval();
            // An estimate without an interval that is not the truth is one that does not hold it.
            if estimate.variance() == 0.0 && error.abs() <= ROUNDING {
                slice.certain += 1;
                continue;
            }
            slice.uncertain += 1;
            slice.covered += u32::from((low..=high).contains(&truth));
            slice.error += error;
            slice.width += (high - low) / 2.0 / truth;
        }
    }

    /// Returns the mean bias of the naive estimate.
    pub(crate) fn naive_bias(&self) -> f64 {
        self.naive / f64::from(self.runs)
    }

    /// Returns the name, runs with an interval, and coverage of each slice that had one.
    pub(crate) fn coverages(&self) -> impl Iterator<Item = (String, u32, f64)> {
        let uncertain = self.slices.iter().enumerate().filter(|(_, slice)| slice.uncertain > 0);
        uncertain.map(|(place, slice)| {
            (name(place), slice.uncertain, f64::from(slice.covered) / f64::from(slice.uncertain))
        })
    }
}

fn name(place: usize) -> String {
    let classes = ["failed", "dear", "rest"];
    match place {
        0 => "all".into(),
        _ if place <= MODELS.len() => format!("model {}", MODELS[place - 1].0),
        _ => format!("class {}", classes[place - 1 - MODELS.len()]),
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "| cost of | runs with an interval | truth inside | half width | bias | certain runs |"
        )?;
        writeln!(formatter, "| --- | --- | --- | --- | --- | --- |")?;
        for (place, slice) in self.slices.iter().enumerate() {
            let Slice { uncertain, covered, certain, error, width } = *slice;
            let name = name(place);
            if uncertain == 0 {
                writeln!(formatter, "| {name} | 0 | – | – | – | {certain} |")?;
                continue;
            }
            let share = |sum: f64| 100.0 * sum / f64::from(uncertain);
            let (covered, width, error) = (share(f64::from(covered)), share(width), share(error));
            writeln!(
                formatter,
                "| {name} | {uncertain} | {covered:.1} % | {width:.1} % | {error:+.2} % | {certain} |"
            )?;
        }
        write!(
            formatter,
            "naive (kept cost / share of kept traces): {:+.1} % on average",
            100.0 * self.naive_bias()
        )
    }
}
