//! The typed view over one span.

use std::borrow::Cow;

use otel_genai_pipeline::Span;
use serde_json::Value as Json;

use crate::messages::{self, Message, Part};
use crate::names::{gen_ai, llm, otel_genai};
use crate::usage::{TokenField, TokenUsage};
use crate::{Operation, Role, value};

/// A typed, read-only view over the GenAI attributes of a [`Span`].
///
/// Reads the convention's names and their deprecated OpenTelemetry names, as a normalised span carries them; the
/// dialects of other libraries are the business of the `dialect` module. Nothing is parsed until asked for. Numbers
/// may be written as text or as floats, JSON may stand in strings, a repeated key counts by its last occurrence, and a
/// value that makes no sense (a negative count, a text where a number belongs) is absent.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::testing::SpanBuilder;
/// use otel_genai_semconv::{GenAiSpan, Operation};
///
/// let span = SpanBuilder::new("chat gpt-4o")
///     .attribute("gen_ai.operation.name", "chat")
///     .attribute("gen_ai.usage.input_tokens", "10")
///     .attribute("gen_ai.response.finish_reasons", r#"["stop"]"#)
///     .build();
/// let view = GenAiSpan::new(&span);
/// assert_eq!(view.operation(), Some(Operation::Chat));
/// assert_eq!(view.usage().input, Some(10));
/// assert_eq!(view.usage().output, None);
/// assert_eq!(view.finish_reasons(), ["stop"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GenAiSpan<'a> {
    span: &'a Span,
}

impl<'a> GenAiSpan<'a> {
    /// Makes a view over a span.
    pub fn new(span: &'a Span) -> Self {
        Self { span }
    }

    /// Returns the span itself.
    pub fn span(&self) -> &'a Span {
        self.span
    }

    /// Returns what the span did.
    pub fn operation(&self) -> Option<Operation> {
        self.text(&[gen_ai::OPERATION_NAME]).map(Operation::from_name)
    }

    /// Returns what the span stands for, if it was normalised.
    pub fn role(&self) -> Option<Role> {
        self.text(&[otel_genai::ROLE]).and_then(Role::from_name)
    }

    /// Tells whether the span stands for one call of a model: by its role, or by its operation if it was not normalised.
    pub fn is_llm_call(&self) -> bool {
        match self.role() {
            Some(role) => role == Role::LlmCall,
            None => self.operation().is_some_and(|operation| operation.is_model_call()),
        }
    }

    /// Returns the provider, in the convention's spelling where it has one.
    pub fn provider(&self) -> Option<Cow<'a, str>> {
        self.text(&[gen_ai::PROVIDER_NAME, gen_ai::SYSTEM]).map(crate::provider::canonical)
    }

    /// Returns the model that was asked for.
    pub fn request_model(&self) -> Option<&'a str> {
        self.text(&[gen_ai::REQUEST_MODEL])
    }

    /// Returns the model that answered.
    pub fn response_model(&self) -> Option<&'a str> {
        self.text(&[gen_ai::RESPONSE_MODEL])
    }

    /// Returns the model that answered, else the one that was asked for.
    pub fn model(&self) -> Option<&'a str> {
        self.text(&[gen_ai::RESPONSE_MODEL, gen_ai::REQUEST_MODEL])
    }

    /// Returns the token counts, read in one walk over the attributes.
    pub fn usage(&self) -> TokenUsage {
        let mut usage = TokenUsage::default();
        let mut deprecated = (None, None);
        for attribute in self.span.attributes() {
            let key = attribute.key.as_str();
            match key {
                gen_ai::USAGE_PROMPT_TOKENS => deprecated.0 = value::count(&attribute.value),
                gen_ai::USAGE_COMPLETION_TOKENS => deprecated.1 = value::count(&attribute.value),
                _ => {
                    if let Some(field) = TokenField::from_name(key) {
                        *usage.field_mut(field) = value::count(&attribute.value);
                    }
                }
            }
        }
        usage.input = usage.input.or(deprecated.0);
        usage.output = usage.output.or(deprecated.1);
        usage
    }

    /// Returns why generation stopped, one item per choice.
    pub fn finish_reasons(&self) -> Vec<Cow<'a, str>> {
        self.span.get(gen_ai::RESPONSE_FINISH_REASONS).map(value::texts).unwrap_or_default()
    }

    /// Returns the id of the response.
    pub fn response_id(&self) -> Option<&'a str> {
        self.text(&[gen_ai::RESPONSE_ID])
    }

    /// Returns the messages sent to the model, or `None` when they were not recorded.
    pub fn input_messages(&self) -> Option<Vec<Message>> {
        self.messages(gen_ai::INPUT_MESSAGES)
    }

    /// Returns the messages the model answered, or `None` when they were not recorded.
    pub fn output_messages(&self) -> Option<Vec<Message>> {
        self.messages(gen_ai::OUTPUT_MESSAGES)
    }

    /// Returns the system instructions, or `None` when they were not recorded.
    pub fn system_instructions(&self) -> Option<Vec<Part>> {
        match value::json(self.span.get(gen_ai::SYSTEM_INSTRUCTIONS)?) {
            Json::String(text) => Some(vec![Part::text(text)]),
            json => Some(messages::parts_from_value(&json)),
        }
    }

    /// Returns the name of the tool.
    pub fn tool_name(&self) -> Option<&'a str> {
        self.text(&[gen_ai::TOOL_NAME])
    }

    /// Returns the id of the tool call.
    pub fn tool_call_id(&self) -> Option<&'a str> {
        self.text(&[gen_ai::TOOL_CALL_ID])
    }

    /// Returns the arguments of the tool call, parsed where they stand as JSON text.
    pub fn tool_arguments(&self) -> Option<Json> {
        self.span.get(gen_ai::TOOL_CALL_ARGUMENTS).map(value::json)
    }

    /// Returns the result of the tool call, parsed where it stands as JSON text.
    pub fn tool_result(&self) -> Option<Json> {
        self.span.get(gen_ai::TOOL_CALL_RESULT).map(value::json)
    }

    /// Returns the name of the agent.
    pub fn agent_name(&self) -> Option<&'a str> {
        self.text(&[gen_ai::AGENT_NAME])
    }

    /// Returns the id of the agent.
    pub fn agent_id(&self) -> Option<&'a str> {
        self.text(&[gen_ai::AGENT_ID])
    }

    /// Returns the id of the conversation.
    pub fn conversation_id(&self) -> Option<&'a str> {
        self.text(&[gen_ai::CONVERSATION_ID])
    }

    /// Returns the class of error: `error.type`, else `_OTHER` when the status is an error.
    pub fn error_type(&self) -> Option<&'a str> {
        self.text(&[gen_ai::ERROR_TYPE]).or_else(|| self.span.is_error().then_some("_OTHER"))
    }

    /// Returns the total cost in USD, or `None` when it is unknown: also where a library recorded one that an enricher
    /// could not confirm (`otel_genai.cost.unknown`).
    pub fn cost(&self) -> Option<f64> {
        if self.span.get(otel_genai::COST_UNKNOWN).is_some() {
            return None;
        }
        self.span.get(llm::COST_TOTAL).and_then(value::number).filter(|cost| *cost >= 0.0)
    }

    fn text(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|key| self.span.get(key).and_then(value::text))
    }

    fn messages(&self, key: &str) -> Option<Vec<Message>> {
        match value::json(self.span.get(key)?) {
            Json::String(text) => Some(messages::parse(&text)),
            json => Some(messages::from_value(&json)),
        }
    }
}
