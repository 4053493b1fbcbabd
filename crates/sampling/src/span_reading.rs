//! What the rules read in one span, in one walk over its attributes.

use opentelemetry::{Array, Value};
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::{gen_ai, guardrail, llm, otel_genai};
use otel_genai_semconv::{Operation, Role};
use serde::Deserialize;

/// What one span says about its trace.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpanReading<'a> {
    role: Option<&'a str>,
    operation: Option<&'a str>,
    error_type: Option<&'a str>,
    findings: Option<&'a str>,
    cost: Option<&'a Value>,
    is_cost_unknown: bool,
    input_tokens: Option<&'a Value>,
    output_tokens: Option<&'a Value>,
    pub(crate) is_duplicate: bool,
    pub(crate) request_model: Option<&'a str>,
    pub(crate) response_model: Option<&'a str>,
    pub(crate) agent: Option<&'a str>,
    pub(crate) tool: Option<&'a str>,
    pub(crate) arguments_hash: Option<&'a str>,
    pub(crate) tags: Option<&'a Value>,
}

impl<'a> SpanReading<'a> {
    /// Reads a span; of a repeated key the last occurrence counts.
    pub(crate) fn of(span: &'a Span) -> Self {
        let mut reading = Self::default();
        for attribute in span.attributes() {
            let value = &attribute.value;
            match attribute.key.as_str() {
                gen_ai::OPERATION_NAME => reading.operation = text(value),
                gen_ai::USAGE_INPUT_TOKENS => reading.input_tokens = Some(value),
                gen_ai::USAGE_OUTPUT_TOKENS => reading.output_tokens = Some(value),
                gen_ai::REQUEST_MODEL => reading.request_model = text(value),
                gen_ai::RESPONSE_MODEL => reading.response_model = text(value),
                gen_ai::AGENT_NAME => reading.agent = text(value),
                gen_ai::TOOL_NAME => reading.tool = text(value),
                gen_ai::ERROR_TYPE => reading.error_type = text(value),
                llm::COST_TOTAL => reading.cost = Some(value),
                otel_genai::COST_UNKNOWN => reading.is_cost_unknown = true,
                otel_genai::ROLE => reading.role = text(value),
                otel_genai::DUPLICATE_OF => reading.is_duplicate = true,
                otel_genai::TOOL_ARGUMENTS_HASH => reading.arguments_hash = text(value),
                otel_genai::TAGS => reading.tags = Some(value),
                guardrail::FINDINGS => reading.findings = text(value),
                _ => {}
            }
        }
        reading
    }

    /// Tells whether the span is an error: by its status, an `exception` event or `error.type`.
    pub(crate) fn is_error(&self, span: &Span) -> bool {
        span.is_error()
            || self.error_type.is_some()
            || span.events().iter().any(|event| event.name == "exception")
    }

    fn role(&self) -> Option<Role> {
        self.role.and_then(Role::from_name)
    }

    fn operation(&self) -> Option<Operation> {
        self.operation.map(Operation::from_name)
    }

    /// Tells whether the span stands for one call of a model: by its role, else by its operation.
    pub(crate) fn is_llm_call(&self) -> bool {
        match self.role() {
            Some(role) => role == Role::LlmCall,
            None => self.operation().is_some_and(|operation| operation.is_model_call()),
        }
    }

    /// Tells whether the span stands for a call of a tool: by its role, else by its operation.
    pub(crate) fn is_tool(&self) -> bool {
        match self.role() {
            Some(role) => role == Role::Tool,
            None => self.operation() == Some(Operation::ExecuteTool),
        }
    }

    /// Returns the cost in USD, if it is known and this span is the one that counts for its call.
    pub(crate) fn cost(&self) -> Option<f64> {
        let cost = number(self.cost?).filter(|cost| *cost >= 0.0)?;
        (!self.is_cost_unknown && !self.is_duplicate && self.is_llm_call()).then_some(cost)
    }

    /// Returns input and output tokens, if this span is the one that counts for its call.
    pub(crate) fn tokens(&self) -> Option<f64> {
        let count = |value: Option<&Value>| value.and_then(number).filter(|count| *count >= 0.0);
        let tokens = match (count(self.input_tokens), count(self.output_tokens)) {
            (None, None) => return None,
            (input, output) => input.unwrap_or(0.0) + output.unwrap_or(0.0),
        };
        (!self.is_duplicate && self.is_llm_call()).then_some(tokens)
    }

    /// Tells whether a guardrail fired that is more than a guess.
    pub(crate) fn is_guarded(&self) -> bool {
        /// The part of a finding that matters here; `otel_genai_guardrail::Finding` has the rest.
        #[derive(Deserialize)]
        struct Finding<'a> {
            #[serde(default, borrow)]
            status: Option<std::borrow::Cow<'a, str>>,
            #[serde(borrow)]
            confidence: std::borrow::Cow<'a, str>,
        }
        let Some(json) = self.findings else { return false };
        serde_json::from_str::<Vec<Finding<'_>>>(json).is_ok_and(|findings| {
            findings.iter().any(|finding| {
                matches!(finding.status.as_deref(), Some("triggered" | "modified"))
                    && matches!(&*finding.confidence, "medium" | "high")
            })
        })
    }
}

/// Tells whether the span is an error, in the same sense.
pub(crate) fn is_error(span: &Span) -> bool {
    has_failed(span) || span.get(gen_ai::ERROR_TYPE).and_then(text).is_some()
}

fn has_failed(span: &Span) -> bool {
    span.is_error() || span.events().iter().any(|event| event.name == "exception")
}

/// Reads a finite number, or a text that holds one: tracing bridges write large integers as texts.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::I64(number) => Some(*number as f64),
        Value::F64(number) => Some(*number),
        Value::String(text) => text.as_str().trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// Tells whether a value's text, or one item of a list, is so.
pub(crate) fn any_text(value: &Value, mut holds: impl FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => holds(text.as_str()),
        Value::Array(Array::String(items)) => items.iter().any(|item| holds(item.as_str())),
        Value::Array(Array::I64(items)) => items.iter().any(|item| holds(&item.to_string())),
        Value::Array(Array::F64(items)) => items.iter().any(|item| holds(&item.to_string())),
        Value::Array(Array::Bool(items)) => {
            items.iter().any(|item| holds(if *item { "true" } else { "false" }))
        }
        other => holds(&other.as_str()),
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
        _ => None,
    }
}
