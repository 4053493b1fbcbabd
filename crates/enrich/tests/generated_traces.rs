//! Laws over generated traces: every call counts once however its spans are cut into segments, and enriching twice is
//! enriching once.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use otel_genai_enrich::{ArgumentKey, Enricher};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::names::otel_genai;
use proptest::prelude::*;
use support::replay;

/// The dialects in which a call is written: scope and the names of model, input and output.
const DIALECTS: [[&str; 4]; 5] = [
    [
        "opentelemetry.instrumentation.genai.openai",
        "gen_ai.request.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
    ],
    [
        "openinference.instrumentation.openai",
        "llm.model_name",
        "llm.token_count.prompt",
        "llm.token_count.completion",
    ],
    [
        "opentelemetry.instrumentation.openai.v1",
        "gen_ai.response.model",
        "gen_ai.usage.prompt_tokens",
        "gen_ai.usage.completion_tokens",
    ],
    ["openai", "llm.model", "llm.usage.prompt_tokens", "llm.usage.completion_tokens"],
    ["pydantic-ai", "gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"],
];

/// A call and who reports it.
#[derive(Clone, Debug)]
struct Call {
    /// Of the libraries, the outer one first; each once.
    dialects: Vec<usize>,
    has_id: bool,
    input: u32,
    output: u32,
}

fn a_call() -> impl Strategy<Value = Call> {
    let dialects = proptest::sample::subsequence((0..DIALECTS.len()).collect::<Vec<_>>(), 1..=3);
    // Few different counts, so that different calls often agree.
    (dialects, any::<bool>(), 1..4_u32, 1..3_u32).prop_map(|(dialects, has_id, input, output)| Call {
        dialects,
        has_id,
        input,
        output,
    })
}

/// The spans of an agent that makes these calls, each library's span around the next one's.
fn spans(calls: &[Call]) -> Vec<Span> {
    let mut spans = Vec::new();
    for (number, call) in (1..).zip(calls) {
        let mut nested = Vec::new();
        for (depth, dialect) in (0..).zip(&call.dialects) {
            let [scope, model, input, output] = DIALECTS[*dialect];
            let parent = if depth == 0 { 1 } else { number * 100 + depth - 1 };
            let mut span = SpanBuilder::new("chat")
                .id(number * 100 + depth)
                .parent(parent)
                .scope(scope)
                .times(Duration::from_millis(number * 100 + depth), Duration::from_millis(50 - 2 * depth))
                .attribute("openinference.span.kind", "LLM")
                .attribute(model, "gpt-4o-mini")
                .attribute(input, i64::from(call.input))
                .attribute(output, i64::from(call.output));
            if call.has_id {
                span = span.attribute("gen_ai.response.id", format!("chatcmpl-{number:020}"));
            }
            nested.push(span.build());
        }
        spans.extend(nested.into_iter().rev());
    }
    let root = SpanBuilder::new("invoke_agent")
        .id(1)
        .times(Duration::ZERO, Duration::from_secs(60))
        .attribute("gen_ai.operation.name", "invoke_agent")
        .attribute("gen_ai.usage.input_tokens", 1000);
    spans.push(root.build());
    spans
}

fn enricher() -> Enricher {
    Enricher::builder().argument_key(ArgumentKey::new([3; 16])).build()
}

proptest! {
    #[test]
    fn every_call_counts_once(calls in proptest::collection::vec(a_call(), 0..8)) {
        let resource = Arc::new(Resource::builder_empty().build());
        let input = || spans(&calls).into_iter().map(|span| (Arc::clone(&resource), span));
        for out in [
            replay(enricher(), 1 << 30, input()),
            replay(enricher(), 1, input()),
        ] {
            let counting: Vec<&Span> = out
                .iter()
                .map(|(_, span)| span)
                .filter(|span| span.get_str(otel_genai::ROLE) == Some("llm_call"))
                .filter(|span| span.get(otel_genai::DUPLICATE_OF).is_none())
                .collect();
            prop_assert_eq!(counting.len(), calls.len());
            let sum = |pick: fn(&Call) -> u32| calls.iter().map(|call| i64::from(pick(call))).sum::<i64>();
            let found = |key: &str| counting
                .iter()
                .filter_map(|span| match span.get(key) {
                    Some(opentelemetry::Value::I64(count)) => Some(*count),
                    _ => None,
                })
                .sum::<i64>();
            prop_assert_eq!(found("gen_ai.usage.input_tokens"), sum(|call| call.input));
            prop_assert_eq!(found("gen_ai.usage.output_tokens"), sum(|call| call.output));
            // Every mark names a span that counts.
            for (_, span) in &out {
                if let Some(id) = span.get_str(otel_genai::DUPLICATE_OF) {
                    prop_assert!(counting.iter().any(|span| span.span_id().to_string() == id));
                }
            }
        }
    }

    #[test]
    fn enriching_twice_is_enriching_once(calls in proptest::collection::vec(a_call(), 0..5)) {
        let resource = Arc::new(Resource::builder_empty().build());
        let input = spans(&calls).into_iter().map(|span| (Arc::clone(&resource), span));
        let once = replay(enricher(), 1 << 30, input);
        let twice = replay(enricher(), 1 << 30, once.clone());
        for ((_, once), (_, twice)) in once.iter().zip(&twice) {
            prop_assert_eq!(once.attributes(), twice.attributes());
        }
    }
}
