//! Over every captured trace: each safety signal that a span shows is found, and nothing else of medium confidence.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

// The captured traces are read as the enricher's tests read them.
#[path = "../../enrich/tests/support/mod.rs"]
mod support;

use std::collections::{HashMap, HashSet};

use otel_genai_enrich::Enricher;
use otel_genai_guardrail::{Confidence, Finding, GuardrailDetector, Source};
use otel_genai_pipeline::Span;
use serde_json::Value as Json;
use support::{Capture, captures, live_late, live_one_by_one, replay};

const AMPLE: usize = 1 << 30;

/// How the spans of a trace come to the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Delivery {
    Whole,
    Forced,
    Live,
    Late,
}

fn detect(capture: &Capture, delivery: Delivery) -> Vec<Span> {
    let stages = (Enricher::default(), GuardrailDetector::default());
    match delivery {
        Delivery::Whole => replay(stages, AMPLE, capture.input()).into_iter().map(|(_, span)| span).collect(),
        Delivery::Forced => replay(stages, 1, capture.input()).into_iter().map(|(_, span)| span).collect(),
        Delivery::Live => live_one_by_one(stages, capture.input()),
        Delivery::Late => live_late(stages, capture.input()),
    }
}

fn findings(span: &Span) -> Vec<Finding> {
    span.get_str("guardrail.findings").map(|json| Finding::read_all(json).expect("ours")).unwrap_or_default()
}

/// Everything that the truth says of one file.
struct Truth<'a> {
    /// Calls: span, the span that it duplicates, whether a signal is there, is visible, and is more than text.
    calls: Vec<(&'a str, Option<&'a str>, bool, bool, bool)>,
    /// Spans of guardrails that fired.
    guardrails: Vec<&'a str>,
}

fn truth(capture: &Capture) -> Truth<'_> {
    let is_listed = |json: &Json| json.as_array().is_some_and(|places| !places.is_empty());
    let calls = capture.truth["llm_spans"].as_array().into_iter().flatten().map(|call| {
        let safety = &call["safety"];
        (
            call["span_id"].as_str().unwrap(),
            call["duplicate_of"][0].as_str(),
            safety["present"] == true,
            is_listed(&safety["visible_at"]),
            is_listed(&safety["structured_at"]),
        )
    });
    let guardrails = capture.truth["guardrail_spans"].as_array().into_iter().flatten();
    Truth {
        calls: calls.collect(),
        guardrails: guardrails
            .filter(|span| span["attributes"]["triggered"] == true)
            .map(|span| span["span_id"].as_str().unwrap())
            .collect(),
    }
}

/// Tells whether spans are of one trace: twins in different traces cannot be told to be twins.
fn is_one_trace(spans: &[Span], ids: &[&str]) -> bool {
    let of_ids = spans.iter().filter(|span| ids.contains(&&*span.span_id().to_string()));
    let traces: HashSet<_> = of_ids.map(Span::trace_id).collect();
    traces.len() == 1
}

#[test]
fn every_visible_signal_is_found_and_nothing_else_is_sure() {
    let (mut visible, mut found, mut guardrails, mut structured, mut twins) = (0, 0, 0, 0, 0);
    let mut wrong = Vec::new();
    for capture in captures() {
        for delivery in [Delivery::Whole, Delivery::Forced, Delivery::Live, Delivery::Late] {
            let spans = detect(&capture, delivery);
            let by_span: HashMap<String, Vec<Finding>> =
                spans.iter().map(|span| (span.span_id().to_string(), findings(span))).collect();
            let truth = truth(&capture);
            let twin = |id: &str| -> Vec<&str> {
                let of = truth.calls.iter().find(|call| call.0 == id).and_then(|call| call.1).unwrap_or(id);
                truth
                    .calls
                    .iter()
                    .filter(move |call| call.0 == of || call.1 == Some(of))
                    .map(|call| call.0)
                    .collect()
            };
            for &(id, _, is_present, is_visible, is_structured) in &truth.calls {
                if !is_present || !is_visible {
                    continue;
                }
                let accounts: Vec<&Finding> = twin(id).into_iter().flat_map(|id| &by_span[id]).collect();
                let fired: Vec<&&Finding> = accounts.iter().filter(|finding| finding.has_fired()).collect();
                let is_sure = fired.iter().any(|finding| finding.confidence >= Confidence::Medium);
                if delivery == Delivery::Whole {
                    visible += 1;
                    found += usize::from(!fired.is_empty());
                    structured += usize::from(is_sure);
                }
                // One event, one finding: of the accounts of a call in one trace only one keeps it.
                if delivery == Delivery::Whole {
                    let has_fired = |id: &&str| by_span[*id].iter().any(Finding::has_fired);
                    let accounts = twin(id);
                    twins += usize::from(accounts.len() > 1);
                    if accounts.iter().filter(|id| has_fired(id)).count() > 1
                        && is_one_trace(&spans, &accounts)
                    {
                        wrong.push(format!("{} {id}: found twice, {accounts:?}", capture.name));
                    }
                }
                if fired.is_empty() || (is_structured && !is_sure) {
                    wrong.push(format!("{} {delivery:?} {id}: not found, {accounts:?}", capture.name));
                }
            }
            for id in &truth.guardrails {
                let has_fired = by_span[*id].iter().any(|finding| {
                    finding.has_fired()
                        && finding.source == Source::Explicit
                        && finding.confidence >= Confidence::Medium
                });
                guardrails += usize::from(has_fired && delivery == Delivery::Whole);
                if !has_fired {
                    wrong.push(format!("{} {delivery:?} {id}: guardrail not found", capture.name));
                }
            }
            // Also no roll-up that repeats one: one event, one finding.
            for (id, findings) in &by_span {
                let is_expected = truth.calls.iter().any(|call| call.0 == id && call.2)
                    || truth.guardrails.contains(&id.as_str());
                for finding in findings {
                    let is_sure = finding.has_fired() && finding.confidence >= Confidence::Medium;
                    if !is_expected && is_sure {
                        wrong.push(format!("{} {delivery:?} {id}: unexpected {finding:?}", capture.name));
                    }
                    if finding.source == Source::Heuristic && finding.confidence != Confidence::Low {
                        wrong.push(format!("{} {id}: a sure guess", capture.name));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Two of the visible ones are texts only, which nobody can be sure of.
    assert_eq!((visible, found, structured, guardrails), (36, 36, 34, 2));
    assert!(twins > 0, "no captured call with a signal has twins");
    println!("{twins} accounts of calls with a signal have twins");
}
