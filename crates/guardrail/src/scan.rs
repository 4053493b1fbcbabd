//! Reads one span: a fast walk that finds nothing in most, and a slow one where it found something.

use std::borrow::Cow;

use crate::json::Json;
use opentelemetry::{Array, KeyValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::{gen_ai, guardrail, otel_genai};
use otel_genai_semconv::{GuardrailStatus, Role};

use crate::coverage::{Abilities, Capability, Categories, suppressed_by};
use crate::finding::Finding;
use crate::heuristic::Guesses;
use crate::literals::Literals;
use crate::rules::Rule;
use crate::rules::native::{BEDROCK_APPLIED, LLAMA_GUARD};
use crate::shapes::finish_rule;
use crate::sink::{Hit, Place, Sink};
use crate::walk::{Setting, Walk};
use crate::{errors, explicit};

/// Texts shorter than this hold no signal, by themselves: the shortest is `{"refusal":"no"}`. Bytes.
const SHORTEST: usize = 16;

/// Sentences shorter than this are no refusal (`I can't help with that`). Bytes.
const SHORTEST_SENTENCE: usize = 20;

/// Reads spans.
#[derive(Debug)]
pub(crate) struct Scanner {
    literals: Literals,
    /// `None` when guesses are switched off.
    guesses: Option<Guesses>,
}

/// What a span shows.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) findings: Vec<Finding>,
    /// The findings are in the span already.
    pub(crate) is_known: bool,
    pub(crate) abilities: Abilities,
    pub(crate) suppressed: Categories,
}

/// What the fast walk saw.
#[derive(Clone, Copy, Debug, Default)]
struct Outline<'a> {
    role: Role,
    kind: Option<(&'static Rule, &'a str)>,
    has_guardrail_attributes: bool,
    has_finish_reason: bool,
    /// The position of the first attribute that is worth reading.
    first_candidate: Option<usize>,
    is_llama_guard: bool,
    has_input: bool,
    has_output: bool,
    has_tools: bool,
    has_handoff: bool,
    is_generating: bool,
    suppressed: Categories,
    /// Something stands under the name of our findings.
    has_findings: bool,
}

impl Outline<'_> {
    /// What the span shows of what the run can do.
    fn abilities(self, span: &Span) -> Abilities {
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

impl Scanner {
    pub(crate) fn new(heuristics: bool) -> Self {
        Self { literals: Literals::all(), guesses: heuristics.then(Guesses::new) }
    }

    /// Reads a span by itself. What an earlier detector found in it is taken over; what other tools write under the same
    /// name is not ours and is not read.
    pub(crate) fn scan(&self, span: &Span) -> Seen {
        let outline = self.outline(span);
        // The last of repeated keys counts; an empty list is nobody's of ours.
        let written = outline.has_findings.then(|| span.get_str(guardrail::FINDINGS)).flatten();
        let known = written.and_then(Finding::read_all).filter(|findings| !findings.is_empty());
        Seen {
            is_known: known.is_some(),
            findings: known.unwrap_or_else(|| self.findings(span, outline)),
            abilities: outline.abilities(span),
            suppressed: outline.suppressed,
        }
    }

    fn findings(&self, span: &Span, outline: Outline<'_>) -> Vec<Finding> {
        let has_events = !span.events().is_empty();
        let is_plain = outline.kind.is_none()
            && !outline.has_guardrail_attributes
            && !outline.has_finish_reason
            && outline.first_candidate.is_none()
            && !outline.is_llama_guard
            && !span.is_error()
            && !has_events
            && !explicit::has_name(span);
        if is_plain {
            return Vec::new();
        }
        let mut sink = Sink::new(span);
        if outline.kind.is_some() || outline.has_guardrail_attributes {
            explicit::read(span, outline.kind, &mut sink);
        }
        explicit::read_name(span, &mut sink);
        explicit::read_events(span, &mut sink);
        if outline.has_finish_reason {
            read_finish_reasons(span.attributes(), None, &mut sink);
        }
        for (index, event) in span.events().iter().enumerate() {
            read_finish_reasons(&event.attributes, Some(index), &mut sink);
        }
        if outline.first_candidate.is_some() || has_events || span.is_error() {
            let is_small = !has_events && !span.is_error();
            let first = if is_small { outline.first_candidate } else { None };
            self.read_texts(span, outline.role, first, &mut sink);
        }
        if span.is_error() || has_events {
            errors::read(span, &mut sink);
        }
        if outline.has_guardrail_attributes {
            bedrock_applied(span, &mut sink);
        }
        if outline.is_llama_guard {
            llama_guard(span, &mut sink);
        }
        if let Some(guesses) = &self.guesses
            && outline.role == Role::Tool
            && (span.is_error() || has_events)
        {
            guesses.denial(span, &mut sink);
        }
        sink.finish()
    }

    fn outline<'a>(&self, span: &'a Span) -> Outline<'a> {
        let mut outline = Outline { is_generating: true, ..Outline::default() };
        for (place, KeyValue { key, value, .. }) in span.attributes().iter().enumerate() {
            let key = key.as_str();
            match value {
                Value::String(text) => self.outline_text(place, key, text.as_str(), value, &mut outline),
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

    fn outline_text<'a>(
        &self,
        place: usize,
        key: &'a str,
        text: &'a str,
        value: &Value,
        outline: &mut Outline<'a>,
    ) {
        // What every call has comes first and needs no other look. What was asked is no signal, and is long.
        match key {
            gen_ai::INPUT_MESSAGES => return outline.has_input = true,
            gen_ai::TOOL_DEFINITIONS => return outline.has_tools = true,
            gen_ai::REQUEST_MODEL | gen_ai::RESPONSE_MODEL => {
                return outline.is_llama_guard |= is_llama_guard(text);
            }
            gen_ai::PROVIDER_NAME | gen_ai::RESPONSE_ID | gen_ai::SYSTEM_INSTRUCTIONS => return,
            gen_ai::OUTPUT_MESSAGES => {
                outline.has_output = true;
                if outline.first_candidate.is_none() && self.is_candidate(key, text) {
                    outline.first_candidate = Some(place);
                }
                return;
            }
            otel_genai::ROLE => outline.role = Role::from_name(text).unwrap_or_default(),
            gen_ai::OPERATION_NAME => outline.is_generating = !matches!(text, "embeddings" | "rerank"),
            gen_ai::TOOL_NAME => outline.has_handoff |= is_handoff(text),
            guardrail::FINDINGS => outline.has_findings = true,
            _ if is_suppression(key) => outline.suppressed = outline.suppressed | suppressed_by(value),
            _ => {}
        }
        outline.has_finish_reason |= is_finish_reason(key) && may_stop(text);
        if explicit::may_be_kind(key, text)
            && let Some(rule) = explicit::is_kind(key, value)
        {
            outline.kind = outline.kind.or(Some((rule, key)));
        }
        // A short text is searched sooner than its name is looked up.
        if outline.first_candidate.is_none()
            && !(text.len() > 100 && is_asked(key))
            && self.is_candidate(key, text)
        {
            outline.first_candidate = Some(place);
        }
    }

    /// Tells whether a text is worth reading: JSON with a literal in it, or a sentence that may be a refusal.
    fn is_candidate(&self, key: &str, text: &str) -> bool {
        // The length first: most texts are short, and to look at one is to wait for the memory.
        let has_literal = text.len() >= SHORTEST
            && match text.as_bytes() {
                [b'{' | b'[' | b'"' | b' ' | b'\n', ..] => self.literals.are_in_json(text),
                // Ids, names and addresses have no space; a search in so short a text costs as much as in a long one.
                bytes => {
                    self.guesses.is_some()
                        && bytes.len() >= SHORTEST_SENTENCE
                        && bytes[..SHORTEST_SENTENCE].contains(&b' ')
                        && self.literals.open(text)
                }
            };
        has_literal || is_key_of_signal(key)
    }

    /// Reads attributes and events; of the attributes those from the first that is known to be worth it, if it is known.
    fn read_texts(&self, span: &Span, role: Role, first: Option<usize>, sink: &mut Sink) {
        for (place, attribute) in span.attributes().iter().enumerate().skip(first.unwrap_or(0)) {
            // The errors of a span may say anything, and are few.
            let is_candidate = span.is_error() || Some(place) == first;
            self.read_text(attribute, None, (role, is_candidate), sink);
        }
        for (index, event) in span.events().iter().enumerate() {
            if is_asked_event(&event.name) || &*event.name == "exception" {
                continue;
            }
            for attribute in &event.attributes {
                self.read_text(attribute, Some(index), (role, span.is_error()), sink);
            }
        }
    }

    fn read_text(
        &self,
        attribute: &KeyValue,
        event: Option<usize>,
        (role, is_candidate): (Role, bool),
        sink: &mut Sink,
    ) {
        let key = attribute.key.as_str();
        if let Value::Array(Array::String(items)) = &attribute.value {
            if key.ends_with("applied_guardrails") {
                let names = Json::List(items.iter().map(|item| Json::from(item.as_str())).collect());
                Walk::new(Setting { is_tool: false, guesses: None }, sink, key, event).read(&names);
            }
            return;
        }
        let Value::String(text) = &attribute.value else { return };
        let text = text.as_str();
        if is_asked(key) || !(is_candidate || self.is_candidate(key, text)) || is_ours_or_asked(key) {
            return;
        }
        let is_answer = is_answer(key, role);
        let guesses =
            self.guesses.as_ref().filter(|_| is_answer && role != Role::Tool && role != Role::Retrieval);
        let setting = Setting { is_tool: matches!(role, Role::Tool | Role::Retrieval), guesses };
        let unwrapped = unwrapped(text);
        match unwrapped.as_deref().and_then(Json::parse) {
            Some(json) => Walk::new(setting, sink, key, event).read(&json),
            None => {
                let name = key.rsplit('.').next().unwrap_or(key);
                // OpenLLMetry writes the refusal of a message as an attribute of its own.
                if name == "refusal" && role != Role::Tool {
                    Walk::new(setting, sink, key, event).read(&Json::from(text));
                } else if guesses.is_some_and(|guesses| guesses.is_refusal(text)) {
                    let place = Place { attribute: key, event, pointer: String::new() };
                    sink.add(Hit::new(&crate::rules::heuristic::REFUSAL_PHRASE, place));
                }
            }
        }
    }
}

/// Returns the text of an object or a list of JSON, also of one that was written as text twice.
fn unwrapped(text: &str) -> Option<Cow<'_, str>> {
    let is_json = |text: &str| text.trim_start().starts_with(['{', '[']);
    if is_json(text) {
        return Some(text.into());
    }
    let quoted = text.trim_start().starts_with('"');
    let inner: String = quoted.then(|| serde_json::from_str(text).ok()).flatten()?;
    is_json(&inner).then(|| inner.into())
}

fn is_finish_reason(key: &str) -> bool {
    matches!(key.as_bytes(), [.., b'o', b'n'] | [.., b'n', b's']) && {
        let name = key.rsplit('.').next().unwrap_or(key);
        matches!(
            name,
            "finish_reason"
                | "finish_reasons"
                | "finishReason"
                | "stop_reason"
                | "stopReason"
                | "stop_reasons"
                | "done_reason"
        )
    }
}

/// Tells whether a finish reason is none of those that almost all calls have.
fn may_stop(reason: &str) -> bool {
    !matches!(
        reason,
        "stop"
            | "STOP"
            | "end_turn"
            | "tool_calls"
            | "tool_use"
            | "length"
            | "max_tokens"
            | "MAX_TOKENS"
            | "completed"
    )
}

fn read_finish_reasons(attributes: &[KeyValue], event: Option<usize>, sink: &mut Sink) {
    for attribute in attributes {
        let key = attribute.key.as_str();
        if !is_finish_reason(key) {
            continue;
        }
        let mut add = |reason: &str, pointer: String| {
            if let Some((rule, word)) = finish_rule(reason) {
                let place = Place { attribute: key, event, pointer };
                sink.add(Hit::new(rule, place).native("finish_reason", &(*word).into()));
            }
        };
        match &attribute.value {
            Value::Array(Array::String(items)) => {
                for (index, item) in items.iter().enumerate() {
                    add(item.as_str(), format!("/{index}"));
                }
            }
            Value::String(text) => match unwrapped(text.as_str()).as_deref().and_then(Json::parse) {
                Some(Json::List(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        add(item.as_str().unwrap_or_default(), format!("/{index}"));
                    }
                }
                _ => add(text.as_str(), String::new()),
            },
            _ => {}
        }
    }
}

/// Attributes whose own name is the signal, whatever their value looks like.
fn is_key_of_signal(key: &str) -> bool {
    match key.as_bytes() {
        [.., b'a', b'l'] => key.ends_with("refusal"),
        [.., b't', b's'] => key.ends_with("_filter_results"),
        [.., b'o', b'n'] => key.ends_with("ardrail_information"),
        [.., b'l', b's'] => key.ends_with("pplied_guardrails"),
        [.., b'g', b's'] => key.ends_with("afety_ratings"),
        [.., b'o', b'r'] => key == "error",
        [.., b'e', b'r'] => key.starts_with("gen_ai.bedrock.guardrail"),
        _ => false,
    }
}

fn is_suppression(key: &str) -> bool {
    key.ends_with("suppress_missing")
        && matches!(key, guardrail::SUPPRESS_MISSING | "traccia.guardrail.suppress_missing")
}

/// Attributes that hold what was asked, which every call has and which are long: not even looked at.
fn is_asked(key: &str) -> bool {
    matches!(
        key,
        gen_ai::INPUT_MESSAGES
            | gen_ai::SYSTEM_INSTRUCTIONS
            | gen_ai::TOOL_DEFINITIONS
            | gen_ai::TOOL_CALL_ARGUMENTS
            | "input.value"
            | "traceloop.entity.input"
            | "langfuse.observation.input"
            | "mlflow.spanInputs"
            | "request_data"
            | "ai.prompt"
            | "ai.prompt.messages"
    ) || key.starts_with("llm.input_messages.")
        || key.starts_with("llm.tools.")
}

/// The same, and what else holds questions, definitions or a history, by parts of the name; asked where a literal was
/// met, so it may take its time.
fn is_ours_or_asked(key: &str) -> bool {
    const ANSWERS: [&str; 9] =
        ["output", "response", "completion", "result", "filter", "guardrail", "choice", "error", "refusal"];
    const QUESTIONS: [&str; 14] = [
        "input",
        "prompt",
        "request",
        "instructions",
        "definitions",
        "all_messages",
        "arguments",
        "parameters",
        "tools",
        "system",
        "schema",
        "llm.openai.messages",
        "llm.anthropic.messages",
        "events",
    ];
    let lower = key.to_ascii_lowercase();
    if lower.starts_with("guardrail.finding") || lower.starts_with("guardrail.summary") || is_asked(key) {
        return true;
    }
    // Logfire and pydantic-ai keep the events of one call as `events`; the answer is the last.
    let is_answer = key == "events" || ANSWERS.iter().any(|part| lower.contains(part));
    !is_answer && QUESTIONS.iter().any(|part| lower.contains(part))
}

/// Tells whether an attribute holds what a model wrote, for guesses.
fn is_answer(key: &str, role: Role) -> bool {
    let lower = key.to_ascii_lowercase();
    let is_output = ["output", "completion", "response", "choice", "message", "text"]
        .iter()
        .any(|part| lower.contains(part));
    let speaks = matches!(role, Role::LlmCall | Role::Agent | Role::RollUp | Role::Other);
    is_output
        && speaks
        && !lower.contains("error")
        && !lower.contains("exception")
        && !lower.contains("status")
}

/// Events that hold what was asked, or what was said before.
fn is_asked_event(name: &str) -> bool {
    matches!(
        name,
        "gen_ai.user.message"
            | "gen_ai.system.message"
            | "gen_ai.tool.message"
            | "gen_ai.assistant.message"
            | "gen_ai.content.prompt"
    )
}

fn is_llama_guard(model: &str) -> bool {
    // Asked for every call, and almost never so.
    let has_letter = model.bytes().any(|letter| letter | 0x20 == b'u');
    has_letter && model.len() >= 10 && {
        let lower = model.to_ascii_lowercase();
        lower.contains("llama-guard") || lower.contains("llamaguard") || lower.contains("llama_guard")
    }
}

/// Llama Guard answers with a verdict on the first line and the hazards on the second.
fn llama_guard(span: &Span, sink: &mut Sink) {
    let Some(messages) = span.get_str(gen_ai::OUTPUT_MESSAGES) else { return };
    let messages = otel_genai_semconv::messages::parse(messages);
    for (index, message) in messages.iter().enumerate() {
        let Some(otel_genai_semconv::messages::Part::Text { content }) = message.parts.first() else {
            continue;
        };
        let mut lines = content.lines().map(str::trim).filter(|line| !line.is_empty());
        let status = match lines.next() {
            Some("unsafe") => GuardrailStatus::Triggered,
            Some("safe") => GuardrailStatus::NotTriggered,
            _ => continue,
        };
        let place = Place {
            attribute: gen_ai::OUTPUT_MESSAGES,
            event: None,
            pointer: format!("/{index}/parts/0/content"),
        };
        let mut hit = Hit::new(&LLAMA_GUARD, place).status(Some(status));
        let hazards = lines.next().unwrap_or_default().split(',').map(str::trim);
        for hazard in hazards.filter(|hazard| is_hazard(hazard)) {
            hit = hit.native(hazard, &true.into());
        }
        sink.add(hit);
    }
}

fn is_hazard(word: &str) -> bool {
    word.strip_prefix('S')
        .and_then(|number| number.parse::<u8>().ok())
        .is_some_and(|number| (1..=14).contains(&number))
}

/// A guardrail of Bedrock that the call asked for: what it did is in the finish reason.
fn bedrock_applied(span: &Span, sink: &mut Sink) {
    let Some(key) = BEDROCK_APPLIED.words.iter().find(|key| span.get(key).is_some()) else { return };
    let has_fired = sink.findings().iter().any(|finding| {
        finding.has_fired() && matches!(&*finding.name, "content_filter" | "bedrock_guardrail")
    });
    let status = if has_fired {
        Some(GuardrailStatus::Triggered)
    } else if span.attributes().iter().any(|attribute| is_finish_reason(attribute.key.as_str())) {
        Some(GuardrailStatus::NotTriggered)
    } else {
        None
    };
    sink.add(Hit::new(&BEDROCK_APPLIED, Place::attribute(key)).status(status).policy_id(span.get_str(key)));
}
