//! What a span did.

use std::borrow::Cow;
use std::fmt;

/// What a span did: the value of `gen_ai.operation.name`, an open enumeration.
///
/// The known values are those of the GenAI conventions (main, 2026-10-09). Anything else, such as `rerank`, is
/// [`Other`](Self::Other).
///
/// # Examples
///
/// ```
/// use otel_genai_semconv::Operation;
///
/// assert_eq!(Operation::from_name("chat"), Operation::Chat);
/// assert_eq!(Operation::from_name("rerank").as_str(), "rerank");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A chat completion.
    Chat,
    /// Multimodal content generation (Gemini).
    GenerateContent,
    /// A legacy text completion.
    TextCompletion,
    /// An embedding.
    Embeddings,
    /// A search in a data source.
    Retrieval,
    /// Polling of a stored response; it never reports tokens.
    FetchResponse,
    /// Creation of a hosted agent.
    CreateAgent,
    /// A run of an agent.
    InvokeAgent,
    /// A tool call.
    ExecuteTool,
    /// A run of a workflow.
    InvokeWorkflow,
    /// A planning step of an agent.
    Plan,
    /// A search in a memory store.
    SearchMemory,
    /// Creation of a memory record.
    CreateMemory,
    /// Change of a memory record.
    UpdateMemory,
    /// Creation or change of a memory record.
    UpsertMemory,
    /// Deletion of a memory record.
    DeleteMemory,
    /// Creation of a memory store.
    CreateMemoryStore,
    /// Deletion of a memory store.
    DeleteMemoryStore,
    /// A value that the conventions do not define.
    Other(Cow<'static, str>),
}

/// The convention's values, in the order of the enum.
const KNOWN: [(&str, Operation); 18] = [
    ("chat", Operation::Chat),
    ("generate_content", Operation::GenerateContent),
    ("text_completion", Operation::TextCompletion),
    ("embeddings", Operation::Embeddings),
    ("retrieval", Operation::Retrieval),
    ("fetch_response", Operation::FetchResponse),
    ("create_agent", Operation::CreateAgent),
    ("invoke_agent", Operation::InvokeAgent),
    ("execute_tool", Operation::ExecuteTool),
    ("invoke_workflow", Operation::InvokeWorkflow),
    ("plan", Operation::Plan),
    ("search_memory", Operation::SearchMemory),
    ("create_memory", Operation::CreateMemory),
    ("update_memory", Operation::UpdateMemory),
    ("upsert_memory", Operation::UpsertMemory),
    ("delete_memory", Operation::DeleteMemory),
    ("create_memory_store", Operation::CreateMemoryStore),
    ("delete_memory_store", Operation::DeleteMemoryStore),
];

impl Operation {
    /// Returns the operation of this name; a name that the conventions do not define is kept as it is.
    pub fn from_name(name: &str) -> Self {
        Self::known(name).unwrap_or_else(|| Self::Other(Cow::Owned(name.to_owned())))
    }

    /// Returns the operation of this name if the conventions define it.
    pub fn known(name: &str) -> Option<Self> {
        KNOWN.iter().find(|(known, _)| *known == name).map(|(_, operation)| operation.clone())
    }

    /// Returns the value of `gen_ai.operation.name`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => KNOWN.iter().find(|(_, operation)| operation == known).map_or("", |(name, _)| name),
        }
    }

    /// Tells whether one such operation is one call of a model, which reports its own tokens.
    ///
    /// True for the convention's inference and embedding operations, and for the names under which libraries report
    /// other billed model calls (`rerank`, `transcription`, `image_generation`, `audio_generation`, `speech`,
    /// `moderation`). An agent's own sums are not calls, and `fetch_response` reads a call that was already counted.
    pub fn is_model_call(&self) -> bool {
        match self {
            Self::Chat | Self::GenerateContent | Self::TextCompletion | Self::Embeddings => true,
            Self::Other(name) => matches!(
                name.as_ref(),
                "rerank"
                    | "transcription"
                    | "image_generation"
                    | "audio_generation"
                    | "speech"
                    | "moderation"
            ),
            _ => false,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_reads_back() {
        for (name, operation) in &KNOWN {
            assert_eq!(&Operation::from_name(name), operation);
            assert_eq!(operation.as_str(), *name);
        }
        assert_eq!(Operation::from_name("agent_step").as_str(), "agent_step");
        assert_eq!(Operation::known("agent_step"), None);
    }
}
