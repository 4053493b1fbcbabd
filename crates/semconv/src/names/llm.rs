//! Names of cost and its provenance (`llm.cost.*`, `llm.pricing.*`).
//!
//! The cost names are OpenInference's, which backends read; the GenAI conventions have none (2026-11).

// Cost, in USD

/// Cost of the call (double, USD).
pub const COST_TOTAL: &str = "llm.cost.total";

/// Cost of the input, cached input included (double, USD).
pub const COST_PROMPT: &str = "llm.cost.prompt";

/// Cost of the output, reasoning included (double, USD).
pub const COST_COMPLETION: &str = "llm.cost.completion";

/// Cost of the uncached input (double, USD).
pub const COST_PROMPT_DETAILS_INPUT: &str = "llm.cost.prompt_details.input";

/// Cost of the input read from a cache (double, USD).
pub const COST_PROMPT_DETAILS_CACHE_READ: &str = "llm.cost.prompt_details.cache_read";

/// Cost of the input written to a cache (double, USD).
pub const COST_PROMPT_DETAILS_CACHE_WRITE: &str = "llm.cost.prompt_details.cache_write";

/// Cost of the audio input (double, USD).
pub const COST_PROMPT_DETAILS_AUDIO: &str = "llm.cost.prompt_details.audio";

/// Cost of the visible output (double, USD).
pub const COST_COMPLETION_DETAILS_OUTPUT: &str = "llm.cost.completion_details.output";

/// Cost of the reasoning (double, USD).
pub const COST_COMPLETION_DETAILS_REASONING: &str = "llm.cost.completion_details.reasoning";

/// Cost of the audio output (double, USD).
pub const COST_COMPLETION_DETAILS_AUDIO: &str = "llm.cost.completion_details.audio";

// Where the price comes from

/// Names the catalogue that priced the call, or `provider` for a reported cost (string).
pub const PRICING_SOURCE: &str = "llm.pricing.source";

/// Names the catalogue row that matched (string).
pub const PRICING_MODEL_KEY: &str = "llm.pricing.model_key";

/// Tells when the catalogue was generated (string, RFC 3339).
pub const PRICING_GENERATED_AT: &str = "llm.pricing.generated_at";

/// Age of the catalogue when the call was priced (integer, days).
pub const PRICING_AGE_DAYS: &str = "llm.pricing.age_days";
