//! Over every captured trace: each call counts once, with the true counts wherever a span kept them, and roll-ups never.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_pipeline::Span;
use otel_genai_semconv::dialect::{Config, Profile};
use otel_genai_semconv::names::{gen_ai, otel_genai};
use otel_genai_semconv::{GenAiSpan, Role, TokenUsage};
use serde_json::Value as Json;
use support::{captures, live_late, live_one_by_one, replay};

/// Lists what could not be recovered.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/enrichment.md");

/// A byte budget that no captured trace exceeds.
const AMPLE: usize = 1 << 30;

/// How the spans of a trace come to the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Delivery {
    /// All in the last segment.
    Whole,
    /// A span at a time, after the last segment of its trace.
    Late,
    /// A span at a time, in early segments that a small budget forces.
    Forced,
    /// A span at a time, in early segments of a live pipeline.
    Live,
}

/// Picks one count.
type Count = fn(&TokenUsage) -> Option<u64>;

/// The truth's names, and where our counts are.
const FIELDS: [(&str, Count); 8] = [
    ("input_total", |usage| usage.input),
    ("cache_read", |usage| usage.cache_read),
    ("cache_write_total", |usage| usage.cache_write),
    ("cache_write_5m", |usage| usage.cache_write_5m),
    ("cache_write_1h", |usage| usage.cache_write_1h),
    ("output_total", |usage| usage.output),
    ("reasoning", |usage| usage.reasoning),
    ("audio_in", |usage| usage.audio_input),
];

/// Libraries that write a span of their own per call, which the truth lists among the spans around calls though it is a
/// twin. Traccia's reports what its inner one only estimates; Mistral's SDK writes into a trace of its own without a
/// response id, so that nothing tells it.
const UNLISTED_TWINS: [&str; 2] = ["mistralai_sdk_tracer", "traccia.langchain"];

fn counts_as_call(span: &Span) -> bool {
    span.get_str(otel_genai::ROLE) == Some(Role::LlmCall.as_str())
        && span.get(otel_genai::DUPLICATE_OF).is_none()
}

fn spans_of(out: Vec<(Arc<Resource>, Span)>) -> Vec<Span> {
    out.into_iter().map(|(_, span)| span).collect()
}

fn enrich(capture: &support::Capture, delivery: Delivery) -> HashMap<String, Span> {
    let spans: Vec<Span> = match delivery {
        Delivery::Live => live_one_by_one(Enricher::default(), capture.input()),
        Delivery::Whole => spans_of(replay(Enricher::default(), AMPLE, capture.input())),
        Delivery::Forced => spans_of(replay(Enricher::default(), 1, capture.input())),
        Delivery::Late => live_late(Enricher::default(), capture.input()),
    };
    assert_eq!(spans.len(), capture.spans.len(), "{}", capture.name);
    spans.into_iter().map(|span| (span.span_id().to_string(), span)).collect()
}

/// Tells whether a span does not carry a count, by the truth's own account.
fn is_lost(truth: &Json, field: &str) -> bool {
    let lost = |name: &str| truth["lost"].as_array().unwrap().iter().any(|known| known == name);
    match field {
        _ if truth["usage_on_wire"] == false => true,
        "cache_write_5m" | "cache_write_1h" => {
            let (whole, part) = (&truth["recorded_at"]["cache_write_total"], &truth["recorded_at"][field]);
            lost("cache_write_ttl_split") || lost("cache_write_total") || part == whole
        }
        _ => lost(field),
    }
}

fn twins(truth: &Json) -> Vec<String> {
    match &truth["duplicate_of"] {
        Json::String(id) => vec![id.clone()],
        Json::Array(ids) => ids.iter().filter_map(|id| Some(id.as_str()?.to_owned())).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn counts_equal_the_truth_and_every_call_counts_once() {
    for delivery in [Delivery::Whole, Delivery::Late, Delivery::Forced, Delivery::Live] {
        let (mut compared, mut pairs, mut wrong) = (0, 0, Vec::new());
        let mut apart = Vec::new();
        let mut unrecoverable: BTreeMap<(String, &str), usize> = BTreeMap::new();
        for capture in captures() {
            let spans = enrich(&capture, delivery);
            for truth in capture.truth["llm_spans"].as_array().unwrap() {
                let id = truth["span_id"].as_str().unwrap();
                let span = &spans[id];
                let scope = span.scope().name();
                let place = format!("{} {id} ({scope})", capture.name);
                let usage = GenAiSpan::new(span).usage();
                for (field, count) in FIELDS {
                    let (expected, found) = (truth["tokens"][field].as_u64(), count(&usage));
                    compared += 1;
                    if found == expected || (expected == Some(0) && found.is_none()) {
                        continue;
                    }
                    if is_lost(truth, field) {
                        if expected.is_some_and(|count| count > 0) && truth["usage_on_wire"] == true {
                            *unrecoverable.entry((scope.to_owned(), field)).or_default() += 1;
                        }
                    } else {
                        wrong.push(format!("{place}: {field} is {found:?}, was {expected:?}"));
                    }
                }
                if truth["role"] == "primary" && !counts_as_call(span) {
                    // The other one counts then.
                    let counting = span.get_str(otel_genai::DUPLICATE_OF).unwrap_or_default();
                    let other = capture.truth["llm_spans"].as_array().unwrap().iter();
                    let is_twin = other
                        .filter(|other| other["span_id"] == counting)
                        .any(|other| twins(other).iter().any(|twin| twin == id));
                    let is_unlisted = UNLISTED_TWINS.contains(&spans[counting].scope().name());
                    if !is_twin && !is_unlisted {
                        wrong.push(format!("{place}: a call of its own is marked {counting}"));
                    }
                }
                for twin in twins(truth) {
                    pairs += 1;
                    let other = &spans[&twin];
                    // A span without usage that left before its twin came cannot be marked any more; it adds no tokens.
                    let counts = |span: &Span| {
                        let is_gone =
                            delivery != Delivery::Whole && span.get(otel_genai::USAGE_SOURCE).is_none();
                        counts_as_call(span) && !is_gone
                    };
                    if counts(span) == counts(other) {
                        let is_same = span.trace_id() == other.trace_id();
                        let report = format!("{place} and {twin} ({})", other.scope().name());
                        if is_same { &mut wrong } else { &mut apart }.push(report);
                    }
                }
            }
            for over in capture.truth["non_llm_spans_over_calls"].as_array().unwrap() {
                let span = &spans[over["span_id"].as_str().unwrap()];
                if counts_as_call(span) && !UNLISTED_TWINS.contains(&span.scope().name()) {
                    wrong.push(format!("{}: {} counts", capture.name, span.name()));
                }
            }
        }
        println!("{compared} counts compared, {pairs} pairs");
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for ((scope, field), count) in unrecoverable {
            rows.entry(scope).or_default().push(format!("{field} x{count}"));
        }
        let page = std::fs::read_to_string(PAGE).unwrap();
        for (scope, fields) in rows {
            let row = format!("| `{scope}` | {} |", fields.join(", "));
            println!("{row}");
            assert!(page.contains(&row), "docs/enrichment.md has no row like the one above");
        }
        println!("twins in other traces that were not told: {}\n{}", apart.len(), apart.join("\n"));
        assert!(compared > 3000 && pairs >= 40, "{compared} counts, {pairs} pairs");
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(apart.len() <= 3, "{}", apart.join("\n"));
    }
}

#[test]
fn sums_per_trace_equal_the_truth() {
    let mut compared = 0;
    for capture in captures() {
        let spans = enrich(&capture, Delivery::Whole);
        let calls = capture.truth["llm_spans"].as_array().unwrap();
        let kept = |truth: &&Json| ["input_total", "output_total"].iter().all(|field| !is_lost(truth, field));
        for root in spans.values().filter(|span| span.get(otel_genai::TRACE_LLM_CALLS).is_some()) {
            let trace = root.trace_id().to_string();
            let of_trace: Vec<&Json> =
                calls.iter().filter(|truth| truth["trace_id"] == trace.as_str()).collect();
            let is_whole = of_trace.iter().all(|truth| {
                let is_apart = twins(truth).iter().any(|twin| spans[twin].trace_id().to_string() != trace);
                let names_apart = calls.iter().any(|other| {
                    other["trace_id"] != trace.as_str()
                        && twins(other).iter().any(|twin| truth["span_id"] == twin.as_str())
                });
                kept(truth) && !is_apart && !names_apart && truth["tokens_sum"].is_null()
            });
            if !is_whole || of_trace.is_empty() {
                continue;
            }
            let primaries = of_trace.iter().filter(|truth| truth["role"] == "primary");
            let sum = |field: &str| -> i64 {
                primaries.clone().filter_map(|truth| truth["tokens"][field].as_i64()).sum()
            };
            compared += 1;
            for (key, field) in [
                (otel_genai::TRACE_INPUT_TOKENS, "input_total"),
                (otel_genai::TRACE_OUTPUT_TOKENS, "output_total"),
            ] {
                let found = match root.get(key) {
                    Some(opentelemetry::Value::I64(count)) => *count,
                    _ => 0,
                };
                assert_eq!(found, sum(field), "{} {trace} {key}", capture.name);
            }
            let count = i64::try_from(primaries.clone().count()).unwrap();
            assert_eq!(
                root.get(otel_genai::TRACE_LLM_CALLS),
                Some(&count.into()),
                "{} {trace}",
                capture.name
            );
        }
    }
    println!("{compared} traces compared");
    assert!(compared > 150, "{compared} traces");
}

#[test]
fn enriching_twice_is_enriching_once() {
    for profile in [Profile::Compat, Profile::Latest] {
        let key = otel_genai_enrich::ArgumentKey::new([1; 16]);
        let dialect = || Config::default().profile(profile).drop_originals(profile == Profile::Latest);
        let build = || Enricher::builder().dialect(dialect()).argument_key(key).build();
        for capture in captures() {
            let once = replay(build(), AMPLE, capture.input());
            let twice = replay((build(), build()), AMPLE, capture.input());
            let again = replay(build(), AMPLE, once.clone());
            assert_eq!(once.len(), twice.len());
            let again: HashMap<_, _> = again.iter().map(|(_, span)| (span.span_id(), span)).collect();
            for ((_, once), (_, twice)) in once.iter().zip(&twice) {
                assert_eq!(once.attributes(), twice.attributes(), "{} {}", capture.name, once.name());
                let again = again[&once.span_id()];
                assert_eq!(once.attributes(), again.attributes(), "{} {}", capture.name, once.name());
            }
        }
    }
}

#[test]
fn order_of_attributes_changes_nothing() {
    for capture in captures() {
        let turned = capture.input().map(|(resource, mut span)| {
            span.attributes_mut().reverse();
            (resource, span)
        });
        let key = otel_genai_enrich::ArgumentKey::new([1; 16]);
        let build = || Enricher::builder().argument_key(key).build();
        let turned = replay(build(), AMPLE, turned);
        let plain = replay(build(), AMPLE, capture.input());
        for ((_, one), (_, two)) in plain.iter().zip(&turned) {
            let sorted = |span: &Span| {
                let mut attributes = span.attributes().to_vec();
                attributes.sort_by(|a, b| a.key.cmp(&b.key));
                attributes
            };
            assert_eq!(sorted(one), sorted(two), "{} {}", capture.name, one.name());
        }
    }
}

#[test]
fn tool_spans_with_arguments_have_their_hash() {
    let mut seen = 0;
    for capture in captures() {
        for span in enrich(&capture, Delivery::Whole).values() {
            let is_tool = span.get_str(otel_genai::ROLE) == Some(Role::Tool.as_str());
            let has_arguments = is_tool && span.get(gen_ai::TOOL_CALL_ARGUMENTS).is_some();
            let hash = span.get_str(otel_genai::TOOL_ARGUMENTS_HASH);
            assert_eq!(hash.is_some(), has_arguments, "{} {}", capture.name, span.name());
            seen += usize::from(has_arguments);
        }
    }
    assert!(seen > 50, "{seen} tool spans with arguments");
}
