//! A span as JSON for programs.

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Array, KeyValue, Value};
use otel_genai::semconv::names::{guardrail, otel_genai as names};
use otel_genai::{GenAiSpan, Span};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::moment;

/// One span of a trace, each behind its parent. What is not known is null.
#[derive(Debug, Serialize)]
pub(super) struct SpanLine {
    span_id: String,
    parent_id: Option<String>,
    depth: usize,
    name: String,
    kind: &'static str,
    started: String,
    seconds: f64,
    status: &'static str,
    error: Option<String>,
    operation: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    agent: Option<String>,
    tool: Option<String>,
    is_llm_call: bool,
    duplicate_of: Option<String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    cost: Option<f64>,
    findings: Option<Json>,
    attributes: Map<String, Json>,
    events: Vec<EventLine>,
}

#[derive(Debug, Serialize)]
struct EventLine {
    name: String,
    time: String,
    attributes: Map<String, Json>,
}

impl SpanLine {
    pub(super) fn new(span: &Span, depth: usize) -> Self {
        let view = GenAiSpan::new(span);
        let usage = view.usage();
        let (status, description) = match span.status() {
            Status::Unset => ("unset", ""),
            Status::Ok => ("ok", ""),
            Status::Error { description } => ("error", description.as_ref()),
        };
        let error =
            [description, view.error_type().unwrap_or_default()].into_iter().find(|text| !text.is_empty());
        Self {
            span_id: span.span_id().to_string(),
            parent_id: span.parent_span_id().map(|id| id.to_string()),
            depth,
            name: span.name().to_owned(),
            kind: match span.kind() {
                SpanKind::Client => "client",
                SpanKind::Server => "server",
                SpanKind::Producer => "producer",
                SpanKind::Consumer => "consumer",
                SpanKind::Internal => "internal",
            },
            started: moment::show_exact(span.start_time()),
            seconds: span.duration().as_secs_f64(),
            status,
            error: error.map(str::to_owned),
            operation: view.operation().map(|operation| operation.as_str().to_owned()),
            provider: view.provider().map(Into::into),
            model: view.model().map(str::to_owned),
            agent: view.agent_name().map(str::to_owned),
            tool: view.tool_name().map(str::to_owned),
            is_llm_call: view.is_llm_call(),
            duplicate_of: span.get_str(names::DUPLICATE_OF).map(str::to_owned),
            input_tokens: usage.input,
            output_tokens: usage.output,
            cache_read_tokens: usage.cache_read,
            cache_write_tokens: usage.cache_write,
            reasoning_tokens: usage.reasoning,
            cost: view.cost(),
            findings: span.get_str(guardrail::FINDINGS).and_then(|json| serde_json::from_str(json).ok()),
            attributes: object(span.attributes()),
            events: span
                .events()
                .iter()
                .map(|event| EventLine {
                    name: event.name.to_string(),
                    time: moment::show_exact(event.timestamp),
                    attributes: object(&event.attributes),
                })
                .collect(),
        }
    }
}

/// Of a key that comes twice the last counts, as everywhere.
fn object(attributes: &[KeyValue]) -> Map<String, Json> {
    attributes.iter().map(|attribute| (attribute.key.to_string(), json(&attribute.value))).collect()
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::I64(value) => (*value).into(),
        Value::F64(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Array(Array::Bool(values)) => values.clone().into(),
        Value::Array(Array::I64(values)) => values.clone().into(),
        Value::Array(Array::F64(values)) => values.clone().into(),
        Value::Array(Array::String(values)) => {
            values.iter().map(opentelemetry::StringValue::as_str).collect()
        }
        other => other.as_str().as_ref().into(),
    }
}
