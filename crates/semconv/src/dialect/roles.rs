//! What a span stands for, told by the kind its library gave it, its operation, or its name.

use opentelemetry::trace::SpanKind;
use otel_genai_pipeline::Span;

use super::fact::Fact;
use super::index::Found;
use crate::{Operation, Role};

/// A row of the tables below: a library's word, the role it means, and the convention's operation if there is one.
type Row = (&'static str, Role, Option<&'static str>);

/// Kinds by the attribute that holds them, compared without regard to case.
const KINDS: &[(&str, &[Row])] = &[
    (
        "openinference.span.kind",
        &[
            ("LLM", Role::LlmCall, Some("chat")),
            ("EMBEDDING", Role::LlmCall, Some("embeddings")),
            ("RERANKER", Role::LlmCall, Some("rerank")),
            ("CHAIN", Role::RollUp, None),
            ("AGENT", Role::Agent, Some("invoke_agent")),
            ("TOOL", Role::Tool, Some("execute_tool")),
            ("RETRIEVER", Role::Retrieval, Some("retrieval")),
            ("GUARDRAIL", Role::Guardrail, None),
            ("EVALUATOR", Role::Other, None),
            ("PROMPT", Role::Other, None),
            ("DECISION", Role::Other, None),
        ],
    ),
    (
        "traceloop.span.kind",
        &[
            ("workflow", Role::RollUp, Some("invoke_workflow")),
            ("task", Role::RollUp, None),
            ("agent", Role::Agent, Some("invoke_agent")),
            ("tool", Role::Tool, Some("execute_tool")),
        ],
    ),
    (
        "ai.operationId",
        &[
            ("ai.generateText.doGenerate", Role::LlmCall, Some("chat")),
            ("ai.streamText.doStream", Role::LlmCall, Some("chat")),
            ("ai.generateObject.doGenerate", Role::LlmCall, Some("chat")),
            ("ai.streamObject.doStream", Role::LlmCall, Some("chat")),
            ("ai.embed.doEmbed", Role::LlmCall, Some("embeddings")),
            ("ai.embedMany.doEmbed", Role::LlmCall, Some("embeddings")),
            ("ai.rerank.doRerank", Role::LlmCall, Some("rerank")),
            ("ai.toolCall", Role::Tool, Some("execute_tool")),
            ("ai.generateText", Role::RollUp, Some("invoke_agent")),
            ("ai.streamText", Role::RollUp, Some("invoke_agent")),
            ("ai.generateObject", Role::RollUp, Some("invoke_agent")),
            ("ai.streamObject", Role::RollUp, Some("invoke_agent")),
            ("ai.embed", Role::RollUp, None),
            ("ai.embedMany", Role::RollUp, None),
            ("ai.rerank", Role::RollUp, None),
        ],
    ),
    (
        "langfuse.observation.type",
        &[
            ("generation", Role::LlmCall, Some("chat")),
            ("embedding", Role::LlmCall, Some("embeddings")),
            ("agent", Role::Agent, Some("invoke_agent")),
            ("tool", Role::Tool, Some("execute_tool")),
            ("chain", Role::RollUp, None),
            ("retriever", Role::Retrieval, Some("retrieval")),
            ("guardrail", Role::Guardrail, None),
            ("evaluator", Role::Other, None),
        ],
    ),
    ("langfuse.type", &[("GENERATION", Role::LlmCall, Some("chat"))]),
    (
        "langsmith.span.kind",
        &[
            ("llm", Role::LlmCall, Some("chat")),
            ("embedding", Role::LlmCall, Some("embeddings")),
            ("chain", Role::RollUp, None),
            ("tool", Role::Tool, Some("execute_tool")),
            ("retriever", Role::Retrieval, Some("retrieval")),
            ("prompt", Role::Other, None),
            ("parser", Role::Other, None),
        ],
    ),
    (
        "mlflow.spanType",
        &[
            ("CHAT_MODEL", Role::LlmCall, Some("chat")),
            ("LLM", Role::LlmCall, Some("chat")),
            ("EMBEDDING", Role::LlmCall, Some("embeddings")),
            ("RERANKER", Role::LlmCall, Some("rerank")),
            ("AGENT", Role::Agent, Some("invoke_agent")),
            ("TOOL", Role::Tool, Some("execute_tool")),
            ("RETRIEVER", Role::Retrieval, Some("retrieval")),
            ("GUARDRAIL", Role::Guardrail, None),
            ("CHAIN", Role::RollUp, None),
            ("WORKFLOW", Role::RollUp, Some("invoke_workflow")),
            ("TASK", Role::RollUp, None),
            ("PARSER", Role::Other, None),
            ("MEMORY", Role::Other, None),
            ("EVALUATOR", Role::Other, None),
        ],
    ),
    (
        "span.type",
        &[
            ("LLM", Role::LlmCall, Some("chat")),
            ("EMBEDDING", Role::LlmCall, Some("embeddings")),
            ("AGENT", Role::Agent, Some("invoke_agent")),
            ("TOOL", Role::Tool, Some("execute_tool")),
            ("FUNCTION", Role::Tool, Some("execute_tool")),
            ("RETRIEVER", Role::Retrieval, Some("retrieval")),
            ("GUARDRAIL", Role::Guardrail, None),
            ("CHAIN", Role::RollUp, None),
            ("WORKFLOW", Role::RollUp, Some("invoke_workflow")),
        ],
    ),
    (
        "agent.span.type",
        &[
            ("generation", Role::LlmCall, Some("chat")),
            ("response", Role::LlmCall, Some("chat")),
            ("agent", Role::Agent, Some("invoke_agent")),
            ("function", Role::Tool, Some("execute_tool")),
            ("tool", Role::Tool, Some("execute_tool")),
            ("guardrail", Role::Guardrail, None),
            ("handoff", Role::Other, None),
        ],
    ),
];

/// Operations that are none of the convention's, in the words of libraries. Those that the conventions define decide by
/// themselves, see [`role_of`].
const OPERATIONS: &[Row] = &[
    ("completion", Role::LlmCall, Some("text_completion")),
    ("response", Role::LlmCall, Some("chat")),
    ("responses", Role::LlmCall, Some("chat")),
    ("generate", Role::LlmCall, Some("chat")),
    ("message", Role::LlmCall, Some("chat")),
    ("embedding", Role::LlmCall, Some("embeddings")),
    ("embed", Role::LlmCall, Some("embeddings")),
    ("image", Role::LlmCall, Some("image_generation")),
    ("audio", Role::LlmCall, Some("audio_generation")),
    ("vectordb", Role::Retrieval, Some("retrieval")),
    ("vector_db_retrieve", Role::Retrieval, Some("retrieval")),
    ("retriever", Role::Retrieval, Some("retrieval")),
    ("tool", Role::Tool, Some("execute_tool")),
    ("agent", Role::Agent, Some("invoke_agent")),
    ("apply_guardrail", Role::Guardrail, None),
    ("run_guardrail", Role::Guardrail, None),
    ("agent_step", Role::RollUp, None),
    ("chain", Role::RollUp, None),
    ("execute_task", Role::RollUp, None),
    ("execute_event_loop_cycle", Role::RollUp, None),
    ("framework", Role::RollUp, None),
    ("workflow", Role::RollUp, Some("invoke_workflow")),
    ("task", Role::RollUp, None),
    ("step", Role::RollUp, None),
    ("unknown", Role::RollUp, None),
    ("parser", Role::Other, None),
    ("prompt", Role::Other, None),
];

/// Spans that only their scope and name tell: how a scope starts, and of its spans how a name starts and what that means.
const NAMES: &[(&str, &[Row])] = &[
    (
        "gcp.vertex.agent",
        &[
            ("call_llm", Role::LlmCall, Some("generate_content")),
            ("invocation", Role::RollUp, None),
            ("agent_run", Role::Agent, Some("invoke_agent")),
            ("invoke_agent", Role::Agent, Some("invoke_agent")),
            ("execute_tool", Role::Tool, Some("execute_tool")),
        ],
    ),
    (
        "litellm",
        &[
            ("litellm_request", Role::LlmCall, Some("chat")),
            ("raw_gen_ai_request", Role::Other, None),
            ("", Role::Other, None),
        ],
    ),
    (
        "logfire",
        &[
            ("Agent run:", Role::Agent, Some("invoke_agent")),
            ("Function:", Role::Tool, Some("execute_tool")),
            ("Guardrail", Role::Guardrail, None),
            ("Turn ", Role::RollUp, None),
            ("Task:", Role::RollUp, None),
            ("OpenAI Agents trace", Role::RollUp, None),
            ("Handoff", Role::Other, None),
            ("Chat Completion with", Role::LlmCall, Some("chat")),
            ("Chat completion with", Role::LlmCall, Some("chat")),
            ("Responses API with", Role::LlmCall, Some("chat")),
            ("Message with", Role::LlmCall, Some("chat")),
            ("streaming response from", Role::LlmCall, Some("chat")),
            ("Completion with", Role::LlmCall, Some("text_completion")),
            ("Embedding Creation with", Role::LlmCall, Some("embeddings")),
            ("Image Generation with", Role::LlmCall, Some("image_generation")),
        ],
    ),
    (
        "pydantic-ai",
        &[
            ("agent run", Role::Agent, Some("invoke_agent")),
            ("running tool", Role::Tool, Some("execute_tool")),
        ],
    ),
    (
        "mistralai_sdk",
        &[
            ("chat_completion", Role::LlmCall, Some("chat")),
            ("stream_chat", Role::LlmCall, Some("chat")),
            ("agents_completion", Role::LlmCall, Some("chat")),
            ("fim_completion", Role::LlmCall, Some("text_completion")),
            ("embeddings", Role::LlmCall, Some("embeddings")),
        ],
    ),
    (
        "",
        &[
            ("llm.generate", Role::LlmCall, Some("chat")),
            ("embed.documents", Role::LlmCall, Some("embeddings")),
            ("embed.query", Role::LlmCall, Some("embeddings")),
            ("chain.call", Role::RollUp, None),
        ],
    ),
];

/// What a span stands for, and what it did.
pub(super) fn classify(span: &Span, found: &Found<'_>) -> (Role, Option<Operation>) {
    if is_no_call_at_all(span) {
        return (Role::Other, None);
    }
    let operation = found.text(Fact::Operation).map(|name| by_operation(&name));
    // A span that was normalised before says what it stands for.
    if let Some(role) = found.text(Fact::Role).and_then(|name| Role::from_name(&name)) {
        return (role, operation.and_then(|(_, operation)| operation));
    }
    let by_kind = found.slot(Fact::Kind).and_then(|slot| {
        let (_, rows) = KINDS.iter().find(|(key, _)| *key == slot.key())?;
        find(rows, &found.text(Fact::Kind)?)
    });
    if let Some((role, kind)) = by_kind {
        // The operation may be more exact than the kind (`embeddings` of an `LLM`), unless it means something else.
        return match operation {
            Some((Some(same), Some(exact))) if same == role => (role, Some(exact)),
            _ => (role, kind),
        };
    }
    match operation {
        Some((Some(role), operation)) => return (role, operation),
        // A word nobody knows: counts on a client span are those of a call, any other might repeat those of its children.
        Some((None, operation)) => {
            let is_call = *span.kind() == SpanKind::Client && has_usage(found);
            return (if is_call { Role::LlmCall } else { Role::RollUp }, operation);
        }
        None => {}
    }
    by_name(span, found).unwrap_or_else(|| fallback(found))
}

/// Spans that a library marks as a call though they prepare one (`OpenAI._prepare_chat_with_tools`).
fn is_no_call_at_all(span: &Span) -> bool {
    let method = span.name().split_once('.').map(|(_, method)| method);
    span.scope().name() == "openinference.instrumentation.llama_index"
        && method.is_some_and(|method| method.starts_with('_'))
}

fn find(rows: &[Row], word: &str) -> Option<(Role, Option<Operation>)> {
    let (_, role, operation) = rows.iter().find(|(known, ..)| known.eq_ignore_ascii_case(word))?;
    Some((*role, operation.map(Operation::from_name)))
}

/// The role and the convention's operation that an operation's name means; no role when the name is unknown.
fn by_operation(name: &str) -> (Option<Role>, Option<Operation>) {
    if let Some(known) = Operation::known(name) {
        return (Some(role_of(&known)), Some(known));
    }
    match find(OPERATIONS, name) {
        Some((role, operation)) => {
            // A library's own word for a step stays: the conventions have none.
            (Some(role), operation.or_else(|| Some(Operation::from_name(name))))
        }
        None => {
            let operation = Operation::from_name(name);
            (operation.is_model_call().then_some(Role::LlmCall), Some(operation))
        }
    }
}

fn role_of(operation: &Operation) -> Role {
    match operation {
        Operation::InvokeAgent | Operation::CreateAgent => Role::Agent,
        Operation::InvokeWorkflow | Operation::Plan => Role::RollUp,
        Operation::ExecuteTool => Role::Tool,
        Operation::Retrieval => Role::Retrieval,
        operation if operation.is_model_call() => Role::LlmCall,
        _ => Role::Other,
    }
}

fn by_name(span: &Span, found: &Found<'_>) -> Option<(Role, Option<Operation>)> {
    let (scope, name) = (span.scope().name(), span.name());
    let rows = NAMES.iter().filter(|(known, _)| scope.starts_with(known)).flat_map(|(_, rows)| *rows);
    if let Some((_, role, operation)) = rows.into_iter().find(|(start, ..)| name.starts_with(start)) {
        return Some((*role, operation.map(Operation::from_name)));
    }
    // `chat gpt-4o`: the convention's own form of a name, which anybody's span may have by chance.
    let operation = Operation::known(name.split_once(' ')?.0)?;
    if !has_model(found) && found.slot(Fact::Provider).or(found.slot(Fact::ProviderSystem)).is_none() {
        return None;
    }
    Some((role_of(&operation), Some(operation)))
}

/// A span of a library nobody knows: whoever names a model and counts tokens made a call, whoever names a tool ran it.
fn fallback(found: &Found<'_>) -> (Role, Option<Operation>) {
    if has_model(found) && has_usage(found) {
        return (Role::LlmCall, None);
    }
    if found.slot(Fact::ToolName).is_some() {
        return (Role::Tool, Some(Operation::ExecuteTool));
    }
    (Role::Other, None)
}

fn has_model(found: &Found<'_>) -> bool {
    found.slot(Fact::RequestModel).or(found.slot(Fact::ResponseModel)).is_some()
}

fn has_usage(found: &Found<'_>) -> bool {
    !found.counts.is_empty() || !found.usage_json.is_empty()
}
