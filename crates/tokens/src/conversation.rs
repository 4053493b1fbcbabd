//! What was said in a call, as plain text.

use std::borrow::Cow;

/// What a model was given.
///
/// # Examples
///
/// ```
/// use otel_genai_tokens::{Input, Message, Part};
///
/// let input = Input {
///     system: vec!["Answer in one word.".into()],
///     messages: vec![
///         Message::text("user", "What is the weather in Paris?"),
///         Message {
///             role: "assistant".into(),
///             name: None,
///             parts: vec![Part::ToolCall { name: "weather".into(), arguments: r#"{"city":"Paris"}"#.into() }],
///         },
///         Message { role: "tool".into(), name: None, parts: vec![Part::ToolResult("rain".into())] },
///     ],
///     tools: Some(r#"[{"type":"function","name":"weather"}]"#.into()),
/// };
/// assert_eq!(input.messages.len(), 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input<'a> {
    /// System instructions that are not among the messages; each counts as a message.
    pub system: Vec<Cow<'a, str>>,
    /// The conversation so far, oldest first.
    pub messages: Vec<Message<'a>>,
    /// Tool definitions as compact JSON.
    pub tools: Option<Cow<'a, str>>,
}

/// One message of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message<'a> {
    /// Who speaks; one token in every family that was measured, so its text does not matter.
    pub role: Cow<'a, str>,
    /// Name of the participant, where the message carries one.
    pub name: Option<Cow<'a, str>>,
    /// What is said, in order.
    pub parts: Vec<Part<'a>>,
}

impl<'a> Message<'a> {
    /// Makes a message of one text.
    pub fn text(role: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { role: role.into(), name: None, parts: vec![Part::Text(text.into())] }
    }
}

/// One part of a message or of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Reasoning that the model showed; what it showed may be a summary of what it is billed for.
    Reasoning(Cow<'a, str>),
    /// A tool that the model wants called.
    ToolCall {
        /// Names the tool.
        name: Cow<'a, str>,
        /// The arguments as the provider sent them, else as compact JSON.
        arguments: Cow<'a, str>,
    },
    /// What a tool answered: text, else compact JSON.
    ToolResult(Cow<'a, str>),
    /// An image, a file, or anything else whose tokens cannot be told from text: not guessed, only reported as missing.
    Opaque,
}
