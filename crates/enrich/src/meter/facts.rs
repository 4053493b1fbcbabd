//! What a normalised span says that metrics need, read in one walk over its attributes.

use opentelemetry::Value;
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::{gen_ai, llm, otel_genai};
use otel_genai_semconv::{Role, TokenField, TokenUsage};

/// What a normalised span says.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) role: Role,
    pub(super) is_duplicate: bool,
    pub(super) is_unpriced: bool,
    pub(super) operation: Option<&'a str>,
    pub(super) provider: Option<&'a str>,
    pub(super) request_model: Option<&'a str>,
    pub(super) response_model: Option<&'a str>,
    pub(super) address: Option<&'a str>,
    pub(super) port: Option<i64>,
    pub(super) error: Option<&'a str>,
    pub(super) agent: Option<&'a str>,
    pub(super) workflow: Option<&'a str>,
    pub(super) tool: Option<&'a str>,
    pub(super) tool_type: Option<&'a str>,
    pub(super) time_to_first_chunk: Option<f64>,
    pub(super) streams: Option<bool>,
    pub(super) cost: Option<f64>,
    pub(super) usage: TokenUsage,
}

impl<'a> Facts<'a> {
    pub(super) fn read(span: &'a Span) -> Self {
        let mut facts = Self::default();
        for attribute in span.attributes() {
            facts.take(attribute.key.as_str(), &attribute.value);
        }
        // A library's figure beside ours would count a call that we could not price.
        if facts.is_unpriced {
            facts.cost = None;
        }
        if facts.error.is_none() && span.is_error() {
            facts.error = Some("_OTHER");
        }
        // The whole duration, as some libraries write it for answers that come in one piece, is no first chunk.
        if facts.streams == Some(false) {
            facts.time_to_first_chunk = None;
        }
        facts
    }

    fn take(&mut self, key: &str, value: &'a Value) {
        // Most attributes are none of these; their beginning tells.
        if !key.starts_with("gen_ai.")
            && !key.starts_with("otel_genai.")
            && !key.starts_with("server.")
            && !key.starts_with("llm.cost.")
            && key != gen_ai::ERROR_TYPE
        {
            return;
        }
        match key {
            otel_genai::ROLE => self.role = text(value).and_then(Role::from_name).unwrap_or_default(),
            otel_genai::DUPLICATE_OF => self.is_duplicate = true,
            otel_genai::COST_UNKNOWN => self.is_unpriced = true,
            gen_ai::OPERATION_NAME => self.operation = text(value),
            gen_ai::PROVIDER_NAME => self.provider = text(value),
            gen_ai::REQUEST_MODEL => self.request_model = text(value),
            gen_ai::RESPONSE_MODEL => self.response_model = text(value),
            gen_ai::SERVER_ADDRESS => self.address = text(value),
            gen_ai::SERVER_PORT => self.port = integer(value),
            gen_ai::ERROR_TYPE => self.error = text(value),
            gen_ai::AGENT_NAME => self.agent = text(value),
            gen_ai::WORKFLOW_NAME => self.workflow = text(value),
            gen_ai::TOOL_NAME => self.tool = text(value),
            gen_ai::TOOL_TYPE => self.tool_type = text(value),
            gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK => self.time_to_first_chunk = number(value),
            gen_ai::REQUEST_STREAM => {
                self.streams = if let Value::Bool(streams) = value { Some(*streams) } else { None }
            }
            llm::COST_TOTAL => self.cost = number(value),
            _ => {
                if let Some(field) = TokenField::from_name(key) {
                    *self.usage.field_mut(field) = integer(value).and_then(|count| u64::try_from(count).ok());
                }
            }
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) if !text.as_str().is_empty() => Some(text.as_str()),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        _ => None,
    }
}

/// Durations and costs: finite and not negative.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        Value::I64(number) => Some(*number as f64),
        _ => None,
    }
    .filter(|number| number.is_finite() && *number >= 0.0)
}
