//! Guesses from words. All of low confidence, and none when the detector is told so.

use otel_genai_semconv::Enforcement::Block;
use otel_genai_semconv::GuardrailCategory::{Moderation, ToolPermission};

use super::{Reads, Rule};
use crate::finding::Confidence::Low;
use crate::finding::Source::Heuristic;

pub(crate) static TOOL_ERROR_CLASS: Rule = Rule {
    id: "tool.denied.class",
    subject: "whoever guards the tool",
    found: "seems to have denied the call, by the class of the tool's error: a guess",
    system: "tools of agents",
    source: Heuristic,
    reads: Reads::ErrorClass,
    words: &[
        "PermissionError",
        "PermissionDenied",
        "PermissionDeniedError",
        "PermissionDeniedException",
        "AccessDenied",
        "AccessDeniedError",
        "AccessDeniedException",
        "Forbidden",
        "ForbiddenError",
        "ForbiddenException",
        "Unauthorized",
        "UnauthorizedError",
        "UnauthorizedException",
        "NotAuthorizedError",
        "NotAuthorizedException",
        "AuthorizationError",
    ],
    when: "on the span of a tool that failed",
    name: "tool_denied",
    category: ToolPermission,
    confidence: Low,
    enforcement: Some(Block),
};
pub(crate) static TOOL_ERROR_TEXT: Rule = Rule {
    id: "tool.denied.text",
    subject: "whoever guards the tool",
    found: "seems to have denied the call, by the message of the tool's error: a guess",
    reads: Reads::ErrorText,
    words: &[
        "permission denied",
        "access denied",
        "access is denied",
        "access was denied",
        "unauthorized",
        "unauthorised",
        "not authorized",
        "not authorised",
        "forbidden",
        "insufficient permissions",
        "insufficient privileges",
        "insufficient scope",
        "operation not permitted",
        "not allowed to access",
        "not permitted to access",
        "does not have permission",
        "don't have permission",
        "rejected by the user",
        "denied by the user",
        "denied by policy",
        "blocked by policy",
    ],
    when: "in the error of a tool, whole words, also with other verbs of doing; not where the error is a time-out or a lost \
           connection, and not where the words are counted, quoted, a name, or an adjective (`forbidden character`)",
    ..TOOL_ERROR_CLASS_BASE
};
const TOOL_ERROR_CLASS_BASE: Rule = Rule {
    id: "",
    subject: "",
    found: "",
    system: "tools of agents",
    source: Heuristic,
    reads: Reads::ErrorText,
    words: &[],
    when: "",
    name: "tool_denied",
    category: ToolPermission,
    confidence: Low,
    enforcement: Some(Block),
};
pub(crate) static REFUSAL_PHRASE: Rule = Rule {
    id: "answer.refusal_phrase",
    subject: "the model",
    found: "seems to have refused, by the words at the beginning of its answer: a guess",
    system: "models of any provider",
    reads: Reads::Answer,
    words: &[
        "I can't help with",
        "I cannot assist with",
        "I'm not able to help with",
        "I'm unable to assist with",
        "I won't provide",
        "I can't comply with",
        "I must decline",
    ],
    when: "near the beginning of an answer, in English, with any apostrophe, and not quoted or on a condition; these are \
           examples of what the pattern takes",
    name: "refusal",
    category: Moderation,
    ..TOOL_ERROR_CLASS_BASE
};

pub(super) static RULES: &[&Rule] = &[&TOOL_ERROR_CLASS, &TOOL_ERROR_TEXT, &REFUSAL_PHRASE];

/// What an actor does that is denied; a value that is not allowed to be null is none.
pub(crate) const VERBS_OF_DOING: [&str; 34] = [
    "access", "call", "use", "perform", "read", "write", "delete", "view", "modify", "execute", "run",
    "invoke", "send", "create", "update", "do", "edit", "open", "list", "make", "see", "change", "remove",
    "continue", "proceed", "post", "push", "publish", "install", "connect", "query", "download", "upload",
    "approve",
];

/// What stands behind words of denial that are counted or talked about: `access denied count`.
pub(crate) const COUNTED: [&str; 17] = [
    "count",
    "counts",
    "counter",
    "events",
    "errors",
    "rate",
    "total",
    "log",
    "logs",
    "page",
    "pages",
    "requests",
    "responses",
    "tests",
    "messages",
    "words",
    "list",
];

/// What makes words of refusal a case that is thought of: `If I can't help with that`.
pub(crate) const CONDITIONS: [&str; 9] =
    ["if", "when", "whenever", "that", "because", "why", "unless", "until", "where"];

/// Errors of transport, whose texts speak of refusal and denial without any guardrail.
pub(crate) const TRANSPORT_ERRORS: [&str; 14] = [
    "TimeoutError",
    "Timeout",
    "TimeoutException",
    "ReadTimeout",
    "ConnectTimeout",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "ConnectError",
    "APIConnectionError",
    "APITimeoutError",
    "BrokenPipeError",
    "ECONNREFUSED",
    "ETIMEDOUT",
];
