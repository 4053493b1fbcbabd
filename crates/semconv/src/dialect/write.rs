//! Puts a reading into its span, in the words of the conventions.

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use otel_genai_pipeline::Span;

use super::config::{Config, Profile};
use super::content;
use super::fact::{Fact, Form};
use super::identity::plain_text;
use super::index::{Found, Index, Target};
use super::reading::Reading;
use crate::names::{gen_ai, otel_genai};
use crate::usage::Conservation;
use crate::{Role, TokenField, value};

/// Names that other conventions own too; they stay even where originals are dropped.
const SHARED: [&str; 3] = ["session.id", "http.url", "openai.response.service_tier"];

/// What is to change in a span.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Keys with the values that they get; a value is taken out when it is written.
    set: Vec<(Key, Option<Value>)>,
    remove: Vec<String>,
}

impl Changes {
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        match self.set.iter_mut().find(|(set, _)| set.as_str() == key) {
            Some((_, earlier)) => *earlier = Some(value.into()),
            None => self.set.push((Key::from_static_str(key), Some(value.into()))),
        }
    }

    /// Sets a text unless the span has it already, which is the common case and must not cost an allocation.
    fn set_text(&mut self, fact: Fact, key: &'static str, text: &str, found: &Found<'_>) {
        if !has_text(fact, text, found) {
            self.set(key, text.to_owned());
        }
    }

    /// Sets one of our own words unless the span has it already.
    fn set_word(&mut self, fact: Fact, key: &'static str, word: &'static str, found: &Found<'_>) {
        if !has_text(fact, word, found) {
            self.set(key, word);
        }
    }

    pub(super) fn remove(&mut self, key: impl Into<String>) {
        self.remove.push(key.into());
    }

    pub(super) fn sets(&self, key: &str) -> bool {
        self.set.iter().any(|(set, _)| set.as_str() == key)
    }

    /// Makes the changes in one walk: a dialect's span may have thirty attributes and get twenty.
    pub(super) fn apply(self, span: &mut Span) {
        let Self { mut set, remove } = self;
        let attributes = span.attributes_mut();
        attributes.retain_mut(|attribute| match set.iter_mut().find(|(key, _)| *key == attribute.key) {
            Some((_, value)) => match value.take() {
                Some(value) => {
                    attribute.value = value;
                    true
                }
                // A repeated key: its first place has the new value.
                None => false,
            },
            None => !remove.iter().any(|key| key == attribute.key.as_str()),
        });
        // Doubling a list of twenty attributes for two more costs more than the rest of the writing.
        attributes.reserve_exact(set.iter().filter(|(_, value)| value.is_some()).count());
        let added = set.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key, value?)));
        attributes.extend(added);
    }
}

/// Tells whether a span has a text under the convention's name.
fn has_text(fact: Fact, text: &str, found: &Found<'_>) -> bool {
    let known = found.slot(fact).filter(|slot| slot.is_canonical());
    known.is_some_and(|slot| matches!(slot.value(), Value::String(known) if known.as_str() == text))
}

/// Collects what is to change so that the span says in the conventions' words what the reading says.
pub(super) fn changes(
    index: &Index,
    config: &Config,
    reading: &Reading,
    span: &Span,
    found: &Found<'_>,
) -> Changes {
    let mut changes = Changes::default();
    if reading.role == Role::Other && found.is_empty() {
        return changes;
    }
    identity(reading, found, &mut changes);
    if reading.is_llm_call() {
        usage(config, reading, found, &mut changes);
    }
    copies(reading, found, &mut changes);
    content::write(reading, span, found, &mut changes);
    if config.drop_originals {
        drop_originals(index, reading, span, &mut changes);
    }
    changes
}

fn identity(reading: &Reading, found: &Found<'_>, changes: &mut Changes) {
    if reading.role != Role::Other {
        changes.set_word(Fact::Role, otel_genai::ROLE, reading.role.as_str(), found);
    }
    match &reading.operation {
        Some(operation) => {
            changes.set_text(Fact::Operation, gen_ai::OPERATION_NAME, operation.as_str(), found);
        }
        // A library's word that means something else to everybody (LangSmith calls a prompt template `chat`).
        None if found.slot(Fact::Operation).is_some_and(super::index::Slot::is_canonical) => {
            changes.remove(gen_ai::OPERATION_NAME);
        }
        None => {}
    }
    let texts = [
        (Fact::Provider, gen_ai::PROVIDER_NAME, reading.provider.as_deref()),
        (Fact::RequestModel, gen_ai::REQUEST_MODEL, reading.request_model.as_deref()),
        (Fact::ResponseModel, gen_ai::RESPONSE_MODEL, reading.response_model.as_deref()),
        (Fact::ResponseId, gen_ai::RESPONSE_ID, reading.response_id.as_deref()),
    ];
    for (fact, key, text) in texts {
        if let Some(text) = text {
            changes.set_text(fact, key, text, found);
        }
    }
    if !reading.finish_reasons.is_empty() && !has_reasons(found, &reading.finish_reasons) {
        let reasons = reading.finish_reasons.iter().map(|reason| StringValue::from(reason.clone())).collect();
        changes.set(gen_ai::RESPONSE_FINISH_REASONS, Value::Array(Array::String(reasons)));
    }
    if let Some(seconds) = reading.time_to_first_chunk {
        changes.set(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, seconds);
    }
    if let Some(calls) = reading.calls_covered {
        changes.set(otel_genai::CALLS_COVERED, integer(calls));
    }
}

/// Tells whether a span has these finish reasons in the form that the conventions want.
fn has_reasons(found: &Found<'_>, reasons: &[String]) -> bool {
    let Some(slot) = found.slot(Fact::FinishReasons).filter(|slot| slot.is_canonical()) else { return false };
    match slot.value() {
        Value::Array(Array::String(known)) => {
            known.iter().map(StringValue::as_str).eq(reasons.iter().map(String::as_str))
        }
        _ => false,
    }
}

/// Writes token counts, where they come from, and what is billed beside them.
pub(super) fn usage(config: &Config, reading: &Reading, found: &Found<'_>, changes: &mut Changes) {
    let Some(source) = reading.source else { return };
    let counts = reading.usage.counts().into_iter().zip(found.canonical.counts());
    for (field, (count, known)) in TokenField::ALL.into_iter().zip(counts) {
        let name = || name(field, config.profile);
        match count {
            Some(_) if count == known && found.is_exact(field) && has_name(found, name()) => {}
            Some(count) => changes.set(name(), integer(count)),
            // A detail of zero says nothing new, and may stay.
            None if known.is_some_and(|count| count > 0) => changes.remove(name()),
            None => {}
        }
    }
    // Only one of the two names: backends that sum every count they find would count it twice.
    match config.profile {
        Profile::Compat if found.has_cache_write => changes.remove(gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS),
        Profile::Latest if found.has_cache_creation => {
            changes.remove(gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS);
        }
        _ => {}
    }
    for key in &found.nonsense {
        if !changes.sets(key) {
            changes.remove(*key);
        }
    }
    changes.set_word(Fact::Source, otel_genai::USAGE_SOURCE, source.as_str(), found);
    match &reading.method {
        Some(method) => changes.set(otel_genai::USAGE_METHOD, method.clone()),
        None if found.slot(Fact::Method).is_some() => changes.remove(otel_genai::USAGE_METHOD),
        None => {}
    }
    if reading.conservation != Conservation::Consistent {
        changes.set(otel_genai::USAGE_CONSERVATION, reading.conservation.to_string());
    } else if found.slot(Fact::Conservation).is_some() {
        changes.remove(otel_genai::USAGE_CONSERVATION);
    }
    billing(reading, changes);
}

fn billing(reading: &Reading, changes: &mut Changes) {
    let billing = &reading.billing;
    let texts = [
        (otel_genai::USAGE_SERVICE_TIER, &billing.service_tier),
        (otel_genai::USAGE_GEO, &billing.geo),
        (otel_genai::USAGE_SPEED, &billing.speed),
        (otel_genai::USAGE_SEARCH_CONTEXT_SIZE, &billing.search_context_size),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            changes.set(key, text.clone());
        }
    }
    let counts = [
        (otel_genai::USAGE_WEB_SEARCHES, billing.web_searches),
        (otel_genai::USAGE_BILLED_INPUT_TOKENS, billing.billed_input),
        (otel_genai::USAGE_BILLED_OUTPUT_TOKENS, billing.billed_output),
    ];
    for (key, count) in counts {
        if let Some(count) = count {
            changes.set(key, integer(count));
        }
    }
    let numbers = [
        (otel_genai::USAGE_AUDIO_SECONDS, billing.audio_seconds),
        (otel_genai::USAGE_REPORTED_COST, billing.reported_cost),
    ];
    for (key, number) in numbers {
        if let Some(number) = number {
            changes.set(key, number);
        }
    }
}

/// The attribute of a count in a profile.
fn name(field: TokenField, profile: Profile) -> &'static str {
    match (field, profile) {
        (TokenField::CacheWrite, Profile::Compat) => gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS,
        _ => field.name(),
    }
}

/// Tells whether a count that the span has under one of its names stands under this one.
fn has_name(found: &Found<'_>, name: &str) -> bool {
    match name {
        gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS => found.has_cache_creation && !found.has_cache_write,
        gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS => found.has_cache_write && !found.has_cache_creation,
        _ => true,
    }
}

/// Attributes hold signed integers; a count beyond them is no count of tokens.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Copies what is only renamed.
fn copies(reading: &Reading, found: &Found<'_>, changes: &mut Changes) {
    for (fact, name, form) in Fact::COPIED {
        let Some(slot) = found.slot(fact) else { continue };
        if slot.is_canonical() || !belongs(fact, slot.key(), reading.role) {
            continue;
        }
        if let Some(value) = in_form(slot.value(), form) {
            changes.set(name, value);
        }
    }
}

/// Tells whether a fact belongs on a span of this role.
fn belongs(fact: Fact, key: &str, role: Role) -> bool {
    match fact {
        Fact::ToolName
        | Fact::ToolCallId
        | Fact::ToolArguments
        | Fact::ToolResult
        | Fact::ToolDescription => role == Role::Tool,
        // Traccia writes the vendor's name as the agent's on calls.
        Fact::AgentName | Fact::AgentId => role == Role::Agent || !key.starts_with("agent."),
        Fact::WorkflowName => role == Role::RollUp,
        _ => true,
    }
}

fn in_form(value: &Value, form: Form) -> Option<Value> {
    match form {
        Form::Text => plain_text(value).map(Value::from),
        Form::Json => match value {
            Value::String(_) => Some(value.clone()),
            other => Some(value::json(other).to_string().into()),
        },
        Form::Integer => value::count(value).map(|count| integer(count).into()),
        Form::Double => value::number(value).map(Value::from),
        Form::Boolean => value::boolean(value).map(Value::from),
        Form::Texts => {
            let texts = value::texts(value);
            let texts: Vec<StringValue> = texts.into_iter().map(|text| text.into_owned().into()).collect();
            (!texts.is_empty()).then_some(Value::Array(Array::String(texts)))
        }
    }
}

/// Removes attributes whose whole content now stands under a convention's name.
fn drop_originals(index: &Index, reading: &Reading, span: &Span, changes: &mut Changes) {
    let mut remove: Vec<String> = Vec::new();
    for attribute in span.attributes() {
        let key = attribute.key.as_str();
        if SHARED.contains(&key) || changes.sets(key) {
            continue;
        }
        let mut targets = index.targets(key, span).peekable();
        let is_alias = targets.peek().is_some();
        let is_moved = |target| is_moved(target, key, reading, span, changes);
        if (is_alias && targets.all(is_moved)) || content::is_moved_number(key, span, changes) {
            remove.push(key.to_owned());
        }
    }
    changes.remove.extend(remove);
}

fn is_moved(target: Target, key: &str, reading: &Reading, span: &Span, changes: &Changes) -> bool {
    let has = |name: &str| name != key && (changes.sets(name) || span.get(name).is_some());
    match target {
        Target::Tokens(field) => {
            let is_own = key == field.name() || key == gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS;
            !is_own && reading.is_llm_call() && reading.source.is_some()
        }
        Target::Fact(fact) => match fact {
            Fact::Uncached
            | Fact::VisibleOutput
            | Fact::ReasoningBesideOutput
            | Fact::EmbeddingTokens
            | Fact::InputSource
            | Fact::OutputSource
            | Fact::CountsSource
            | Fact::UsageJson => reading.is_llm_call() && reading.source.is_some(),
            Fact::Kind => has(otel_genai::ROLE),
            Fact::ProviderSystem => has(gen_ai::PROVIDER_NAME),
            Fact::MillisToFirstChunk | Fact::FirstChunkAt => has(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK),
            Fact::AnswerJson | Fact::OutputText | Fact::OutputToolCalls | Fact::OutputReasoning => {
                has(gen_ai::OUTPUT_MESSAGES)
            }
            Fact::AnyInput => has(gen_ai::INPUT_MESSAGES) || has(gen_ai::TOOL_CALL_ARGUMENTS),
            Fact::AnyOutput => has(gen_ai::OUTPUT_MESSAGES) || has(gen_ai::TOOL_CALL_RESULT),
            Fact::AzureVersion | Fact::Address | Fact::Url => false,
            other => Fact::canonical().find(|(_, fact)| *fact == other).is_some_and(|(name, _)| has(name)),
        },
    }
}
