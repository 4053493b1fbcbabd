//! Guardrails that report of themselves: their spans, attributes and events.

use opentelemetry::{KeyValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};
use serde_json::Value as Json;

use crate::finding::Confidence;
use crate::rules::Rule;
use crate::rules::explicit::{
    ATTRIBUTES, CONVENTION, EVENT, LANGCHAIN_HUMAN, LANGCHAIN_PII, LANGFUSE, LOGFIRE, OPENINFERENCE, SPAN,
};
use crate::shapes::named;
use crate::sink::{Hit, Place, Sink};
use crate::words;

/// What an attribute says about a guardrail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Category,
    /// A flag: it fired.
    Triggered,
    /// A flag: it did not.
    Passed,
    /// A word of ours for how it ended.
    Status,
    /// A word of anybody's.
    Verdict,
    Enforcement,
    Policy,
}

/// Names that mean this on any span.
const FIELDS: [(&str, Field); 43] = [
    ("guardrail.name", Field::Name),
    ("agent.guardrail.name", Field::Name),
    ("gen_ai.guardrail.name", Field::Name),
    ("gen_ai.guardrail.component.name", Field::Name),
    ("gen_ai.security.guardrail.name", Field::Name),
    ("openai.agents.guardrail.name", Field::Name),
    ("openai.agents.guardrail_name", Field::Name),
    ("gen_ai.openai.agents.guardrail.name", Field::Name),
    ("guardrail_name", Field::Name),
    ("rail.name", Field::Name),
    ("validator_name", Field::Name),
    ("guard.name", Field::Name),
    ("guardrail.category", Field::Category),
    ("gen_ai.guardrail.risk.category", Field::Category),
    ("gen_ai.security.risk.category", Field::Category),
    ("gen_ai.guardrail.category", Field::Category),
    ("guard.classification", Field::Category),
    ("guardrail.triggered", Field::Triggered),
    ("agent.guardrail.triggered", Field::Triggered),
    ("gen_ai.guardrail.triggered", Field::Triggered),
    ("openai.agents.guardrail.triggered", Field::Triggered),
    ("openai.agents.guardrail_triggered", Field::Triggered),
    ("gen_ai.openai.agents.guardrail.triggered", Field::Triggered),
    ("tripwire_triggered", Field::Triggered),
    ("rail.stop", Field::Triggered),
    ("guard.denied", Field::Triggered),
    ("validation_passed", Field::Passed),
    ("guardrail.passed", Field::Passed),
    ("guardrail.status", Field::Status),
    ("guardrail_status", Field::Verdict),
    ("gen_ai.guardrail.result.value", Field::Verdict),
    ("gen_ai.guardrail.result", Field::Verdict),
    ("gen_ai.guardrail.action", Field::Verdict),
    ("gen_ai.guardian.decision", Field::Verdict),
    ("gen_ai.security.verdict.type", Field::Verdict),
    ("gen_ai.security.action.type", Field::Verdict),
    ("guardrail.outcome", Field::Verdict),
    ("guard.verdict", Field::Verdict),
    ("guard.action", Field::Verdict),
    ("guardrail.enforcement_mode", Field::Enforcement),
    ("guardrail.policy_id", Field::Policy),
    ("gen_ai.guardrail.policy.id", Field::Policy),
    ("gen_ai.security.policy.id", Field::Policy),
];

/// Names that mean this on the span of a guardrail only.
const OWN_FIELDS: [(&str, Field); 6] = [
    ("name", Field::Name),
    ("triggered", Field::Triggered),
    ("passed", Field::Passed),
    ("outcome", Field::Verdict),
    ("verdict", Field::Verdict),
    ("validator_result", Field::Verdict),
];

/// Attributes with what the span of a guardrail answered.
const OUTPUTS: [&str; 5] = [
    "output.value",
    "langfuse.observation.output",
    "mlflow.spanOutputs",
    "traceloop.entity.output",
    "output",
];

/// Keys in such an answer: it fired, or it did not. Those of one library only have rules of their own.
const FIRED: [&str; 5] = ["triggered", "blocked", "flagged", "denied", "detected"];
const PASSED: [&str; 4] = ["passed", "safe", "is_safe", "allowed"];

/// Attributes by which a span says what it is.
const KINDS: [(&str, &Rule); 9] = [
    ("span.type", &SPAN),
    ("agent.span.type", &SPAN),
    ("mlflow.spanType", &SPAN),
    ("openinference.span.kind", &OPENINFERENCE),
    ("langfuse.observation.type", &LANGFUSE),
    ("gen_ai.operation.name", &CONVENTION),
    ("gen_ai.span.kind", &CONVENTION),
    ("traceloop.span.kind", &CONVENTION),
    ("otel_genai.role", &SPAN),
];

/// Operations of guardrails.
const OPERATIONS: [&str; 4] = ["guardrail", "apply_guardrail", "run_guardrail", "guardrail_check"];

/// Tells whether an attribute may say something about a guardrail, in a few comparisons: it is asked for every attribute
/// of every span.
pub(crate) fn concerns_guardrails(key: &str) -> bool {
    // What most are.
    if matches!(
        key.as_bytes(),
        [b'g', b'e', b'n', _, _, _, _, b'r' | b'u' | b'i' | b't' | b'p', ..] | [b'l' | b's', ..]
    ) {
        return false;
    }
    match key.as_bytes() {
        [b'g', b'u', b'a', b'r', b'd', ..] => !is_ours(key),
        [b'g', b'e', b'n', b'_', b'a', b'i', b'.', b'g' | b's' | b'o', ..] => {
            key.starts_with("gen_ai.guard")
                || key.starts_with("gen_ai.security.")
                || key.starts_with("gen_ai.openai.agents.guard")
        }
        [b'a', b'g', b'e', b'n', b't', b'.', b'g', ..] => key.starts_with("agent.guardrail"),
        [b'o', b'p', b'e', b'n', b'a', b'i', b'.', b'a', ..] => key.starts_with("openai.agents.guardrail"),
        [b'r', b'a', b'i', b'l', b'.', ..] => true,
        [b't', b'r', b'i', b'p', b'w', ..] => key == "tripwire_triggered",
        [b'v', b'a', b'l', b'i', b'd', ..] => key == "validation_passed",
        [b'a', b'w', b's', b'.', b'b', ..] => key.starts_with("aws.bedrock.guardrail"),
        _ => false,
    }
}

/// What the detector itself writes, and what asks it to be silent.
fn is_ours(key: &str) -> bool {
    key.starts_with("guardrail.finding")
        || key.starts_with("guardrail.summary")
        || key == "guardrail.suppress_missing"
}

/// Tells by lengths and first letters whether an attribute may be one that [`is_kind`] knows.
pub(crate) fn may_be_kind(key: &str, text: &str) -> bool {
    matches!(key.len(), 4 | 9 | 15 | 16 | 19 | 20 | 21 | 23 | 25)
        && text.len() >= 9
        && matches!(
            text.as_bytes(),
            [b'g' | b'G', b'u' | b'U', ..] | [b'a', b'p', ..] | [b'r', b'u', ..] | [b'"', b'g' | b'G', ..]
        )
}

/// Tells whether an attribute says that its span is a guardrail's.
pub(crate) fn is_kind(key: &str, value: &Value) -> Option<&'static Rule> {
    let rule = KINDS.iter().find(|(known, _)| *known == key).map(|(_, rule)| *rule);
    let Value::String(text) = value else { return None };
    let word = text.as_str().trim_matches('"');
    match rule {
        Some(rule) => OPERATIONS.iter().any(|known| known.eq_ignore_ascii_case(word)).then_some(rule),
        None if key == "type" => word.starts_with("guardrails/").then_some(&SPAN),
        None if key == "logfire.msg_template" => word.starts_with("Guardrail ").then_some(&LOGFIRE),
        None => None,
    }
}

/// Reads a span of a guardrail (`kind` tells by what it was recognised), or one that has attributes about one.
pub(crate) fn read(span: &Span, kind: Option<(&'static Rule, &str)>, sink: &mut Sink) {
    let mut report = Report::of(span.attributes(), kind.is_some());
    if kind.is_some() && !report.says_how_it_ended() {
        report.read_output(span.attributes());
    }
    let (rule, place) = match kind {
        Some((rule, key)) => (rule, report.place.unwrap_or(key)),
        None => match report.place {
            // A name or a policy alone is configuration, not a check.
            Some(key) if report.says_how_it_ended() => (&ATTRIBUTES, key),
            _ => return,
        },
    };
    // A span whose kind is guardrail has its own name, if no attribute tells a better one.
    let span_name =
        kind.map(|_| span.name().trim_start_matches("guardrail").trim_start_matches(['.', ' ', ':', '/']));
    report.add(rule, place, None, span_name, span.is_error(), sink);
}

/// Reads the events of guardrails.
pub(crate) fn read_events(span: &Span, sink: &mut Sink) {
    for (index, event) in span.events().iter().enumerate() {
        if !matches!(
            &*event.name,
            "guard.evaluation" | "gen_ai.guardrail.result" | "guardrail.result" | "guardrail.evaluation"
        ) {
            continue;
        }
        let report = Report::of(&event.attributes, true);
        if let Some(place) = report.place {
            report.add(&EVENT, place, Some(index), None, false, sink);
        }
    }
}

/// Tells whether the name of a span is one that [`read_name`] reads.
pub(crate) fn has_name(span: &Span) -> bool {
    span.name().starts_with("PIIMiddleware") || span.name().starts_with("HumanInTheLoopMiddleware")
}

/// Reads the spans by which LangChain shows that a middleware ran.
pub(crate) fn read_name(span: &Span, sink: &mut Sink) {
    for rule in [&LANGCHAIN_PII, &LANGCHAIN_HUMAN] {
        if rule.words.iter().any(|word| span.name().starts_with(word)) {
            sink.add(Hit::new(rule, Place::attribute("span.name")).status(None));
        }
    }
}

/// What a set of attributes says about one guardrail.
#[derive(Debug, Default)]
struct Report<'a> {
    name: Option<&'a str>,
    category: Option<&'a str>,
    status: Option<GuardrailStatus>,
    triggered: Option<bool>,
    verdict: Option<(Option<GuardrailStatus>, Option<Enforcement>)>,
    verdict_word: Option<(&'a str, &'a str)>,
    enforcement: Option<Enforcement>,
    policy: Option<&'a str>,
    /// The attribute that says most: the evidence.
    place: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn of(attributes: &'a [KeyValue], is_own: bool) -> Self {
        let mut report = Self::default();
        let mut weight = 0;
        for KeyValue { key, value, .. } in attributes {
            let key = key.as_str();
            let own = if is_own { &OWN_FIELDS[..] } else { &[] };
            let Some((_, field)) = FIELDS.iter().chain(own).find(|(known, _)| *known == key) else {
                continue;
            };
            let text = text_of(value);
            let (is_used, heavier) = match field {
                Field::Name => (set(&mut report.name, text), 1),
                Field::Category => (set(&mut report.category, text), 1),
                Field::Policy => (set(&mut report.policy, text), 1),
                Field::Triggered => (set(&mut report.triggered, flag(value)), 4),
                Field::Passed => (set(&mut report.triggered, flag(value).map(|passed| !passed)), 3),
                Field::Status => (set(&mut report.status, text.and_then(GuardrailStatus::from_name)), 5),
                Field::Enforcement => {
                    (set(&mut report.enforcement, text.and_then(Enforcement::from_name)), 1)
                }
                Field::Verdict => {
                    if let Some(text) = text {
                        report.verdict_word = report.verdict_word.or(Some((key, text)));
                    }
                    let verdict = match flag(value) {
                        // `guardrail.result = true` does not say of what.
                        Some(_) => None,
                        None => text.and_then(words::verdict),
                    };
                    let is_news = verdict.is_some();
                    // Of a verdict and an action the one that says what was done.
                    if let Some(verdict) = verdict
                        && report.verdict.is_none_or(|known| known.1.is_none())
                    {
                        report.verdict = Some(verdict);
                    }
                    (is_news, 3)
                }
            };
            if is_used && heavier > weight {
                weight = heavier;
                report.place = Some(key);
            }
        }
        report
    }

    /// Reads what the guardrail answered (`{"blocked":true}`), where no attribute says how it ended.
    fn read_output(&mut self, attributes: &'a [KeyValue]) {
        let answers = attributes.iter().filter(|attribute| OUTPUTS.contains(&attribute.key.as_str()));
        for KeyValue { key, value, .. } in answers {
            let Value::String(text) = value else { continue };
            let Ok(Json::Object(answer)) = serde_json::from_str::<Json>(text.as_str()) else { continue };
            let said = |fields: &[&str]| {
                let fields = fields.iter().filter_map(|field| answer.get(*field)?.as_bool());
                fields.reduce(|one, other| one || other)
            };
            let has_fired = said(&FIRED).or_else(|| said(&PASSED).map(|passed| !passed));
            if set(&mut self.triggered, has_fired) {
                self.place = Some(key.as_str());
                return;
            }
        }
    }

    fn says_how_it_ended(&self) -> bool {
        self.status.is_some() || self.triggered.is_some() || self.verdict.is_some()
    }

    fn add(
        &self,
        rule: &'static Rule,
        place: &str,
        event: Option<usize>,
        span_name: Option<&str>,
        has_failed: bool,
        sink: &mut Sink,
    ) {
        let by_verdict = self.verdict.and_then(|(status, _)| status);
        let by_flag = self
            .triggered
            .map(|fired| if fired { GuardrailStatus::Triggered } else { GuardrailStatus::NotTriggered });
        let told = match (by_flag, by_verdict) {
            // What was changed fired, and says more.
            (Some(GuardrailStatus::Triggered), Some(GuardrailStatus::Modified)) => by_verdict,
            _ => by_flag.or(by_verdict),
        };
        // A guardrail's own span that ended in an error and says nothing else: nobody knows.
        let status = self.status.or(told).or(has_failed.then_some(GuardrailStatus::Failed));
        let enforcement = self.enforcement.or(self.verdict.and_then(|(_, enforcement)| enforcement));
        let category = self.category.map_or(GuardrailCategory::Unknown, words::category);
        let place = Place { attribute: place, event, pointer: String::new() };
        let hit = Hit::new(rule, place).status(status).enforcement(enforcement).policy_id(self.policy);
        let hit = match self.verdict_word {
            Some((key, word)) => hit.native(key, &word.into()),
            None => hit,
        };
        let hit = named(hit, self.name.or(span_name), category);
        let hit = if status.is_none() { hit.at_most(Confidence::Medium) } else { hit };
        sink.add(hit);
    }
}

/// Fills a slot once; tells whether there was something to fill it with.
fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let is_new = slot.is_none() && value.is_some();
    if is_new {
        *slot = value;
    }
    is_new
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str().trim()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// Reads a flag, which some write as 0 and 1. A text that is not one of these says nothing: the text `false` is not true.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::I64(0) => Some(false),
        Value::I64(1) => Some(true),
        Value::String(text) => match text.as_str().trim().trim_matches('"') {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_look_passes_every_kind() {
        let others = ["type", "logfire.msg_template"].map(|key| (key, &SPAN));
        for (key, _) in KINDS.into_iter().chain(others) {
            for word in OPERATIONS.into_iter().chain([
                "GUARDRAIL",
                "\"guardrail\"",
                "guardrails/guard",
                "Guardrail {name}",
            ]) {
                assert!(may_be_kind(key, word), "{key} {word}");
            }
        }
        for (key, _) in
            FIELDS.iter().filter(|(key, _)| key.contains("guardrail.") && !key.starts_with("guard."))
        {
            assert!(concerns_guardrails(key), "{key}");
        }
    }
}
