//! One part of a message.

use serde::Serialize;
use serde_json::Value;

/// One part of a message, by the convention's schema.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        content: String,
    },
    /// Reasoning that the model showed.
    Reasoning {
        /// The text.
        content: String,
    },
    /// A tool that the model wants called.
    ToolCall {
        /// Identifies the call.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Names the tool.
        name: String,
        /// What to call it with; parsed where the library wrote JSON as text.
        arguments: Value,
    },
    /// What a tool answered.
    ToolCallResponse {
        /// Identifies the call.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The answer.
        response: Value,
    },
    /// Any other part (`blob`, `file`, `uri`, `server_tool_call`, a library's own), as it was written.
    #[serde(untagged)]
    Other(Value),
}

impl Part {
    /// Makes a text part.
    pub fn text(content: impl Into<String>) -> Self {
        Self::Text { content: content.into() }
    }
}
