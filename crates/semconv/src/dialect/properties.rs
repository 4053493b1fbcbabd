//! Laws that hold for spans of every dialect: whatever a library writes, in whatever order.

use opentelemetry::{Array, Value};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::aliases::{GROUPS, Group, When};
use super::fact::Fact;
use super::{Config, Profile, Reader};
use crate::usage::{Conservation, Meaning, Source};
use crate::{TokenField, TokenUsage};

/// Scopes with habits of their own, and one without.
const SCOPES: [&str; 12] = [
    "my.app",
    "agent_framework",
    "gcp.vertex.agent",
    "opentelemetry.instrumentation.bedrock",
    "ai",
    "langsmith",
    "openinference.instrumentation.openai",
    "openlit.instrumentation.anthropic",
    "opentelemetry.instrumentation.anthropic",
    "opentelemetry.instrumentation.botocore.bedrock-runtime",
    "opentelemetry.instrumentation.google_generativeai",
    "mlflow.tracing.provider",
];

/// A count as libraries write it; never zero, so that a zero in a reading would be invented.
fn count() -> impl Strategy<Value = Value> {
    let number = 1_i64..3000;
    prop_oneof![
        6 => number.clone().prop_map(Value::from),
        1 => number.clone().prop_map(|number| (number as f64).into()),
        1 => number.prop_map(|number| number.to_string().into()),
        1 => select(vec![Value::from(-3), "many".into(), f64::INFINITY.into(), "".into(), 0.5.into()]),
    ]
}

fn usage_json() -> impl Strategy<Value = String> {
    let number = 1_u64..3000;
    (select(vec![0, 1, 2, 3, 4, 5]), [number.clone(), number.clone(), number.clone(), number]).prop_map(
        |(shape, [input, output, cached, part])| {
            let total = input + output;
            match shape {
                0 => format!(
                    r#"{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{total},
                        "prompt_tokens_details":{{"cached_tokens":{cached},"audio_tokens":{part}}},
                        "completion_tokens_details":{{"reasoning_tokens":{part}}}}}"#
                ),
                1 => format!(
                    r#"{{"input_tokens":{input},"output_tokens":{output},"cache_read_input_tokens":{cached},
                        "cache_creation":{{"ephemeral_5m_input_tokens":{part}}}}}"#
                ),
                2 => format!(
                    r#"{{"promptTokenCount":{input},"candidatesTokenCount":{output},"thoughtsTokenCount":{part},
                        "cachedContentTokenCount":{cached}}}"#
                ),
                3 => format!(r#"{{"input":{input},"output":{output},"input_cache_read":{cached},"total":{part}}}"#),
                4 => format!(r#"{{"anthropic":{{"cacheCreationInputTokens":{cached}}}}}"#),
                _ => format!("not json {input}"),
            }
        },
    )
}

fn word() -> impl Strategy<Value = Value> {
    select(vec![
        "openai",
        "anthropic",
        "aws.bedrock",
        "gcp.gemini",
        "strands-agents",
        "gpt-4o",
        "claude-sonnet-4-5",
        "stop",
        "[\"stop\"]",
        "\"quoted\"",
        "chat",
        "embeddings",
        "invoke_agent",
        "LLM",
        "CHAIN",
        "generation",
        "llm",
        "ai.generateText.doGenerate",
        "estimated.heuristic",
        "provider_usage",
        "",
        "null",
        "0.5",
        "true",
        "[{\"role\":\"user\",\"content\":\"hi\"}]",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        "2026-11-21T00:39:32Z",
    ])
    .prop_map(Value::from)
}

fn value(fact: Fact) -> BoxedStrategy<Value> {
    match fact {
        Fact::UsageJson => usage_json().prop_map(Value::from).boxed(),
        Fact::AnswerJson | Fact::AnyOutput => usage_json()
            .prop_map(|usage| {
                format!(r#"{{"id":"r1","choices":[{{"finish_reason":"stop"}}],"usage":{usage}}}"#).into()
            })
            .boxed(),
        Fact::Uncached
        | Fact::VisibleOutput
        | Fact::ReasoningBesideOutput
        | Fact::EmbeddingTokens
        | Fact::MillisToFirstChunk => count().boxed(),
        Fact::FinishReasons => {
            prop_oneof![word(), Just(Value::Array(Array::String(vec!["stop".into(), "tool-calls".into()]))),]
                .boxed()
        }
        _ => word().boxed(),
    }
}

/// Attributes of one dialect, each there or not.
fn attributes(group: &'static Group) -> BoxedStrategy<Vec<(&'static str, Value)>> {
    let tokens = group.tokens.iter().map(|(key, _)| (*key, count().boxed()));
    let facts = group.facts.iter().map(|(key, fact)| (*key, value(*fact)));
    some_of(tokens.chain(facts).collect())
}

/// Attributes under the conventions' own names.
fn canonical() -> BoxedStrategy<Vec<(&'static str, Value)>> {
    let tokens = TokenField::ALL.into_iter().map(|field| (field.name(), count().boxed()));
    let facts = Fact::canonical()
        .filter(|(_, fact)| !matches!(fact, Fact::Source | Fact::Role | Fact::CallsCovered))
        .map(|(key, fact)| (key, value(fact)));
    some_of(tokens.chain(facts).collect())
}

fn some_of(all: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Vec<(&'static str, Value)>> {
    let length = all.len();
    subsequence(all, 0..=length)
        .prop_flat_map(|chosen| {
            chosen
                .into_iter()
                .map(|(key, value)| value.prop_map(move |value| (key, value)))
                .collect::<Vec<_>>()
        })
        .boxed()
}

fn span() -> impl Strategy<Value = Span> {
    let group = select(GROUPS.iter().collect::<Vec<_>>());
    let parts = group.prop_flat_map(|group| {
        let scope = match group.when {
            When::Scope(prefix) => Just(prefix).boxed(),
            _ => select(SCOPES.to_vec()).boxed(),
        };
        let name = match group.when {
            When::Name(names) => names[0],
            _ => "chat model",
        };
        let own = prop_oneof![3 => Just(Vec::new()).boxed(), 1 => canonical()];
        (scope, Just(name), attributes(group), own)
    });
    let shuffled = parts.prop_flat_map(|(scope, name, theirs, own)| {
        let mut all: Vec<(&'static str, Value)> = Vec::new();
        // A key may stand twice in a group, for two things that its value tells.
        for (key, value) in theirs.into_iter().chain(own) {
            if !all.iter().any(|(known, _)| *known == key) {
                all.push((key, value));
            }
        }
        (Just(scope), Just(name), Just(all).prop_shuffle())
    });
    shuffled.prop_map(|(scope, name, attributes)| {
        let span = SpanBuilder::new(name).scope(scope);
        attributes.into_iter().fold(span, |span, (key, value)| span.attribute(key, value)).build()
    })
}

/// One call as some library records it; the parts are so large that no two sums of them are equal.
#[derive(Clone, Debug)]
struct Recorded {
    scope: &'static str,
    provider: &'static str,
    input: u64,
    cached: u64,
    is_input_exclusive: bool,
    tool_use: Option<u64>,
    is_tool_use_beside: bool,
    output: u64,
    reasoning: u64,
    is_reasoning_beside: bool,
}

impl Recorded {
    /// The span, with a total that is off by so much, and the true input and output.
    fn span(&self, off: Option<u64>) -> (Span, (u64, u64)) {
        let added = |is_beside: bool, count: u64| if is_beside { count } else { 0 };
        let tool_use = self.tool_use.unwrap_or(0);
        let input = self.input
            + added(self.is_input_exclusive, self.cached)
            + added(self.is_tool_use_beside, tool_use);
        let output = self.output + added(self.is_reasoning_beside, self.reasoning);
        let integer = |count: u64| i64::try_from(count).unwrap();
        let mut span = SpanBuilder::new("chat model")
            .scope(self.scope)
            .attribute("gen_ai.operation.name", "chat")
            .attribute("gen_ai.provider.name", self.provider)
            .attribute("gen_ai.usage.input_tokens", integer(self.input))
            .attribute("gen_ai.usage.cache_read.input_tokens", integer(self.cached))
            .attribute("gen_ai.usage.output_tokens", integer(self.output))
            .attribute("gen_ai.usage.reasoning.output_tokens", integer(self.reasoning));
        if let Some(tool_use) = self.tool_use {
            span = span.attribute("gen_ai.usage.tool_use_prompt_tokens", integer(tool_use));
        }
        if let Some(off) = off {
            span = span.attribute("gen_ai.usage.total_tokens", integer(input + output + off));
        }
        (span.build(), (input, output))
    }
}

fn recorded() -> impl Strategy<Value = Recorded> {
    let library = select(vec![
        ("my.app", "openai"),
        ("my.app", "anthropic"),
        ("openlit.instrumentation.anthropic", "anthropic"),
        ("openinference.instrumentation.anthropic", "anthropic"),
    ]);
    let counts = (200_000_u64..400_000, 1_u64..1000, 100_000_u64..200_000, 1_000_u64..9_000);
    let tool_use = proptest::option::of(10_000_u64..90_000);
    (library, counts, tool_use, any::<[bool; 3]>()).prop_map(
        |((scope, provider), (input, cached, output, reasoning), tool_use, flags)| {
            let [is_input_exclusive, is_tool_use_beside, is_reasoning_beside] = flags;
            Recorded {
                scope,
                provider,
                input,
                cached,
                is_input_exclusive,
                tool_use,
                is_tool_use_beside,
                output,
                // More than is ever cached, so that the two are told apart.
                reasoning,
                is_reasoning_beside,
            }
        },
    )
}

fn sum(counts: &[Option<u64>]) -> u64 {
    counts.iter().flatten().sum()
}

fn assert_conserved(usage: &TokenUsage) -> Result<(), TestCaseError> {
    let fits = |total: Option<u64>, parts: &[Option<u64>]| total.is_none_or(|total| sum(parts) <= total);
    prop_assert!(fits(usage.input, &[usage.cache_read, usage.cache_write]), "{usage:?}");
    let input = [usage.text_input, usage.audio_input, usage.image_input, usage.video_input];
    prop_assert!(fits(usage.input, &input), "{usage:?}");
    let read =
        [usage.text_cache_read, usage.audio_cache_read, usage.image_cache_read, usage.video_cache_read];
    prop_assert!(fits(usage.cache_read, &read), "{usage:?}");
    let written = [usage.cache_write_5m, usage.cache_write_30m, usage.cache_write_1h, usage.cache_write_12h];
    prop_assert!(fits(usage.cache_write, &written), "{usage:?}");
    prop_assert!(fits(usage.output, &[usage.reasoning]), "{usage:?}");
    let output = [usage.text_output, usage.audio_output, usage.image_output, usage.video_output];
    prop_assert!(fits(usage.output, &output), "{usage:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn tokens_are_conserved_and_none_is_invented(span in span()) {
        let reading = Reader::default().read(&span);
        assert_conserved(&reading.usage)?;
        for field in TokenField::ALL {
            // Google's total may leave nothing for the output, which then was none.
            let is_proven = field == TokenField::Output && reading.provider.as_deref().is_some_and(|p| p.starts_with("gcp."));
            prop_assert!(reading.usage.field(field) != Some(0) || is_proven, "{field:?}: {reading:?}");
        }
        prop_assert_eq!(reading.source.is_none(), reading.usage.is_empty());
    }

    #[test]
    fn a_total_is_kept_only_where_it_says_something_else(span in span()) {
        let mut span = span;
        let reading = Reader::default().normalise(&mut span);
        let usage = reading.usage;
        if reading.conservation != Conservation::Contradictory && usage.input.is_some() && usage.output.is_some() {
            prop_assert_eq!(usage.total, None, "{:?}", reading);
            if reading.is_llm_call() {
                prop_assert_eq!(span.get("otel_genai.usage.total_tokens"), None);
            }
        }
    }

    #[test]
    fn a_total_gives_the_true_counts_of_any_reading(call in recorded(), keep_total in any::<bool>()) {
        let (span, truth) = call.span(if keep_total { Some(0) } else { None });
        let reading = Reader::default().read(&span);
        assert_conserved(&reading.usage)?;
        if keep_total {
            prop_assert_eq!((reading.usage.input, reading.usage.output), (Some(truth.0), Some(truth.1)), "{:?}", reading);
            prop_assert!(
                !matches!(reading.conservation, Conservation::Contradictory | Conservation::Assumed(_)),
                "{:?}", reading
            );
        } else if call.provider == "anthropic" && call.scope == "my.app" {
            let by_name = call.tool_use.is_some() || call.cached > call.input;
            prop_assert!(by_name || reading.conservation == Conservation::Assumed(Meaning::Inclusive), "{:?}", reading);
        }
    }

    #[test]
    fn a_total_that_fits_nothing_is_marked(call in recorded(), odd in 1_000_001_u64..2_000_000) {
        let (span, _) = call.span(Some(odd));
        let reading = Reader::default().read(&span);
        // Only Bedrock's and Google's totals say what a remainder is.
        prop_assert_eq!(reading.conservation, Conservation::Contradictory, "{:?}", reading);
    }

    #[test]
    fn a_second_name_is_explained_or_marked(call in recorded(), other in 1_u64..3_000_000) {
        let (mut span, truth) = call.span(Some(0));
        let before = Reader::default().read(&span);
        span.set("llm.usage.prompt_tokens", i64::try_from(other).unwrap());
        let reading = Reader::default().read(&span);
        prop_assert_eq!(reading.usage, before.usage);
        let parts = [before.usage.cache_read, before.usage.tool_use_input];
        let is_part = [0, sum(&parts[..1]), sum(&parts[1..]), sum(&parts)].iter().any(|part| truth.0 == other + part);
        prop_assert_eq!(reading.conservation == Conservation::Contradictory, !is_part, "{:?}", reading);
    }

    #[test]
    fn order_is_irrelevant(span in span(), seed in any::<u64>()) {
        let mut shuffled = span.clone();
        let attributes = shuffled.attributes_mut();
        let length = attributes.len().max(1);
        attributes.rotate_left(usize::try_from(seed % length as u64).unwrap());
        attributes.reverse();
        let reader = Reader::default();
        prop_assert_eq!(reader.read(&shuffled), reader.read(&span));
    }

    #[test]
    fn twice_is_once(span in span(), latest in any::<bool>(), drop in any::<bool>()) {
        let profile = if latest { Profile::Latest } else { Profile::Compat };
        let reader = Reader::new(Config::default().profile(profile).drop_originals(drop));
        let mut once = span.clone();
        let mut first = reader.normalise(&mut once);
        let mut twice = once.clone();
        let second = reader.normalise(&mut twice);
        prop_assert_eq!(twice.attributes(), once.attributes());
        if first.is_llm_call() {
            first.passes.clear();
            prop_assert_eq!(second, first);
        }
    }

    #[test]
    fn a_repeated_key_counts_by_its_last_occurrence(span in span(), wrong in 1_i64..9) {
        let mut repeated = span.clone();
        let first: Vec<_> = span.attributes().iter().map(|attribute| {
            opentelemetry::KeyValue::new(attribute.key.clone(), wrong)
        }).collect();
        repeated.attributes_mut().splice(0..0, first);
        let reader = Reader::default();
        prop_assert_eq!(reader.read(&repeated), reader.read(&span));
    }

    #[test]
    fn raw_usage_is_conserved(json in usage_json(), provider in select(vec!["openai", "anthropic", "aws.bedrock", "gcp.gemini", "x_ai"])) {
        let hint = crate::usage::Hint { provider: Some(provider), model: None };
        if let Some(report) = crate::usage::from_raw(hint, &serde_json::Value::String(json)) {
            assert_conserved(&report.tokens)?;
        }
    }
}

#[test]
fn sources_are_told() {
    assert_eq!(Source::from_name("partial"), Some(Source::Partial));
    assert_eq!(Source::from_name("guess"), None);
}
