//! What the samplers for the SDK keep, write and erase.

#![expect(clippy::unwrap_used, reason = "a test")]

use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use otel_genai_sampling::{
    AlwaysOff, AlwaysOn, Annotating, ComposableSampler, CompositeSampler, ParentThreshold, Probability,
    ProbabilitySampler, RuleBased, SamplingIntent, SpanStart, Threshold, sampler_by_name,
};

/// The last seven bytes are the randomness: `e…` and `b…`.
const HIGH: u128 = 0x4bf9_2f35_77b3_4da6_a3e0_0000_0000_0000;
const LOW: u128 = 0x4bf9_2f35_77b3_4da6_a3b0_0000_0000_0000;

fn parent(trace: u128, is_sampled: bool, state: &str) -> Context {
    let flags = TraceFlags::default().with_sampled(is_sampled);
    let state = state.parse().unwrap();
    let context = SpanContext::new(TraceId::from(trace), SpanId::from(1), flags, true, state);
    Context::new().with_remote_span_context(context)
}

/// A root's context can have a tracestate: the span context is invalid, as there is no span.
fn root(state: &str) -> Context {
    let state = state.parse().unwrap();
    let context = SpanContext::new(TraceId::INVALID, SpanId::INVALID, TraceFlags::default(), false, state);
    Context::new().with_remote_span_context(context)
}

fn ask(sampler: &dyn ShouldSample, context: &Context, trace: u128) -> SamplingResult {
    sampler.should_sample(Some(context), TraceId::from(trace), "answer", &SpanKind::Internal, &[], &[])
}

/// Returns whether the span is kept, and its tracestate.
fn outcome(sampler: &dyn ShouldSample, context: &Context, trace: u128) -> (bool, String) {
    let result = ask(sampler, context, trace);
    assert_ne!(result.decision, SamplingDecision::RecordOnly);
    (result.decision == SamplingDecision::RecordAndSample, result.trace_state.header())
}

fn kept(state: &str) -> (bool, String) {
    (true, state.to_owned())
}

fn dropped(state: &str) -> (bool, String) {
    (false, state.to_owned())
}

#[test]
fn probability_decides_by_randomness_alone_and_writes_its_threshold() {
    let quarter = ProbabilitySampler::ratio(0.25).unwrap();
    let composed = CompositeSampler::new(Probability::ratio(0.25).unwrap());
    for sampler in [&quarter as &dyn ShouldSample, &composed] {
        for (context, trace, expected) in [
            (Context::new(), HIGH, kept("ot=th:c")),
            (Context::new(), LOW, dropped("")),
            (root("a=1"), HIGH, kept("ot=th:c,a=1")),
            // `rv` goes before the trace id, and stays.
            (root("ot=rv:c0000000000000"), LOW, kept("ot=rv:c0000000000000;th:c")),
            (root("ot=rv:bfffffffffffff,a=1"), HIGH, dropped("ot=rv:bfffffffffffff,a=1")),
            // Whatever the parent did.
            (parent(HIGH, false, "a=1"), HIGH, kept("ot=th:c,a=1")),
            (parent(LOW, true, "ot=th:0;x:y,a=1"), LOW, dropped("ot=x:y,a=1")),
            (parent(HIGH, true, "a=1,ot=th:c;x:y"), HIGH, kept("a=1,ot=th:c;x:y")),
            (parent(HIGH, true, "ot=th:0;x:y"), HIGH, kept("ot=th:c;x:y")),
        ] {
            assert_eq!(outcome(sampler, &context, trace), expected, "{context:?}");
        }
        let without = sampler.should_sample(None, TraceId::from(HIGH), "", &SpanKind::Internal, &[], &[]);
        assert_eq!(without.trace_state.header(), "ot=th:c");
    }
}

#[test]
fn no_room_for_the_threshold_means_no_threshold() {
    let full = format!("x:{}", "_".repeat(250));
    let quarter = ProbabilitySampler::ratio(0.25).unwrap();
    let composed = CompositeSampler::new(Probability::ratio(0.25).unwrap());
    for sampler in [&quarter as &dyn ShouldSample, &composed] {
        let context = parent(HIGH, true, &format!("ot={full}"));
        assert_eq!(outcome(sampler, &context, HIGH), kept(&format!("ot={full}")));
    }
}

#[test]
fn all_and_nothing() {
    for (sampler, expected) in [
        (Box::new(ProbabilitySampler::ratio(1.0).unwrap()) as Box<dyn ShouldSample>, kept("ot=th:0")),
        (Box::new(CompositeSampler::new(AlwaysOn)), kept("ot=th:0")),
        (Box::new(ProbabilitySampler::ratio(0.0).unwrap()), dropped("")),
        (Box::new(CompositeSampler::new(Probability::from(Threshold::NEVER))), dropped("")),
        (Box::new(CompositeSampler::new(AlwaysOff)), dropped("")),
    ] {
        assert_eq!(outcome(&*sampler, &Context::new(), HIGH), expected, "{sampler:?}");
        assert_eq!(outcome(&*sampler, &parent(LOW, true, "ot=th:2"), LOW).0, expected.0, "{sampler:?}");
    }
}

#[test]
fn children_do_what_their_parents_did() {
    let sampler = CompositeSampler::new(ParentThreshold::new(Probability::ratio(0.25).unwrap()));
    for (context, trace, expected) in [
        // Roots are the root sampler's business.
        (Context::new(), HIGH, kept("ot=th:c")),
        (Context::new(), LOW, dropped("")),
        (root("ot=rv:c0000000000000"), LOW, kept("ot=rv:c0000000000000;th:c")),
        // Consistent parents.
        (parent(HIGH, true, "a=1,ot=th:8"), HIGH, kept("a=1,ot=th:8")),
        (parent(LOW, true, "ot=th:8"), LOW, kept("ot=th:8")),
        (parent(LOW, false, "ot=th:c;x:y"), LOW, dropped("ot=x:y")),
        (parent(LOW, false, ""), LOW, dropped("")),
        // A parent without a threshold, or with one that nobody can read.
        (parent(LOW, true, ""), LOW, kept("")),
        (parent(LOW, true, "ot=x:y"), LOW, kept("ot=x:y")),
        (parent(LOW, true, "ot=th:zz;x:y"), LOW, kept("ot=x:y")),
        // The flag and the threshold contradict each other: the flag is followed and the threshold erased.
        (parent(LOW, true, "ot=th:c;x:y"), LOW, kept("ot=x:y")),
        (parent(HIGH, false, "ot=th:c;x:y"), HIGH, dropped("ot=x:y")),
        (parent(HIGH, true, "ot=th:8;rv:70000000000000"), HIGH, kept("ot=rv:70000000000000")),
        (parent(LOW, true, "ot=th:c;rv:d0000000000000"), LOW, kept("ot=th:c;rv:d0000000000000")),
    ] {
        assert_eq!(outcome(&sampler, &context, trace), expected, "{context:?}");
    }
}

#[test]
fn the_first_rule_that_applies_decides() {
    let rules = RuleBased::new()
        .rule("health", |span| span.name == "health", AlwaysOff)
        .rule(
            "checkout",
            |span| span.attributes.contains(&KeyValue::new("page", "checkout")),
            Annotating::new(AlwaysOn, [KeyValue::new("rule", "checkout")]),
        )
        .rule("server", |span| *span.kind == SpanKind::Server, Probability::ratio(0.25).unwrap());
    let sampler = CompositeSampler::new(rules);
    let ask = |name: &str, kind: SpanKind, attributes: &[KeyValue], trace: u128| {
        let trace = TraceId::from(trace);
        let result = sampler.should_sample(Some(&Context::new()), trace, name, &kind, attributes, &[]);
        let is_kept = result.decision == SamplingDecision::RecordAndSample;
        (is_kept, result.trace_state.header(), result.attributes)
    };
    let checkout = [KeyValue::new("page", "checkout")];
    let rule = vec![KeyValue::new("rule", "checkout")];
    assert_eq!(ask("health", SpanKind::Server, &checkout, HIGH), (false, String::new(), vec![]));
    assert_eq!(ask("buy", SpanKind::Server, &checkout, LOW), (true, "ot=th:0".into(), rule));
    assert_eq!(ask("buy", SpanKind::Server, &[], HIGH), (true, "ot=th:c".into(), vec![]));
    assert_eq!(ask("buy", SpanKind::Server, &[], LOW), (false, String::new(), vec![]));
    assert_eq!(ask("buy", SpanKind::Internal, &[], HIGH), (false, String::new(), vec![]));
    assert!(format!("{sampler:?}").contains(r#"name: "checkout""#), "{sampler:?}");
}

#[test]
fn attributes_are_for_what_is_kept() {
    let annotating = Annotating::new(Probability::ratio(0.25).unwrap(), [KeyValue::new("k", 1)]);
    let sampler = CompositeSampler::new(annotating);
    assert_eq!(ask(&sampler, &Context::new(), HIGH).attributes, [KeyValue::new("k", 1)]);
    assert_eq!(ask(&sampler, &Context::new(), LOW).attributes, []);
}

#[test]
fn a_threshold_that_is_not_the_whole_reason_is_not_written() {
    #[derive(Debug)]
    struct Quota;
    impl ComposableSampler for Quota {
        fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent {
            assert_eq!((span.context.is_some(), span.links.len()), (true, 0));
            SamplingIntent::keep_uncounted(Threshold::parse("c").unwrap())
        }
    }
    let sampler = CompositeSampler::new(Quota);
    assert_eq!(outcome(&sampler, &parent(HIGH, true, "ot=th:8;x:y"), HIGH), kept("ot=x:y"));
    assert_eq!(outcome(&sampler, &Context::new(), LOW), dropped(""));
}

/// Through the SDK: what the spans of a trace carry, alone and under the SDK's parent-based samplers.
#[test]
fn spans_of_the_sdk_carry_the_threshold() {
    let half = || ProbabilitySampler::ratio(0.5).unwrap();
    let composed = CompositeSampler::new(ParentThreshold::new(Probability::ratio(0.5).unwrap()));
    let samplers: [(Box<dyn ShouldSample>, &str); 4] = [
        (Box::new(half()), "ot=th:8"),
        (Box::new(composed), "ot=th:8"),
        (Box::new(Sampler::parent_based(half())), "ot=th:8"),
        // Decides alike, but throws away what the sampler wrote: such spans stand for an unknown number.
        (Box::new(Sampler::ParentBased(Box::new(half()))), ""),
    ];
    for (sampler, written) in samplers {
        let name = format!("{sampler:?}");
        let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
        let tracer = provider.tracer("test");
        let mut sampled = 0;
        for _ in 0..100 {
            let root = tracer.start("root");
            let context = Context::new().with_span(root);
            let child = tracer.start_with_context("child", &context);
            let context = context.span().span_context().clone();
            let child = opentelemetry::trace::Span::span_context(&child).clone();
            let high = u128::from_be_bytes(context.trace_id().to_bytes()) as u64 >> 55 & 1 == 1;
            assert_eq!((context.is_sampled(), child.is_sampled()), (high, high), "{name}");
            let expected = if high { written } else { "" };
            assert_eq!(context.trace_state().header(), expected, "{name}");
            assert_eq!(child.trace_state().header(), expected, "{name}");
            sampled += u32::from(high);
        }
        assert!((10..90).contains(&sampled), "{sampled}");
    }
}

/// The SDK's ratio sampler looks at other bits, and at low numbers: of what one keeps the other keeps its share only.
#[test]
fn the_sdks_ratio_sampler_keeps_other_traces() {
    let ours = ProbabilitySampler::ratio(0.1).unwrap();
    let theirs = Sampler::TraceIdRatioBased(0.1);
    let (mut both, mut one) = (0u32, 0u32);
    let mut id = 1u128;
    for _ in 0..100_000 {
        // A full-period generator of 128 bits; its upper half is random enough for ids.
        id = id.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(0x5851_f42d_4c95_7f2d);
        let trace = id >> 64 | (id << 3 & !0u128 << 64);
        let kept =
            [&ours as &dyn ShouldSample, &theirs].map(|sampler| outcome(sampler, &Context::new(), trace).0);
        both += u32::from(kept == [true, true]);
        one += u32::from(kept[0]);
    }
    assert!((9_500..10_500).contains(&one), "{one}");
    assert!((800..1_200).contains(&both), "{both}");
}

#[test]
fn the_names_of_the_convention() {
    let high_low = |name: &str, argument: Option<&str>, context: fn(u128) -> Context| {
        let sampler = sampler_by_name(name, argument).unwrap();
        [HIGH, LOW].map(|trace| outcome(&*sampler, &context(trace), trace))
    };
    let roots = |_| Context::new();
    assert_eq!(high_low("always_on", None, roots), [kept("ot=th:0"), kept("ot=th:0")]);
    assert_eq!(high_low("always_off", Some("ignored"), roots), [dropped(""), dropped("")]);
    assert_eq!(high_low("traceidratio", Some("0.25"), roots), [kept("ot=th:c"), dropped("")]);
    assert_eq!(high_low(" TraceIdRatio ", Some(" "), roots), [kept("ot=th:0"), kept("ot=th:0")]);
    assert_eq!(high_low("traceidratio", Some("0"), roots), [dropped(""), dropped("")]);
    assert_eq!(high_low("parentbased_traceidratio", Some("0.25"), roots), [kept("ot=th:c"), dropped("")]);
    let sampled = |trace| parent(trace, true, "ot=th:8");
    for name in ["parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"] {
        assert_eq!(high_low(name, Some("0.25"), sampled), [kept("ot=th:8"), kept("ot=th:8")], "{name}");
        let unsampled = |trace| parent(trace, false, "");
        assert_eq!(high_low(name, Some("0.25"), unsampled), [dropped(""), dropped("")], "{name}");
    }
    assert_eq!(high_low("traceidratio", Some("0.25"), sampled), [kept("ot=th:c"), dropped("")]);

    for (name, argument, message) in [
        ("sometimes", None, "OTEL_TRACES_SAMPLER=sometimes is no sampler: use one of always_on, always_off"),
        ("parentbased_xray", None, "OTEL_TRACES_SAMPLER=parentbased_xray is no sampler"),
        ("", None, "OTEL_TRACES_SAMPLER= is no sampler"),
        ("xray", None, "OTEL_TRACES_SAMPLER=xray needs a sampler that is not part of this program"),
        ("parentbased_jaeger_remote", None, "needs a sampler that is not part of this program"),
        (
            "traceidratio",
            Some("10%"),
            "OTEL_TRACES_SAMPLER_ARG=10% is not a number: it must be a ratio from 0 to 1",
        ),
        ("parentbased_traceidratio", Some("1.5"), "OTEL_TRACES_SAMPLER_ARG: 1.5 is no sampling ratio"),
        ("traceidratio", Some("NaN"), "OTEL_TRACES_SAMPLER_ARG: NaN is no sampling ratio"),
    ] {
        let error = sampler_by_name(name, argument).expect_err(name).to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn a_state_of_others_is_not_touched() {
    let state: TraceState = "b=2,a=1".parse().unwrap();
    let sampler = CompositeSampler::new(ParentThreshold::new(AlwaysOff));
    assert_eq!(ask(&sampler, &parent(LOW, true, "b=2,a=1"), LOW).trace_state, state);
    assert_eq!(ask(&sampler, &parent(LOW, false, "b=2,a=1"), LOW).trace_state, state);
}
