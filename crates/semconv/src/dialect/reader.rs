//! Reads any span.

use otel_genai_pipeline::Span;

use super::config::Config;
use super::fact::Fact;
use super::index::{Found, Index};
use super::reading::Reading;
use super::{identity, roles, tokens, write};
use crate::usage::{Hint, Source};
use crate::{Answer, Role, value};

/// Reads spans of any dialect, and writes what it read in the words of the conventions.
///
/// Build it once: it holds the index of the alias table. A span's attributes are walked once, in any order; JSON texts
/// are parsed only in spans of a call whose attributes leave something open, and content is skipped.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::testing::SpanBuilder;
/// use otel_genai_semconv::Role;
/// use otel_genai_semconv::dialect::{Config, Reader};
///
/// let reader = Reader::new(Config::default());
/// let mut span = SpanBuilder::new("messages.create")
///     .scope("openinference.instrumentation.anthropic")
///     .attribute("openinference.span.kind", "LLM")
///     .attribute("llm.model_name", "claude-sonnet-4-5")
///     .attribute("llm.token_count.prompt", 2007)
///     .attribute("llm.token_count.prompt_details.cache_read", 1920)
///     .attribute("llm.token_count.completion", 59)
///     .build();
///
/// let reading = reader.read(&span);
/// assert_eq!(reading.role, Role::LlmCall);
/// assert_eq!(reading.usage.input, Some(2007));
///
/// reader.normalise(&mut span);
/// assert_eq!(span.get_str("gen_ai.provider.name"), Some("anthropic"));
/// assert_eq!(span.get("gen_ai.usage.input_tokens"), Some(&2007.into()));
/// assert_eq!(reader.read(&span), reading); // enriching twice is enriching once
/// ```
#[derive(Debug)]
pub struct Reader {
    config: Config,
    index: Index,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new(Config::default())
    }
}

impl Reader {
    /// Builds a reader.
    pub fn new(config: Config) -> Self {
        let index = Index::new(&config.aliases);
        Self { config, index }
    }

    /// Reads a span.
    pub fn read(&self, span: &Span) -> Reading {
        self.read_found(span, &self.index.walk(span))
    }

    /// Reads a span and writes what it says into it, in the words of the conventions.
    ///
    /// Sets what was read, copies what other dialects say about the request, tools and agents, and turns their messages
    /// into the convention's JSON. What is unknown is left absent. Token counts are written to model calls only: the sums
    /// on a roll-up stay as the library wrote them. Cache writes get the name of the profile; other originals stay unless
    /// [`Config::drop_originals`] says otherwise. Doing it twice is doing it once.
    pub fn normalise(&self, span: &mut Span) -> Reading {
        let found = self.index.walk(span);
        let reading = self.read_found(span, &found);
        let changes = write::changes(&self.index, &self.config, &reading, span, &found);
        changes.apply(span);
        reading
    }

    /// Writes the usage of a reading into a span, for who knows better than the span did.
    ///
    /// That is the part of [`normalise`](Self::normalise) about token counts, their source, and what is billed beside
    /// them; counts that the reading does not know are removed.
    pub fn write_usage(&self, reading: &Reading, span: &mut Span) {
        let mut changes = write::Changes::default();
        write::usage(&self.config, reading, &self.index.walk(span), &mut changes);
        changes.apply(span);
    }

    fn read_found(&self, span: &Span, found: &Found<'_>) -> Reading {
        let (role, operation) = roles::classify(span, found);
        if found.is_empty() && role != Role::LlmCall {
            return Reading { role, operation, ..Reading::default() };
        }
        let text = |fact: Fact| found.text(fact).map(std::borrow::Cow::into_owned);
        let mut reading = Reading {
            role,
            operation,
            request_model: text(Fact::RequestModel),
            response_model: text(Fact::ResponseModel),
            response_id: text(Fact::ResponseId),
            finish_reasons: identity::finish_reasons(span, found),
            calls_covered: found.slot(Fact::CallsCovered).and_then(|slot| value::count(slot.value())),
            time_to_first_chunk: identity::time_to_first_chunk(span, found),
            ..Reading::default()
        };
        reading.provider = identity::provider(span, found, role, reading.model());
        let is_call = role == Role::LlmCall;
        // A span that was normalised before has in its attributes whatever its JSON could tell.
        let told = if is_call && found.slot(Fact::Source).is_none() && leaves_open(&reading, found) {
            let hint = Hint { provider: reading.provider.as_deref(), model: reading.model() };
            tokens::told(span, found, hint, &self.config)
        } else {
            Vec::new()
        };
        for told in &told {
            take_identity(&mut reading, &told.answer, told.is_whole);
        }
        let hint = Hint { provider: reading.provider.as_deref(), model: reading.model() };
        let call = tokens::Call { span, hint, operation: reading.operation.as_ref() };
        let usage = tokens::read(call, found, &told, &self.config);
        reading.usage = usage.tokens;
        reading.billing = usage.billing;
        reading.passes = usage.passes;
        reading.conservation = usage.conservation;
        reading.source = match usage.source {
            // The counts are those of the last call.
            Some(Source::Reported) if reading.calls_covered.is_some_and(|calls| calls > 1) => {
                Some(Source::Partial)
            }
            source => source,
        };
        reading.method = usage.method;
        reading
    }
}

/// Tells whether a call's attributes leave anything open that its JSON might tell.
fn leaves_open(reading: &Reading, found: &Found<'_>) -> bool {
    let counts = &found.counts;
    let known = [counts.input, counts.output, counts.cache_read, counts.reasoning];
    let lifetimes = counts.cache_write_5m.or(counts.cache_write_1h).or(counts.cache_write_30m);
    known.iter().any(Option::is_none)
        || (counts.cache_write != Some(0) && lifetimes.is_none())
        || reading.response_id.is_none()
        || reading.finish_reasons.is_empty()
}

/// Takes over what a provider's answer says about itself and no attribute does.
fn take_identity(reading: &mut Reading, answer: &Answer, is_whole: bool) {
    reading.calls_covered = reading.calls_covered.or(answer.calls.filter(|calls| *calls > 1));
    if !is_whole {
        return;
    }
    reading.response_id = reading.response_id.take().or_else(|| answer.id.clone());
    reading.response_model = reading.response_model.take().or_else(|| answer.model.clone());
    if reading.finish_reasons.is_empty() {
        reading.finish_reasons.clone_from(&answer.finish_reasons);
    }
}
