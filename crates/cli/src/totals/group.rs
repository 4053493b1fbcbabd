//! Which group a span belongs to.

use std::borrow::Cow;
use std::convert::Infallible;
use std::str::FromStr;

use opentelemetry::Key;
use opentelemetry_sdk::Resource;
use otel_genai::pricing::Date;
use otel_genai::{GenAiSpan, Span};

/// The group of what does not say.
pub(super) const UNKNOWN: &str = "";

/// What calls are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    Model,
    Agent,
    Tool,
    Day,
    Attribute(String),
}

impl FromStr for By {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(match name {
            "model" => Self::Model,
            "agent" => Self::Agent,
            "tool" => Self::Tool,
            "day" => Self::Day,
            attribute => Self::Attribute(attribute.to_owned()),
        })
    }
}

impl By {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Model => "model",
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Day => "day",
            Self::Attribute(name) => name,
        }
    }

    /// Returns the name of the attribute, if it is one.
    pub(super) fn attribute(&self) -> Option<&str> {
        match self {
            Self::Attribute(name) => Some(name),
            _ => None,
        }
    }

    /// Returns the group of a span by what itself and its resource say.
    pub(super) fn group<'a>(&self, span: &'a Span, resource: &Resource) -> Cow<'a, str> {
        let view = GenAiSpan::new(span);
        match self {
            Self::Model => view.model().unwrap_or(UNKNOWN).into(),
            Self::Agent => view.agent_name().unwrap_or(UNKNOWN).into(),
            Self::Tool => view.tool_name().unwrap_or(UNKNOWN).into(),
            Self::Day => Date::of(span.start_time()).to_string().into(),
            Self::Attribute(name) => {
                let value = span.get(name).cloned().or_else(|| resource.get(&Key::new(name.clone())));
                value.map_or(UNKNOWN.into(), |value| value.to_string().into())
            }
        }
    }
}
