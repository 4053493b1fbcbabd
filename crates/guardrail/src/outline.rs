//! The fast look at a span, which finds nothing worth reading in most.

use opentelemetry::{Array, KeyValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_semconv::Role;
use otel_genai_semconv::names::{gen_ai, guardrail, otel_genai};

use crate::coverage::{Abilities, Capability, Categories, suppressed_by};
use crate::finish_reasons::{is_finish_reason, may_stop};
use crate::keys::is_asked;
use crate::rules::Rule;
use crate::texts::Texts;
use crate::{explicit, llama_guard};

/// What the fast walk saw.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outline<'a> {
    pub(crate) role: Role,
    pub(crate) kind: Option<(&'static Rule, &'a str)>,
    pub(crate) has_guardrail_attributes: bool,
    pub(crate) has_finish_reason: bool,
    /// The position of the first attribute that is worth reading.
    pub(crate) first_candidate: Option<usize>,
    pub(crate) is_llama_guard: bool,
    has_input: bool,
    has_output: bool,
    has_tools: bool,
    has_handoff: bool,
    is_generating: bool,
    pub(crate) suppressed: Categories,
    /// Something stands under the name of our findings.
    pub(crate) has_findings: bool,
}

impl Outline<'_> {
    /// What the span shows of what the run can do.
    pub(crate) fn abilities(self, span: &Span) -> Abilities {
        let mut abilities = Abilities::default();
        match self.role {
            Role::LlmCall => {
                abilities.see(Capability::CallsLlm);
                let note = |abilities: &mut Abilities, is_seen: bool, capability| {
                    if is_seen {
                        abilities.see(capability);
                    } else {
                        abilities.assume(capability);
                    }
                };
                note(&mut abilities, self.has_input, Capability::HandlesUserText);
                if self.is_generating {
                    note(&mut abilities, self.has_output, Capability::ProducesUserText);
                }
            }
            Role::Tool => abilities.see(Capability::UsesTools),
            Role::Retrieval => abilities.see(Capability::Retrieves),
            _ => {}
        }
        if self.has_tools {
            abilities.see(Capability::UsesTools);
        }
        if self.has_handoff
            || (matches!(self.role, Role::Tool | Role::RollUp | Role::Agent) && is_handoff(span.name()))
        {
            abilities.see(Capability::HandsOff);
        }
        abilities
    }
}

fn is_handoff(name: &str) -> bool {
    name.starts_with("handoff") || name.starts_with("Handoff") || name.contains("transfer_to_")
}

impl<'a> Outline<'a> {
    /// Looks at every attribute once.
    pub(crate) fn of(span: &'a Span, texts: &Texts) -> Self {
        let mut outline = Self { is_generating: true, ..Self::default() };
        for (place, KeyValue { key, value, .. }) in span.attributes().iter().enumerate() {
            let key = key.as_str();
            match value {
                Value::String(text) => outline.text(place, key, text.as_str(), value, texts),
                Value::Array(Array::String(items)) => {
                    outline.has_finish_reason |=
                        is_finish_reason(key) && items.iter().any(|item| may_stop(item.as_str()));
                    if !items.is_empty() && key.ends_with("applied_guardrails") {
                        outline.first_candidate.get_or_insert(place);
                    }
                    if is_suppression(key) {
                        outline.suppressed = outline.suppressed | suppressed_by(value);
                    }
                }
                // A count tells nothing of guardrails; a truth value may be one.
                Value::I64(0 | 1) => {}
                Value::I64(_) | Value::F64(_) => continue,
                _ => {}
            }
            outline.has_guardrail_attributes |= explicit::concerns_guardrails(key);
        }
        outline
    }

    fn text(&mut self, place: usize, key: &'a str, text: &'a str, value: &Value, texts: &Texts) {
        // What every call has comes first and needs no other look. What was asked is no signal, and is long.
        match key {
            gen_ai::INPUT_MESSAGES => return self.has_input = true,
            gen_ai::TOOL_DEFINITIONS => return self.has_tools = true,
            gen_ai::REQUEST_MODEL | gen_ai::RESPONSE_MODEL => {
                return self.is_llama_guard |= llama_guard::is_one(text);
            }
            gen_ai::PROVIDER_NAME | gen_ai::RESPONSE_ID | gen_ai::SYSTEM_INSTRUCTIONS => return,
            gen_ai::OUTPUT_MESSAGES => {
                self.has_output = true;
                if self.first_candidate.is_none() && texts.is_candidate(key, text) {
                    self.first_candidate = Some(place);
                }
                return;
            }
            otel_genai::ROLE => self.role = Role::from_name(text).unwrap_or_default(),
            gen_ai::OPERATION_NAME => self.is_generating = !matches!(text, "embeddings" | "rerank"),
            gen_ai::TOOL_NAME => self.has_handoff |= is_handoff(text),
            guardrail::FINDINGS => self.has_findings = true,
            _ if is_suppression(key) => self.suppressed = self.suppressed | suppressed_by(value),
            _ => {}
        }
        self.has_finish_reason |= is_finish_reason(key) && may_stop(text);
        if explicit::may_be_kind(key, text)
            && let Some(rule) = explicit::is_kind(key, value)
        {
            self.kind = self.kind.or(Some((rule, key)));
        }
        // A short text is searched sooner than its name is looked up.
        if self.first_candidate.is_none()
            && !(text.len() > 100 && is_asked(key))
            && texts.is_candidate(key, text)
        {
            self.first_candidate = Some(place);
        }
    }
}

fn is_suppression(key: &str) -> bool {
    key.ends_with("suppress_missing")
        && matches!(key, guardrail::SUPPRESS_MISSING | "traccia.guardrail.suppress_missing")
}
