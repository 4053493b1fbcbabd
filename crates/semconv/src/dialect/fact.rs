//! What an attribute of some dialect means.

use crate::names::{gen_ai, otel_genai};

/// What an attribute tells, apart from the token counts that [`TokenField`](crate::TokenField) names.
///
/// Those with a [`name`](Self::name) have an attribute of their own in a normalised span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    // What the span is.
    Role,
    Kind,
    Operation,
    // Who answered.
    Provider,
    ProviderSystem,
    AzureVersion,
    Address,
    Url,
    RequestModel,
    ResponseModel,
    ResponseId,
    FinishReasons,
    // Usage.
    Source,
    Method,
    Conservation,
    CallsCovered,
    Uncached,
    VisibleOutput,
    ReasoningBesideOutput,
    EmbeddingTokens,
    InputSource,
    OutputSource,
    CountsSource,
    UsageJson,
    AnswerJson,
    ServiceTier,
    Geo,
    Speed,
    SearchContextSize,
    WebSearches,
    BilledInput,
    BilledOutput,
    AudioSeconds,
    ReportedCost,
    // Time.
    TimeToFirstChunk,
    MillisToFirstChunk,
    FirstChunkAt,
    // Content.
    InputMessages,
    OutputMessages,
    SystemInstructions,
    AnyInput,
    AnyOutput,
    OutputText,
    OutputToolCalls,
    OutputReasoning,
    // Copied as they are.
    ToolDefinitions,
    ToolName,
    ToolCallId,
    ToolArguments,
    ToolResult,
    ToolDescription,
    AgentName,
    AgentId,
    AgentDescription,
    ConversationId,
    WorkflowName,
    Stream,
    Temperature,
    TopP,
    TopK,
    MaxTokens,
    FrequencyPenalty,
    PresencePenalty,
    Seed,
    StopSequences,
    ChoiceCount,
    ReasoningLevel,
    RetrievalQuery,
    RetrievalDocuments,
}

/// What a copied value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Text, without the quotes that some libraries leave on.
    Text,
    /// Whatever it is: JSON text, or a structured value.
    Json,
    Integer,
    Double,
    Boolean,
    Texts,
}

impl Fact {
    /// Number of facts.
    pub(super) const COUNT: usize = Self::RetrievalDocuments as usize + 1;

    /// Facts that are copied to an attribute of their own, with its name and form.
    pub(super) const COPIED: [(Self, &'static str, Form); 24] = [
        (Self::ToolDefinitions, gen_ai::TOOL_DEFINITIONS, Form::Json),
        (Self::ToolName, gen_ai::TOOL_NAME, Form::Text),
        (Self::ToolCallId, gen_ai::TOOL_CALL_ID, Form::Text),
        (Self::ToolArguments, gen_ai::TOOL_CALL_ARGUMENTS, Form::Json),
        (Self::ToolResult, gen_ai::TOOL_CALL_RESULT, Form::Json),
        (Self::ToolDescription, gen_ai::TOOL_DESCRIPTION, Form::Text),
        (Self::AgentName, gen_ai::AGENT_NAME, Form::Text),
        (Self::AgentId, gen_ai::AGENT_ID, Form::Text),
        (Self::AgentDescription, gen_ai::AGENT_DESCRIPTION, Form::Text),
        (Self::ConversationId, gen_ai::CONVERSATION_ID, Form::Text),
        (Self::WorkflowName, gen_ai::WORKFLOW_NAME, Form::Text),
        (Self::Stream, gen_ai::REQUEST_STREAM, Form::Boolean),
        (Self::Temperature, gen_ai::REQUEST_TEMPERATURE, Form::Double),
        (Self::TopP, gen_ai::REQUEST_TOP_P, Form::Double),
        (Self::TopK, gen_ai::REQUEST_TOP_K, Form::Integer),
        (Self::MaxTokens, gen_ai::REQUEST_MAX_TOKENS, Form::Integer),
        (Self::FrequencyPenalty, gen_ai::REQUEST_FREQUENCY_PENALTY, Form::Double),
        (Self::PresencePenalty, gen_ai::REQUEST_PRESENCE_PENALTY, Form::Double),
        (Self::Seed, gen_ai::REQUEST_SEED, Form::Integer),
        (Self::StopSequences, gen_ai::REQUEST_STOP_SEQUENCES, Form::Texts),
        (Self::ChoiceCount, gen_ai::REQUEST_CHOICE_COUNT, Form::Integer),
        (Self::ReasoningLevel, gen_ai::REQUEST_REASONING_LEVEL, Form::Text),
        (Self::RetrievalQuery, gen_ai::RETRIEVAL_QUERY_TEXT, Form::Text),
        (Self::RetrievalDocuments, gen_ai::RETRIEVAL_DOCUMENTS, Form::Json),
    ];

    /// Facts that a reading holds, with the attribute that a normalised span has for them.
    const READ: [(Self, &'static str); 26] = [
        (Self::Role, otel_genai::ROLE),
        (Self::Operation, gen_ai::OPERATION_NAME),
        (Self::Provider, gen_ai::PROVIDER_NAME),
        (Self::RequestModel, gen_ai::REQUEST_MODEL),
        (Self::ResponseModel, gen_ai::RESPONSE_MODEL),
        (Self::ResponseId, gen_ai::RESPONSE_ID),
        (Self::FinishReasons, gen_ai::RESPONSE_FINISH_REASONS),
        (Self::Source, otel_genai::USAGE_SOURCE),
        (Self::Method, otel_genai::USAGE_METHOD),
        (Self::Conservation, otel_genai::USAGE_CONSERVATION),
        (Self::CallsCovered, otel_genai::CALLS_COVERED),
        (Self::ServiceTier, otel_genai::USAGE_SERVICE_TIER),
        (Self::Geo, otel_genai::USAGE_GEO),
        (Self::Speed, otel_genai::USAGE_SPEED),
        (Self::SearchContextSize, otel_genai::USAGE_SEARCH_CONTEXT_SIZE),
        (Self::WebSearches, otel_genai::USAGE_WEB_SEARCHES),
        (Self::BilledInput, otel_genai::USAGE_BILLED_INPUT_TOKENS),
        (Self::BilledOutput, otel_genai::USAGE_BILLED_OUTPUT_TOKENS),
        (Self::AudioSeconds, otel_genai::USAGE_AUDIO_SECONDS),
        (Self::ReportedCost, otel_genai::USAGE_REPORTED_COST),
        (Self::TimeToFirstChunk, gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK),
        (Self::InputMessages, gen_ai::INPUT_MESSAGES),
        (Self::OutputMessages, gen_ai::OUTPUT_MESSAGES),
        (Self::SystemInstructions, gen_ai::SYSTEM_INSTRUCTIONS),
        (Self::Address, gen_ai::SERVER_ADDRESS),
        (Self::Url, "url.full"),
    ];

    /// Returns every attribute of a normalised span that holds a fact.
    pub(super) fn canonical() -> impl Iterator<Item = (&'static str, Self)> {
        let copied = Self::COPIED.iter().map(|(fact, name, _)| (*name, *fact));
        Self::READ.iter().map(|(fact, name)| (*name, *fact)).chain(copied)
    }
}
