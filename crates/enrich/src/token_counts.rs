//! Counts the tokens of calls of which no library reported them.

use std::borrow::Cow;

use otel_genai_pipeline::Span;
use otel_genai_semconv::GenAiSpan;
use otel_genai_semconv::dialect::Reading;
use otel_genai_semconv::messages::{Message, Part};
use otel_genai_semconv::names::{gen_ai, otel_genai};
use otel_genai_semconv::usage::Source;
use otel_genai_tokens::{self as tokens, Budget, Input, Model, TokenCount, TokenCounter};
use serde_json::Value;

/// What to do while the vocabulary that a model counts by is not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileLoading {
    /// Estimate by bytes, so that the pipeline never waits; the estimate says so.
    EstimateByBytes,
    /// Wait, some tenths of a second once per vocabulary: for programs that read files.
    Wait,
}

/// Counts from the recorded texts what a call used.
#[derive(Debug)]
pub(crate) struct TokenCounts {
    counter: TokenCounter,
    while_loading: WhileLoading,
}

impl TokenCounts {
    pub(crate) fn new(while_loading: WhileLoading) -> Self {
        Self { counter: TokenCounter, while_loading }
    }

    /// Completes a call's usage by what its texts count to, in the reading; returns true if something was counted.
    ///
    /// What somebody reported or estimated before stays. A failed call without any answer is left alone: nobody is known to
    /// have been billed for it.
    pub(crate) fn complete(&self, span: &mut Span, reading: &mut Reading) -> bool {
        let is_missing = reading.usage.input.is_none() || reading.usage.output.is_none();
        if !is_missing || reading.source == Some(Source::Estimated) {
            return false;
        }
        let Some(model) = reading.model().and_then(|name| Model::resolve(reading.provider.as_deref(), name))
        else {
            return false;
        };
        let view = GenAiSpan::new(span);
        let answer = view.output_messages().filter(|messages| !messages.is_empty());
        if answer.is_none() && span.is_error() {
            return false;
        }
        let asked = if reading.usage.input.is_none() { input(&view) } else { None };
        let answered = if reading.usage.output.is_none() { answer } else { None };
        if asked.is_none() && answered.is_none() {
            return false;
        }
        if self.while_loading == WhileLoading::Wait {
            // Without its vocabulary a count goes by bytes, and says so.
            let _ = self.counter.load(model.encoding());
        }
        let mut budget = Budget::per_span();
        let asked = asked.map(|input| {
            let input = Input {
                system: input.system.iter().filter_map(content).collect(),
                messages: input.messages.iter().map(message).collect(),
                tools: input.tools.map(Cow::Owned),
            };
            self.counter.count_input(model, &input, &mut budget)
        });
        let answered = answered.map(|messages| {
            let parts: Vec<_> = messages.iter().flat_map(|message| &message.parts).map(part).collect();
            self.counter.count_output(model, &parts, &mut budget)
        });
        let is_cut = is_cut_off(span, reading);
        write(span, reading, model, [asked, answered], is_cut);
        true
    }
}

/// What a model was given, as the span has it.
struct Given {
    system: Vec<Part>,
    messages: Vec<Message>,
    tools: Option<String>,
}

fn input(view: &GenAiSpan<'_>) -> Option<Given> {
    let messages = view.input_messages().filter(|messages| !messages.is_empty())?;
    let tools = view.span().get_str(gen_ai::TOOL_DEFINITIONS).map(|text| {
        // Compact, as the rules of tools were measured.
        serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |json| json.to_string())
    });
    Some(Given { system: view.system_instructions().unwrap_or_default(), messages, tools })
}

/// Tells whether a stream ended before the model did: with an error, or without a word why.
fn is_cut_off(span: &Span, reading: &Reading) -> bool {
    let streams = || span.get(gen_ai::REQUEST_STREAM) == Some(&opentelemetry::Value::Bool(true));
    span.is_error() || (reading.finish_reasons.is_empty() && streams())
}

fn write(
    span: &mut Span,
    reading: &mut Reading,
    model: Model,
    [asked, answered]: [Option<TokenCount>; 2],
    is_cut: bool,
) {
    let counts = || [asked, answered].into_iter().flatten();
    let method = counts().map(|count| count.method).max();
    let total: u64 = counts().map(|count| count.tokens).sum();
    let off: f64 = counts().map(|count| count.tokens as f64 * count.error_margin).sum();
    reading.usage.input = reading.usage.input.or(asked.map(|count| count.tokens));
    reading.usage.output = reading.usage.output.or(answered.map(|count| count.tokens));
    // What was reported of it makes it more than an estimate; what was received of a stream is less than the call.
    let is_part = reading.source.is_some() || is_cut;
    reading.source = Some(if is_part { Source::Partial } else { Source::Estimated });
    reading.method = method.map(|method| format!("{}/{method}", model.encoding().name()));
    span.set(otel_genai::USAGE_ERROR_MARGIN, if total == 0 { 0.0 } else { off / total as f64 });
    if counts().any(|count| count.is_lower_bound) {
        span.set(otel_genai::USAGE_IS_LOWER_BOUND, true);
    }
}

fn message(message: &Message) -> tokens::Message<'_> {
    tokens::Message {
        role: message.role.as_str().into(),
        name: message.name.as_deref().map(Cow::Borrowed),
        parts: message.parts.iter().map(part).collect(),
    }
}

fn part(part: &Part) -> tokens::Part<'_> {
    match part {
        Part::Text { content } => tokens::Part::Text(content.as_str().into()),
        Part::Reasoning { content } => tokens::Part::Reasoning(content.as_str().into()),
        Part::ToolCall { name, arguments, .. } => {
            tokens::Part::ToolCall { name: name.as_str().into(), arguments: plain(arguments) }
        }
        Part::ToolCallResponse { response, .. } => tokens::Part::ToolResult(plain(response)),
        _ => tokens::Part::Opaque,
    }
}

fn content(part: &Part) -> Option<Cow<'_, str>> {
    match part {
        Part::Text { content } => Some(content.as_str().into()),
        _ => None,
    }
}

fn plain(json: &Value) -> Cow<'_, str> {
    json.as_str().map_or_else(|| json.to_string().into(), Cow::Borrowed)
}
