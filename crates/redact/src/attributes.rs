//! Which attributes carry content, and which carry facts that no rule may change.

/// What an attribute's value is, by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Any text: every rule runs.
    Text,
    /// An id, a model, a name from a list or a figure: only secrets are taken out, no personal data.
    Fact,
    /// Prompts and what else goes to a model or tool.
    Input,
    /// Answers and what else comes back.
    Output,
}

/// Attributes with facts, as far as their keys are known. A prefix ends in a dot.
const FACTS: &[&str] = &[
    "otel_genai.",
    "llm.cost.",
    "llm.pricing.",
    "llm.token_count.",
    "gen_ai.usage.",
    "gen_ai.token.",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.response.id",
    "gen_ai.response.finish_reasons",
    "gen_ai.response.status",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.system",
    "gen_ai.output.type",
    "gen_ai.conversation.id",
    "gen_ai.agent.id",
    "gen_ai.agent.version",
    "gen_ai.tool.call.id",
    "gen_ai.tool.type",
    "gen_ai.tool.name",
    "gen_ai.request.encoding_formats",
    "gen_ai.request.previous_response.id",
    "gen_ai.data_source.id",
    "gen_ai.memory.store.id",
    "gen_ai.memory.record.id",
    "gen_ai.prompt.version",
    "gen_ai.evaluation.name",
    "gen_ai.evaluation.score.label",
    "openai.response.",
    "openai.request.",
    "openai.api.type",
    "llm.model_name",
    "llm.provider",
    "llm.system",
    "llm.usage.",
    "openinference.span.kind",
    "traceloop.span.kind",
    "traceloop.workflow.name",
    "llm.request.type",
    "llm.request.model",
    "llm.response.model",
    "ai.model.id",
    "ai.model.provider",
    "ai.usage.",
    "ai.response.id",
    "ai.response.model",
    "ai.response.finishReason",
    "ai.response.timestamp",
    "ai.operationId",
    "operation.name",
    "error.type",
    "server.port",
    "service.version",
    "telemetry.",
    "otel.",
    "guardrail.category",
    "guardrail.triggered",
    "guardrail.status",
    "guardrail.findings",
    "guardrail.summary",
    "aws.bedrock.guardrail.id",
    "code.",
    "thread.id",
    "thread.name",
    "http.response.status_code",
    "http.request.method",
    "rpc.",
    "langfuse.observation.type",
    "langfuse.observation.model.name",
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "mlflow.spanType",
    "mlflow.traceRequestId",
    "gen_ai.langgraph.",
    "deployment.environment.name",
    "busy_ns",
    "idle_ns",
    "level",
    "target",
];

const INPUTS: &[&str] = &[
    "gen_ai.input.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.prompt.",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.definitions",
    "gen_ai.tool.description",
    "gen_ai.retrieval.query.text",
    "gen_ai.memory.query.text",
    "input.value",
    "llm.input_messages.",
    "llm.prompts",
    "llm.prompts.",
    "llm.prompt",
    "llm.prompt_template.",
    "llm.invocation_parameters",
    "llm.tools.",
    "traceloop.entity.input",
    "traceloop.prompt.",
    "ai.prompt",
    "ai.prompt.",
    "ai.toolCall.args",
    "ai.value",
    "ai.values",
    "langfuse.observation.input",
    "langfuse.trace.input",
    "mlflow.spanInputs",
    "request_data",
    "tool_arguments",
    "gen_ai.user.message",
    "gen_ai.system.message",
    "llm.openai.messages",
    "llm.headers",
    "all_messages_events",
    "pydantic_ai.all_messages",
    "tool.parameters",
    "embedding.text",
    "embedding.embeddings.",
    "reranker.query",
    "gen_ai.event.content",
];

const OUTPUTS: &[&str] = &[
    "gen_ai.output.messages",
    "gen_ai.completion",
    "gen_ai.completion.",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.records",
    "gen_ai.evaluation.explanation",
    "output.value",
    "llm.output_messages.",
    "llm.choices",
    "llm.choices.",
    "llm.completions",
    "llm.completions.",
    "llm.completion",
    "traceloop.entity.output",
    "ai.response.text",
    "ai.response.object",
    "ai.response.toolCalls",
    "ai.response.reasoning",
    "ai.result.",
    "ai.toolCall.result",
    "ai.embedding",
    "ai.embeddings",
    "langfuse.observation.output",
    "langfuse.trace.output",
    "mlflow.spanOutputs",
    "response_data",
    "tool_response",
    "final_result",
    "retrieval.documents.",
    "reranker.output_documents.",
    "gen_ai.choice",
];

fn is_in(list: &[&str], key: &str) -> bool {
    list.iter().any(|entry| if entry.ends_with('.') { key.starts_with(entry) } else { key == *entry })
}

/// Returns what the value of an attribute is.
pub(crate) fn role(key: &str) -> Role {
    // Names of prompts are no content, and usage under a content prefix is a figure.
    if is_in(FACTS, key)
        || matches!(key, "gen_ai.prompt.name")
        || key.ends_with(".role")
        || key.ends_with(".finish_reason")
    {
        Role::Fact
    } else if is_in(INPUTS, key) {
        Role::Input
    } else if is_in(OUTPUTS, key) {
        Role::Output
    } else {
        Role::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_dialect_are_known() {
        for (key, expected) in [
            ("gen_ai.usage.input_tokens", Role::Fact),
            ("gen_ai.request.model", Role::Fact),
            ("gen_ai.prompt.0.content", Role::Input),
            ("gen_ai.prompt.0.role", Role::Fact),
            ("gen_ai.prompt.name", Role::Fact),
            ("llm.output_messages.0.message.content", Role::Output),
            ("ai.response.text", Role::Output),
            ("customer.note", Role::Text),
        ] {
            assert_eq!(role(key), expected, "{key}");
        }
    }
}
