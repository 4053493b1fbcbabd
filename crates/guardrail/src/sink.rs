//! Collects the findings of one span; what says the same becomes one.

use std::borrow::Cow;

use opentelemetry::trace::{SpanId, TraceId};
use otel_genai_pipeline::Span;
use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};
use serde_json::Value as NativeValue;

use crate::finding::{Confidence, Evidence, Finding, MAX_NATIVE, Source};
use crate::json::Json;
use crate::json_writer::push_hex;
use crate::rules::Rule;

/// Findings kept per span. A moderation has one per category at most; more is a program gone wild.
pub const MAX_FINDINGS: usize = 32;

/// Where in a span something was read.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) attribute: &'a str,
    pub(crate) event: Option<usize>,
    pub(crate) pointer: String,
}

impl<'a> Place<'a> {
    pub(crate) fn attribute(key: &'a str) -> Self {
        Self { attribute: key, event: None, pointer: String::new() }
    }
}

/// One signal, before it is a finding.
#[derive(Debug)]
pub(crate) struct Hit<'a> {
    rule: &'static Rule,
    place: Place<'a>,
    category: GuardrailCategory,
    name: Cow<'static, str>,
    confidence: Confidence,
    status: Option<GuardrailStatus>,
    enforcement: Option<Enforcement>,
    policy_id: Option<String>,
    native: Vec<(String, NativeValue)>,
}

impl<'a> Hit<'a> {
    /// A signal that fired, with what the rule says of it.
    pub(crate) fn new(rule: &'static Rule, place: Place<'a>) -> Self {
        Self {
            rule,
            place,
            category: rule.category,
            name: Cow::Borrowed(rule.name),
            confidence: rule.confidence,
            status: Some(GuardrailStatus::Triggered),
            enforcement: rule.enforcement,
            policy_id: None,
            native: Vec::new(),
        }
    }

    /// Sets how it ended; what did not fire was not enforced.
    pub(crate) fn status(mut self, status: Option<GuardrailStatus>) -> Self {
        self.status = status;
        if !matches!(status, Some(GuardrailStatus::Triggered | GuardrailStatus::Modified)) {
            self.enforcement = None;
        }
        self
    }

    pub(crate) fn enforcement(mut self, enforcement: Option<Enforcement>) -> Self {
        self.enforcement = enforcement;
        self
    }

    pub(crate) fn category(mut self, category: GuardrailCategory) -> Self {
        self.category = category;
        self
    }

    pub(crate) fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Lowers the confidence to this.
    pub(crate) fn at_most(mut self, confidence: Confidence) -> Self {
        self.confidence = self.confidence.min(confidence);
        self
    }

    pub(crate) fn policy_id(mut self, id: Option<&str>) -> Self {
        self.policy_id = id.and_then(name_like).map(str::to_owned);
        self
    }

    /// Adds a provider-native value, if it is a flag, a number or one word.
    pub(crate) fn native(mut self, key: &str, value: &Json<'_>) -> Self {
        let plain = match value {
            Json::Bool(flag) => NativeValue::Bool(*flag),
            Json::Number(digits) => match digits.parse() {
                Ok(number) => NativeValue::Number(number),
                Err(_) => return self,
            },
            Json::Text(text) if is_word(text) => NativeValue::String(text.to_string()),
            _ => return self,
        };
        if self.native.len() < MAX_NATIVE && is_word(key) {
            self.native.push((key.to_owned(), plain));
        }
        self
    }
}

/// The findings of one span.
#[derive(Debug)]
pub(crate) struct Sink {
    trace_id: TraceId,
    span_id: SpanId,
    findings: Vec<Finding>,
}

impl Sink {
    pub(crate) fn new(span: &Span) -> Self {
        Self { trace_id: span.trace_id(), span_id: span.span_id(), findings: Vec::new() }
    }

    pub(crate) fn add(&mut self, hit: Hit<'_>) {
        let known =
            self.findings.iter().position(|known| known.category == hit.category && known.name == hit.name);
        if known.is_none() && self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let evidence = Evidence {
            trace_id: self.trace_id,
            span_id: self.span_id,
            attribute: hit.place.attribute.to_owned(),
            event: hit.place.event,
            pointer: hit.place.pointer,
        };
        let rule = Cow::Borrowed(hit.rule.id);
        if let Some(known) = known.and_then(|known| self.findings.get_mut(known)) {
            // A category that was clean is no evidence for one that was not.
            let is_clean = |status| status == Some(GuardrailStatus::NotTriggered);
            let is_beside = known.has_fired() && is_clean(hit.status);
            if is_clean(known.status) && !is_clean(hit.status) {
                known.evidence.clear();
            }
            known.absorb_end((hit.status, hit.enforcement), (hit.confidence, hit.rule.source), rule);
            known.policy_id = known.policy_id.take().or(hit.policy_id);
            if !is_beside {
                known.add_evidence(evidence);
            }
            match hit.status {
                Some(GuardrailStatus::Triggered | GuardrailStatus::Modified) => known.set_native(hit.native),
                _ => known.add_native(hit.native),
            }
            return;
        }
        self.findings.push(Finding {
            id: identity(self.trace_id, self.span_id, hit.category, &hit.name),
            category: hit.category,
            name: hit.name,
            source: hit.rule.source,
            confidence: hit.confidence,
            status: hit.status,
            enforcement: hit.enforcement,
            rule,
            reason: Cow::Borrowed(""),
            policy_id: hit.policy_id,
            evidence: vec![evidence],
            native: hit.native.into_iter().collect(),
        });
    }

    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the findings, with general ones merged into those that say more about the same event.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        if self.findings.len() < 2 {
            return self.findings;
        }
        let is_stopped =
            |finding: &Finding| finding.has_fired() && finding.enforcement == Some(Enforcement::Block);
        // Libraries that know only OpenAI's words write `content_filter` for an intervention of Bedrock's guardrail.
        self.merge("content_filter", |kept| kept.name == "bedrock_guardrail" && is_stopped(kept));
        // The policy that stopped it, else one that changed it, is what intervened.
        let is_policy = |kept: &Finding| kept.rule == "bedrock.assessment";
        self.merge("bedrock_guardrail", |kept| is_policy(kept) && is_stopped(kept));
        self.merge("bedrock_guardrail", |kept| {
            is_policy(kept) && kept.status == Some(GuardrailStatus::Modified)
        });
        self.merge("content_filter", |kept| kept.name == "prompt_blocked" && is_stopped(kept));
        // What is known needs no guess.
        let is_guess = |finding: &Finding| finding.source == Source::Heuristic && finding.name == "refusal";
        if self.findings.iter().any(|finding| !is_guess(finding) && is_stopped(finding)) {
            self.findings.retain(|finding| !is_guess(finding));
        }
        self.findings
    }

    fn merge(&mut self, general: &str, is_special: impl Fn(&Finding) -> bool) {
        let Some(special) = self.findings.iter().position(is_special) else { return };
        let Some(general) =
            self.findings.iter().position(|finding| finding.name == general && finding.has_fired())
        else {
            return;
        };
        if special != general {
            let mut absorbed = self.findings[general].clone();
            // How it ended is for the special one to say.
            (absorbed.status, absorbed.enforcement) = (None, None);
            self.findings[special].absorb(absorbed);
            self.findings.remove(general);
        }
    }
}

/// What makes a finding the same one, as text: the hash of it is the id.
pub(crate) fn identity(trace: TraceId, span: SpanId, category: GuardrailCategory, name: &str) -> String {
    let (mut trace_digits, mut span_digits, mut id) = (String::new(), String::new(), String::new());
    push_hex(&mut trace_digits, &trace.to_bytes());
    push_hex(&mut span_digits, &span.to_bytes());
    push_hex(&mut id, &fnv(&[&trace_digits, &span_digits, category.as_str(), name]).to_be_bytes());
    id
}

/// FNV-1a. Ids must be the same in every process and release, which the standard hasher does not promise.
pub(crate) fn fnv(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

/// Tells whether a text is one word of a vocabulary: short, plain, and without a number that may be somebody's.
pub(crate) fn is_word(text: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b'/' | b':');
    !text.is_empty() && text.len() <= 48 && text.bytes().all(is_plain) && !has_number(text)
}

/// Returns a text that can be the name of a guardrail or policy; a sentence, an address or a number cannot.
pub(crate) fn name_like(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_plain =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | ':' | '(' | ')');
    let fits = !text.is_empty()
        && text.len() <= 64
        && text.split(' ').count() <= 6
        && text.chars().all(is_plain)
        && text.chars().any(char::is_alphabetic)
        && !has_number(text);
    fits.then_some(text)
}

/// Tells whether digits follow each other so that they may be a card, a telephone or an account.
fn has_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 7 && {
        let mut run = 0;
        text.bytes().any(|byte| {
            run = match byte {
                b'0'..=b'9' => run + 1,
                b'-' | b'.' | b' ' => run,
                _ => 0,
            };
            run >= 7
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_somebodys_is_no_name() {
        for name in ["no_pii", "Contains PII", "gr-abc123:1", "Investment Advice", "presidio-pii (v2)"] {
            assert_eq!(name_like(name), Some(name));
        }
        for text in
            ["bob@example.com", "4111 1111 1111 1111", "card-4111111111111111", "555-123-4567", "", "42"]
        {
            assert_eq!(name_like(text), None, "{text}");
        }
        assert_eq!(name_like("please tell me how to get the password of my neighbour"), None);
    }
}
