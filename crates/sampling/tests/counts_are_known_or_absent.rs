//! What a span stands for, and what becomes of calls of which nobody knows it.

use opentelemetry::trace::Status;
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_sampling::{CallTotals, Counted, RecordedTotals, SpanCounts, adjusted_count};

const HIGH: u128 = 0xe0_0000_0000_0000;

fn call(trace: u128) -> SpanBuilder {
    SpanBuilder::new("chat").trace(trace).attribute("otel_genai.role", "llm_call")
}

fn with_state(span: SpanBuilder, state: &str) -> Span {
    let mut span = span.build();
    span.set_trace_state(state.parse().expect("a tracestate"));
    span
}

#[test]
fn one_is_not_assumed() {
    for (trace, state, count) in [
        (HIGH, "", None),
        (HIGH, "vendor=1", None),
        (HIGH, "ot=x:y", None),
        (HIGH, "ot=th:zz", None),
        (HIGH, "ot=th:0", Some(1.0)),
        (HIGH, "ot=th:c", Some(4.0)),
        (HIGH, "ot=th:c;rv:c0000000000000", Some(4.0)),
        // It would have been dropped by that threshold, so something else kept it.
        (HIGH, "ot=th:f", None),
        (HIGH, "ot=th:c;rv:bfffffffffffff", None),
    ] {
        assert_eq!(adjusted_count(&with_state(call(trace), state)), count, "{state}");
    }
    assert_eq!(adjusted_count(&with_state(call(HIGH).unsampled(), "ot=th:c")), Some(0.0));
}

#[test]
fn each_call_ends_in_one_count() {
    let mut totals = CallTotals::new(Counted::Models);
    let spans = [
        with_state(call(HIGH).attribute("llm.cost.total", 0.5), "ot=th:c"),
        with_state(call(HIGH).attribute("gen_ai.usage.output_tokens", 7).status(Status::error("no")), ""),
        with_state(call(HIGH).attribute("otel_genai.duplicate_of", "0000000000000001"), "ot=th:c"),
        with_state(call(HIGH).unsampled(), "ot=th:c"),
        with_state(SpanBuilder::new("raw").attribute("gen_ai.operation.name", "chat"), ""),
        with_state(SpanBuilder::new("step").attribute("otel_genai.role", "roll_up"), "ot=th:c"),
    ];
    for span in &spans {
        totals.add(span, "group");
    }
    let counts = SpanCounts {
        spans: 6,
        counted: 1,
        without_threshold: 2,
        duplicates: 1,
        unsampled: 1,
        not_enriched: 1,
    };
    assert_eq!(totals.counts(), counts);
    let all = totals.all();
    assert_eq!(totals.groups()["group"], all);
    assert_eq!((all.sampled.sample, all.sampled.uncertain_traces), (1, 1));
    assert_eq!((all.sampled.calls.total(), all.sampled.cost.total()), (4.0, 2.0));
    assert_eq!((all.sampled.uncounted_calls.total(), all.sampled.unpriced_calls.total()), (4.0, 0.0));
    let recorded = RecordedTotals {
        calls: 2,
        errors: 1,
        output_tokens: 7,
        uncounted_calls: 1,
        unpriced_calls: 2,
        ..RecordedTotals::default()
    };
    assert_eq!(all.recorded, recorded);
}
