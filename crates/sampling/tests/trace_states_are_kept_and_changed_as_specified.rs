//! What is read from, and written to, the tracestate. Many cases are those of the tests in `pkg/sampling` of
//! `opentelemetry-collector-contrib`.

#![expect(clippy::unwrap_used, reason = "a test")]

use opentelemetry::trace::TraceState;
use otel_genai_sampling::{
    OtelTraceState, Randomness, RandomnessError, Threshold, ThresholdError, TraceStateError, erase_threshold,
    set_randomness, set_threshold,
};

fn state(header: &str) -> TraceState {
    header.parse().unwrap()
}

#[test]
fn members_are_read() {
    /// The member, then `th`, `rv` and the other sub-keys.
    type Case =
        (&'static str, Option<&'static str>, Option<&'static str>, &'static [(&'static str, &'static str)]);
    let cases: [Case; 18] = [
        ("th:2", Some("2"), None, &[]),
        ("th:ab", Some("ab"), None, &[]),
        ("th:abcdefabcdefab", Some("abcdefabcdefab"), None, &[]),
        ("th:1000", Some("1"), None, &[]),
        ("th:0", Some("0"), None, &[]),
        ("e100:1", None, None, &[("e100", "1")]),
        ("e1:1;e2:2", None, None, &[("e1", "1"), ("e2", "2")]),
        ("th:2;extra:stuff", Some("2"), None, &[("extra", "stuff")]),
        ("extra:stuff;th:2", Some("2"), None, &[("extra", "stuff")]),
        ("e100:100;th:1;e101:101", Some("1"), None, &[("e100", "100"), ("e101", "101")]),
        ("e100:100;e101:101;th:1", Some("1"), None, &[("e100", "100"), ("e101", "101")]),
        ("x:1;u:V", None, None, &[("x", "1"), ("u", "V")]),
        ("rv:22222222222222;extra:stuff", None, Some("22222222222222"), &[("extra", "stuff")]),
        ("rv:ffffffffffffff", None, Some("ffffffffffffff"), &[]),
        ("x:", None, None, &[("x", "")]),
        ("x:0X1FFF;y:.-_-.;z:", None, None, &[("x", "0X1FFF"), ("y", ".-_-."), ("z", "")]),
        ("x1y2z3:1-2-3;y1:y_1;th:50", Some("5"), None, &[("x1y2z3", "1-2-3"), ("y1", "y_1")]),
        ("rv:10000000000000;th:3;a:b;c:d", Some("3"), Some("10000000000000"), &[("a", "b"), ("c", "d")]),
    ];
    for (member, threshold, randomness, others) in cases {
        let read = OtelTraceState::parse(member).unwrap();
        assert_eq!(read.threshold().map(|th| th.to_string()).as_deref(), threshold, "{member}");
        assert_eq!(read.randomness().map(|rv| rv.to_string()).as_deref(), randomness, "{member}");
        assert_eq!(read.others().collect::<Vec<_>>(), others, "{member}");
    }
}

#[test]
fn what_is_no_member_is_refused() {
    use TraceStateError::{Randomness as Rv, Repeated, Syntax, Threshold as Th};
    let cases = [
        ("", Syntax),
        ("th", Syntax),
        ("th:1;", Syntax),
        ("x:1;", Syntax),
        (":1;p:2", Syntax),
        (":", Syntax),
        (":;:", Syntax),
        ("th:1=p:2", Syntax),
        ("th:;p=1", Syntax),
        ("th:$", Syntax),
        ("th:0x1p+3", Syntax),
        ("1:1;u:V", Syntax),
        ("X:1;u:V", Syntax),
        ("a:1:2", Syntax),
        ("a:ü", Syntax),
        ("th:14.5", Th(ThresholdError::Digit)),
        ("th:-1", Th(ThresholdError::Digit)),
        ("th:AB", Th(ThresholdError::Digit)),
        ("th:", Th(ThresholdError::Size(0))),
        ("th:ffffffffffffffff", Th(ThresholdError::Size(16))),
        ("th:100000000000000", Th(ThresholdError::Size(15))),
        ("rv:3;p:2", Rv(RandomnessError::Size(1))),
        ("rv:100000000000000", Rv(RandomnessError::Size(15))),
        ("rv:ABCDEFABCDEFAB", Rv(RandomnessError::Digit)),
        ("th:1;th:1", Repeated("th")),
        ("rv:11111111111111;rv:22222222222222", Repeated("rv")),
    ];
    for (member, error) in cases {
        assert_eq!(OtelTraceState::parse(member), Err(error), "{member}");
    }
    let longest = format!("x:{}", "_".repeat(254));
    assert!(OtelTraceState::parse(&longest).is_ok());
    assert_eq!(OtelTraceState::parse(&format!("{longest}_")), Err(TraceStateError::TooLong(257)));
}

#[test]
fn a_sampler_reads_what_can_be_read() {
    // The tracestate, then `th` and `rv`: one bad value does not spoil the other, bad syntax spoils all.
    for (header, threshold, randomness) in [
        ("ot=th:8", Some("8"), None),
        ("vendor=1", None, None),
        ("", None, None),
        ("ot=th:100000000000000;rv:22222222222222", None, Some("22222222222222")),
        ("ot=th:8;rv:3", Some("8"), None),
        ("ot=th:8;th:9;rv:22222222222222", None, Some("22222222222222")),
        ("ot=th:8;", None, None),
        ("ot=th:8;X:1", None, None),
    ] {
        let state = state(header);
        let read = OtelTraceState::of(&state);
        assert_eq!(read.threshold().map(|th| th.to_string()).as_deref(), threshold, "{header}");
        assert_eq!(read.randomness().map(|rv| rv.to_string()).as_deref(), randomness, "{header}");
    }
}

#[test]
fn thresholds_are_set_and_erased() {
    // The tracestate, with `th:c` set, and erased.
    for (before, set, erased) in [
        ("", "ot=th:c", ""),
        ("ot=th:8", "ot=th:c", ""),
        ("ot=th:c", "ot=th:c", ""),
        ("a=1,b=2", "ot=th:c,a=1,b=2", "a=1,b=2"),
        ("a=1,ot=th:8,b=2", "ot=th:c,a=1,b=2", "a=1,b=2"),
        // Already right: nothing moves.
        ("a=1,ot=th:c,b=2", "a=1,ot=th:c,b=2", "a=1,b=2"),
        ("a=1,ot=th:c000", "a=1,ot=th:c000", "a=1"),
        ("a=1,ot=x:y;p:2", "ot=th:c;x:y;p:2,a=1", "a=1,ot=x:y;p:2"),
        (
            "ot=x:y;th:8;rv:abcdefabcdefab;p:2",
            "ot=rv:abcdefabcdefab;th:c;x:y;p:2",
            "ot=rv:abcdefabcdefab;x:y;p:2",
        ),
        // What cannot be read does not stay beside a new value, nor does an old one hide in it.
        ("ot=th:zz;x:y,a=1", "ot=th:c;x:y,a=1", "ot=x:y,a=1"),
        ("ot=th:8;th:9;x:y", "ot=th:c;x:y", "ot=x:y"),
        ("ot=rv:3;x:y", "ot=th:c;x:y", "ot=x:y"),
        ("ot=th:8;broken,a=1", "ot=th:c,a=1", "a=1"),
        ("ot=th:8,a=1,ot=th:9", "ot=th:c,a=1", "a=1"),
    ] {
        let before = state(before);
        let quarter = Threshold::parse("c").unwrap();
        assert_eq!(set_threshold(&before, quarter).unwrap().header(), set);
        assert_eq!(erase_threshold(&before).header(), erased);
        assert_eq!(OtelTraceState::of(&erase_threshold(&before)).threshold(), None);
    }
}

#[test]
fn zeros_at_the_end_are_not_written() {
    for (before, written) in [("1000", "1"), ("abcd00", "abcd"), ("0", "0"), ("000", "0"), ("0010", "001")] {
        let threshold = Threshold::parse(before).unwrap();
        assert_eq!(set_threshold(&TraceState::NONE, threshold).unwrap().header(), format!("ot=th:{written}"));
    }
}

#[test]
fn a_member_that_would_be_too_long_stays_as_it_is() {
    let tenth = Threshold::parse("e666").unwrap();
    // `;th:e666` takes eight characters.
    let fits = state(&format!("ot=x:{}", "_".repeat(246)));
    assert_eq!(set_threshold(&fits, tenth).unwrap().get("ot").unwrap().len(), 256);
    let full = state(&format!("ot=x:{}", "_".repeat(247)));
    assert_eq!(set_threshold(&full, tenth).unwrap_err(), TraceStateError::TooLong(257));
    let full = state(&format!("ot=th:8;x:{}", "_".repeat(249)));
    assert_eq!(set_threshold(&full, tenth).unwrap_err(), TraceStateError::TooLong(259));
    assert_eq!(erase_threshold(&full).get("ot").unwrap().len(), 251);
    assert_eq!(set_threshold(&full, Threshold::NEVER).unwrap_err(), TraceStateError::Never);
}

#[test]
fn the_last_of_32_members_gives_way() {
    let members: Vec<String> = (0..32).map(|index| format!("m{index}={index}")).collect();
    let set = set_threshold(&state(&members.join(",")), Threshold::parse("c").unwrap()).unwrap();
    assert_eq!(set.header(), format!("ot=th:c,{}", members[..31].join(",")));
}

#[test]
fn randomness_is_set_beside_the_rest() {
    let randomness = Randomness::parse("00000000000003").unwrap();
    let set = set_randomness(&state("a=1,ot=x:y;th:3"), randomness).unwrap();
    assert_eq!(set.header(), "ot=rv:00000000000003;th:3;x:y,a=1");
    assert_eq!(OtelTraceState::of(&set).randomness(), Some(randomness));
    for text in ["", "3", "000000000000003", "0000000000000g"] {
        assert!(Randomness::parse(text).is_err(), "{text}");
    }
    assert_eq!(Randomness::from_value(1 << 56), None);
}
