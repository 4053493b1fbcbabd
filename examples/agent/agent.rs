//! The agents: one that plans with tools, and a guide that it may ask.

use std::sync::Arc;

use otel_genai::guardrail;
use otel_genai::semconv::{Enforcement, GuardrailCategory};
use serde_json::{Value as Json, json};
use tracing::{Instrument, instrument, warn};

use crate::error::AgentError;
use crate::model::Model;
use crate::tools::{self, ToolCall};

/// Bytes.
const MAX_QUESTION: usize = 2_000;
const MAX_TURNS: usize = 6;
const MAX_ATTEMPTS: u32 = 2;

/// Answers a question, calling tools until the model has what it needs.
#[instrument(
    name = "invoke_agent trip_planner",
    skip_all,
    fields(gen_ai.operation.name = "invoke_agent", gen_ai.agent.name = "trip_planner"),
)]
pub(crate) async fn plan_trip(model: &Arc<Model>, question: &str) -> Result<String, AgentError> {
    talk(model, question).await.inspect_err(AgentError::record)
}

async fn talk(model: &Arc<Model>, question: &str) -> Result<String, AgentError> {
    let length =
        guardrail("question length", GuardrailCategory::InputValidation).enforcement(Enforcement::Block);
    if length.triggers_if(|| question.len() > MAX_QUESTION) {
        return Err(AgentError::QuestionTooLong(MAX_QUESTION));
    }
    let instructions =
        "You plan trips. Look up the weather and the sights, then ask the local guide, then answer.";
    let mut messages = vec![
        json!({"role": "system", "content": instructions}),
        json!({"role": "user", "content": question}),
    ];
    for _ in 0..MAX_TURNS {
        let message = model.chat(&messages, &tools::definitions()).await?;
        let calls = ToolCall::all_of(&message)?;
        if calls.is_empty() {
            return Ok(text_of(&message));
        }
        messages.push(message);
        messages.extend(call_all(model, calls).await);
    }
    Err(AgentError::TooManyTurns(MAX_TURNS))
}

/// Calls the tools beside each other and returns their results as messages, in the order of the calls.
async fn call_all(model: &Arc<Model>, calls: Vec<ToolCall>) -> Vec<Json> {
    let start = |call: ToolCall| {
        let (id, model) = (call.id.clone(), Arc::clone(model));
        // A spawned task has no current span: without this, the tool's span would begin a trace of its own.
        let task = tokio::spawn(async move { call_patiently(&model, &call).await }.in_current_span());
        (id, task)
    };
    let tasks: Vec<_> = calls.into_iter().map(start).collect();
    let mut results = Vec::new();
    for (id, task) in tasks {
        let text = task.await.unwrap_or_else(|error| format!("error: {error}"));
        results.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
    }
    results
}

/// Calls a tool, again if it fails. The model is told of a tool that keeps failing, and may go on without it.
async fn call_patiently(model: &Model, call: &ToolCall) -> String {
    let mut attempt = 1;
    loop {
        match tools::call(model, call, attempt).await {
            Ok(result) => return result,
            Err(error) if attempt == MAX_ATTEMPTS => return format!("error: {error}"),
            Err(error) => warn!(tool = call.name, reason = %error, "tool failed, trying again"),
        }
        attempt += 1;
    }
}

/// Answers with what only a local knows. The answer is streamed.
#[instrument(
    name = "invoke_agent local_guide",
    skip_all,
    fields(gen_ai.operation.name = "invoke_agent", gen_ai.agent.name = "local_guide"),
)]
pub(crate) async fn ask_local_guide(model: &Model, question: &str) -> Result<String, AgentError> {
    let instructions = json!({"role": "system", "content": "You are a local guide. Answer in one sentence."});
    let answer = model.chat_streamed(&[instructions, json!({"role": "user", "content": question})]).await;
    answer.map(|message| text_of(&message)).inspect_err(AgentError::record)
}

fn text_of(message: &Json) -> String {
    message["content"].as_str().unwrap_or_default().to_owned()
}
