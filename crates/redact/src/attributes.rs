//! Which attributes carry content, and which carry facts that no rule may change.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

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
    "gen_ai.token.type",
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
    "openai.response.service_tier",
    "openai.response.system_fingerprint",
    "openai.request.service_tier",
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
    "otel.scope.",
    "otel.library.",
    "otel.status_code",
    "otel.kind",
    "guardrail.category",
    "guardrail.triggered",
    "guardrail.status",
    "guardrail.findings",
    "aws.bedrock.guardrail.id",
    "code.file.path",
    "code.filepath",
    "code.function",
    "code.function.name",
    "code.line.number",
    "code.lineno",
    "code.column.number",
    "code.module.name",
    "code.namespace",
    "thread.id",
    "thread.name",
    "http.response.status_code",
    "http.request.method",
    "rpc.system",
    "rpc.system.name",
    "rpc.service",
    "rpc.method",
    "rpc.grpc.status_code",
    "rpc.response.status_code",
    "rpc.message.",
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

/// Attributes with what goes to a model or tool, by who writes them first. A prefix ends in a dot.
const INPUTS: &[&str] = &[
    // The GenAI conventions, with what Traceloop, OpenLIT, Strands and LangSmith add to them.
    "gen_ai.input.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.prompt.",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.definitions",
    "gen_ai.tool.description",
    "gen_ai.tool.json_schema",
    "gen_ai.tool.args",
    "gen_ai.tool.input",
    "gen_ai.retrieval.query.text",
    "gen_ai.memory.query.text",
    "gen_ai.event.content",
    "gen_ai.user.message",
    "gen_ai.system.message",
    "gen_ai.content.prompt",
    "gen_ai.task.input",
    "gen_ai.task.description",
    "gen_ai.task.expected_output",
    "gen_ai.workflow.input",
    "gen_ai.agent.input",
    "gen_ai.agent.instructions",
    "gen_ai.agent.goal",
    "gen_ai.agent.backstory",
    "gen_ai.request.instructions",
    "gen_ai.request.tools",
    "gen_ai.request.structured_output_schema",
    "gen_ai.bedrock.guardrail.input",
    "gen_ai.security.content.input.value",
    "system_prompt",
    "mcp.request.argument",
    "mcp.request.arguments",
    "db.query.embeddings.",
    "db.search.query",
    // OpenInference.
    "input.value",
    "llm.input_messages.",
    "llm.prompts",
    "llm.prompts.",
    "llm.prompt",
    "llm.prompt_template.",
    "llm.invocation_parameters",
    "llm.tools.",
    "llm.function_call",
    "message.",
    "tool.description",
    "tool.parameters",
    "tool.json_schema",
    "tool_call.function.arguments",
    "embedding.text",
    "embedding.embeddings.",
    "embedding.vector",
    "reranker.query",
    "reranker.input_documents.",
    "crew_agents",
    "crew_tasks",
    "crew_inputs",
    "formatted_description",
    "formatted_expected_output",
    "smolagents.task",
    "smolagents.additional_args",
    // Traceloop, Traccia and LiteLLM.
    "traceloop.entity.input",
    "traceloop.prompt.",
    "llm.request.functions.",
    "llm.headers",
    "llm.input",
    "agent.tool.input",
    "agent.input",
    "tool.input",
    "tool.arguments",
    "request_data",
    "tool_arguments",
    // Vercel.
    "ai.prompt",
    "ai.prompt.",
    "ai.toolCall.args",
    "ai.toolCall.input",
    "ai.value",
    "ai.values",
    "ai.schema",
    "ai.documents",
    // Langfuse and MLflow.
    "langfuse.observation.input",
    "langfuse.trace.input",
    "langfuse.input",
    "mlflow.spanInputs",
    "mlflow.traceInputs",
    "mlflow.chat.tools",
    "mlflow.chat.messages",
    // Logfire and Pydantic AI, whose words are everyday ones.
    "all_messages_events",
    "pydantic_ai.all_messages",
    "model_request_parameters",
    "tool_definitions",
    "raw_input",
    "events",
    "input",
    "instructions",
    // Google ADK.
    "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.tool_call_args",
    "gcp.vertex.agent.data",
    // LiveKit.
    "lk.instructions",
    "lk.chat_ctx",
    "lk.user_input",
    "lk.user_transcript",
    "lk.input_text",
    "lk.function_tools",
    "lk.provider_tools",
    "lk.tool_sets",
    "lk.function_tool.arguments",
    // Haystack, Genkit, AgentOps, Spring AI and Braintrust.
    "haystack.component.input",
    "haystack.pipeline.input_data",
    "genkit:input",
    "agentops.entity.input",
    "spring.ai.tool.call.arguments",
    "spring.ai.tool.definition.schema",
    "db.vector.query.content",
    "braintrust.input",
    "braintrust.input_json",
    "braintrust.expected",
];

/// Attributes with what comes back. A prefix ends in a dot.
const OUTPUTS: &[&str] = &[
    // The GenAI conventions, with what Traceloop, OpenLIT, Strands and LangSmith add to them.
    "gen_ai.output.messages",
    "gen_ai.completion",
    "gen_ai.completion.",
    "gen_ai.tool.call.result",
    "gen_ai.tool.output",
    "gen_ai.tool.result",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.records",
    "gen_ai.evaluation.explanation",
    "gen_ai.choice",
    "gen_ai.content.completion",
    "gen_ai.task.output",
    "gen_ai.workflow.output",
    "gen_ai.agent.output",
    "gen_ai.bedrock.guardrail.output",
    "gen_ai.security.content.output.value",
    "mcp.response.value",
    "db.query.result.",
    "db.search.result.",
    // OpenInference.
    "output.value",
    "llm.output_messages.",
    "llm.choices",
    "llm.choices.",
    "llm.completions",
    "llm.completions.",
    "llm.completion",
    "retrieval.documents.",
    "reranker.output_documents.",
    "document.content",
    // Traceloop, Traccia and LiteLLM.
    "traceloop.entity.output",
    "llm.output",
    "agent.tool.output",
    "agent.output",
    "tool.output",
    "tool.result",
    "response_data",
    "tool_response",
    // Vercel.
    "ai.response.text",
    "ai.response.object",
    "ai.response.toolCalls",
    "ai.response.reasoning",
    "ai.response.files",
    "ai.result.",
    "ai.toolCall.result",
    "ai.toolCall.output",
    "ai.embedding",
    "ai.embeddings",
    "ai.ranking",
    // Langfuse and MLflow.
    "langfuse.observation.output",
    "langfuse.trace.output",
    "langfuse.output",
    "mlflow.spanOutputs",
    "mlflow.traceOutputs",
    "mlflow.chunk.value",
    // Logfire and Pydantic AI, whose words are everyday ones.
    "final_result",
    "response",
    "output",
    "return_value",
    // Google ADK.
    "gcp.vertex.agent.llm_response",
    "gcp.vertex.agent.tool_response",
    // LiveKit.
    "lk.response.text",
    "lk.response.function_calls",
    "lk.function_tool.output",
    // Haystack, Genkit, AgentOps, Spring AI and Braintrust.
    "haystack.component.output",
    "haystack.pipeline.output_data",
    "genkit:output",
    "agentops.entity.output",
    "spring.ai.tool.call.result",
    "db.vector.query.response.documents",
    "braintrust.output",
    "braintrust.output_json",
];

/// Ends of `llm.openai.messages` and its like: LiteLLM writes each field of a request and of an answer under the name of
/// the provider, whichever that is.
const PROVIDER_INPUTS: &[&str] = &[
    "messages",
    "prompt",
    "input",
    "system",
    "instructions",
    "contents",
    "documents",
    "tools",
    "functions",
    "extra_body",
    "response_format",
];
const PROVIDER_OUTPUTS: &[&str] =
    &["choices", "content", "completion", "output", "output_text", "candidates", "response"];

/// Returns the last part of `llm.{provider}.{field}`.
fn provider_field(key: &str) -> Option<&str> {
    key.strip_prefix("llm.")?.split_once('.').map(|(_, field)| field)
}

/// Hashes keys eight bytes at a time. Nobody gains from keys that collide, against which the standard library's hasher takes
/// its time: what is in the table here is ours, and where others' keys are remembered, each has one slot.
#[derive(Debug, Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        // An odd number without a pattern in its bits: 2⁶⁴ divided by the golden ratio.
        let mut mix = |part: u64| self.0 = (self.0.rotate_left(5) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (eights, rest) = bytes.as_chunks();
        eights.iter().for_each(|eight| mix(u64::from_le_bytes(*eight)));
        mix(rest.iter().fold(0, |part, byte| part << 8 | u64::from(*byte)));
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// All of it by key: a look-up per part of a key, whatever the lists have.
static KNOWN: LazyLock<HashMap<&'static str, Role, BuildHasherDefault<KeyHasher>>> = LazyLock::new(|| {
    let lists = [(OUTPUTS, Role::Output), (INPUTS, Role::Input), (FACTS, Role::Fact)];
    lists.into_iter().flat_map(|(keys, role)| keys.iter().map(move |key| (*key, role))).collect()
});

/// Returns what the value of an attribute is.
pub(crate) fn role(key: &str) -> Role {
    // Names of prompts are no content, and usage under a content prefix is a figure.
    let is_of_message = ["gen_ai.", "llm.", "ai."].iter().any(|prefix| key.starts_with(prefix))
        && (key.ends_with(".role") || key.ends_with(".finish_reason"));
    if key == "gen_ai.prompt.name" || is_of_message {
        return Role::Fact;
    }
    let dots = key.bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(dot, _)| dot + 1);
    let (mut is_input, mut is_output) = (false, false);
    for part in dots.chain([key.len()]).filter_map(|end| key.get(..end)) {
        match KNOWN.get(part) {
            Some(Role::Fact) => return Role::Fact,
            Some(Role::Input) => is_input = true,
            Some(Role::Output) => is_output = true,
            Some(Role::Text) | None => {}
        }
    }
    let is_field_of = |fields: &[&str]| provider_field(key).is_some_and(|field| fields.contains(&field));
    if is_input || is_field_of(PROVIDER_INPUTS) {
        Role::Input
    } else if is_output || is_field_of(PROVIDER_OUTPUTS) {
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
            ("user.role", Role::Text),
            ("rpc.method", Role::Fact),
            ("rpc.grpc.request.metadata.authorization", Role::Text),
            ("otel.status_description", Role::Text),
            ("code.stacktrace", Role::Text),
            ("gen_ai.prompt.name", Role::Fact),
            ("llm.output_messages.0.message.content", Role::Output),
            ("ai.response.text", Role::Output),
            ("gen_ai.task.output", Role::Output),
            ("llm.anthropic.messages", Role::Input),
            ("llm.openai.choices", Role::Output),
            ("llm.openai.id", Role::Text),
            ("gcp.vertex.agent.tool_response", Role::Output),
            ("lk.chat_ctx", Role::Input),
            ("lk.speech_id", Role::Text),
            ("customer.note", Role::Text),
        ] {
            assert_eq!(role(key), expected, "{key}");
        }
    }
}
