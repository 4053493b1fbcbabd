//! The 1-in-N table of the specification, other published vectors, and what stages make of each other's thresholds.
//!
//! Sources: OpenTelemetry specification, `trace/tracestate-probability-sampling.md`; the figures of the tests in
//! `pkg/sampling` of `opentelemetry-collector-contrib`.

use otel_genai_sampling::{Randomness, Threshold, ThresholdError};

/// 1 in N; thresholds at precision 3, 4 and 5; adjusted counts of each.
type Row = (f64, [&'static str; 3], [f64; 3]);

#[rustfmt::skip]
const ONE_IN_N: [Row; 13] = [
    (1.0, ["0", "0", "0"], [1.0, 1.0, 1.0]),
    (2.0, ["8", "8", "8"], [2.0, 2.0, 2.0]),
    (3.0, ["aab", "aaab", "aaaab"], [3.0007326007326007, 3.00004577706569, 3.0000028610256777]),
    (4.0, ["c", "c", "c"], [4.0, 4.0, 4.0]),
    (5.0, ["ccd", "cccd", "ccccd"], [5.001221001221001, 5.0000762951094835, 5.0000047683761295]),
    (8.0, ["e", "e", "e"], [8.0, 8.0, 8.0]),
    (10.0, ["e66", "e666", "e6666"], [9.990243902439024, 9.99938968568813, 9.999961853172863]),
    (16.0, ["f", "f", "f"], [16.0, 16.0, 16.0]),
    (100.0, ["fd71", "fd70a", "fd70a4"], [100.05496183206107, 99.99771123402633, 100.00009536752259]),
    (1_000.0, ["ffbe7", "ffbe77", "ffbe76d"], [999.5958055290753, 1000.012874769029, 1000.0016987352618]),
    (10_000.0, ["fff972", "fff9724", "fff97247"], [9998.340882002383, 9999.830725674266, 9999.99370426336]),
    (100_000.0, ["ffff584", "ffff583a", "ffff583a5"], [100013.21013412817, 99999.238556461, 99999.96614643588]),
    (1_000_000.0, ["ffffef4", "ffffef39", "ffffef391"], [1.0016248358208955e6, 999992.38556461, 1.0000069374699865e6]),
];

#[test]
fn one_in_n() {
    for (n, written, counts) in ONE_IN_N {
        for (place, precision) in [3, 4, 5].into_iter().enumerate() {
            let threshold = Threshold::from_ratio_with_precision(1.0 / n, precision).unwrap();
            assert_eq!(threshold.to_string(), written[place], "1 in {n} at {precision}");
            assert_eq!(threshold.adjusted_count(), counts[place], "1 in {n} at {precision}");
            assert_eq!(Threshold::parse(written[place]), Ok(threshold));
            assert_eq!(threshold.probability(), 1.0 / threshold.adjusted_count());
        }
        assert_eq!(Threshold::from_ratio(1.0 / n), Threshold::from_ratio_with_precision(1.0 / n, 4));
    }
}

#[test]
fn full_and_reduced_precision() {
    let small = 2f64.powi(-56);
    let cases = [
        (1.0 / 3.0, 14, "aaaaaaaaaaaaac"),
        (1.0 / 3.0, 3, "aab"),
        (2.0 / 3.0, 3, "555"),
        (small, 4, "ffffffffffffff"),
        (2.0 * small, 3, "fffffffffffffe"),
        (3.0 * small, 3, "fffffffffffffd"),
        (8.0 * small, 3, "fffffffffffff8"),
        (16.0 * small, 3, "fffffffffffff"),
        (0.5f64.next_down(), 14, "80000000000004"),
        (0.25f64.next_down(), 14, "c0000000000002"),
        (0.125f64.next_down(), 14, "e0000000000001"),
        (1.0 - f64::from(0x0456_789a) / 2f64.powi(28), 14, "456789a"),
        (1.0 - f64::from(0x0456_789a) / 2f64.powi(28), 6, "45678a"),
        (1.0 - f64::from(0x0456_789a) / 2f64.powi(28), 3, "456"),
        (1.0 - f64::from(0x1234_5678) / 2f64.powi(32), 7, "1234568"),
        (1.0 - f64::from(0x1234_5678) / 2f64.powi(32), 1, "1"),
        (0.1, 0, "e"),
        (0.1, u32::MAX, "e6666666666666"),
    ];
    for (ratio, precision, written) in cases {
        let threshold = Threshold::from_ratio_with_precision(ratio, precision).unwrap();
        assert_eq!(threshold.to_string(), written, "{ratio} at {precision}");
    }
}

#[test]
fn numbers_that_are_no_ratio_are_refused() {
    for ratio in
        [f64::NAN, -0.1, 1.000001, f64::INFINITY, f64::NEG_INFINITY, 2f64.powi(-57), f64::MIN_POSITIVE]
    {
        let error = Threshold::from_ratio(ratio).expect_err("no ratio").to_string();
        assert!(error.contains("no sampling ratio") && error.contains("at most 1"), "{error}");
    }
    assert_eq!(Threshold::from_ratio(0.0), Ok(Threshold::NEVER));
    assert_eq!(Threshold::from_ratio(-0.0), Ok(Threshold::NEVER));
    assert_eq!(Threshold::from_ratio(1.0), Ok(Threshold::ALWAYS));
}

#[test]
fn written_thresholds_are_read() {
    let read = [
        ("0", 0),
        ("00000000000000", 0),
        ("8", 0x80_0000_0000_0000),
        ("1000", 0x10_0000_0000_0000),
        ("0001", 0x00_0100_0000_0000),
        ("abcdefabcdefab", 0xab_cdef_abcd_efab),
    ];
    for (text, rejected) in read {
        assert_eq!(Threshold::parse(text), Ok(Threshold::from_rejected(rejected).unwrap()), "{text}");
    }
    let refused = [
        ("", ThresholdError::Size(0)),
        ("100000000000000", ThresholdError::Size(15)),
        ("ffffffffffffffff", ThresholdError::Size(16)),
        ("AB", ThresholdError::Digit),
        ("0x1", ThresholdError::Digit),
        ("-1", ThresholdError::Digit),
        ("+1", ThresholdError::Digit),
        ("14.5", ThresholdError::Digit),
        ("ä", ThresholdError::Digit),
    ];
    for (text, error) in refused {
        assert_eq!(Threshold::parse(text), Err(error), "{text}");
    }
    assert_eq!(Threshold::from_rejected((1 << 56) + 1), None);
    assert_eq!(Threshold::NEVER.to_string(), "never");
}

#[test]
fn a_trace_is_kept_from_its_threshold_on() {
    let quarter = Threshold::parse("c").unwrap();
    for (randomness, is_kept) in [
        ("d29d6a7215ced0", true),
        ("c0000000000000", true),
        ("bfffffffffffff", false),
        ("00000000000000", false),
    ] {
        let randomness = Randomness::parse(randomness).unwrap();
        assert_eq!(quarter.keeps(randomness), is_kept, "{randomness}");
        assert!(Threshold::ALWAYS.keeps(randomness));
        assert!(!Threshold::NEVER.keeps(randomness));
    }
}

/// An equalizing stage leaves what is rarer than its own probability, and brings the rest to it. The spans' thresholds
/// and the stage's, and those after it.
#[test]
fn the_higher_threshold_of_two_stages_holds() {
    for (upstream, own, outgoing) in [
        ("8", "e", "e"),
        ("8", "2", "8"),
        ("f", "8", "f"),
        ("0", "f", "f"),
        ("0", "0", "0"),
        ("555", "aab", "aab"),
    ] {
        let [upstream, own] = [upstream, own].map(|text| Threshold::parse(text).unwrap());
        assert_eq!(upstream.max(own).to_string(), outgoing);
        for randomness in (0..4096).map(|high| Randomness::from_value(high << 44).unwrap()) {
            let passes_both = upstream.keeps(randomness) && own.keeps(randomness);
            assert_eq!(upstream.max(own).keeps(randomness), passes_both);
        }
    }
}
