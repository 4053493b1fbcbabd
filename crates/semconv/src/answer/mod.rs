//! What a provider's answer says about itself: id, model, why it ended, and what it used.

mod finish;
mod gather;
mod prune;

use serde_json::Value;

use crate::usage::{Evidence, Hint, Report};

pub(crate) use finish::canonical as canonical_finish_reason;

/// What a raw answer of a provider says about itself.
///
/// Understood are whole answers, stream chunks (as a list, as lines, or as server-sent events) and bare usage objects of
/// OpenAI (chat, Responses, embeddings, realtime), Azure, Anthropic, Gemini, Bedrock (Converse and InvokeModel), Cohere,
/// Mistral, Ollama, DeepSeek, xAI, Groq, Moonshot, Perplexity and OpenRouter, and what LangChain makes of them.
///
/// # Examples
///
/// ```
/// use otel_genai_semconv::{Answer, usage::Hint};
///
/// let body = r#"{"id": "msg_1", "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
///     "usage": {"input_tokens": 87, "cache_read_input_tokens": 1920, "output_tokens": 59}}"#;
/// let answer = Answer::from_text(Hint::default(), body).expect("an answer");
/// let tokens = answer.report.expect("usage").tokens;
/// assert_eq!(answer.id.as_deref(), Some("msg_1"));
/// assert_eq!(answer.finish_reasons, ["end_turn"]);
/// assert_eq!(tokens.input, Some(2007)); // Anthropic counts cached input apart; our totals contain it
/// assert_eq!(tokens.reasoning, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The response's id.
    pub id: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// Why generation stopped, one item per choice, in the provider's words.
    pub finish_reasons: Vec<String>,
    /// What the call used.
    pub report: Option<Report>,
    /// How many calls the answer stands for, where it shows that they were several (Google's automatic function
    /// calling, whose answer carries the usage of its last call only).
    pub calls: Option<u64>,
}

impl Answer {
    /// Reads an answer that is parsed already; `None` when nothing in it is known.
    pub fn from_value(hint: Hint<'_>, body: &Value) -> Option<Self> {
        match body {
            Value::String(text) => Self::from_text(hint, text),
            _ => gather::answer(hint, Evidence::None, body),
        }
    }

    /// Reads an answer from its text, skipping content without keeping it; `None` when nothing in it is known.
    pub fn from_text(hint: Hint<'_>, text: &str) -> Option<Self> {
        Self::from_text_of(Evidence::None, hint, text)
    }

    /// Reads an answer from its text, with what is known of how its writer counts.
    pub(crate) fn from_text_of(writer: Evidence, hint: Hint<'_>, text: &str) -> Option<Self> {
        gather::answer(hint, writer, &prune::parse(text)?)
    }

    /// Reads a text that is all usage, of which nothing may be skipped: a bare object keeps modalities and passes in
    /// lists, where an answer keeps its content.
    pub(crate) fn from_usage_text_of(writer: Evidence, hint: Hint<'_>, text: &str) -> Option<Self> {
        let whole = serde_json::from_str(text).ok().filter(Value::is_object);
        gather::answer(hint, writer, &whole.or_else(|| prune::parse(text))?)
    }
}
