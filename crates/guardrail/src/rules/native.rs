//! What model providers say in words of their own.
//!
//! Values were read in the SDKs of the providers, 2026-11; those that only their manuals name are marked in `when`.

use otel_genai_semconv::Enforcement::{Block, Warn};
use otel_genai_semconv::GuardrailCategory::{
    Grounding, Moderation, OutputValidation, Pii, PromptInjection, Unknown,
};

use super::{Reads, Rule};
use crate::finding::Confidence::{High, Medium};
use crate::finding::Source::ProviderNative;

/// What most rows have in common.
const BASE: Rule = Rule {
    id: "",
    subject: "",
    found: "",
    system: "",
    source: ProviderNative,
    reads: Reads::FinishReason,
    words: &[],
    when: "",
    name: "content_filter",
    category: Moderation,
    confidence: High,
    enforcement: Some(Block),
};

pub(crate) static CONTENT_FILTER: Rule = Rule {
    id: "openai.finish_reason",
    subject: "the provider's content filter",
    found: "ended the answer",
    system: "OpenAI, Azure OpenAI, and libraries that translate others' words to OpenAI's",
    words: &["content_filter"],
    ..BASE
};
pub(crate) static BEDROCK_FILTERED: Rule = Rule {
    id: "bedrock.stop_reason.filtered",
    subject: "Bedrock's content filter",
    found: "ended the answer",
    system: "AWS Bedrock",
    words: &["content_filtered"],
    ..BASE
};
pub(crate) static BEDROCK_INTERVENED: Rule = Rule {
    id: "bedrock.stop_reason.guardrail",
    subject: "the guardrail configured in Bedrock",
    found: "intervened",
    system: "AWS Bedrock",
    words: &["guardrail_intervened"],
    when: "the assessments, where recorded, say which policy it was",
    name: "bedrock_guardrail",
    category: Unknown,
    ..BASE
};
pub(crate) static GOOGLE_SAFETY: Rule = Rule {
    id: "google.finish_reason.safety",
    subject: "Gemini's safety filter",
    found: "ended the answer",
    system: "Google Gemini, Vertex AI",
    words: &["SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT"],
    ..BASE
};
pub(crate) static GOOGLE_RECITATION: Rule = Rule {
    id: "google.finish_reason.recitation",
    subject: "Gemini's check for recitation",
    found: "found that the answer repeats a source",
    system: "Google Gemini, Vertex AI",
    words: &["RECITATION", "IMAGE_RECITATION"],
    name: "recitation",
    category: OutputValidation,
    ..BASE
};
pub(crate) static GOOGLE_SPII: Rule = Rule {
    id: "google.finish_reason.spii",
    subject: "Gemini's filter for personal data",
    found: "found some in the answer",
    system: "Google Gemini, Vertex AI",
    words: &["SPII"],
    name: "sensitive_personal_data",
    category: Pii,
    ..BASE
};
pub(crate) static ANTHROPIC_REFUSAL: Rule = Rule {
    id: "anthropic.stop_reason",
    subject: "Anthropic's safety classifier",
    found: "ended the answer as a refusal",
    system: "Anthropic",
    words: &["refusal"],
    name: "refusal",
    ..BASE
};
pub(crate) static COHERE_TOXIC: Rule = Rule {
    id: "cohere.finish_reason",
    subject: "Cohere's toxicity filter",
    found: "ended the answer",
    system: "Cohere, API version 1",
    words: &["ERROR_TOXIC"],
    when: "version 2 has no such value",
    ..BASE
};

pub(crate) static ZHIPU_SENSITIVE: Rule = Rule {
    id: "zhipu.finish_reason",
    subject: "Zhipu's content filter",
    found: "ended the answer",
    system: "Zhipu (GLM)",
    words: &["sensitive"],
    ..BASE
};

pub(crate) static POLICY_CODE: Rule = Rule {
    id: "openai.error_code",
    subject: "the provider's policy check",
    found: "rejected the request, by the code of its error",
    system: "OpenAI, Azure OpenAI, LiteLLM, DashScope, Mistral",
    reads: Reads::ErrorCode,
    words: &[
        "content_policy_violation",
        "content_filter",
        "invalid_prompt",
        "bio_policy",
        "image_content_policy_violation",
        "moderation_blocked",
        "cyber_policy_violation",
        "data_inspection_failed",
        "ResponsibleAIPolicyViolation",
    ],
    name: "prompt_blocked",
    ..BASE
};
pub(crate) static POLICY_CLASS: Rule = Rule {
    id: "policy.error_class",
    subject: "the provider's policy check",
    found: "rejected the request, by the class of the error",
    system: "LiteLLM, pydantic-ai, Semantic Kernel, Agent Framework, SDKs of OpenAI and Google",
    reads: Reads::ErrorClass,
    words: &[
        "ContentPolicyViolationError",
        "ContentFilterError",
        "ContentFilterFinishReasonError",
        "ContentFilterException",
        "ContentFilterAIException",
        "OpenAIContentFilterException",
        "ServiceContentFilterException",
        "BlockedPromptException",
    ],
    when: "what the class is called, with or without its module",
    name: "prompt_blocked",
    ..BASE
};
pub(crate) static POLICY_TEXT: Rule = Rule {
    id: "policy.error_text",
    subject: "the provider's policy check",
    found: "rejected the request, by the message of its error",
    system: "OpenAI, Azure OpenAI, Anthropic, Google, DeepSeek, xAI, DashScope, Moonshot, Mistral",
    reads: Reads::ErrorText,
    words: &[
        "rejected as a result of our safety system",
        "content management policy",
        "content_policy_violation",
        "ResponsibleAIPolicyViolation",
        "bio_policy",
        "cyber_policy_violation",
        "moderation_blocked",
        "'code': 'content_filter'",
        "\"code\": \"content_filter\"",
        "'code': 'invalid_prompt'",
        "potentially violating our usage policy",
        "violates our usage polic",
        "usage policy violation",
        "blocked by content filtering policy",
        "Content filter triggered",
        "blocked due to safety",
        "prohibited content",
        "finish_reason: SAFETY",
        "block_reason: SAFETY",
        "block_reason: PROHIBITED_CONTENT",
        "Content Exists Risk",
        "data_inspection_failed",
        "Content violates usage guidelines",
        "rejected because it was considered high risk",
    ],
    when: "in the message of an error, whole words",
    name: "prompt_blocked",
    confidence: Medium,
    ..BASE
};

pub(crate) static OPENAI_REFUSAL: Rule = Rule {
    id: "openai.refusal",
    subject: "the model",
    found: "refused to answer, though the call ended without an error",
    system: "OpenAI",
    reads: Reads::Json,
    words: &["refusal"],
    when: "a text in a message or its delta, or a part of type `refusal`; the finish reason is usually `stop`",
    name: "refusal",
    ..BASE
};
pub(crate) static OPENAI_INCOMPLETE: Rule = Rule {
    id: "openai.incomplete",
    subject: "OpenAI's content filter",
    found: "ended the answer, which is incomplete",
    system: "OpenAI Responses",
    reads: Reads::Json,
    words: &["incomplete_details"],
    when: "its `reason` is `content_filter`",
    ..BASE
};
pub(crate) static MODERATION: Rule = Rule {
    id: "openai.moderation",
    subject: "OpenAI's moderation model",
    found: "flagged the text",
    system: "OpenAI",
    reads: Reads::Json,
    words: &["moderation", "results"],
    when: "`flagged` is a boolean beside `categories`; the caller decides what follows",
    name: "moderation",
    enforcement: Some(Warn),
    ..BASE
};
pub(crate) static MISTRAL: Rule = Rule {
    id: "mistral.moderation",
    subject: "Mistral's moderation model",
    found: "flagged the text",
    system: "Mistral",
    reads: Reads::Json,
    words: &["results"],
    when: "`categories` beside `category_scores`, without `flagged`; `pii` and `jailbreaking` get categories of their own",
    name: "moderation",
    enforcement: Some(Warn),
    ..BASE
};
pub(crate) static AZURE_FILTER: Rule = Rule {
    id: "azure.content_filter_results",
    subject: "Azure OpenAI's content filter",
    found: "found what it looks for",
    system: "Azure OpenAI",
    reads: Reads::Json,
    words: &["content_filter_results", "content_filter_result"],
    when: "`filtered` blocks; a severity of medium or high that is not filtered, or `detected`, warns; else it ran and \
           found nothing. Jailbreak and indirect attack are `prompt_shield`, protected material is `protected_material`",
    ..BASE
};
pub(crate) static AZURE_SAFETY: Rule = Rule {
    id: "azure.content_safety",
    subject: "Azure AI Content Safety",
    found: "rated the text as harmful",
    system: "Azure AI Content Safety",
    reads: Reads::Json,
    words: &["categoriesAnalysis", "blocklistsMatch"],
    when: "a severity above 0 of 7, or a match; the caller decides what follows",
    name: "content_safety",
    enforcement: Some(Warn),
    ..BASE
};
pub(crate) static AZURE_SHIELD: Rule = Rule {
    id: "azure.prompt_shields",
    subject: "Azure's Prompt Shields",
    found: "detected an attack",
    system: "Azure AI Content Safety",
    reads: Reads::Json,
    words: &["userPromptAnalysis", "documentsAnalysis"],
    when: "`attackDetected`",
    name: "prompt_shield",
    category: PromptInjection,
    enforcement: Some(Warn),
    ..BASE
};
pub(crate) static ANTHROPIC_DETAILS: Rule = Rule {
    id: "anthropic.stop_details",
    subject: "Anthropic's safety classifier",
    found: "refused the request",
    system: "Anthropic",
    reads: Reads::Json,
    words: &["stop_details", "trigger"],
    when: "its `type` is `refusal`; in `trigger` another model answered instead",
    name: "refusal",
    ..BASE
};
pub(crate) static GOOGLE_PROMPT: Rule = Rule {
    id: "google.block_reason",
    subject: "Gemini's prompt filter",
    found: "rejected the prompt",
    system: "Google Gemini, Vertex AI",
    reads: Reads::Json,
    words: &["blockReason"],
    when: "any but `BLOCK_REASON_UNSPECIFIED`; `JAILBREAK` is prompt injection, `MODEL_ARMOR` and `OTHER` are unknown",
    name: "prompt_blocked",
    ..BASE
};
pub(crate) static GOOGLE_RATINGS: Rule = Rule {
    id: "google.safety_ratings",
    subject: "Gemini's safety filter",
    found: "rated the text as harmful",
    system: "Google Gemini, Vertex AI",
    reads: Reads::Json,
    words: &["safetyRatings"],
    when: "`blocked` blocks; a probability of MEDIUM or HIGH alone warns; else it ran and found nothing",
    ..BASE
};
pub(crate) static BEDROCK_ASSESSMENT: Rule = Rule {
    id: "bedrock.assessment",
    subject: "a policy of the guardrail configured in Bedrock",
    found: "found what it looks for",
    system: "AWS Bedrock Guardrails",
    reads: Reads::Json,
    words: &[
        "topicPolicy",
        "contentPolicy",
        "wordPolicy",
        "sensitiveInformationPolicy",
        "contextualGroundingPolicy",
        "automatedReasoningPolicy",
    ],
    when: "`action` BLOCKED blocks, ANONYMIZED modifies, NONE with `detected` warns, else it ran and found nothing; automated \
           reasoning warns where a claim is `invalid` or `impossible`",
    name: "bedrock_guardrail",
    category: Unknown,
    ..BASE
};
pub(crate) static BEDROCK_ACTION: Rule = Rule {
    id: "bedrock.action",
    subject: "the guardrail configured in Bedrock",
    found: "intervened",
    system: "AWS Bedrock Guardrails",
    reads: Reads::Json,
    words: &["action", "amazon-bedrock-guardrailAction"],
    when: "GUARDRAIL_INTERVENED or INTERVENED; `action` only beside `assessments`",
    name: "bedrock_guardrail",
    category: Unknown,
    ..BASE
};
pub(crate) static BEDROCK_APPLIED: Rule = Rule {
    id: "bedrock.guardrail_id",
    subject: "the guardrail configured in Bedrock",
    found: "intervened, as the finish reason tells",
    system: "AWS Bedrock Guardrails",
    reads: Reads::Attributes,
    words: &["aws.bedrock.guardrail.id"],
    when: "fired if the finish reason says so, not if it says something else, unknown if there is none",
    name: "bedrock_guardrail",
    category: Unknown,
    ..BASE
};
pub(crate) static BEDROCK_OPENLLMETRY: Rule = Rule {
    id: "bedrock.openllmetry",
    subject: "a policy of the guardrail configured in Bedrock",
    found: "found what it looks for",
    system: "AWS Bedrock Guardrails, as OpenLLMetry writes them",
    reads: Reads::Json,
    words: &["gen_ai.bedrock.guardrail.input_filter", "gen_ai.bedrock.guardrail.output_filter"],
    when: "a list of one of its policies is not empty; which action it took is not written",
    name: "bedrock_guardrail",
    category: Unknown,
    enforcement: None,
    ..BASE
};
pub(crate) static LLAMA_GUARD: Rule = Rule {
    id: "llama_guard.verdict",
    subject: "Llama Guard",
    found: "called the conversation unsafe",
    system: "Llama Guard",
    reads: Reads::Answer,
    words: &["unsafe", "safe"],
    when: "the first line of the answer of a model with `llama-guard` in its name; the caller decides what follows",
    name: "llama_guard",
    confidence: Medium,
    enforcement: Some(Warn),
    ..BASE
};

pub(crate) static RULES: &[&Rule] = &[
    &CONTENT_FILTER,
    &BEDROCK_FILTERED,
    &BEDROCK_INTERVENED,
    &GOOGLE_SAFETY,
    &GOOGLE_RECITATION,
    &GOOGLE_SPII,
    &ANTHROPIC_REFUSAL,
    &COHERE_TOXIC,
    &ZHIPU_SENSITIVE,
    &POLICY_CODE,
    &POLICY_CLASS,
    &POLICY_TEXT,
    &OPENAI_REFUSAL,
    &OPENAI_INCOMPLETE,
    &MODERATION,
    &MISTRAL,
    &AZURE_FILTER,
    &AZURE_SAFETY,
    &AZURE_SHIELD,
    &ANTHROPIC_DETAILS,
    &GOOGLE_PROMPT,
    &GOOGLE_RATINGS,
    &BEDROCK_ASSESSMENT,
    &BEDROCK_ACTION,
    &BEDROCK_APPLIED,
    &BEDROCK_OPENLLMETRY,
    &LLAMA_GUARD,
];

/// Bedrock's policies: the JSON key, the name of the finding, and the category for an input and for an output.
pub(crate) const BEDROCK_POLICIES: [(
    &str,
    &str,
    otel_genai_semconv::GuardrailCategory,
    otel_genai_semconv::GuardrailCategory,
); 6] = [
    ("topicPolicy", "topic_policy", otel_genai_semconv::GuardrailCategory::InputValidation, OutputValidation),
    ("contentPolicy", "content_policy", Moderation, Moderation),
    ("wordPolicy", "word_policy", Moderation, Moderation),
    ("sensitiveInformationPolicy", "sensitive_information_policy", Pii, Pii),
    ("contextualGroundingPolicy", "contextual_grounding_policy", Grounding, Grounding),
    ("automatedReasoningPolicy", "automated_reasoning_policy", Grounding, Grounding),
];
