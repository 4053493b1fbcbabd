//! What a span stands for.

/// What a span stands for, which decides whether it counts.
///
/// Only an [`LlmCall`](Self::LlmCall) counts tokens and is priced. Libraries repeat the usage of calls on the spans
/// around them; those are roll-ups or agents and never count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// One call of a model, embeddings and reranking included.
    LlmCall,
    /// A step, chain, task or workflow around calls.
    RollUp,
    /// A tool call.
    Tool,
    /// A run of an agent, or its creation.
    Agent,
    /// A search in a data source.
    Retrieval,
    /// A check of a guardrail.
    Guardrail,
    /// Anything else.
    #[default]
    Other,
}

impl Role {
    const ALL: [Self; 7] =
        [Self::LlmCall, Self::RollUp, Self::Tool, Self::Agent, Self::Retrieval, Self::Guardrail, Self::Other];

    /// Returns the value of `otel_genai.role`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LlmCall => "llm_call",
            Self::RollUp => "roll_up",
            Self::Tool => "tool",
            Self::Agent => "agent",
            Self::Retrieval => "retrieval",
            Self::Guardrail => "guardrail",
            Self::Other => "other",
        }
    }

    /// Reads the value of `otel_genai.role`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}
