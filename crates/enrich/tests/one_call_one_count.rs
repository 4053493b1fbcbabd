//! Which spans are taken for one call, and which are not.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::names::otel_genai;
use support::{live_late, live_one_by_one, replay};

const MODEL: &str = "claude-sonnet-4-5-20250929";

/// A span of a call: scope, start and duration in milliseconds.
fn call(id: u64, scope: &'static str, start: u64, duration: u64) -> SpanBuilder {
    SpanBuilder::new("chat")
        .id(id)
        .scope(scope)
        .times(Duration::from_millis(start), Duration::from_millis(duration))
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", MODEL)
}

fn used(span: SpanBuilder, input: i64, output: i64) -> SpanBuilder {
    span.attribute("gen_ai.usage.input_tokens", input).attribute("gen_ai.usage.output_tokens", output)
}

fn agent(id: u64) -> SpanBuilder {
    SpanBuilder::new("invoke_agent a")
        .id(id)
        .attribute("gen_ai.operation.name", "invoke_agent")
        .times(Duration::ZERO, Duration::from_secs(1))
}

/// Runs spans in one segment, late and early ones; returns the spans that are marked with those that count instead,
/// where all came together.
fn marked(spans: &[SpanBuilder]) -> Vec<(u64, u64)> {
    let [whole, cut @ ..] = runs(spans).map(|out| {
        let mut marks: Vec<(u64, u64)> = out.iter().filter_map(mark).collect();
        marks.sort_unstable();
        marks
    });
    for marks in cut {
        assert_eq!(whole.len(), marks.len(), "{whole:?}, {marks:?}");
    }
    whole
}

/// What comes out when all spans come in one segment, and when they come one by one: late, forced, and early.
fn runs(spans: &[SpanBuilder]) -> [Vec<Span>; 4] {
    let resource = Arc::new(Resource::builder_empty().build());
    let input = || spans.iter().map(|span| (Arc::clone(&resource), span.clone().build()));
    let spans = |out: Vec<(Arc<Resource>, Span)>| out.into_iter().map(|(_, span)| span).collect();
    [
        spans(replay(Enricher::default(), 1 << 30, input())),
        live_late(Enricher::default(), input()),
        spans(replay(Enricher::default(), 1, input())),
        live_one_by_one(Enricher::default(), input()),
    ]
}

fn mark(span: &Span) -> Option<(u64, u64)> {
    let counting = span.get_str(otel_genai::DUPLICATE_OF)?;
    Some((u64::from_be_bytes(span.span_id().to_bytes()), u64::from_str_radix(counting, 16).unwrap()))
}

#[test]
fn spans_of_different_scopes_with_one_response_id_are_one_call() {
    let id = "msg_01XFDUDYJgAACzvnptvVoYEL";
    // Beside each other, with other counts, the second long after the first.
    let spans = [
        used(call(1, "sdk", 0, 10), 20, 5).parent(9).attribute("gen_ai.response.id", id),
        used(call(2, "wrapper", 50, 10), 20, 6).parent(9).attribute("gen_ai.response.id", id),
        agent(9),
    ];
    assert_eq!(marked(&spans), [(2, 1)]);
    // In two traces.
    let spans = [
        used(call(1, "sdk", 0, 10), 20, 5).attribute("gen_ai.response.id", id),
        used(call(2, "wrapper", 50, 10), 20, 5).trace(2).attribute("gen_ai.response.id", id),
    ];
    assert_eq!(marked(&spans), [(2, 1)]);
}

#[test]
fn an_id_too_short_to_be_unique_needs_more() {
    // What a local server answers to two calls.
    let spans = [
        used(call(1, "sdk", 0, 10), 20, 5).parent(9).attribute("gen_ai.response.id", "chatcmpl-123"),
        used(call(2, "sdk", 20, 10), 20, 5).parent(9).attribute("gen_ai.response.id", "chatcmpl-123"),
        agent(9),
    ];
    assert_eq!(marked(&spans), []);
    let spans = [
        used(call(1, "sdk", 2, 6), 20, 5).parent(9).attribute("gen_ai.response.id", "chatcmpl-123"),
        used(call(2, "wrapper", 0, 10), 20, 5).parent(9).attribute("gen_ai.response.id", "chatcmpl-123"),
        agent(9),
    ];
    assert_eq!(marked(&spans), [(2, 1)]);
}

#[test]
fn differing_ids_are_different_calls() {
    let spans = [
        used(call(1, "sdk", 2, 6), 20, 5)
            .parent(2)
            .attribute("gen_ai.response.id", "msg_01AAAAAAAAAAAAAAAAAA"),
        used(call(2, "wrapper", 0, 10), 20, 5).attribute("gen_ai.response.id", "msg_01BBBBBBBBBBBBBBBBBB"),
    ];
    assert_eq!(marked(&spans), []);
}

#[test]
fn nested_spans_of_different_scopes_with_equal_counts_are_one_call() {
    // With a span between them, and the inner one ending last.
    let between = SpanBuilder::new("POST").id(5).parent(2).times(Duration::ZERO, Duration::from_millis(4));
    let spans = [
        used(call(2, "wrapper", 0, 10), 20, 5),
        between.clone(),
        used(call(1, "sdk", 2, 12), 20, 5).parent(5),
    ];
    assert_eq!(marked(&spans), [(1, 2)]);
    // The silent twin is the duplicate, whichever comes first.
    let spans = [used(call(1, "sdk", 2, 6), 20, 5).parent(2), call(2, "wrapper", 0, 10)];
    assert_eq!(marked(&spans), [(2, 1)]);
    let spans = [call(1, "sdk", 2, 6).parent(2), used(call(2, "wrapper", 0, 10), 20, 5)];
    let [whole, cut @ ..] = runs(&spans);
    assert_eq!(whole.iter().filter_map(mark).collect::<Vec<_>>(), [(1, 2)]);
    // It cannot be marked once it has left; then it is one call all the same, with the tokens of its twin.
    for (delivery, out) in cut.iter().enumerate() {
        assert_eq!(out.iter().filter_map(mark).count(), 0, "delivery {delivery}");
    }
}

#[test]
fn calls_of_one_scope_are_never_merged_by_their_counts() {
    let sequential = [
        used(call(1, "sdk", 0, 10), 20, 5).parent(9),
        used(call(2, "sdk", 20, 10), 20, 5).parent(9),
        agent(9),
    ];
    assert_eq!(marked(&sequential), []);
    let parallel = [
        used(call(1, "sdk", 2, 5), 20, 5).parent(9),
        used(call(2, "sdk", 0, 10), 20, 5).parent(9),
        call(3, "sdk", 0, 10).parent(9),
        agent(9),
    ];
    assert_eq!(marked(&parallel), []);
}

#[test]
fn parallel_calls_that_two_libraries_report_count_once_each() {
    // Four spans without ids and all alike: two of each library.
    let spans = [
        used(call(1, "sdk", 1, 8), 20, 5).parent(9),
        used(call(2, "wrapper", 0, 10), 20, 5).parent(9),
        used(call(3, "sdk", 2, 9), 20, 5).parent(9),
        used(call(4, "wrapper", 1, 11), 20, 5).parent(9),
        agent(9),
    ];
    assert_eq!(marked(&spans).len(), 2);
}

#[test]
fn other_counts_or_another_model_or_another_time_is_another_call() {
    let cases = [
        used(call(2, "wrapper", 0, 10), 20, 6),
        used(call(2, "wrapper", 0, 10), 20, 5).attribute("gen_ai.request.model", "gpt-4o"),
        used(call(2, "wrapper", 50, 10), 20, 5),
    ];
    for other in cases {
        let spans = [used(call(1, "sdk", 2, 6), 20, 5).parent(9), other.parent(9), agent(9)];
        assert_eq!(marked(&spans), [], "{other:?}", other = spans[1]);
    }
}

#[test]
fn a_wrapper_around_two_calls_is_no_reason_to_merge_them() {
    let spans = [
        used(call(1, "sdk", 1, 2), 20, 5).parent(3),
        used(call(2, "sdk", 5, 2), 30, 6).parent(3),
        call(3, "sdk", 0, 10),
    ];
    assert_eq!(marked(&spans).len(), 1, "only the silent wrapper");
    let retried = [
        call(1, "sdk", 1, 2).parent(3).attribute("error.type", "429"),
        used(call(2, "sdk", 5, 2), 20, 5).parent(3),
        used(call(3, "wrapper", 0, 10), 20, 5),
    ];
    assert_eq!(marked(&retried), [(3, 2)], "the failed attempt is a call of its own");
}

#[test]
fn a_failed_call_counts_once_too() {
    let spans = [
        call(1, "sdk", 1, 2).parent(2).attribute("error.type", "429"),
        call(2, "wrapper", 0, 10).attribute("error.type", "429"),
    ];
    assert_eq!(marked(&spans), [(2, 1)]);
}

#[test]
fn the_root_has_the_sums_of_what_counts() {
    let id = "msg_01XFDUDYJgAACzvnptvVoYEL";
    let spans = [
        used(call(1, "sdk", 0, 10), 20, 5).parent(9).attribute("gen_ai.response.id", id),
        used(call(2, "wrapper", 0, 10), 20, 5).parent(9).attribute("gen_ai.response.id", id),
        SpanBuilder::new("execute_tool search")
            .id(3)
            .parent(9)
            .attribute("gen_ai.operation.name", "execute_tool")
            .attribute("gen_ai.tool.call.arguments", r#"{"q":"x"}"#),
        used(agent(9), 20, 5).attribute("gen_ai.agent.name", "planner"),
    ];
    let [whole, late, forced, _] = runs(&spans);
    for out in [whole, late, forced] {
        let root = out.iter().find(|span| span.parent_span_id().is_none()).unwrap();
        let counts = [
            (otel_genai::TRACE_INPUT_TOKENS, 20),
            (otel_genai::TRACE_OUTPUT_TOKENS, 5),
            (otel_genai::TRACE_LLM_CALLS, 1),
            (otel_genai::TRACE_TOOL_CALLS, 1),
            (otel_genai::TRACE_ERRORS, 0),
        ];
        for (key, count) in counts {
            assert_eq!(root.get(key), Some(&count.into()), "{key}");
        }
        assert_eq!(root.get(otel_genai::TRACE_CACHE_READ_INPUT_TOKENS), None, "unknown is absent");
        assert_eq!(root.get(otel_genai::TRACE_MODELS).unwrap().to_string(), format!("[\"{MODEL}\"]"));
        assert_eq!(root.get(otel_genai::TRACE_AGENTS).unwrap().to_string(), "[\"planner\"]");
    }
}

#[test]
fn a_twin_that_lost_what_was_cached_is_a_twin_and_does_not_count() {
    let whole = |span: SpanBuilder| {
        used(span, 1311, 40)
            .attribute("gen_ai.usage.cache_read.input_tokens", 900)
            .attribute("gen_ai.usage.cache_creation.input_tokens", 100)
    };
    let nested = [whole(call(2, "sdk", 1, 8).parent(1)), used(call(1, "wrapper", 0, 10), 311, 40)];
    assert_eq!(marked(&nested), [(1, 2)]);
    let beside =
        [whole(call(2, "sdk", 1, 8).parent(9)), used(call(1, "wrapper", 0, 10).parent(9), 311, 40), agent(9)];
    assert_eq!(marked(&beside), [(1, 2)]);
    // With another answer, or with a cache count of its own, it is another call.
    let other = [whole(call(2, "sdk", 1, 8).parent(1)), used(call(1, "wrapper", 0, 10), 311, 41)];
    assert_eq!(marked(&other), []);
    let cached =
        used(call(1, "wrapper", 0, 10), 400, 40).attribute("gen_ai.usage.cache_read.input_tokens", 89);
    assert_eq!(marked(&[whole(call(2, "sdk", 1, 8).parent(1)), cached]), []);
}

#[test]
fn embeddings_beside_each_other_need_no_output() {
    let embedding = |id, scope, start, duration, tokens: i64| {
        call(id, scope, start, duration)
            .parent(9)
            .attribute("gen_ai.operation.name", "embeddings")
            .attribute("gen_ai.usage.input_tokens", tokens)
    };
    assert_eq!(
        marked(&[embedding(2, "sdk", 1, 8, 12), embedding(1, "wrapper", 0, 10, 12), agent(9)]),
        [(1, 2)]
    );
    assert_eq!(marked(&[embedding(2, "sdk", 1, 8, 12), embedding(1, "wrapper", 0, 10, 13), agent(9)]), []);
}

#[test]
fn a_call_that_failed_beside_one_that_went_well_is_a_call_of_its_own() {
    let failed = call(2, "sdk", 1, 8).parent(9).status(opentelemetry::trace::Status::error("429"));
    let went_well = used(call(1, "wrapper", 0, 10).parent(9), 20, 5);
    for spans in runs(&[failed.clone(), went_well, agent(9)]) {
        assert_eq!(spans.iter().filter_map(mark).count(), 0);
        let root = spans.iter().find(|span| span.get(otel_genai::TRACE_LLM_CALLS).is_some()).unwrap();
        assert_eq!(root.get(otel_genai::TRACE_LLM_CALLS), Some(&2.into()));
        assert_eq!(root.get(otel_genai::TRACE_ERRORS), Some(&1.into()));
    }
    // Both failed: one call.
    let wrapper = call(1, "wrapper", 0, 10).parent(9).status(opentelemetry::trace::Status::error("429"));
    assert_eq!(marked(&[failed, wrapper, agent(9)]).len(), 1);
}

#[test]
fn a_span_with_the_sum_of_the_calls_below_it_is_a_roll_up() {
    let sum = |id: &'static str| {
        used(SpanBuilder::new("ask").id(1).times(Duration::ZERO, Duration::from_millis(100)), 70, 12)
            .scope("framework")
            .attribute("gen_ai.request.model", MODEL)
            .attribute("gen_ai.response.id", id)
    };
    let first = "msg_01XFDUDYJgAACzvnptvVoYEL";
    let second = "msg_02XFDUDYJgAACzvnptvVoYEL";
    let calls = [
        used(call(2, "sdk", 1, 8), 20, 5).parent(1).attribute("gen_ai.response.id", first),
        used(call(3, "sdk", 20, 8), 50, 7).parent(1).attribute("gen_ai.response.id", second),
    ];
    // With the last call's id, as frameworks write it, and with none of theirs.
    for id in [second, "run-1"] {
        let [one, two] = calls.clone();
        for spans in runs(&[one, two, sum(id)]) {
            assert_eq!(spans.iter().filter_map(mark).count(), 0, "{id}");
            let root = spans.iter().find(|span| span.name() == "ask").unwrap();
            assert_eq!(root.get_str(otel_genai::ROLE), Some("roll_up"), "{id}");
            assert_eq!(root.get(otel_genai::TRACE_INPUT_TOKENS), Some(&70.into()), "{id}");
            assert_eq!(root.get(otel_genai::TRACE_LLM_CALLS), Some(&2.into()), "{id}");
        }
    }
    // One call below, with the same counts: its twin.
    let [one, _] = calls;
    assert_eq!(marked(&[one, used(sum(first), 20, 5)]), [(1, 2)]);
}

#[test]
fn a_tool_call_that_two_libraries_write_is_one() {
    let tool = |id: u64, scope: &'static str, call: &'static str| {
        SpanBuilder::new("execute_tool search")
            .id(id)
            .parent(9)
            .scope(scope)
            .attribute("gen_ai.operation.name", "execute_tool")
            .attribute("gen_ai.tool.call.id", call)
    };
    let without_id =
        SpanBuilder::new("execute_tool x").parent(9).attribute("gen_ai.operation.name", "execute_tool");
    let spans = [
        tool(1, "a", "call_1"),
        tool(2, "b", "call_1"),
        tool(3, "a", "call_2"),
        without_id.clone(),
        without_id,
        agent(9),
    ];
    for spans in runs(&spans) {
        let root = spans.iter().find(|span| span.get(otel_genai::TRACE_TOOL_CALLS).is_some()).unwrap();
        assert_eq!(root.get(otel_genai::TRACE_TOOL_CALLS), Some(&4.into()));
    }
}

#[test]
fn a_sum_of_sums_is_seen_through() {
    let framework = |id: u64| {
        used(SpanBuilder::new("run").id(id).times(Duration::ZERO, Duration::from_millis(100)), 300, 30)
            .scope("framework")
            .attribute("gen_ai.request.model", MODEL)
    };
    let calls =
        [used(call(3, "sdk", 1, 8), 100, 10).parent(2), used(call(4, "sdk", 20, 8), 200, 20).parent(2)];
    // In both orders, since a file may have its spans in any.
    for outer_first in [true, false] {
        let mut spans = calls.to_vec();
        spans.insert(if outer_first { 0 } else { 2 }, framework(1));
        spans.push(framework(2).parent(1));
        let resource = Arc::new(Resource::builder_empty().build());
        let input = spans.into_iter().map(|span| (Arc::clone(&resource), span.build()));
        let once = replay(Enricher::default(), 1 << 30, input);
        let outer = once.iter().find(|(_, span)| span.get(otel_genai::TRACE_LLM_CALLS).is_some()).unwrap();
        assert_eq!(outer.1.get(otel_genai::TRACE_INPUT_TOKENS), Some(&300.into()));
        assert_eq!(outer.1.get(otel_genai::TRACE_LLM_CALLS), Some(&2.into()));
        let twice = replay(Enricher::default(), 1 << 30, once.clone());
        assert_eq!(attributes(&once), attributes(&twice));
    }
}

fn attributes(spans: &[(Arc<Resource>, Span)]) -> Vec<Vec<opentelemetry::KeyValue>> {
    spans.iter().map(|(_, span)| span.attributes().to_vec()).collect()
}

#[test]
fn a_twin_that_lost_the_reasoning_is_a_twin() {
    let inner =
        used(call(2, "sdk", 1, 8).parent(1), 100, 80).attribute("gen_ai.usage.reasoning.output_tokens", 30);
    let wrapper = |output: i64| used(call(1, "wrapper", 0, 10), 100, output);
    assert_eq!(marked(&[inner.clone(), wrapper(50)]), [(1, 2)]);
    assert_eq!(marked(&[inner, wrapper(51)]), []);
}

#[test]
fn an_attempt_that_failed_is_not_the_call_that_went_well_after_it() {
    let failed = call(2, "sdk", 1, 3).parent(1).status(opentelemetry::trace::Status::error("429"));
    let retried = used(call(3, "sdk", 5, 4).parent(1), 100, 10);
    let wrapper = used(call(1, "wrapper", 0, 10), 100, 10);
    let spans = [failed, retried, wrapper];
    assert_eq!(marked(&spans), [(1, 3)]);
    let resource = Arc::new(Resource::builder_empty().build());
    let input = spans.map(|span| (Arc::clone(&resource), span.build()));
    let once = replay(Enricher::default(), 1 << 30, input);
    let twice = replay(Enricher::default(), 1 << 30, once.clone());
    assert_eq!(
        attributes(&once),
        attributes(&twice),
        "the marks of the first time still tell who is whose twin"
    );
}

#[test]
fn the_span_that_counts_learns_from_its_twin() {
    let id = "msg_01XFDUDYJgAACzvnptvVoYEL";
    let inner = used(call(2, "sdk", 1, 8).parent(1), 1000, 40)
        .attribute("gen_ai.response.id", id)
        .attribute("gen_ai.usage.cache_creation.input_tokens", 600)
        .attribute(otel_genai::USAGE_CACHE_WRITE_1H_INPUT_TOKENS, 500)
        .attribute(otel_genai::USAGE_SERVICE_TIER, "flex");
    // It tells more, so it counts.
    let outer = used(call(1, "wrapper", 0, 10), 1000, 40)
        .attribute("gen_ai.response.id", id)
        .attribute("gen_ai.usage.cache_creation.input_tokens", 600)
        .attribute("gen_ai.usage.cache_read.input_tokens", 0)
        .attribute("gen_ai.usage.reasoning.output_tokens", 9);
    let spans = &runs(&[inner, outer])[0];
    assert_eq!(spans.iter().filter_map(mark).collect::<Vec<_>>(), [(2, 1)]);
    let counting = spans.iter().find(|span| mark(span).is_none()).unwrap();
    assert_eq!(counting.get(otel_genai::USAGE_CACHE_WRITE_1H_INPUT_TOKENS), Some(&500.into()));
    assert_eq!(counting.get_str(otel_genai::USAGE_SERVICE_TIER), Some("flex"));
}

#[test]
fn a_twin_may_know_less_of_the_parts() {
    let detailed = |span: SpanBuilder| {
        used(span, 100, 10)
            .attribute("gen_ai.usage.cache_read.input_tokens", 5)
            .attribute("gen_ai.usage.reasoning.output_tokens", 3)
    };
    for parent in [1, 9] {
        let spans = [
            used(call(2, "sdk", 1, 8).parent(parent), 100, 10),
            detailed(call(1, "wrapper", 0, 10).parent(9)),
            agent(9),
        ];
        let twins = marked(&spans);
        assert_eq!(twins.len(), 1, "below {parent}: {twins:?}");
    }
}
