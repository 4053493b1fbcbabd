//! What guardrails report of themselves.

use otel_genai_semconv::Enforcement::{Block, Modify};
use otel_genai_semconv::GuardrailCategory::{self, Pii, ToolPermission, Unknown};

use super::{Reads, Rule};
use crate::finding::Confidence::{High, Medium};
use crate::finding::Source::Explicit;

const BASE: Rule = Rule {
    id: "",
    subject: "",
    found: "",
    system: "",
    source: Explicit,
    reads: Reads::Attributes,
    words: &[],
    when: "",
    name: "guardrail",
    category: Unknown,
    confidence: High,
    enforcement: None,
};

pub(crate) static SPAN: Rule = Rule {
    id: "guardrail.span",
    subject: "a guardrail of the agent",
    found: "fired",
    system: "otel-genai-record, Traccia, MLflow, Guardrails AI",
    words: &["span.type", "agent.span.type", "mlflow.spanType", "otel_genai.role", "type"],
    when: "the value is `guardrail` (of `type`: begins with `guardrails/`)",
    ..BASE
};
pub(crate) static OPENINFERENCE: Rule = Rule {
    id: "guardrail.openinference",
    subject: "a guardrail of the agent",
    found: "fired",
    system: "OpenInference",
    words: &["openinference.span.kind"],
    when: "the value is `GUARDRAIL`",
    ..BASE
};
pub(crate) static LANGFUSE: Rule = Rule {
    id: "guardrail.langfuse",
    subject: "a guardrail of the agent",
    found: "fired",
    system: "Langfuse",
    words: &["langfuse.observation.type"],
    when: "the value is `guardrail`",
    ..BASE
};
pub(crate) static CONVENTION: Rule = Rule {
    id: "guardrail.convention",
    subject: "a guardrail of the agent",
    found: "fired",
    system: "drafts of the GenAI conventions (#3233, #262, #427), OpenAI Agents by the official instrumentation",
    words: &["gen_ai.operation.name", "gen_ai.span.kind", "traceloop.span.kind"],
    when: "`apply_guardrail`, `run_guardrail`, `guardrail_check`, `guardrail`",
    ..BASE
};
pub(crate) static LOGFIRE: Rule = Rule {
    id: "guardrail.logfire",
    subject: "a guardrail of the agent",
    found: "fired",
    system: "OpenAI Agents by Logfire",
    words: &["logfire.msg_template"],
    when: "begins with `Guardrail `, beside `triggered`",
    ..BASE
};
pub(crate) static ATTRIBUTES: Rule = Rule {
    id: "guardrail.attributes",
    subject: "a guardrail of the agent",
    found: "fired",
    system: "any span that says something about a guardrail",
    words: &[
        "guardrail.name",
        "agent.guardrail.name",
        "gen_ai.guardrail.name",
        "gen_ai.guardrail.component.name",
        "gen_ai.security.guardrail.name",
        "openai.agents.guardrail.name",
        "openai.agents.guardrail_name",
        "gen_ai.openai.agents.guardrail.name",
        "guardrail_name",
        "rail.name",
    ],
    when: "with a verdict, a status or whether it has triggered",
    ..BASE
};
pub(crate) static EVENT: Rule = Rule {
    id: "guardrail.event",
    subject: "a guardrail around the call",
    found: "fired",
    system: "OpenLIT (`guard.evaluation`), the draft (`gen_ai.guardrail.result`)",
    words: &["guard.name", "guard.action", "guard.verdict", "guard.denied", "gen_ai.guardrail.result.value"],
    when: "on an event of that name",
    ..BASE
};
pub(crate) static TRIPWIRE: Rule = Rule {
    id: "openai_agents.tripwire",
    subject: "a guardrail of OpenAI Agents",
    found: "tripped",
    system: "OpenAI Agents",
    reads: Reads::ErrorClass,
    words: &[
        "InputGuardrailTripwireTriggered",
        "OutputGuardrailTripwireTriggered",
        "ToolInputGuardrailTripwireTriggered",
        "ToolOutputGuardrailTripwireTriggered",
        "GuardrailTripwireTriggered",
    ],
    when: "the guardrail's own span, where there is one, is the finding",
    name: "guardrail_tripwire",
    enforcement: Some(Block),
    ..BASE
};
pub(crate) static RAISED: Rule = Rule {
    id: "guardrail.exception",
    subject: "a guardrail",
    found: "raised an exception",
    system: "LiteLLM, LangChain",
    reads: Reads::ErrorClass,
    words: &["GuardrailRaisedException", "BlockedPiiEntityError", "PIIDetectionError"],
    name: "guardrail",
    enforcement: Some(Block),
    ..BASE
};
pub(crate) static TRIPWIRE_TEXT: Rule = Rule {
    id: "openai_agents.tripwire_text",
    subject: "a guardrail of OpenAI Agents",
    found: "tripped, as the error says",
    system: "OpenAI Agents",
    reads: Reads::ErrorText,
    words: &["Guardrail tripwire triggered", "triggered tripwire"],
    name: "guardrail_tripwire",
    confidence: Medium,
    enforcement: Some(Block),
    ..BASE
};
pub(crate) static TOOL_BEHAVIOR: Rule = Rule {
    id: "openai_agents.tool_guardrail",
    subject: "a tool guardrail of OpenAI Agents",
    found: "did not let the tool's text pass",
    system: "OpenAI Agents",
    reads: Reads::Json,
    words: &["behavior"],
    when: "its `type` is `allow`, `reject_content` (modified) or `raise_exception` (blocked)",
    name: "tool_guardrail",
    category: ToolPermission,
    ..BASE
};
pub(crate) static OPENAI_GUARDRAILS: Rule = Rule {
    id: "openai_guardrails.result",
    subject: "a check of openai-guardrails",
    found: "tripped",
    system: "openai-guardrails",
    reads: Reads::Json,
    words: &["tripwire_triggered"],
    when: "a boolean; `execution_failed` beside it means that nobody knows",
    enforcement: Some(Block),
    ..BASE
};
pub(crate) static GUARDRAILS_AI: Rule = Rule {
    id: "guardrails_ai.outcome",
    subject: "a guard of Guardrails AI",
    found: "found the text invalid",
    system: "Guardrails AI",
    reads: Reads::Json,
    words: &["validation_passed"],
    when: "a boolean; `on_fail`, where it is written, says what follows",
    name: "guardrails_ai",
    category: GuardrailCategory::OutputValidation,
    ..BASE
};
pub(crate) static NEMO: Rule = Rule {
    id: "nemo.activated_rails",
    subject: "a rail of NeMo Guardrails",
    found: "found something against its rules",
    system: "NVIDIA NeMo Guardrails",
    reads: Reads::Json,
    words: &["activated_rails"],
    when: "`stop` blocks; a rail that ran without has found nothing",
    name: "rail",
    enforcement: Some(Block),
    ..BASE
};
pub(crate) static LITELLM: Rule = Rule {
    id: "litellm.guardrail_information",
    subject: "a guardrail of the LiteLLM proxy",
    found: "intervened",
    system: "LiteLLM",
    reads: Reads::Json,
    words: &["guardrail_information"],
    when: "by `guardrail_status`: success, guardrail_intervened, guardrail_failed_to_respond, not_run; masked entities \
           mean modified",
    ..BASE
};
pub(crate) static LITELLM_APPLIED: Rule = Rule {
    id: "litellm.applied_guardrails",
    subject: "a guardrail of the LiteLLM proxy",
    found: "intervened",
    system: "LiteLLM",
    reads: Reads::Json,
    words: &["applied_guardrails"],
    when: "a name that is listed ran; how it ended is not written",
    confidence: Medium,
    ..BASE
};
pub(crate) static LANGCHAIN_PII: Rule = Rule {
    id: "langchain.pii_middleware",
    subject: "LangChain's middleware for personal data",
    found: "found some",
    system: "LangChain",
    reads: Reads::SpanName,
    words: &["PIIMiddleware"],
    when: "the node of the middleware ran; how it ended is not written",
    name: "PIIMiddleware",
    category: Pii,
    confidence: Medium,
    enforcement: Some(Modify),
    ..BASE
};
pub(crate) static LANGCHAIN_HUMAN: Rule = Rule {
    id: "langchain.human_in_the_loop",
    subject: "LangChain's middleware that asks a human",
    found: "asked one",
    system: "LangChain",
    reads: Reads::SpanName,
    words: &["HumanInTheLoopMiddleware"],
    when: "the node of the middleware ran; how it ended is not written",
    name: "HumanInTheLoopMiddleware",
    category: ToolPermission,
    confidence: Medium,
    ..BASE
};

pub(super) static RULES: &[&Rule] = &[
    &SPAN,
    &OPENINFERENCE,
    &LANGFUSE,
    &CONVENTION,
    &LOGFIRE,
    &ATTRIBUTES,
    &EVENT,
    &TRIPWIRE,
    &RAISED,
    &TRIPWIRE_TEXT,
    &TOOL_BEHAVIOR,
    &OPENAI_GUARDRAILS,
    &GUARDRAILS_AI,
    &NEMO,
    &LITELLM,
    &LITELLM_APPLIED,
    &LANGCHAIN_PII,
    &LANGCHAIN_HUMAN,
];

/// Words in the name of a guardrail that tell its category, for guardrails that do not state it.
///
/// The names are those of the checks that openai-guardrails, LiteLLM and Guardrails AI ship.
pub(crate) const NAME_WORDS: [(&str, GuardrailCategory); 38] = [
    ("pii", Pii),
    ("phi", Pii),
    ("privacy", Pii),
    ("presidio", Pii),
    ("secret", Pii),
    ("secrets", Pii),
    ("anonymize", Pii),
    ("sensitive", Pii),
    ("injection", GuardrailCategory::PromptInjection),
    ("jailbreak", GuardrailCategory::PromptInjection),
    ("lakera", GuardrailCategory::PromptInjection),
    ("attack", GuardrailCategory::PromptInjection),
    ("shield", GuardrailCategory::PromptInjection),
    ("moderation", GuardrailCategory::Moderation),
    ("toxic", GuardrailCategory::Moderation),
    ("toxicity", GuardrailCategory::Moderation),
    ("profanity", GuardrailCategory::Moderation),
    ("nsfw", GuardrailCategory::Moderation),
    ("hate", GuardrailCategory::Moderation),
    ("violence", GuardrailCategory::Moderation),
    ("safety", GuardrailCategory::Moderation),
    ("harm", GuardrailCategory::Moderation),
    ("hallucination", GuardrailCategory::Grounding),
    ("hallucinations", GuardrailCategory::Grounding),
    ("grounding", GuardrailCategory::Grounding),
    ("groundedness", GuardrailCategory::Grounding),
    ("facts", GuardrailCategory::Grounding),
    ("provenance", GuardrailCategory::Grounding),
    ("permission", ToolPermission),
    ("permissions", ToolPermission),
    ("approval", ToolPermission),
    ("ratelimit", GuardrailCategory::RateLimit),
    ("limiter", GuardrailCategory::RateLimit),
    ("throttle", GuardrailCategory::RateLimit),
    ("topic", GuardrailCategory::InputValidation),
    ("topical", GuardrailCategory::InputValidation),
    ("input", GuardrailCategory::InputValidation),
    ("output", GuardrailCategory::OutputValidation),
];
