//! What the detector says about one guardrail or safety signal.

use std::borrow::Cow;
use std::collections::BTreeMap;

use opentelemetry::trace::{SpanId, TraceId};
use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::json_writer::JsonWriter;
use crate::rules::by_id;
use crate::rules::native::CONTENT_FILTER;
use crate::sink::identity;

/// Where a finding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// Guessed from words that people and tools use.
    Heuristic,
    /// A model's provider said it in its own words.
    ProviderNative,
    /// A guardrail reported it.
    Explicit,
}

impl Source {
    /// Returns the word for `guardrail.source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Heuristic => "heuristic",
            Self::ProviderNative => "provider_native",
            Self::Explicit => "explicit",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Confidence {
    /// A guess. Every heuristic is one.
    Low,
    /// Stated, but in free text, or without saying what kind of guardrail it was.
    Medium,
    /// Stated in a field that has this meaning and no other.
    High,
}

impl Confidence {
    /// Returns the word that the findings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Where to read what a finding rests on: whoever may see the span reads it there, redacted as the span is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The trace, in JSON as 32 hex digits.
    #[serde(with = "hex_id")]
    pub trace_id: TraceId,
    /// The span, in JSON as 16 hex digits.
    #[serde(with = "hex_id")]
    pub span_id: SpanId,
    /// The attribute's key; `span.name` and `status.message` mean those parts of the span.
    pub attribute: String,
    /// The position of the event that has the attribute, for attributes of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<usize>,
    /// A JSON pointer (RFC 6901) into the attribute's JSON, or into its list; absent for the whole value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pointer: String,
}

/// One guardrail or safety signal of a span, as `guardrail.findings` has it.
///
/// Never contains text of a prompt or an answer. Names, policy ids and provider-native values are copied only where they
/// look like the name of something: short, of few words, without the characters that addresses and numbers of people
/// need.
///
/// # Examples
///
/// ```
/// use otel_genai_guardrail::{Confidence, Finding};
/// use otel_genai_semconv::GuardrailCategory;
///
/// let json = r#"[{"id":"0123456789abcdef","category":"moderation","name":"refusal","source":"provider_native",
///     "confidence":"high","status":"triggered","enforcement":"block","rule":"anthropic.stop_reason",
///     "reason":"Anthropic's safety classifier ended the answer as a refusal; blocked","evidence":[{"trace_id":"00000000000000000000000000000001","span_id":"0000000000000002",
///     "attribute":"gen_ai.response.finish_reasons","pointer":"/0"}],"native":{"finish_reason":"refusal"}}]"#;
/// let findings = Finding::read_all(json).expect("what the detector writes");
/// assert_eq!(findings[0].category, GuardrailCategory::Moderation);
/// assert_eq!(findings[0].confidence, Confidence::High);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// Identifies the finding: the same signal of the same span has the same id whenever it is detected.
    pub id: String,
    /// What the guardrail guards against.
    pub category: GuardrailCategory,
    /// The guardrail's name, or the kind of signal.
    pub name: Cow<'static, str>,
    /// Where it comes from.
    pub source: Source,
    /// How sure it is.
    pub confidence: Confidence,
    /// How the check ended; absent when nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<GuardrailStatus>,
    /// What was done; `unknown` in the JSON when nothing says so.
    #[serde(with = "enforcement_word")]
    pub enforcement: Option<Enforcement>,
    /// The rule that found it, as `docs/guardrails.md` lists them.
    pub rule: Cow<'static, str>,
    /// A sentence for people: who acted, what on, and what became of it. Made of the rule's words and never of the span's.
    pub reason: Cow<'static, str>,
    /// Identifies the policy, where the guardrail says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_id: Option<String>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The provider's own values, such as a finish reason or the severity of a category.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub native: BTreeMap<String, Json>,
}

impl Finding {
    /// Reads the value of `guardrail.findings`; `None` when the detector has not written it.
    pub fn read_all(json: &str) -> Option<Vec<Self>> {
        serde_json::from_str(json).ok()
    }

    /// Tells whether the guardrail fired: what it looks for was there.
    pub fn has_fired(&self) -> bool {
        matches!(self.status, Some(GuardrailStatus::Triggered | GuardrailStatus::Modified))
    }

    /// Takes over how the same event ended, where another account of it knows more.
    pub(crate) fn absorb_end(
        &mut self,
        (status, enforcement): (Option<GuardrailStatus>, Option<Enforcement>),
        (confidence, source): (Confidence, Source),
        rule: Cow<'static, str>,
    ) {
        if worth(status) > worth(self.status) {
            self.status = status;
        }
        if strength(enforcement) > strength(self.enforcement) {
            self.enforcement = enforcement;
        }
        if (confidence, source) > (self.confidence, self.source) {
            self.confidence = confidence;
            self.source = source;
            self.rule = rule;
        }
    }

    /// Takes over what another account of the same event knows more.
    pub(crate) fn absorb(&mut self, other: Self) {
        // Libraries that know only OpenAI's words say of any stop that a content filter did it.
        if self.rule == CONTENT_FILTER.id && self.name != other.name && other.has_fired() {
            if let Some(own) = self.evidence.first() {
                self.id = identity(own.trace_id, own.span_id, other.category, &other.name);
            }
            (self.category, self.name, self.rule) = (other.category, other.name.clone(), other.rule.clone());
        }
        let how = (other.confidence, other.source);
        self.absorb_end((other.status, other.enforcement), how, other.rule);
        self.policy_id = self.policy_id.take().or(other.policy_id);
        other.evidence.into_iter().for_each(|evidence| self.add_evidence(evidence));
        self.add_native(other.native);
    }

    /// Says in a sentence what the finding says in fields. Done once, when all accounts of the event are in.
    pub(crate) fn explain(&mut self) {
        let Some(rule) = by_id(&self.rule) else { return };
        let subject = rule.subject;
        self.reason = match (self.status, self.enforcement) {
            // A guess knows nothing of what was done.
            _ if rule.source == Source::Heuristic => [subject, " ", rule.found].concat(),
            (Some(GuardrailStatus::Triggered), enforcement) => {
                let end = match enforcement {
                    Some(Enforcement::Block) => "blocked",
                    Some(Enforcement::Warn) => "let through with a warning: the caller decides what follows",
                    Some(Enforcement::Modify) => "changed and let through",
                    Some(Enforcement::LogOnly) => "let through and logged",
                    _ => "what was done about it is not recorded",
                };
                [subject, " ", rule.found, "; ", end].concat()
            }
            (Some(GuardrailStatus::Modified), _) => {
                [subject, " changed the text, which then went on"].concat()
            }
            (Some(GuardrailStatus::NotTriggered), _) => [subject, " ran and found nothing"].concat(),
            (Some(GuardrailStatus::NotRun), _) => {
                [subject, " did not run, so nothing was checked: see why it was skipped"].concat()
            }
            (Some(GuardrailStatus::Failed), _) => {
                [subject, " failed, so nothing was checked: see its error, and whether the text went on"]
                    .concat()
            }
            _ => [subject, " ran; how it ended is not recorded"].concat(),
        }
        .into();
    }

    /// Writes what `Serialize` would, without its detours: it is done for every finding of every trace.
    pub(crate) fn write(&self, json: &mut JsonWriter) {
        json.open('{');
        json.text_member("id", &self.id);
        json.text_member("category", self.category.as_str());
        json.text_member("name", &self.name);
        json.text_member("source", self.source.as_str());
        json.text_member("confidence", self.confidence.as_str());
        if let Some(status) = self.status {
            json.text_member("status", status.as_str());
        }
        json.text_member("enforcement", self.enforcement.map_or("unknown", Enforcement::as_str));
        json.text_member("rule", &self.rule);
        json.text_member("reason", &self.reason);
        if let Some(policy) = &self.policy_id {
            json.text_member("policy_id", policy);
        }
        json.key("evidence");
        json.open('[');
        for evidence in &self.evidence {
            json.open('{');
            json.hex_member("trace_id", &evidence.trace_id.to_bytes());
            json.hex_member("span_id", &evidence.span_id.to_bytes());
            json.text_member("attribute", &evidence.attribute);
            if let Some(event) = evidence.event {
                json.json_member("event", &event.to_string());
            }
            if !evidence.pointer.is_empty() {
                json.text_member("pointer", &evidence.pointer);
            }
            json.close('}');
        }
        json.close(']');
        if !self.native.is_empty() {
            json.key("native");
            json.open('{');
            for (key, value) in &self.native {
                json.value_member(key, value);
            }
            json.close('}');
        }
        json.close('}');
    }

    pub(crate) fn add_evidence(&mut self, evidence: Evidence) {
        if self.evidence.len() < MAX_EVIDENCE && !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }

    /// Takes over values of what fired: they count, whatever was said where nothing did.
    pub(crate) fn set_native(&mut self, native: impl IntoIterator<Item = (String, Json)>) {
        for (key, value) in native {
            if self.native.len() < MAX_NATIVE || self.native.contains_key(&key) {
                self.native.insert(key, value);
            }
        }
    }

    pub(crate) fn add_native(&mut self, native: impl IntoIterator<Item = (String, Json)>) {
        for (key, value) in native {
            if self.native.len() < MAX_NATIVE {
                self.native.entry(key).or_insert(value);
            }
        }
    }
}

/// Places listed per finding: enough for an attribute, the messages, the raw answer and a twin's of each.
pub(crate) const MAX_EVIDENCE: usize = 8;

/// Provider-native values per finding: the widest moderation has 18 categories.
pub(crate) const MAX_NATIVE: usize = 24;

/// Which of two statuses of one event is the news.
fn worth(status: Option<GuardrailStatus>) -> u8 {
    match status {
        Some(GuardrailStatus::Triggered) => 5,
        Some(GuardrailStatus::Modified) => 4,
        Some(GuardrailStatus::Failed) => 3,
        Some(GuardrailStatus::NotTriggered) => 2,
        Some(_) => 1,
        None => 0,
    }
}

fn strength(enforcement: Option<Enforcement>) -> u8 {
    match enforcement {
        Some(Enforcement::Block) => 4,
        Some(Enforcement::Modify) => 3,
        Some(Enforcement::Warn) => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// Ids as the JSON has them.
mod hex_id {
    use opentelemetry::trace::{SpanId, TraceId};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) trait HexId: Sized + std::fmt::Display {
        fn read(digits: &str) -> Option<Self>;
    }

    impl HexId for TraceId {
        fn read(digits: &str) -> Option<Self> {
            Self::from_hex(digits).ok()
        }
    }

    impl HexId for SpanId {
        fn read(digits: &str) -> Option<Self> {
            Self::from_hex(digits).ok()
        }
    }

    pub(super) fn serialize<S: Serializer>(id: &impl HexId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, I: HexId>(deserializer: D) -> Result<I, D::Error> {
        let digits = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        I::read(&digits).ok_or_else(|| D::Error::custom("no id"))
    }
}

/// Words of an enforcement in the JSON.
mod enforcement_word {
    use otel_genai_semconv::Enforcement;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Enforcement>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.map_or("unknown", Enforcement::as_str))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Enforcement>, D::Error> {
        let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        match Enforcement::from_name(&word) {
            Some(enforcement) => Ok(Some(enforcement)),
            None if word == "unknown" => Ok(None),
            None => Err(D::Error::custom("no such enforcement")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_serialize_writes() {
        let evidence = |event, pointer: &str| Evidence {
            trace_id: TraceId::from(0xab),
            span_id: SpanId::from(2),
            attribute: "a \"key\"".into(),
            event,
            pointer: pointer.into(),
        };
        let full = Finding {
            id: "0123".into(),
            category: GuardrailCategory::Pii,
            name: "Contains \\ PII".into(),
            source: Source::Explicit,
            confidence: Confidence::Medium,
            status: Some(GuardrailStatus::Modified),
            enforcement: Some(Enforcement::LogOnly),
            rule: "guardrail.span".into(),
            reason: "".into(),
            policy_id: Some("p-1".into()),
            evidence: vec![evidence(None, ""), evidence(Some(3), "/0/x")],
            native: [("score", Json::from(0.5)), ("on", true.into()), ("word", "x".into())]
                .map(|(key, value)| (key.to_owned(), value))
                .into(),
        };
        let bare = Finding {
            status: None,
            enforcement: None,
            policy_id: None,
            native: BTreeMap::new(),
            ..full.clone()
        };
        for mut finding in [full, bare] {
            finding.explain();
            assert!(finding.reason.starts_with("a guardrail of the agent "), "{}", finding.reason);
            let mut json = JsonWriter::with_capacity(0);
            finding.write(&mut json);
            assert_eq!(json.finish(), serde_json::to_string(&finding).expect("JSON"));
        }
    }
}
