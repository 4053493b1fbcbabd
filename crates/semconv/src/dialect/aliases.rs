//! The alias table: which attribute of which dialect means what.
//!
//! Each group names the version of the library whose source or output it was read from (2026-11). Groups stand in order
//! of precedence, and so do the rows of a group: where a span tells the same thing twice, the first row counts. The names
//! of the conventions and of ours stand before all of them and are not repeated here.

use super::fact::Fact::{self, *};
use crate::TokenField;

/// When a group's names mean what it says. Most names are unmistakable; a few are everyday words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// Only in spans of a scope that starts so.
    Scope(&'static str),
    /// Only in spans whose name starts with one of these.
    Name(&'static [&'static str]),
}

/// The names of one dialect, or of one of its versions.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) when: When,
    pub(super) tokens: &'static [(&'static str, TokenField)],
    pub(super) facts: &'static [(&'static str, Fact)],
}

pub(super) const GROUPS: &[Group] = &[
    // Former names of the conventions (core 1.27 to 1.41), and spellings that several libraries share.
    Group {
        when: When::Always,
        tokens: &[
            ("gen_ai.usage.cache_creation.input_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.prompt_tokens", TokenField::Input),
            ("gen_ai.usage.completion_tokens", TokenField::Output),
            ("gen_ai.usage.total_tokens", TokenField::Total),
            ("gen_ai.usage.cache_read_input_tokens", TokenField::CacheRead),
            ("gen_ai.usage.cache_write_input_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.cache_creation_input_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.cached_tokens", TokenField::CacheRead),
            ("gen_ai.usage.input_tokens.cached", TokenField::CacheRead),
            ("gen_ai.usage.reasoning_tokens", TokenField::Reasoning),
            ("gen_ai.usage.output_tokens.reasoning", TokenField::Reasoning),
            ("gen_ai.usage.input_tokens.cache_write", TokenField::CacheWrite),
            ("gen_ai.usage.cache_read_tokens", TokenField::CacheRead),
            ("gen_ai.usage.cache_write_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.cache_creation_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.input_tokens_details.cached_tokens", TokenField::CacheRead),
            ("gen_ai.usage.output_tokens_details.reasoning_tokens", TokenField::Reasoning),
            ("gen_ai.usage.tool_use.input_tokens", TokenField::ToolUseInput),
        ],
        facts: &[
            ("gen_ai.system", Provider),
            ("gen_ai.response.model_name", ResponseModel),
            ("gen_ai.response.finish_reason", FinishReasons),
            ("gen_ai.openai.request.seed", Seed),
            ("openai.response.service_tier", ServiceTier),
            ("gen_ai.openai.response.service_tier", ServiceTier),
            ("http.url", Url),
            ("session.id", ConversationId),
            ("gen_ai.prompt", AnyInput),
            ("gen_ai.completion", AnyOutput),
        ],
    },
    // `openinference-semantic-conventions` 0.1.42 and the spec of 2026-08-21.
    Group {
        when: When::Always,
        tokens: &[
            ("llm.token_count.prompt", TokenField::Input),
            ("llm.token_count.completion", TokenField::Output),
            ("llm.token_count.total", TokenField::Total),
            ("llm.token_count.prompt_details.cache_read", TokenField::CacheRead),
            ("llm.token_count.prompt_details.cache_input", TokenField::CacheRead),
            ("llm.token_count.prompt_details.cache_write", TokenField::CacheWrite),
            ("llm.token_count.prompt_details.audio", TokenField::AudioInput),
            ("llm.token_count.completion_details.reasoning", TokenField::Reasoning),
            ("llm.token_count.completion_details.audio", TokenField::AudioOutput),
        ],
        facts: &[
            ("openinference.span.kind", Kind),
            ("llm.provider", Provider),
            ("llm.system", ProviderSystem),
            ("llm.request.model_name", RequestModel),
            ("llm.response.model_name", ResponseModel),
            ("llm.model_name", RequestModel),
            ("embedding.model_name", RequestModel),
            ("reranker.model_name", RequestModel),
            ("llm.finish_reason", FinishReasons),
            ("tool.name", ToolName),
            ("tool.id", ToolCallId),
            ("tool.description", ToolDescription),
            ("agent.name", AgentName),
            ("input.value", AnyInput),
            ("output.value", AnyOutput),
            ("output.value", AnswerJson),
        ],
    },
    // `opentelemetry-semantic-conventions-ai` 0.5.1; the `llm.usage.*` names are those of its 2023 releases, and of
    // Traccia 0.1.33, which has more of them.
    Group {
        when: When::Always,
        tokens: &[
            ("llm.usage.prompt_tokens", TokenField::Input),
            ("llm.usage.completion_tokens", TokenField::Output),
            ("llm.usage.total_tokens", TokenField::Total),
            ("llm.usage.reasoning_tokens", TokenField::Reasoning),
        ],
        facts: &[
            ("traceloop.span.kind", Kind),
            ("llm.request.type", Operation),
            ("llm.response.finish_reason", FinishReasons),
            ("llm.response.stop_reason", FinishReasons),
            ("gen_ai.response.stop_reason", FinishReasons),
            ("gen_ai.is_streaming", Stream),
            ("llm.is_streaming", Stream),
            ("llm.temperature", Temperature),
            ("llm.top_k", TopK),
            ("llm.frequency_penalty", FrequencyPenalty),
            ("llm.presence_penalty", PresencePenalty),
            ("llm.chat.stop_sequences", StopSequences),
            ("gen_ai.request.n", ChoiceCount),
            ("gen_ai.request.max_completion_tokens", MaxTokens),
            ("gen_ai.request.reasoning_effort", ReasoningLevel),
            ("gen_ai.openai.api_base", Url),
            ("llm.openai.api_base", Url),
            ("gen_ai.openai.api_version", AzureVersion),
            ("llm.openai.api_version", AzureVersion),
            ("traceloop.entity.input", AnyInput),
            ("traceloop.entity.output", AnyOutput),
            ("traceloop.workflow.name", WorkflowName),
            ("traceloop.association.properties.session_id", ConversationId),
        ],
    },
    // Traccia 0.1.33; the `llm.token.*` names are those of its README.
    Group {
        when: When::Always,
        tokens: &[
            ("llm.usage.input_tokens", TokenField::Input),
            ("llm.usage.output_tokens", TokenField::Output),
            ("llm.usage.cache_read_tokens", TokenField::CacheRead),
            ("llm.usage.cached_tokens", TokenField::CacheRead),
            ("llm.usage.cache_write_tokens", TokenField::CacheWrite),
            ("llm.usage.thought_tokens", TokenField::Reasoning),
            ("llm.usage.tool_use_tokens", TokenField::ToolUseInput),
            ("llm.token.prompt_tokens", TokenField::Input),
            ("llm.token.completion_tokens", TokenField::Output),
            ("llm.token.total_tokens", TokenField::Total),
        ],
        facts: &[
            ("span.type", Kind),
            ("agent.span.type", Kind),
            ("llm.vendor", Provider),
            ("llm.model", RequestModel),
            ("llm.stop_reason", FinishReasons),
            ("llm.usage.prompt_source", InputSource),
            ("llm.usage.completion_source", OutputSource),
            ("llm.usage.source", CountsSource),
            ("llm.max_tokens", MaxTokens),
            ("llm.streaming", Stream),
            ("llm.openai.messages", InputMessages),
            ("llm.openai.input", InputMessages),
            ("llm.prompt", InputMessages),
            ("llm.input", InputMessages),
            ("llm.completion", OutputMessages),
            ("llm.output", OutputMessages),
            ("agent.tool.name", ToolName),
            ("agent.tool.input", ToolArguments),
            ("agent.tool.output", ToolResult),
            ("agent.id", AgentId),
        ],
    },
    // `@ai-sdk/otel` 1.0.173 and `ai` 3 to 7: three generations of usage, newest first.
    Group {
        when: When::Always,
        tokens: &[
            ("ai.usage.inputTokens", TokenField::Input),
            ("ai.usage.promptTokens", TokenField::Input),
            ("ai.usage.outputTokens", TokenField::Output),
            ("ai.usage.completionTokens", TokenField::Output),
            ("ai.usage.totalTokens", TokenField::Total),
            ("ai.usage.inputTokenDetails.cacheReadTokens", TokenField::CacheRead),
            ("ai.usage.cachedInputTokens", TokenField::CacheRead),
            ("ai.usage.inputTokenDetails.cacheWriteTokens", TokenField::CacheWrite),
            ("ai.usage.outputTokenDetails.reasoningTokens", TokenField::Reasoning),
            ("ai.usage.reasoningTokens", TokenField::Reasoning),
        ],
        facts: &[
            ("ai.operationId", Kind),
            ("ai.usage.inputTokenDetails.noCacheTokens", Uncached),
            ("ai.usage.outputTokenDetails.textTokens", VisibleOutput),
            ("ai.usage.tokens", EmbeddingTokens),
            ("ai.response.providerMetadata", UsageJson),
            ("ai.model.provider", Provider),
            ("ai.model.id", RequestModel),
            ("ai.response.model", ResponseModel),
            ("ai.response.id", ResponseId),
            ("ai.response.finishReason", FinishReasons),
            ("ai.finishReason", FinishReasons),
            ("ai.response.msToFirstChunk", MillisToFirstChunk),
            ("ai.stream.msToFirstChunk", MillisToFirstChunk),
            ("ai.settings.temperature", Temperature),
            ("ai.settings.maxOutputTokens", MaxTokens),
            ("ai.settings.maxTokens", MaxTokens),
            ("ai.settings.topP", TopP),
            ("ai.settings.topK", TopK),
            ("ai.settings.frequencyPenalty", FrequencyPenalty),
            ("ai.settings.presencePenalty", PresencePenalty),
            ("ai.settings.seed", Seed),
            ("ai.settings.stopSequences", StopSequences),
            ("ai.prompt.messages", InputMessages),
            ("ai.prompt", InputMessages),
            ("ai.response.text", OutputText),
            ("ai.response.object", OutputText),
            ("ai.result.text", OutputText),
            ("ai.result.object", OutputText),
            ("ai.response.toolCalls", OutputToolCalls),
            ("ai.result.toolCalls", OutputToolCalls),
            ("ai.response.reasoning", OutputReasoning),
            ("ai.prompt.tools", ToolDefinitions),
            ("ai.toolCall.name", ToolName),
            ("ai.toolCall.id", ToolCallId),
            ("ai.toolCall.args", ToolArguments),
            ("ai.toolCall.result", ToolResult),
            ("ai.telemetry.metadata.sessionId", ConversationId),
        ],
    },
    // Langfuse Python SDK 5.0.4.
    Group {
        when: When::Always,
        tokens: &[],
        facts: &[
            ("langfuse.observation.type", Kind),
            ("langfuse.observation.usage_details", UsageJson),
            ("langfuse.observation.model.name", RequestModel),
            ("langfuse.observation.metadata.ls_provider", Provider),
            ("langfuse.observation.metadata.finish_reason", FinishReasons),
            ("langfuse.observation.completion_start_time", FirstChunkAt),
            ("langfuse.observation.input", AnyInput),
            ("langfuse.observation.output", AnyOutput),
            ("langfuse.session.id", ConversationId),
            ("langfuse.trace.name", WorkflowName),
            ("langfuse.observation.metadata.lc_agent_name", AgentName),
        ],
    },
    // `pydantic_ai_slim` 2.68.0 (`details.*` are the provider's own names) and Logfire 5.2.0.
    Group {
        when: When::Always,
        tokens: &[
            ("gen_ai.usage.details.cache_read_tokens", TokenField::CacheRead),
            ("gen_ai.usage.details.cache_read_input_tokens", TokenField::CacheRead),
            ("gen_ai.usage.details.cached_content_tokens", TokenField::CacheRead),
            ("gen_ai.usage.details.cached_tokens", TokenField::CacheRead),
            ("gen_ai.usage.details.cache_write_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.details.cache_creation_input_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.details.reasoning_tokens", TokenField::Reasoning),
            ("gen_ai.usage.details.thoughts_tokens", TokenField::Reasoning),
            ("gen_ai.usage.details.input_audio_tokens", TokenField::AudioInput),
            ("gen_ai.usage.details.output_audio_tokens", TokenField::AudioOutput),
            ("gen_ai.usage.details.cache_audio_read_tokens", TokenField::AudioCacheRead),
            ("gen_ai.usage.details.text_prompt_tokens", TokenField::TextInput),
            ("gen_ai.usage.details.tool_use_prompt_tokens", TokenField::ToolUseInput),
        ],
        facts: &[
            ("gen_ai.usage.raw", UsageJson),
            ("pydantic_ai.all_messages", InputMessages),
            ("all_messages_events", InputMessages),
            ("tool_arguments", ToolArguments),
            ("tool_response", ToolResult),
        ],
    },
    Group {
        when: When::Scope("pydantic-ai"),
        tokens: &[],
        facts: &[("model_name", RequestModel), ("agent_name", AgentName), ("final_result", OutputMessages)],
    },
    // Logfire 5.2.0: everyday words, and the request and answer as JSON.
    Group {
        when: When::Scope("logfire"),
        tokens: &[],
        facts: &[
            ("usage", UsageJson),
            ("response_data", AnswerJson),
            ("response", AnswerJson),
            ("response_id", ResponseId),
            ("raw_input", InputMessages),
            ("events", OutputMessages),
            ("agent_name", AgentName),
            ("name", ToolName),
            ("input", ToolArguments),
            ("output", ToolResult),
        ],
    },
    // OpenLIT 1.35 (HEAD ad20b7b): `prompt_tokens_details.*` repeats what the conventions' names say.
    Group {
        when: When::Always,
        tokens: &[
            ("gen_ai.usage.prompt_tokens_details.cached_tokens", TokenField::CacheRead),
            ("gen_ai.usage.prompt_tokens_details.cache_creation_tokens", TokenField::CacheWrite),
            ("gen_ai.usage.completion_tokens_details.reasoning_tokens", TokenField::Reasoning),
            ("gen_ai.usage.completion_tokens_details.audio_tokens", TokenField::AudioOutput),
            ("gen_ai.token.usage.input", TokenField::Input),
            ("gen_ai.token.usage.output", TokenField::Output),
            ("gen_ai.token.usage.total", TokenField::Total),
        ],
        facts: &[
            ("gen_ai.tool.args", ToolArguments),
            ("gen_ai.tool.input", ToolArguments),
            ("gen_ai.tool.output", ToolResult),
        ],
    },
    // Strands Agents writes OpenLIT's name in milliseconds; all others write seconds.
    Group {
        when: When::Scope("strands"),
        tokens: &[],
        facts: &[("gen_ai.server.time_to_first_token", MillisToFirstChunk)],
    },
    Group {
        when: When::Scope("openlit"),
        tokens: &[],
        facts: &[("gen_ai.server.time_to_first_token", TimeToFirstChunk)],
    },
    // LangSmith's OTel exporter (langsmith 0.4, langchain-core 1.7).
    Group {
        when: When::Always,
        tokens: &[],
        facts: &[
            ("langsmith.span.kind", Kind),
            ("langsmith.metadata.usage_metadata", UsageJson),
            ("langsmith.metadata.ls_provider", Provider),
            ("langsmith.metadata.ls_model_name", RequestModel),
            ("langsmith.metadata.lc_agent_name", AgentName),
            ("langsmith.trace.session_id", ConversationId),
        ],
    },
    // Its `gen_ai.completion` is the whole LangChain result; elsewhere that name holds an answer's text.
    Group { when: When::Scope("langsmith"), tokens: &[], facts: &[("gen_ai.completion", AnswerJson)] },
    // MLflow 3.18.0, whose values are JSON text, texts in quotes.
    Group {
        when: When::Always,
        tokens: &[],
        facts: &[
            ("mlflow.spanType", Kind),
            ("mlflow.chat.tokenUsage", UsageJson),
            ("mlflow.llm.provider", Provider),
            ("mlflow.llm.model", ResponseModel),
            ("mlflow.message.format", ProviderSystem),
            ("mlflow.spanInputs", AnyInput),
            ("mlflow.spanOutputs", AnyOutput),
            ("mlflow.spanOutputs", AnswerJson),
            ("mlflow.chunk.value", AnswerJson),
            ("mlflow.chat.tools", ToolDefinitions),
        ],
    },
    Group {
        when: When::Scope("mlflow"),
        tokens: &[],
        facts: &[
            ("model", RequestModel),
            ("temperature", Temperature),
            ("max_tokens", MaxTokens),
            ("max_completion_tokens", MaxTokens),
            ("top_p", TopP),
            ("stream", Stream),
            ("reasoning_effort", ReasoningLevel),
        ],
    },
    // rig-core 0.36 to 0.46; the rest of what it writes are the conventions' names.
    Group {
        when: When::Always,
        tokens: &[("gen_ai.usage.tool_use_prompt_tokens", TokenField::ToolUseInput)],
        facts: &[],
    },
    // langchain-rust 7.0.0, whose fields are everyday words.
    Group {
        when: When::Name(&["llm.generate", "embed.documents", "embed.query"]),
        tokens: &[
            ("prompt_tokens", TokenField::Input),
            ("completion_tokens", TokenField::Output),
            ("total_tokens", TokenField::Total),
        ],
        facts: &[("provider", Provider), ("model", RequestModel), ("stream", Stream)],
    },
    Group {
        when: When::Name(&["tool.call", "chain.call"]),
        tokens: &[],
        facts: &[("tool", ToolName), ("chain", WorkflowName)],
    },
    // swiftide 0.33 with feature `langfuse`: fields of events inside the span.
    Group {
        when: When::Always,
        tokens: &[],
        facts: &[
            ("langfuse.type", Kind),
            ("langfuse.usage", UsageJson),
            ("langfuse.model", RequestModel),
            ("langfuse.input", AnyInput),
            ("langfuse.output", AnyOutput),
        ],
    },
    // `anthropic` 2.11.
    Group {
        when: When::Always,
        tokens: &[
            ("anthropic.usage.cache_creation.ephemeral_5m_input_tokens", TokenField::CacheWrite5m),
            ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", TokenField::CacheWrite1h),
        ],
        facts: &[
            ("anthropic.message.stop_reason", FinishReasons),
            ("anthropic.response.service_tier", ServiceTier),
        ],
    },
    // LiteLLM 1.109, whose usage is the text of a Python dictionary.
    Group {
        when: When::Always,
        tokens: &[],
        facts: &[("metadata.usage_object", UsageJson), ("litellm.provider.model", RequestModel)],
    },
    // Microsoft's agent-framework 1.9: the provider's own details.
    Group {
        when: When::Scope("agent_framework"),
        tokens: &[
            ("anthropic.cache_read_input_tokens", TokenField::CacheRead),
            ("anthropic.cache_creation_input_tokens", TokenField::CacheWrite),
            ("openai.cached_input_tokens", TokenField::CacheRead),
            ("openai.reasoning_tokens", TokenField::Reasoning),
        ],
        facts: &[],
    },
    // google-adk 1.14 to 2.3, whose output leaves the reasoning out as long as that has an experimental name.
    Group {
        when: When::Always,
        tokens: &[("gen_ai.usage.experimental.cached_tokens", TokenField::CacheRead)],
        facts: &[
            ("gen_ai.usage.experimental.reasoning_tokens", ReasoningBesideOutput),
            ("gcp.vertex.agent.llm_response", AnswerJson),
            ("gcp.vertex.agent.llm_request", InputMessages),
            ("gcp.vertex.agent.llm_response", OutputMessages),
            ("gcp.vertex.agent.session_id", ConversationId),
            ("gcp.vertex.agent.tool_call_args", ToolArguments),
            ("gcp.vertex.agent.tool_response", ToolResult),
        ],
    },
];

/// Attributes whose names carry numbers: one message, tool or document, spread over many attributes.
pub(super) const NUMBERED: &[(&str, Fact)] = &[
    ("llm.input_messages.", InputMessages),
    ("llm.output_messages.", OutputMessages),
    ("gen_ai.prompt.", InputMessages),
    ("gen_ai.completion.", OutputMessages),
    ("llm.prompts.", InputMessages),
    ("llm.choices.", OutputMessages),
    ("llm.tools.", ToolDefinitions),
    ("llm.request.functions.", ToolDefinitions),
    ("retrieval.documents.", RetrievalDocuments),
];
