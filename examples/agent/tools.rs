//! The tools that the planner may call.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tracing::instrument;

use crate::agent::ask_local_guide;
use crate::error::AgentError;
use crate::model::Model;

/// One call that the model asked for.
pub(crate) struct ToolCall {
    pub(crate) id: String,
    pub(crate) name: String,
    arguments: Json,
}

impl ToolCall {
    /// Reads the calls in a model's message; most messages have none.
    pub(crate) fn all_of(message: &Json) -> Result<Vec<Self>, AgentError> {
        let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        calls
            .iter()
            .map(|call| Self::read(call).ok_or(AgentError::Answer("a tool call is incomplete".into())))
            .collect()
    }

    fn read(call: &Json) -> Option<Self> {
        let function = &call["function"];
        Some(Self {
            id: call["id"].as_str()?.to_owned(),
            name: function["name"].as_str()?.to_owned(),
            // JSON within a string, written by the model.
            arguments: serde_json::from_str(function["arguments"].as_str()?).ok()?,
        })
    }

    fn argument(&self, name: &str) -> &str {
        self.arguments[name].as_str().unwrap_or_default()
    }
}

/// Describes the tools to the model.
pub(crate) fn definitions() -> Vec<Json> {
    let tool = |name: &str, description: &str, argument: &str| {
        let parameters =
            json!({"type": "object", "properties": {argument: {"type": "string"}}, "required": [argument]});
        let function = json!({"name": name, "description": description, "parameters": parameters});
        json!({"type": "function", "function": function})
    };
    vec![
        tool("get_weather", "Forecasts next week's weather in a city.", "city"),
        tool("find_sights", "Lists the sights of a city.", "city"),
        tool("ask_local_guide", "Asks a local guide a question.", "question"),
    ]
}

/// Runs a tool once. Every attempt is a span of its own.
#[instrument(
    skip_all,
    fields(
        otel.name = format!("execute_tool {}", call.name),
        gen_ai.operation.name = "execute_tool",
        gen_ai.tool.name = call.name,
        gen_ai.tool.call.id = call.id,
    ),
)]
pub(crate) async fn call(model: &Model, call: &ToolCall, attempt: u32) -> Result<String, AgentError> {
    let result = match call.name.as_str() {
        "get_weather" => Ok(get_weather(call.argument("city")).await),
        "find_sights" => find_sights(call.argument("city"), attempt).await,
        "ask_local_guide" => ask_local_guide(model, call.argument("question")).await,
        other => Err(AgentError::NoSuchTool(other.to_owned())),
    };
    result.inspect_err(AgentError::record)
}

async fn get_weather(city: &str) -> String {
    tokio::time::sleep(Duration::from_millis(120)).await;
    format!("{city}: 24 °C, one shower on the second afternoon")
}

/// Fails at the first attempt, as services do.
async fn find_sights(city: &str, attempt: u32) -> Result<String, AgentError> {
    tokio::time::sleep(Duration::from_millis(40)).await;
    if attempt == 1 {
        return Err(AgentError::ToolUnavailable("find_sights"));
    }
    Ok(format!("{city}: the castle, the monastery of Belém, tram 28"))
}
