//! Names of the OpenTelemetry GenAI conventions (`gen_ai.*`) and the core names they use.
//!
//! As of `open-telemetry/semantic-conventions-genai`, main, 2026-10-09, where every name is in development; deprecated
//! names are those that core 1.41 still carried.

// Operation, provider, output

/// Names what the span did (string, open enumeration, see [`Operation`](crate::Operation)).
pub const OPERATION_NAME: &str = "gen_ai.operation.name";

/// Names whose telemetry flavour this is, such as `openai` or `aws.bedrock` (string, open enumeration, see
/// [`provider::canonical`](crate::provider::canonical)).
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";

/// Deprecated name of [`PROVIDER_NAME`] (string).
pub const SYSTEM: &str = "gen_ai.system";

/// Names the requested modality: `text`, `json`, `image` or `speech` (string, open enumeration).
pub const OUTPUT_TYPE: &str = "gen_ai.output.type";

/// Identifies the data source of a retrieval (string).
pub const DATA_SOURCE_ID: &str = "gen_ai.data_source.id";

// Request

/// Names the model that was asked for, exactly as requested (string).
pub const REQUEST_MODEL: &str = "gen_ai.request.model";

/// Limits the output tokens (integer).
pub const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";

/// Counts the choices asked for; set when it is not 1 (integer).
pub const REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";

/// Sampling temperature (double).
pub const REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";

/// Nucleus sampling bound (double).
pub const REQUEST_TOP_P: &str = "gen_ai.request.top_p";

/// Top-k decoding bound (integer; a double before core conventions 1.42).
pub const REQUEST_TOP_K: &str = "gen_ai.request.top_k";

/// Sequences that end the generation (strings).
pub const REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";

/// Frequency penalty (double).
pub const REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";

/// Presence penalty (double).
pub const REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";

/// Seed for reproducible answers (integer).
pub const REQUEST_SEED: &str = "gen_ai.request.seed";

/// Encodings asked of an embedding (strings).
pub const REQUEST_ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";

/// True when the answer was streamed; unset otherwise (boolean).
pub const REQUEST_STREAM: &str = "gen_ai.request.stream";

/// Reasoning effort, the exact string that was sent (string).
pub const REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";

/// Identifies the response that this request continues (string).
pub const REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";

/// Where a fetched stream resumes (string, `fetch_response` only).
pub const REQUEST_STREAM_CURSOR: &str = "gen_ai.request.stream_cursor";

// Response

/// Identifies the response, unique per call at its provider (string).
pub const RESPONSE_ID: &str = "gen_ai.response.id";

/// Names the model that answered (string).
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";

/// Tells why generation stopped, one item per choice (strings).
pub const RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";

/// Life-cycle state of a stored response: `queued`, `in_progress`, `completed`, `incomplete`, `failed`,
/// `cancelled` (string).
pub const RESPONSE_STATUS: &str = "gen_ai.response.status";

/// Time from the request to the first chunk of a streamed answer (double, seconds).
pub const RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";

// Usage: every detail is a subset of its total

/// Counts all input tokens, cached ones included (integer).
pub const USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";

/// Counts all output tokens, reasoning included (integer).
pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";

/// Counts the input tokens read from a cache, part of [`USAGE_INPUT_TOKENS`] (integer).
pub const USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";

/// Counts the input tokens written to a cache, part of [`USAGE_INPUT_TOKENS`] (integer). The newest name;
/// see [`USAGE_CACHE_CREATION_INPUT_TOKENS`].
pub const USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";

/// Name of [`USAGE_CACHE_WRITE_INPUT_TOKENS`] up to 2026, which most backends read (integer).
pub const USAGE_CACHE_CREATION_INPUT_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";

/// Counts the tokens of hidden reasoning, part of [`USAGE_OUTPUT_TOKENS`] (integer).
pub const USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";

/// Counts the text part of the input (integer).
pub const USAGE_TEXT_INPUT_TOKENS: &str = "gen_ai.usage.text.input_tokens";

/// Counts the audio part of the input (integer).
pub const USAGE_AUDIO_INPUT_TOKENS: &str = "gen_ai.usage.audio.input_tokens";

/// Counts the image part of the input (integer).
pub const USAGE_IMAGE_INPUT_TOKENS: &str = "gen_ai.usage.image.input_tokens";

/// Counts the text part of the output (integer).
pub const USAGE_TEXT_OUTPUT_TOKENS: &str = "gen_ai.usage.text.output_tokens";

/// Counts the audio part of the output (integer).
pub const USAGE_AUDIO_OUTPUT_TOKENS: &str = "gen_ai.usage.audio.output_tokens";

/// Counts the image part of the output (integer).
pub const USAGE_IMAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.image.output_tokens";

/// Counts the text tokens read from a cache (integer).
pub const USAGE_TEXT_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.text.cache_read.input_tokens";

/// Counts the audio tokens read from a cache (integer).
pub const USAGE_AUDIO_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.audio.cache_read.input_tokens";

/// Counts the image tokens read from a cache (integer).
pub const USAGE_IMAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.image.cache_read.input_tokens";

/// Deprecated name of [`USAGE_INPUT_TOKENS`] (integer).
pub const USAGE_PROMPT_TOKENS: &str = "gen_ai.usage.prompt_tokens";

/// Deprecated name of [`USAGE_OUTPUT_TOKENS`] (integer).
pub const USAGE_COMPLETION_TOKENS: &str = "gen_ai.usage.completion_tokens";

/// Dimension of the token metrics, never on spans: `text`, `image`, `audio`, `unknown` (string).
pub const TOKEN_MODALITY: &str = "gen_ai.token.modality";

/// Dimension of the `compat` token metric, never on spans: `input` or `output` (string).
pub const TOKEN_TYPE: &str = "gen_ai.token.type";

// Conversation, agent, workflow, skill

/// Identifies the conversation, session or thread (string).
pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";

/// True when the conversation was compacted (boolean, only ever true).
pub const CONVERSATION_COMPACTED: &str = "gen_ai.conversation.compacted";

/// Identifies a hosted agent (string).
pub const AGENT_ID: &str = "gen_ai.agent.id";

/// Names the agent (string).
pub const AGENT_NAME: &str = "gen_ai.agent.name";

/// Describes the agent (string).
pub const AGENT_DESCRIPTION: &str = "gen_ai.agent.description";

/// Version of the agent (string).
pub const AGENT_VERSION: &str = "gen_ai.agent.version";

/// Names the workflow, in few distinct values (string).
pub const WORKFLOW_NAME: &str = "gen_ai.workflow.name";

// Tool

/// Names the tool (string).
pub const TOOL_NAME: &str = "gen_ai.tool.name";

/// Identifies one call of a tool (string).
pub const TOOL_CALL_ID: &str = "gen_ai.tool.call.id";

/// Describes the tool (string, sensitive).
pub const TOOL_DESCRIPTION: &str = "gen_ai.tool.description";

/// Kind of tool: `function`, `extension` or `datastore` (string).
pub const TOOL_TYPE: &str = "gen_ai.tool.type";

/// Arguments of a tool call (JSON, sensitive).
pub const TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";

/// Result of a tool call that succeeded (JSON, sensitive).
pub const TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";

/// Tools that were offered to the model (JSON, sensitive).
pub const TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";

// Retrieval, embeddings, memory

/// Length of an embedding vector (integer).
pub const EMBEDDINGS_DIMENSION_COUNT: &str = "gen_ai.embeddings.dimension.count";

/// Query of a retrieval (string, sensitive).
pub const RETRIEVAL_QUERY_TEXT: &str = "gen_ai.retrieval.query.text";

/// Number of documents asked for (integer).
pub const RETRIEVAL_TOP_K: &str = "gen_ai.retrieval.top_k";

/// Documents found, `[{"id","score"}]` (JSON).
pub const RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";

/// Identifies a memory store (string).
pub const MEMORY_STORE_ID: &str = "gen_ai.memory.store.id";

/// Identifies a memory record (string).
pub const MEMORY_RECORD_ID: &str = "gen_ai.memory.record.id";

/// Counts memory records returned or attempted (integer).
pub const MEMORY_RECORD_COUNT: &str = "gen_ai.memory.record.count";

/// Query of a memory search (string, sensitive).
pub const MEMORY_QUERY_TEXT: &str = "gen_ai.memory.query.text";

/// Memory records (JSON, sensitive).
pub const MEMORY_RECORDS: &str = "gen_ai.memory.records";

// Content, evaluation, prompt

/// Instructions that the API takes apart from the messages (JSON parts, sensitive).
pub const SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";

/// Messages sent to the model, in order (JSON, sensitive).
pub const INPUT_MESSAGES: &str = "gen_ai.input.messages";

/// Messages the model answered, one per choice (JSON, sensitive).
pub const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";

/// Removed name of [`INPUT_MESSAGES`], free text or JSON (string, sensitive).
pub const PROMPT: &str = "gen_ai.prompt";

/// Removed name of [`OUTPUT_MESSAGES`], free text or JSON (string, sensitive).
pub const COMPLETION: &str = "gen_ai.completion";

/// Names the prompt template (string).
pub const PROMPT_NAME: &str = "gen_ai.prompt.name";

/// Version of the prompt template (string).
pub const PROMPT_VERSION: &str = "gen_ai.prompt.version";

/// Names an evaluation metric (string).
pub const EVALUATION_NAME: &str = "gen_ai.evaluation.name";

/// Score of an evaluation (double).
pub const EVALUATION_SCORE_VALUE: &str = "gen_ai.evaluation.score.value";

/// Label of an evaluation, such as `pass` (string).
pub const EVALUATION_SCORE_LABEL: &str = "gen_ai.evaluation.score.label";

/// Explains an evaluation (string, sensitive).
pub const EVALUATION_EXPLANATION: &str = "gen_ai.evaluation.explanation";

// Names of other groups that the GenAI conventions use

/// Class of error the operation ended with, in few distinct values (string, stable core convention).
pub const ERROR_TYPE: &str = "error.type";

/// Host of the endpoint (string, stable core convention).
pub const SERVER_ADDRESS: &str = "server.address";

/// Port of the endpoint (integer, stable core convention).
pub const SERVER_PORT: &str = "server.port";

/// Service tier that OpenAI answered with (string).
pub const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";

/// Service tier that was asked of OpenAI (string).
pub const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";

/// OpenAI API that was called: `chat_completions` or `responses` (string).
pub const OPENAI_API_TYPE: &str = "openai.api.type";

/// Identifies the Bedrock guardrail (string).
pub const AWS_BEDROCK_GUARDRAIL_ID: &str = "aws.bedrock.guardrail.id";

/// Identifies the session that a user's interactions belong to (string, core convention).
pub const SESSION_ID: &str = "session.id";

/// Identifies the user (string, core convention).
pub const USER_ID: &str = "user.id";

/// Names the deployment environment, such as `production` (string, stable core convention).
pub const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";
