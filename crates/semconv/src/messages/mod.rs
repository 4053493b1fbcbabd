//! Messages of a conversation: the convention's JSON, read from whatever shape a library wrote.

mod part;
mod shapes;

use serde::Serialize;
use serde_json::Value;

pub use part::Part;

/// One message, as `gen_ai.input.messages` and `gen_ai.output.messages` hold them.
///
/// # Examples
///
/// Providers and libraries write messages in many shapes; all read as the same type:
///
/// ```
/// use otel_genai_semconv::messages::{self, Part};
///
/// let convention = r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#;
/// let openai = r#"[{"role":"user","content":"hi"}]"#;
/// let anthropic = r#"[{"role":"user","content":[{"type":"text","text":"hi"}]}]"#;
/// let gemini = r#"[{"role":"user","parts":[{"text":"hi"}]}]"#;
/// for text in [convention, openai, anthropic, gemini] {
///     let messages = messages::parse(text);
///     assert_eq!(messages[0].role, "user");
///     assert_eq!(messages[0].parts, [Part::text("hi")]);
///     assert_eq!(messages::to_json(&messages), convention);
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Message {
    /// Who speaks: `system`, `user`, `assistant`, `tool`, or what the library wrote.
    pub role: String,
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// Name of the participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why generation stopped; only on messages that a model wrote.
    ///
    /// Deprecated in favour of `gen_ai.response.finish_reasons`, but Phoenix 20.26 rejects output messages without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
}

impl Message {
    /// Makes a message of one text.
    pub fn text(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), parts: vec![Part::text(content)], ..Self::default() }
    }
}

/// Reads messages from text: JSON of any shape that a library writes, or a plain prompt, which is one user message.
///
/// Text that is empty gives no message. Text that only looks like JSON is a plain prompt, so nothing is lost.
pub fn parse(text: &str) -> Vec<Message> {
    match crate::text::parse_nested(text) {
        Some(json) => from_value(&json),
        None if text.trim().is_empty() => Vec::new(),
        None => vec![Message::text("user", text)],
    }
}

/// Reads messages from JSON of any shape that a library writes.
///
/// Understood are the convention's own schema and the messages of OpenAI (chat and Responses), Anthropic, Gemini,
/// Bedrock Converse, the Vercel AI SDK, LangChain and the convention's former events; an object is one message, or
/// wraps a list under `messages`, `choices`, `output` and the like. What is not understood is kept as a
/// [`Part::Other`].
pub fn from_value(json: &Value) -> Vec<Message> {
    let mut messages = Vec::new();
    shapes::collect(json, &mut messages, 0);
    messages
}

/// Writes messages as the convention's JSON text.
pub fn to_json(messages: &[Message]) -> String {
    // Writing strings and JSON values into a string cannot fail.
    serde_json::to_string(messages).unwrap_or_default()
}

/// Writes parts, such as system instructions, as the convention's JSON text.
pub fn parts_to_json(parts: &[Part]) -> String {
    serde_json::to_string(parts).unwrap_or_default()
}

/// Reads the parts of system instructions from JSON: a list of parts, one part, or messages.
pub fn parts_from_value(json: &Value) -> Vec<Part> {
    shapes::parts(json)
}
