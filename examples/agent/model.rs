//! A model behind an OpenAI-compatible endpoint. Each call is a span with what the GenAI conventions ask for, prompt and
//! answer included: the pipeline takes secrets and personal data out of them before anything is stored.

use std::env;
use std::time::Instant;

use opentelemetry::{Array, Value};
use reqwest::{Response, Url};
use serde_json::{Value as Json, json};
use tracing::{Span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::error::AgentError;

pub(crate) struct Model {
    client: reqwest::Client,
    url: Url,
    key: Option<String>,
    name: String,
}

impl Model {
    /// A model at an endpoint, whose base URL ends in `/v1` by custom.
    pub(crate) fn new(base_url: &str, key: Option<String>, name: &str) -> Result<Self, AgentError> {
        let url = Url::parse(&format!("{}/chat/completions", base_url.trim_end_matches('/')))
            .map_err(|error| AgentError::BaseUrl(error.to_string()))?;
        Ok(Self { client: reqwest::Client::new(), url, key, name: name.to_owned() })
    }

    /// The model that the environment names; `None` if it names neither a key nor an endpoint.
    pub(crate) fn from_environment() -> Result<Option<Self>, AgentError> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let (key, base_url) = (variable("OPENAI_API_KEY"), variable("OPENAI_BASE_URL"));
        if key.is_none() && base_url.is_none() {
            return Ok(None);
        }
        let base_url = base_url.unwrap_or_else(|| "https://api.openai.com/v1".into());
        let name = variable("OPENAI_MODEL").unwrap_or_else(|| "gpt-5-mini".into());
        Self::new(&base_url, key, &name).map(Some)
    }

    /// Returns the model's message: an answer, or calls of tools.
    #[instrument(
        skip_all,
        fields(
            otel.name = format!("chat {}", self.name),
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "openai",
            gen_ai.request.model = self.name,
            server.address = self.url.host_str(),
            server.port = self.url.port_or_known_default().map(i64::from),
        ),
    )]
    pub(crate) async fn chat(&self, messages: &[Json], tools: &[Json]) -> Result<Json, AgentError> {
        record_messages("gen_ai.input.messages", messages);
        let body = json!({"model": self.name, "messages": messages, "tools": tools});
        let completion = async { Ok(self.send(&body).await?.json().await?) }.await;
        message_of(completion)
    }

    /// Returns the model's message, which comes in pieces.
    #[instrument(
        skip_all,
        fields(
            otel.name = format!("chat {}", self.name),
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "openai",
            gen_ai.request.model = self.name,
            gen_ai.request.stream = true,
            server.address = self.url.host_str(),
            server.port = self.url.port_or_known_default().map(i64::from),
        ),
    )]
    pub(crate) async fn chat_streamed(&self, messages: &[Json]) -> Result<Json, AgentError> {
        // Unless asked, a streamed answer does not say how many tokens it took.
        let options = json!({"include_usage": true});
        let body =
            json!({"model": self.name, "messages": messages, "stream": true, "stream_options": options});
        record_messages("gen_ai.input.messages", messages);
        let started = Instant::now();
        let completion = async { join_pieces(self.send(&body).await?, started).await }.await;
        message_of(completion)
    }

    async fn send(&self, body: &Json) -> Result<Response, AgentError> {
        let mut request = self.client.post(self.url.clone()).json(body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(AgentError::Refused { status: status.as_u16(), body: response.text().await.unwrap_or_default() })
    }
}

/// Reads server-sent events and puts the completion together that would have come in one piece.
async fn join_pieces(mut response: Response, started: Instant) -> Result<Json, AgentError> {
    let mut completion = json!({});
    let (mut content, mut finish_reason) = (String::new(), Json::Null);
    let (mut unread, mut is_first) = (Vec::new(), true);
    while let Some(bytes) = response.chunk().await? {
        if std::mem::take(&mut is_first) {
            let waited = started.elapsed().as_secs_f64();
            Span::current().set_attribute("gen_ai.response.time_to_first_chunk", waited);
        }
        unread.extend_from_slice(&bytes);
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            let Some(data) = line.strip_prefix(b"data:").filter(|data| data.trim_ascii() != b"[DONE]") else {
                continue;
            };
            let piece: Json =
                serde_json::from_slice(data).map_err(|error| AgentError::Answer(error.to_string()))?;
            let choice = &piece["choices"][0];
            if let Some(text) = choice["delta"]["content"].as_str() {
                content.push_str(text);
            }
            if !choice["finish_reason"].is_null() {
                finish_reason = choice["finish_reason"].clone();
            }
            for part in ["id", "model", "usage"].into_iter().filter(|part| !piece[part].is_null()) {
                completion[part] = piece[part].clone();
            }
        }
    }
    let message = json!({"role": "assistant", "content": content});
    completion["choices"] = json!([{"message": message, "finish_reason": finish_reason}]);
    Ok(completion)
}

/// Takes the message out of a completion and records how the call went on the current span.
fn message_of(completion: Result<Json, AgentError>) -> Result<Json, AgentError> {
    let message = completion.and_then(|mut completion| {
        record(&completion);
        match completion.pointer_mut("/choices/0/message") {
            Some(message) => {
                record_messages("gen_ai.output.messages", std::slice::from_ref(message));
                Ok(message.take())
            }
            None => Err(AgentError::Answer("it has no message".into())),
        }
    });
    message.inspect_err(AgentError::record)
}

/// Records what the endpoint said, and nothing that it did not say.
fn record(completion: &Json) {
    const TEXTS: [(&str, &str); 2] = [("gen_ai.response.id", "/id"), ("gen_ai.response.model", "/model")];
    const COUNTS: [(&str, &str); 4] = [
        ("gen_ai.usage.input_tokens", "/usage/prompt_tokens"),
        ("gen_ai.usage.output_tokens", "/usage/completion_tokens"),
        ("gen_ai.usage.cache_read.input_tokens", "/usage/prompt_tokens_details/cached_tokens"),
        ("gen_ai.usage.reasoning.output_tokens", "/usage/completion_tokens_details/reasoning_tokens"),
    ];
    let span = Span::current();
    for (key, place) in TEXTS {
        if let Some(text) = completion.pointer(place).and_then(Json::as_str) {
            span.set_attribute(key, text.to_owned());
        }
    }
    for (key, place) in COUNTS {
        // Signed: `tracing` turns unsigned integers into text on their way to OpenTelemetry.
        if let Some(count) = completion.pointer(place).and_then(Json::as_i64) {
            span.set_attribute(key, count);
        }
    }
    if let Some(reason) = completion.pointer("/choices/0/finish_reason").and_then(Json::as_str) {
        let reasons = Array::String(vec![reason.to_owned().into()]);
        span.set_attribute("gen_ai.response.finish_reasons", Value::Array(reasons));
    }
}

/// Records messages in the form of the GenAI conventions: a role, and parts.
fn record_messages(key: &'static str, messages: &[Json]) {
    let messages: Vec<Json> = messages.iter().map(conventional).collect();
    Span::current().set_attribute(key, Json::from(messages).to_string());
}

fn conventional(message: &Json) -> Json {
    let content = message["content"].as_str();
    let mut parts: Vec<Json> = match (message["role"].as_str(), content) {
        (Some("tool"), response) => {
            let id = &message["tool_call_id"];
            vec![json!({"type": "tool_call_response", "id": id, "response": response})]
        }
        (_, Some(content)) => vec![json!({"type": "text", "content": content})],
        (_, None) => Vec::new(),
    };
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let function = &call["function"];
        let (name, arguments) = (&function["name"], &function["arguments"]);
        parts.push(json!({"type": "tool_call", "id": call["id"], "name": name, "arguments": arguments}));
    }
    json!({"role": message["role"], "parts": parts})
}
