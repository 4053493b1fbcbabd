//! What calls cost, on the spans that count for them.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

mod support;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::Value;
use opentelemetry_sdk::Resource;
use otel_genai_enrich::{CostTarget, Enricher};
use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pricing::{Catalogue, Date, PriceTable, Usd};
use otel_genai_semconv::names::{llm, otel_genai};
use serde_json::Value as Json;
use support::replay;

const CASES: &str = include_str!("../../pricing/tests/data/golden_costs.json");

fn prices() -> Arc<PriceTable> {
    static TABLE: OnceLock<Arc<PriceTable>> = OnceLock::new();
    Arc::clone(TABLE.get_or_init(|| Arc::new(PriceTable::new(Catalogue::bundled().unwrap()))))
}

fn enricher() -> Enricher {
    Enricher::builder().prices(prices()).build()
}

fn enrich_by(enricher: Enricher, spans: impl IntoIterator<Item = SpanBuilder>) -> Vec<Span> {
    let resource = Arc::new(Resource::builder_empty().build());
    let spans = spans.into_iter().map(|span| (Arc::clone(&resource), span.build()));
    replay(enricher, 1 << 30, spans).into_iter().map(|(_, span)| span).collect()
}

fn enrich(spans: impl IntoIterator<Item = SpanBuilder>) -> Vec<Span> {
    enrich_by(enricher(), spans)
}

fn number(span: &Span, key: &str) -> Option<f64> {
    match span.get(key)? {
        Value::F64(number) => Some(*number),
        other => panic!("{key} is {other:?}"),
    }
}

fn pico(usd: Option<f64>) -> Option<u128> {
    usd.map(|usd| Usd::from_f64(usd).unwrap().pico())
}

/// Since the epoch, of `2026-11-18T12:00:00Z`.
fn time(text: &str) -> Duration {
    let (day, clock) = text.trim_end_matches('Z').split_once('T').unwrap();
    let seconds = clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().unwrap());
    let day = day.parse::<Date>().unwrap().start();
    day.duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(seconds)
}

/// Starts a span at a moment.
fn span_at(text: &str) -> SpanBuilder {
    // What the builder counts from.
    let base = SpanBuilder::new("base").build().start_time().duration_since(UNIX_EPOCH).unwrap();
    SpanBuilder::new("chat").times(time(text) - base, Duration::from_secs(1))
}

/// A call on 2026-11-18.
fn call(model: &'static str) -> SpanBuilder {
    span_at("2026-11-18T12:00:00Z")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", model)
}

fn used(span: SpanBuilder, input: i64, output: i64) -> SpanBuilder {
    span.attribute("gen_ai.usage.input_tokens", input).attribute("gen_ai.usage.output_tokens", output)
}

/// A golden case as a span, without its usage; what no convention carries stands under our own names.
fn golden(case: &Json) -> SpanBuilder {
    let context = |name: &str| case["price_context"][name].as_str().map(str::to_owned);
    let mut span = span_at(case["timestamp"].as_str().unwrap()).attribute("gen_ai.operation.name", "chat");
    let tier = context("processing").or(context("service_tier")).filter(|tier| tier != "realtime");
    let given = [
        (otel_genai::USAGE_SERVICE_TIER, tier),
        (otel_genai::USAGE_SPEED, context("speed")),
        (otel_genai::USAGE_GEO, context("inference_geo").or(context("region")).or(context("data_zone"))),
    ];
    for (key, value) in given {
        if let Some(value) = value {
            span = span.attribute(key, value);
        }
    }
    span
}

fn with_attributes(mut span: SpanBuilder, case: &Json, is_taken: impl Fn(&str) -> bool) -> SpanBuilder {
    for (key, value) in case["otel_attributes"].as_object().unwrap() {
        if !is_taken(key) {
            continue;
        }
        let key = key.clone();
        span = match value {
            Json::String(text) => span.attribute(key, text.clone()),
            Json::Number(number) if number.is_i64() => span.attribute(key, number.as_i64().unwrap()),
            Json::Number(number) => span.attribute(key, number.as_f64().unwrap()),
            Json::Bool(flag) => span.attribute(key, *flag),
            other => panic!("{key}: {other}"),
        };
    }
    span
}

fn check_golden(name: &str, span: impl Fn(&Json) -> SpanBuilder) {
    let cases: Vec<Json> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() >= 43, "only {} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let spans = enrich([span(case)]);
            let (expected, actual) = (pico(case[name].as_f64()), pico(number(&spans[0], llm::COST_TOTAL)));
            (expected != actual).then(|| {
                format!("{}: expected {expected:?}, got {actual:?}; {:?}", case["id"], spans[0].attributes())
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn attributes_alone_give_the_best_possible_cost() {
    check_golden("otel_only_cost_usd", |case| with_attributes(golden(case), case, |_| true));
}

#[test]
fn raw_usage_on_the_span_gives_the_true_cost() {
    check_golden("expected_cost_usd", |case| {
        let span = with_attributes(golden(case), case, |key| !key.starts_with("gen_ai.usage."));
        span.attribute("gen_ai.usage.raw", case["raw_usage"].to_string())
    });
}

#[test]
fn the_parts_add_up_and_say_where_they_come_from() {
    let span = call("o3").attribute("gen_ai.response.model", "o3-2025-04-16");
    let span = used(span, 1_000, 500)
        .attribute("gen_ai.usage.cache_read.input_tokens", 600)
        .attribute("gen_ai.usage.reasoning.output_tokens", 200);
    let span = &enrich([span])[0];
    let cost = |key: &str| pico(number(span, key));
    let per_token = |micro: u128| micro * 1_000_000;
    // 2, 0.5 and 8 USD per million tokens.
    assert_eq!(cost(llm::COST_PROMPT_DETAILS_INPUT), Some(per_token(2) * 400));
    assert_eq!(cost(llm::COST_PROMPT_DETAILS_CACHE_READ), Some(per_token(1) / 2 * 600));
    assert_eq!(cost(llm::COST_PROMPT_DETAILS_CACHE_WRITE), None, "nothing was written");
    assert_eq!(cost(llm::COST_PROMPT), Some(1_100_000_000));
    assert_eq!(cost(llm::COST_COMPLETION), Some(4_000_000_000));
    assert_eq!(cost(llm::COST_TOTAL), Some(5_100_000_000));
    assert_eq!(span.get_str(llm::PRICING_SOURCE), Some("bundled"));
    assert_eq!(span.get_str(llm::PRICING_MODEL_KEY), Some("openai/o3"));
    let generated = prices().manifest().generated_at.clone();
    assert_eq!(span.get_str(llm::PRICING_GENERATED_AT), Some(generated.as_str()));
    assert_eq!(span.get(llm::PRICING_AGE_DAYS), Some(&0.into()));
}

#[test]
fn what_is_not_certain_is_noted() {
    let dated = used(call("gpt-4o-2031-01-02"), 10, 1);
    let half = call("gpt-4o").attribute("gen_ai.usage.output_tokens", 1);
    let notes = |span: &Span| span.get(otel_genai::COST_NOTES).map(|notes| notes.as_str().into_owned());
    let spans = enrich([dated, half, used(call("gpt-4o"), 10, 1)]);
    assert_eq!(notes(&spans[0]).as_deref(), Some(r#"["date_stripped"]"#));
    assert_eq!(notes(&spans[1]).as_deref(), Some(r#"["partial_usage"]"#));
    assert_eq!(notes(&spans[2]), None);
}

#[test]
fn a_call_without_a_price_has_a_reason_and_no_cost() {
    let spans = enrich([
        used(call("no-such-model"), 10, 1),
        call("gpt-4o"),
        SpanBuilder::new("chat").attribute("gen_ai.operation.name", "chat"),
        used(call("gpt-4o"), 1_000_000, 0),
        SpanBuilder::new("invoke_agent").attribute("gen_ai.operation.name", "invoke_agent"),
    ]);
    let reasons: Vec<_> = spans.iter().map(|span| span.get_str(otel_genai::COST_UNKNOWN)).collect();
    assert_eq!(reasons, [Some("unknown_model"), Some("no_usage"), Some("no_model"), None, None]);
    let costs: Vec<_> = spans.iter().map(|span| number(span, llm::COST_TOTAL)).collect();
    assert_eq!(costs, [None, None, None, Some(2.5), None]);
    // The first of the roots has the sums.
    let root = spans.iter().find(|span| span.get(otel_genai::TRACE_LLM_CALLS).is_some()).unwrap();
    assert_eq!(number(root, otel_genai::TRACE_COST), Some(2.5));
    assert_eq!(root.get(otel_genai::TRACE_UNPRICED_CALLS), Some(&3.into()));
}

#[test]
fn only_the_span_that_counts_is_priced() {
    let agent = SpanBuilder::new("invoke_agent a").id(1).attribute("gen_ai.operation.name", "invoke_agent");
    let agent = used(agent, 1_000_000, 0).attribute("gen_ai.request.model", "gpt-4o");
    let outer = used(call("gpt-4o"), 1_000_000, 0).id(2).parent(1).scope("wrapper");
    let inner = used(call("gpt-4o"), 1_000_000, 0).id(3).parent(2).scope("sdk");
    let spans = enrich([inner, outer, agent]);
    let costs: Vec<_> = spans.iter().map(|span| number(span, llm::COST_TOTAL)).collect();
    assert_eq!(costs, [Some(2.5), None, None]);
    assert_eq!(spans[1].get(otel_genai::COST_UNKNOWN), None, "a duplicate has no price to lack");
    assert_eq!(number(&spans[2], otel_genai::TRACE_COST), Some(2.5));
}

#[test]
fn a_twin_that_brings_the_usage_later_brings_the_cost() {
    let silent = call("gpt-4o").id(2).parent(1).scope("sdk");
    let loud = used(call("gpt-4o"), 1_000_000, 0).id(3).parent(2).scope("wrapper");
    let root = SpanBuilder::new("run").id(1);
    let resource = Arc::new(Resource::builder_empty().build());
    let spans = [silent, loud, root].into_iter().map(|span| (Arc::clone(&resource), span.build()));
    // Every span a segment of its own.
    let out = replay(enricher(), 1, spans);
    let root = &out.iter().find(|(_, span)| span.name() == "run").unwrap().1;
    assert_eq!(number(root, otel_genai::TRACE_COST), Some(2.5));
    assert_eq!(root.get(otel_genai::TRACE_UNPRICED_CALLS), None, "it has a price by now");
    assert_eq!(root.get(otel_genai::TRACE_LLM_CALLS), Some(&1.into()));
}

#[test]
fn a_cost_that_the_library_recorded_stays_and_the_difference_shows() {
    let cases: [(&str, Value, f64); 6] = [
        ("llm.cost.total", 3.0.into(), 3.0),
        ("operation.cost", 2.0.into(), 2.0),
        ("gen_ai.usage.cost", "2.25".into(), 2.25),
        ("llm.cost.usd", 4.into(), 4.0),
        ("langfuse.observation.cost_details", r#"{"input": 1, "total": 1.5}"#.into(), 1.5),
        ("mlflow.llm.cost", r#"{"total_cost": 2.75}"#.into(), 2.75),
    ];
    for (key, value, theirs) in cases {
        let span = used(call("gpt-4o"), 1_000_000, 0).attribute(key, value.clone());
        // A part of theirs that ours does not have.
        let span = span.attribute("llm.cost.completion_details.output", 7.0);
        let span = &enrich([span])[0];
        assert_eq!(number(span, llm::COST_TOTAL), Some(2.5), "{key}");
        assert_eq!(number(span, otel_genai::COST_RECORDED), Some(theirs), "{key}");
        assert_eq!(number(span, otel_genai::COST_DIFFERENCE), Some(2.5 - theirs), "{key}");
        assert_eq!(number(span, "llm.cost.completion_details.output"), None, "{key}");
        if key != llm::COST_TOTAL {
            assert_eq!(span.get(key), Some(&value));
        }
    }
    // Not a cost; not taken for one.
    for value in [Value::from("dear"), f64::NAN.into(), (-1.0).into(), true.into()] {
        let span = &enrich([used(call("gpt-4o"), 1_000_000, 0).attribute("operation.cost", value)])[0];
        assert_eq!(number(span, llm::COST_TOTAL), Some(2.5));
        assert_eq!(span.get(otel_genai::COST_RECORDED), None);
    }
    // Without a price of ours theirs stays what it was.
    let span = used(call("no-such-model"), 1, 1).attribute("llm.cost.total", 3.0);
    let span = &enrich([span])[0];
    assert_eq!(number(span, llm::COST_TOTAL), Some(3.0));
    assert_eq!(span.get_str(otel_genai::COST_UNKNOWN), Some("unknown_model"));
}

#[test]
fn the_provider_s_own_figure_is_taken_and_ours_stands_beside_it() {
    let span = used(call("gpt-4o"), 1_000_000, 0).attribute(otel_genai::USAGE_REPORTED_COST, 2.0);
    let span = &enrich([span])[0];
    assert_eq!(number(span, llm::COST_TOTAL), Some(2.0));
    assert_eq!(number(span, otel_genai::COST_BY_TABLE), Some(2.5));
    assert_eq!(span.get_str(llm::PRICING_SOURCE), Some("provider"));
    assert_eq!(span.get(llm::COST_PROMPT), None, "ours would not add up to theirs");
    // Also where we know no price.
    let span = used(call("no-such-model"), 5, 5).attribute(otel_genai::USAGE_REPORTED_COST, 0.5);
    assert_eq!(number(&enrich([span])[0], llm::COST_TOTAL), Some(0.5));
}

#[test]
fn targets_get_their_own_words() {
    let span = used(call("o3"), 1_000, 500)
        .attribute("gen_ai.usage.cache_read.input_tokens", 600)
        .attribute("gen_ai.usage.reasoning.output_tokens", 200);
    let build = || Enricher::builder().prices(prices()).cost_targets(CostTarget::ALL).build();
    let spans = enrich_by(build(), [span.clone()]);
    let json = |key: &str| serde_json::from_str::<Json>(spans[0].get_str(key).unwrap()).unwrap();
    assert_eq!(
        json("langfuse.observation.usage_details"),
        serde_json::json!({"input": 400, "input_cached_tokens": 600, "output": 300, "output_reasoning_tokens": 200, "total": 1500})
    );
    assert_eq!(
        json("langfuse.observation.cost_details"),
        serde_json::json!({"input": 0.0008, "input_cached_tokens": 0.0003, "output": 0.0024, "output_reasoning_tokens": 0.0016, "total": 0.0051})
    );
    assert_eq!(
        json("mlflow.llm.cost"),
        serde_json::json!({"input_cost": 0.0011, "output_cost": 0.004, "total_cost": 0.0051})
    );
    assert_eq!(number(&spans[0], "gen_ai.usage.cost"), Some(0.0051));
    assert_eq!(number(&spans[0], "operation.cost"), Some(0.0051));
    // What stands there already stays.
    let spans = enrich_by(build(), [span.attribute("operation.cost", 1.0)]);
    assert_eq!(number(&spans[0], "operation.cost"), Some(1.0));
    assert_eq!(number(&spans[0], otel_genai::COST_RECORDED), Some(1.0));
    // None is asked for by default.
    let plain = &enrich([used(call("o3"), 1, 1)])[0];
    assert!(plain.attributes().iter().all(|attribute| {
        let key = attribute.key.as_str();
        !key.starts_with("langfuse.") && !key.starts_with("mlflow.") && key != "operation.cost"
    }));
}

#[test]
fn pricing_twice_is_pricing_once() {
    let spans = [
        used(call("o3"), 1_000, 500).attribute("operation.cost", 1.0),
        used(call("no-such-model"), 1_000, 500).attribute("llm.cost.total", 1.0),
        used(call("gpt-4o"), 10, 1).attribute(otel_genai::USAGE_REPORTED_COST, 2.0),
    ];
    let resource = Arc::new(Resource::builder_empty().build());
    let once = replay(enricher(), 1 << 30, spans.map(|span| (Arc::clone(&resource), span.build())));
    let twice = replay(enricher(), 1 << 30, once.clone());
    assert_eq!(once.len(), 3);
    for ((_, once), (_, twice)) in once.iter().zip(&twice) {
        assert_eq!(once.attributes(), twice.attributes());
    }
}

#[test]
fn searches_are_in_the_total_but_in_neither_prompt_nor_completion() {
    let span = used(call("claude-sonnet-4-5"), 1_000, 0).attribute("gen_ai.provider.name", "anthropic");
    let span = &enrich([span.attribute(otel_genai::USAGE_WEB_SEARCHES, 3)])[0];
    // 3 USD per million tokens, 10 USD per thousand searches.
    assert_eq!(number(span, llm::COST_PROMPT), Some(0.003));
    assert_eq!(number(span, otel_genai::COST_FEES), Some(0.03));
    assert_eq!(pico(number(span, llm::COST_TOTAL)), Some(33_000_000_000));
}

#[test]
fn a_model_that_was_only_asked_for_is_noted_and_an_embedding_lacks_nothing() {
    let notes = |span: &Span| span.get(otel_genai::COST_NOTES).map(|notes| notes.as_str().into_owned());
    let answered = used(call("gpt-4o"), 10, 1).attribute("gen_ai.response.model", "no-such-model");
    let embedding = call("text-embedding-3-small")
        .attribute("gen_ai.operation.name", "embeddings")
        .attribute("gen_ai.usage.input_tokens", 10);
    let spans = enrich([answered, embedding]);
    assert_eq!(notes(&spans[0]).as_deref(), Some(r#"["request_model"]"#));
    assert!(number(&spans[1], llm::COST_TOTAL).is_some());
    assert_eq!(notes(&spans[1]), None);
}

#[test]
fn langfuse_counts_no_usage_twice() {
    let build = || Enricher::builder().prices(prices()).cost_targets([CostTarget::Langfuse]).build();
    let agent = used(SpanBuilder::new("invoke_agent a").id(1), 10, 1)
        .attribute("gen_ai.operation.name", "invoke_agent");
    let outer = used(call("gpt-4o"), 10, 1).id(2).parent(1).scope("wrapper");
    let inner = used(call("gpt-4o"), 10, 1).id(3).parent(2).scope("sdk");
    let unpriced = used(call("no-such-model"), 7, 2).id(4).parent(1);
    let spans = enrich_by(build(), [inner, outer, unpriced, agent]);
    let usage: Vec<_> =
        spans.iter().map(|span| span.get_str("langfuse.observation.usage_details").unwrap()).collect();
    assert_eq!(
        usage,
        [
            r#"{"input":10,"output":1,"total":11}"#,
            r#"{"total":0}"#,
            r#"{"input":7,"output":2,"total":9}"#,
            r#"{"total":0}"#
        ]
    );
    assert_eq!(spans[2].get("langfuse.observation.cost_details"), None, "unknown is not zero");
}

#[test]
fn costs_of_more_libraries_are_seen() {
    let cases: [(&[(&'static str, Value)], f64); 4] = [
        (&[("gen_ai.cost.total_cost", Value::F64(1.5))], 1.5),
        (&[("llm.cost.prompt", Value::F64(1.0)), ("llm.cost.completion", Value::F64(0.25))], 1.25),
        (
            &[(
                "langfuse.observation.cost_details",
                Value::String(r#"{"input": 1, "output": "0.5"}"#.into()),
            )],
            1.5,
        ),
        (&[("langfuse.observation.cost_details", Value::String(r#"{"total": "1.5"}"#.into()))], 1.5),
    ];
    for (recorded, theirs) in cases {
        let mut span = used(call("gpt-4o"), 1_000_000, 0);
        for (key, value) in recorded {
            span = span.attribute(*key, value.clone());
        }
        assert_eq!(number(&enrich([span])[0], otel_genai::COST_RECORDED), Some(theirs), "{recorded:?}");
    }
}

#[test]
fn targets_are_added_to_spans_that_were_priced_before() {
    let resource = Arc::new(Resource::builder_empty().build());
    let once = replay(enricher(), 1 << 30, [(resource, used(call("gpt-4o"), 1_000_000, 0).build())]);
    let targets = || Enricher::builder().prices(prices()).cost_targets(CostTarget::ALL).build();
    let twice = replay(targets(), 1 << 30, once);
    let span = &twice[0].1;
    assert_eq!(span.get_str("langfuse.observation.cost_details"), Some(r#"{"total":2.5}"#));
    assert_eq!(span.get_str("mlflow.llm.cost"), Some(r#"{"total_cost":2.5}"#));
    assert_eq!(number(span, "operation.cost"), Some(2.5));
    let thrice = replay(targets(), 1 << 30, twice.clone());
    assert_eq!(twice[0].1.attributes(), thrice[0].1.attributes());
}
