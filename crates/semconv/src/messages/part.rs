//! One part of a message.

use serde_json::{Value, json};

/// One part of a message, by the convention's schema.
#[derive(Clone, Debug, PartialEq)]
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
        id: Option<String>,
        /// Names the tool.
        name: String,
        /// What to call it with; parsed where the library wrote JSON as text.
        arguments: Value,
    },
    /// What a tool answered.
    ToolCallResponse {
        /// Identifies the call.
        id: Option<String>,
        /// The answer.
        response: Value,
    },
    /// Any other part (`blob`, `file`, `uri`, `server_tool_call`, a library's own), as it was written.
    Other(Value),
}

impl Part {
    /// Makes a text part.
    pub fn text(content: impl Into<String>) -> Self {
        Self::Text { content: content.into() }
    }

    /// Returns the part as the convention's JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text { content } => json!({"type": "text", "content": content}),
            Self::Reasoning { content } => json!({"type": "reasoning", "content": content}),
            Self::ToolCall { id, name, arguments } => {
                let mut value = json!({"type": "tool_call", "name": name, "arguments": arguments});
                set_id(&mut value, id.as_deref());
                value
            }
            Self::ToolCallResponse { id, response } => {
                let mut value = json!({"type": "tool_call_response", "response": response});
                set_id(&mut value, id.as_deref());
                value
            }
            Self::Other(value) => value.clone(),
        }
    }
}

fn set_id(value: &mut Value, id: Option<&str>) {
    if let Some(id) = id {
        value["id"] = id.into();
    }
}
