//! Names of our own (`otel_genai.*`), for what no convention has a name for.

// One call, one count

/// Tells what a span stands for: `llm_call`, `roll_up`, `tool`, `agent`, `retrieval`, `guardrail` or
/// `other` (string).
pub const ROLE: &str = "otel_genai.role";

/// Names the span that already counts this call, as its hex span id (string). A span that has it counts
/// nothing.
pub const DUPLICATE_OF: &str = "otel_genai.duplicate_of";

/// Counts the model calls that one span stands for, set when it is known to be more than one (integer).
pub const CALLS_COVERED: &str = "otel_genai.calls_covered";

// Provenance of the usage

/// Tells where the token counts come from: `reported`, `partial` or `estimated` (string, see
/// [`Source`](crate::usage::Source)).
pub const USAGE_SOURCE: &str = "otel_genai.usage.source";

/// Names the method of an estimate, such as `tiktoken/o200k_base` (string).
pub const USAGE_METHOD: &str = "otel_genai.usage.method";

/// How far off an estimate of ours may be, relative to it: 0.05 is 5 % either way (double).
pub const USAGE_ERROR_MARGIN: &str = "otel_genai.usage.error_margin";

/// Tells that something was billed that an estimate could not see, such as an image (boolean, unset when false).
pub const USAGE_IS_LOWER_BOUND: &str = "otel_genai.usage.is_lower_bound";

/// Tells whether the recorded counts added up: `repaired:<rule>`, `assumed:<meaning>` or `contradictory` (string,
/// unset when consistent, see [`Conservation`](crate::usage::Conservation)).
pub const USAGE_CONSERVATION: &str = "otel_genai.usage.conservation";

// Usage that the conventions have no name for

/// Total that the provider reported, kept where input or output is unknown or where it contradicts them (integer).
pub const USAGE_TOTAL_TOKENS: &str = "otel_genai.usage.total_tokens";

/// Counts the cache writes that live five minutes (integer).
pub const USAGE_CACHE_WRITE_5M_INPUT_TOKENS: &str = "otel_genai.usage.cache_write_5m.input_tokens";

/// Counts the cache writes that live thirty minutes (integer).
pub const USAGE_CACHE_WRITE_30M_INPUT_TOKENS: &str = "otel_genai.usage.cache_write_30m.input_tokens";

/// Counts the cache writes that live one hour (integer).
pub const USAGE_CACHE_WRITE_1H_INPUT_TOKENS: &str = "otel_genai.usage.cache_write_1h.input_tokens";

/// Counts the cache writes that live twelve hours (integer).
pub const USAGE_CACHE_WRITE_12H_INPUT_TOKENS: &str = "otel_genai.usage.cache_write_12h.input_tokens";

/// Counts the video part of the input (integer).
pub const USAGE_VIDEO_INPUT_TOKENS: &str = "otel_genai.usage.video.input_tokens";

/// Counts the video part of the output (integer).
pub const USAGE_VIDEO_OUTPUT_TOKENS: &str = "otel_genai.usage.video.output_tokens";

/// Counts the video tokens read from a cache (integer).
pub const USAGE_VIDEO_CACHE_READ_INPUT_TOKENS: &str = "otel_genai.usage.video.cache_read.input_tokens";

/// Counts the input tokens that the provider's own tools brought in, part of the input (integer).
pub const USAGE_TOOL_USE_INPUT_TOKENS: &str = "otel_genai.usage.tool_use.input_tokens";

/// Counts citation tokens billed apart from the prompt (integer, Perplexity).
pub const USAGE_CITATION_INPUT_TOKENS: &str = "otel_genai.usage.citation.input_tokens";

/// Counts the web searches that the provider ran and bills (integer).
pub const USAGE_WEB_SEARCHES: &str = "otel_genai.usage.web_searches";

/// Service tier that the provider answered with, such as `batch`, `priority` or `flex` (string).
pub const USAGE_SERVICE_TIER: &str = "otel_genai.usage.service_tier";

/// Region that the provider says it computed in, where it bills by that (string).
pub const USAGE_GEO: &str = "otel_genai.usage.geo";

/// Speed class that the provider billed, such as `fast` (string).
pub const USAGE_SPEED: &str = "otel_genai.usage.speed";

/// Size of the web content that a search could bring in: `low`, `medium` or `high` (string, Perplexity).
pub const USAGE_SEARCH_CONTEXT_SIZE: &str = "otel_genai.usage.search_context_size";

/// Counts the input tokens that are billed, where those differ from what the model saw (integer, Cohere).
pub const USAGE_BILLED_INPUT_TOKENS: &str = "otel_genai.usage.billed.input_tokens";

/// Counts the output tokens that are billed, where those differ from what the model wrote (integer, Cohere).
pub const USAGE_BILLED_OUTPUT_TOKENS: &str = "otel_genai.usage.billed.output_tokens";

/// Counts queries that are billed by number, such as the search units of a reranker (integer, Cohere).
pub const USAGE_QUERIES: &str = "otel_genai.usage.queries";

/// Counts the searches in stored files that the provider ran and bills (integer).
pub const USAGE_FILE_SEARCHES: &str = "otel_genai.usage.file_searches";

/// Counts the queries to a map service that the provider ran and bills (integer).
pub const USAGE_MAP_QUERIES: &str = "otel_genai.usage.map_queries";

/// Counts the sessions of a code interpreter that the provider bills (integer).
pub const USAGE_CODE_SESSIONS: &str = "otel_genai.usage.code_sessions";

/// Counts the images in the input, where those are billed by number (integer).
pub const USAGE_INPUT_IMAGES: &str = "otel_genai.usage.input_images";

/// Counts the images that were made, where those are billed by number (integer).
pub const USAGE_OUTPUT_IMAGES: &str = "otel_genai.usage.output_images";

/// Counts the characters of input, where those are billed instead of tokens (integer).
pub const USAGE_INPUT_CHARACTERS: &str = "otel_genai.usage.input_characters";

/// Counts the characters of output, where those are billed instead of tokens (integer).
pub const USAGE_OUTPUT_CHARACTERS: &str = "otel_genai.usage.output_characters";

/// Counts the pages that were read, where those are billed instead of tokens (integer).
pub const USAGE_PAGES: &str = "otel_genai.usage.pages";

/// Seconds of audio or video that were made, where those are billed instead of tokens (double, seconds).
pub const USAGE_OUTPUT_SECONDS: &str = "otel_genai.usage.output_seconds";

/// Seconds of audio, where those are billed instead of tokens (double, seconds).
pub const USAGE_AUDIO_SECONDS: &str = "otel_genai.usage.audio_seconds";

/// Cost that the provider itself reported (double, USD).
pub const USAGE_REPORTED_COST: &str = "otel_genai.usage.reported_cost";

// Streams

/// Times between the chunks of a streamed answer, from the first on (doubles, seconds).
pub const RESPONSE_TIME_PER_OUTPUT_CHUNK: &str = "otel_genai.response.time_per_output_chunk";

// Cost, beside `llm.cost.*`

/// Tells why a counted call has no cost: `no_model`, `unknown_model`, `unknown_provider`, `no_usage` or `unknown_rate`
/// (string).
pub const COST_UNKNOWN: &str = "otel_genai.cost.unknown";

/// Lists what the cost rests on where that is not certain, such as `date_stripped` or `partial_usage` (strings).
pub const COST_NOTES: &str = "otel_genai.cost.notes";

/// What the price table says where the provider's own figure was taken (double, USD).
pub const COST_BY_TABLE: &str = "otel_genai.cost.by_table";

/// What the instrumentation had recorded as the cost (double, USD).
pub const COST_RECORDED: &str = "otel_genai.cost.recorded";

/// Our cost less the one that the instrumentation recorded (double, USD).
pub const COST_DIFFERENCE: &str = "otel_genai.cost.difference";

/// Cost of images and video in the input, part of `llm.cost.prompt` (double, USD).
pub const COST_INPUT_IMAGE: &str = "otel_genai.cost.input_image";

/// Cost of images and video in the output, part of `llm.cost.completion` (double, USD).
pub const COST_OUTPUT_IMAGE: &str = "otel_genai.cost.output_image";

/// Cost of cited sources, in neither prompt nor completion (double, USD, Perplexity).
pub const COST_CITATION: &str = "otel_genai.cost.citation";

/// Cost of what is billed by the piece, such as searches; in neither prompt nor completion (double, USD).
pub const COST_FEES: &str = "otel_genai.cost.fees";

// Sums over a trace, on its local root

/// Sums the input tokens of every counted call (integer).
pub const TRACE_INPUT_TOKENS: &str = "otel_genai.trace.input_tokens";

/// Sums the output tokens of every counted call (integer).
pub const TRACE_OUTPUT_TOKENS: &str = "otel_genai.trace.output_tokens";

/// Sums the cached input tokens of every counted call (integer).
pub const TRACE_CACHE_READ_INPUT_TOKENS: &str = "otel_genai.trace.cache_read.input_tokens";

/// Sums the cache writes of every counted call (integer).
pub const TRACE_CACHE_WRITE_INPUT_TOKENS: &str = "otel_genai.trace.cache_write.input_tokens";

/// Sums the reasoning tokens of every counted call (integer).
pub const TRACE_REASONING_OUTPUT_TOKENS: &str = "otel_genai.trace.reasoning.output_tokens";

/// Sums the cost of every counted call that has a price (double, USD).
pub const TRACE_COST: &str = "otel_genai.trace.cost";

/// Counts the calls that have no price, so that [`TRACE_COST`] is a lower bound (integer, unset when zero).
pub const TRACE_UNPRICED_CALLS: &str = "otel_genai.trace.unpriced_calls";

/// Counts the model calls, duplicates and roll-ups excluded (integer).
pub const TRACE_LLM_CALLS: &str = "otel_genai.trace.llm_calls";

/// Counts the tool calls (integer).
pub const TRACE_TOOL_CALLS: &str = "otel_genai.trace.tool_calls";

/// Counts the spans with an error (integer).
pub const TRACE_ERRORS: &str = "otel_genai.trace.errors";

/// Lists the distinct models, sorted (strings).
pub const TRACE_MODELS: &str = "otel_genai.trace.models";

/// Lists the distinct agents, sorted (strings).
pub const TRACE_AGENTS: &str = "otel_genai.trace.agents";

// Facts that later stages need from raw text

/// Keyed hash of a tool call's arguments, to tell a repeated call without its text (string, hex).
pub const TOOL_ARGUMENTS_HASH: &str = "otel_genai.tool.arguments_hash";

// The run that a span belongs to

/// Names the project that the run belongs to (string).
pub const PROJECT: &str = "otel_genai.project";

/// Identifies the tenant that the run is for (string).
pub const TENANT: &str = "otel_genai.tenant";

/// Labels of the run (strings).
pub const TAGS: &str = "otel_genai.tags";

// What redaction did

/// Counts the places that redaction changed or reported on this span (integer, unset when zero).
pub const REDACTION_COUNT: &str = "otel_genai.redaction.count";

/// Lists the rules that found something, sorted (strings). Never says what they found.
pub const REDACTION_RULES: &str = "otel_genai.redaction.rules";

/// Counts the values that were removed because scanning them failed (integer, unset when zero).
pub const REDACTION_FAILURES: &str = "otel_genai.redaction.failures";

// Which traces survived

/// Names the rule by which the span's trace was kept; `ratio` for those that no rule is for (string).
pub const SAMPLING_RULE: &str = "otel_genai.sampling.rule";

/// Counts the spans that were cut from the trace because it had too many or was too deep (integer, on the local root).
pub const TRACE_CUT_SPANS: &str = "otel_genai.trace.cut_spans";
