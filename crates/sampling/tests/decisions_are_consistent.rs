//! Properties over random ratios and ids: decisions agree with exact integers, with each other, and everywhere.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::env;
use std::process::Command;

use opentelemetry::trace::{SpanKind, TraceId, TraceState};
use opentelemetry_sdk::trace::{SamplingDecision, ShouldSample};
use otel_genai_sampling::{
    CompositeSampler, OtelTraceState, ParentThreshold, Probability, ProbabilitySampler, Randomness,
    Threshold, erase_threshold, set_randomness, set_threshold,
};
use proptest::prelude::*;

const ALL: u128 = 1 << 56;

/// Ratios over all magnitudes that can be expressed.
fn ratios() -> impl Strategy<Value = f64> {
    (0.5f64..=1.0, 0..56i32).prop_map(|(mantissa, exponent)| mantissa * 2f64.powi(-exponent))
}

fn thresholds() -> impl Strategy<Value = Threshold> {
    (0..1u64 << 56, 0..14u32).prop_map(|(rejected, digits)| {
        Threshold::from_rejected(rejected >> (4 * digits) << (4 * digits)).unwrap()
    })
}

/// Returns `ratio` as an exact fraction of 2¹⁰⁹: a float of at least 2⁻⁵⁶ has no bit below 2⁻¹⁰⁹.
fn exact(ratio: f64) -> u128 {
    let bits = ratio.to_bits();
    let mantissa = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
    let exponent = (bits >> 52) as i32 - 1075;
    mantissa << (exponent + 109)
}

proptest! {
    #[test]
    fn full_precision_is_exact(ratio in ratios()) {
        let threshold = Threshold::from_ratio_with_precision(ratio, 14).unwrap();
        // Half of the last place and more is rounded up.
        let kept = (exact(ratio) + (1 << 52)) >> 53;
        prop_assert_eq!(u128::from(threshold.rejected()), ALL - kept);
    }

    #[test]
    fn rounding_is_to_the_nearest_of_its_digits(ratio in ratios(), precision in 1..15u32) {
        let exact = Threshold::from_ratio_with_precision(ratio, 14).unwrap().rejected();
        let rounded = Threshold::from_ratio_with_precision(ratio, precision).unwrap();
        let text = format!("{exact:014x}");
        let leading = text.bytes().take_while(|byte| *byte == b'f').count() as u32;
        let unit = 1u64 << (4 * 14u32.saturating_sub(leading + precision));
        prop_assert!(rounded.rejected().abs_diff(exact) * 2 <= unit || unit == 1);
        prop_assert_eq!(rounded.rejected() % unit, 0);
        prop_assert!(rounded < Threshold::NEVER);
    }

    #[test]
    fn what_is_written_is_read(threshold in thresholds()) {
        let text = threshold.to_string();
        prop_assert!(text == "0" || !text.ends_with('0'));
        prop_assert!((1..=14).contains(&text.len()));
        prop_assert_eq!(Threshold::parse(&text), Ok(threshold));
        let state = set_threshold(&TraceState::NONE, threshold).unwrap();
        prop_assert_eq!(OtelTraceState::of(&state).threshold(), Some(threshold));
        prop_assert_eq!(erase_threshold(&state), TraceState::NONE);
    }

    #[test]
    fn counts_are_exact_fractions(threshold in thresholds()) {
        let kept = (ALL - u128::from(threshold.rejected())) as f64;
        prop_assert_eq!(threshold.probability(), kept / ALL as f64);
        prop_assert_eq!(threshold.adjusted_count(), ALL as f64 / kept);
    }

    #[test]
    fn decisions_are_comparisons_of_integers(ratio in ratios(), id in any::<u128>(), rv in proptest::option::of(0..1u64 << 56)) {
        let threshold = Threshold::from_ratio(ratio).unwrap();
        let rv = rv.map(|value| Randomness::from_value(value).unwrap());
        let state = rv.map_or(TraceState::NONE, |rv| set_randomness(&TraceState::NONE, rv).unwrap());
        let randomness = Randomness::of(TraceId::from(id), OtelTraceState::of(&state));
        prop_assert_eq!(u128::from(randomness.value()), rv.map_or(id % ALL, |rv| u128::from(rv.value())));
        prop_assert_eq!(threshold.keeps(randomness), randomness.value() >= threshold.rejected());
    }

    #[test]
    fn a_lower_ratio_keeps_a_subset(one in ratios(), other in ratios(), id in any::<u128>()) {
        let (low, high) = (one.min(other), one.max(other));
        prop_assert!(!is_kept(low, id) || is_kept(high, id));
    }

    #[test]
    fn all_samplers_decide_alike(ratio in ratios(), id in any::<u128>()) {
        let composed = CompositeSampler::new(Probability::ratio(ratio).unwrap());
        let parent_based = CompositeSampler::new(ParentThreshold::new(Probability::ratio(ratio).unwrap()));
        let results = [&ProbabilitySampler::ratio(ratio).unwrap() as &dyn ShouldSample, &composed, &parent_based]
            .map(|sampler| sampler.should_sample(None, TraceId::from(id), "", &SpanKind::Internal, &[], &[]));
        prop_assert_eq!(&results[0], &results[1]);
        prop_assert_eq!(&results[1], &results[2]);
    }

    #[test]
    fn any_text_can_be_read_and_rewritten(member in "[a-z0-9:;.A-Z_-]{0,40}") {
        let state = TraceState::from_key_value([("a", "1"), ("ot", &member)]).unwrap();
        let quarter = Threshold::parse("c").unwrap();
        let set = set_threshold(&state, quarter).unwrap();
        let written = OtelTraceState::parse(set.get("ot").unwrap());
        if OtelTraceState::of(&state).threshold() != Some(quarter) {
            prop_assert!(written.is_ok());
        }
        prop_assert_eq!(OtelTraceState::of(&set).threshold(), Some(quarter));
        prop_assert_eq!(OtelTraceState::of(&erase_threshold(&set)).threshold(), None);
        prop_assert_eq!(set.get("a"), Some("1"));
        if let Ok(before) = OtelTraceState::parse(&member) {
            let after = OtelTraceState::of(&set);
            prop_assert_eq!(before.randomness(), after.randomness());
            prop_assert!(before.others().eq(after.others()));
        }
    }
}

fn is_kept(ratio: f64, id: u128) -> bool {
    let sampler = ProbabilitySampler::ratio(ratio).unwrap();
    let result = sampler.should_sample(None, TraceId::from(id), "", &SpanKind::Internal, &[], &[]);
    result.decision == SamplingDecision::RecordAndSample
}

const RATIOS: [f64; 5] = [0.5, 0.1, 0.05, 0.01, 0.001];
const IS_CHILD: &str = "OTEL_GENAI_TEST_PRINTS_DECISIONS";

/// The numbers, of 20,000 ids, that each ratio keeps.
fn kept_sets() -> Vec<Vec<u32>> {
    let samplers = RATIOS.map(|ratio| ProbabilitySampler::ratio(ratio).unwrap());
    let mut sets = vec![Vec::new(); RATIOS.len()];
    let mut state = 0x9e37_79b9_7f4a_7c15u128;
    for number in 0..20_000 {
        state = state.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
        // The upper half has the long periods; it goes where the randomness is.
        let id = TraceId::from(state.rotate_left(64));
        for (sampler, set) in samplers.iter().zip(&mut sets) {
            let result = sampler.should_sample(None, id, "", &SpanKind::Internal, &[], &[]);
            if result.decision == SamplingDecision::RecordAndSample {
                set.push(number);
            }
        }
    }
    sets
}

#[test]
fn two_runs_and_two_processes_keep_the_same_traces() {
    let sets = kept_sets();
    if env::var_os(IS_CHILD).is_some() {
        println!("kept {sets:?} end");
        return;
    }
    assert_eq!(sets, kept_sets());
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "two_runs_and_two_processes_keep_the_same_traces", "--nocapture"])
        .env(IS_CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(child.stdout).unwrap();
    assert!(printed.contains(&format!("kept {sets:?} end")), "the other process kept other traces");
    for (ratio, set) in RATIOS.iter().zip(&sets) {
        let expected = 20_000.0 * ratio;
        assert!((set.len() as f64 - expected).abs() < 5.0 * expected.sqrt(), "{} at {ratio}", set.len());
    }
    for lower in sets.windows(2) {
        assert!(lower[1].iter().all(|number| lower[0].contains(number)), "a lower ratio keeps a subset");
    }
}
