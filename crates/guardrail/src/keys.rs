//! Which attributes and events hold what, by their names.

use otel_genai_semconv::Role;
use otel_genai_semconv::names::gen_ai;

/// Attributes whose own name is the signal, whatever their value looks like.
pub(crate) fn is_key_of_signal(key: &str) -> bool {
    match key.as_bytes() {
        [.., b'a', b'l'] => key.ends_with("refusal"),
        [.., b't', b's'] => key.ends_with("_filter_results"),
        [.., b'o', b'n'] => key.ends_with("ardrail_information"),
        [.., b'l', b's'] => key.ends_with("pplied_guardrails"),
        [.., b'g', b's'] => key.ends_with("afety_ratings"),
        [.., b'o', b'r'] => key == "error",
        [.., b'e', b'r'] => key.starts_with("gen_ai.bedrock.guardrail"),
        _ => false,
    }
}

/// Attributes that hold what was asked, which every call has and which are long: not even looked at.
pub(crate) fn is_asked(key: &str) -> bool {
    matches!(
        key,
        gen_ai::INPUT_MESSAGES
            | gen_ai::SYSTEM_INSTRUCTIONS
            | gen_ai::TOOL_DEFINITIONS
            | gen_ai::TOOL_CALL_ARGUMENTS
            | "input.value"
            | "traceloop.entity.input"
            | "langfuse.observation.input"
            | "mlflow.spanInputs"
            | "request_data"
            | "ai.prompt"
            | "ai.prompt.messages"
    ) || key.starts_with("llm.input_messages.")
        || key.starts_with("llm.tools.")
}

/// The same, and what else holds questions, definitions or a history, by parts of the name; asked where a literal was
/// met, so it may take its time.
pub(crate) fn is_ours_or_asked(key: &str) -> bool {
    const ANSWERS: [&str; 9] =
        ["output", "response", "completion", "result", "filter", "guardrail", "choice", "error", "refusal"];
    const QUESTIONS: [&str; 14] = [
        "input",
        "prompt",
        "request",
        "instructions",
        "definitions",
        "all_messages",
        "arguments",
        "parameters",
        "tools",
        "system",
        "schema",
        "llm.openai.messages",
        "llm.anthropic.messages",
        "events",
    ];
    // What most candidates are.
    if matches!(key, gen_ai::OUTPUT_MESSAGES | "output.value") {
        return false;
    }
    let lower = key.to_ascii_lowercase();
    if lower.starts_with("guardrail.finding") || lower.starts_with("guardrail.summary") || is_asked(key) {
        return true;
    }
    // Logfire and pydantic-ai keep the events of one call as `events`; the answer is the last.
    let is_answer = key == "events" || ANSWERS.iter().any(|part| lower.contains(part));
    !is_answer && QUESTIONS.iter().any(|part| lower.contains(part))
}

/// Tells whether an attribute holds what a model wrote, for guesses.
pub(crate) fn is_answer(key: &str, role: Role) -> bool {
    let speaks = matches!(role, Role::LlmCall | Role::Agent | Role::RollUp | Role::Other);
    // What most are.
    if !speaks || matches!(key, gen_ai::OUTPUT_MESSAGES | "output.value") {
        return speaks;
    }
    let lower = key.to_ascii_lowercase();
    let has_any = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    has_any(&["output", "completion", "response", "choice", "message", "text"])
        && !has_any(&["error", "exception", "status"])
}

/// Tells whether an attribute is a text that a model wrote, and nothing else: JSON in it is the model's.
pub(crate) fn is_model_text(key: &str) -> bool {
    // The second is a whole event, as JSON.
    (key.ends_with(".content") && key != "gen_ai.event.content") || key.ends_with("message_content.text")
}

/// Tells whether a span is LiteLLM's inner one, which holds in Python's notation what the span around it says of the same
/// call, and ends before it: read, it would be the account that comes first, and on a span that is no call.
pub(crate) fn is_raw_copy(span_name: &str) -> bool {
    span_name == "raw_gen_ai_request"
}

/// Events that hold what was asked, or what was said before.
pub(crate) fn is_asked_event(name: &str) -> bool {
    matches!(
        name,
        "gen_ai.user.message"
            | "gen_ai.system.message"
            | "gen_ai.tool.message"
            | "gen_ai.assistant.message"
            | "gen_ai.content.prompt"
    )
}
