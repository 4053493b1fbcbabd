//! What can go wrong, and how a span says so.

use opentelemetry::trace::Status;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    #[error("OPENAI_BASE_URL is not a URL: {0}")]
    BaseUrl(String),
    #[error("no answer from the endpoint: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the endpoint answered {status}: {body}")]
    Refused { status: u16, body: String },
    #[error("cannot understand the model's answer: {0}")]
    Answer(String),
    #[error("the tool {0} is not available right now")]
    ToolUnavailable(&'static str),
    #[error("there is no tool {0}")]
    NoSuchTool(String),
    #[error("the question is longer than {0} bytes")]
    QuestionTooLong(usize),
    #[error("no answer after {0} turns")]
    TooManyTurns(usize),
}

impl AgentError {
    /// Writes the error onto the current span: `error.type` for machines, in few distinct values, and the status.
    pub(crate) fn record(&self) {
        let span = Span::current();
        span.set_attribute("error.type", self.error_type());
        span.set_status(Status::error(self.to_string()));
    }

    fn error_type(&self) -> String {
        match self {
            Self::Refused { status, .. } => status.to_string(),
            Self::Http(error) if error.is_timeout() => "timeout".into(),
            Self::Http(error) if error.is_connect() => "connect".into(),
            Self::ToolUnavailable(_) => "unavailable".into(),
            Self::NoSuchTool(_) => "no_such_tool".into(),
            Self::QuestionTooLong(_) => "question_too_long".into(),
            Self::TooManyTurns(_) => "too_many_turns".into(),
            Self::BaseUrl(_) | Self::Http(_) | Self::Answer(_) => "_OTHER".into(),
        }
    }
}
