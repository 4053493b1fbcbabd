//! What a rate is counted by.

use std::fmt;
use std::str::FromStr;

use opentelemetry::Value;
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::{gen_ai, otel_genai};

/// What has a rate of its own.
///
/// # Examples
///
/// ```
/// use otel_genai_sampling::RateKey;
///
/// assert_eq!("agent".parse(), Ok(RateKey::Agent));
/// assert_eq!("attribute:customer.id".parse(), Ok(RateKey::Attribute("customer.id".into())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateKey {
    /// The agent's name.
    Agent,
    /// The tenant that the run is for.
    Tenant,
    /// The model that a call asked for.
    Model,
    /// The value of this attribute.
    Attribute(String),
}

/// A text that is no [`RateKey`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" has no rate of its own: use agent, tenant, model or attribute:KEY")]
pub struct RateKeyError(String);

impl RateKey {
    /// Returns the first span's value, in the order in which they ended.
    pub(crate) fn read<'a>(&self, mut spans: impl Iterator<Item = &'a Span>) -> Option<String> {
        let key = match self {
            Self::Agent => gen_ai::AGENT_NAME,
            Self::Tenant => otel_genai::TENANT,
            Self::Model => gen_ai::REQUEST_MODEL,
            Self::Attribute(key) => key,
        };
        spans.find_map(|span| span.get(key)).map(|value| match value {
            Value::String(text) => text.as_str().to_owned(),
            other => other.to_string(),
        })
    }
}

impl FromStr for RateKey {
    type Err = RateKeyError;

    fn from_str(text: &str) -> Result<Self, RateKeyError> {
        match text {
            "agent" => Ok(Self::Agent),
            "tenant" => Ok(Self::Tenant),
            "model" => Ok(Self::Model),
            _ => match text.strip_prefix("attribute:") {
                Some(key) if !key.is_empty() => Ok(Self::Attribute(key.to_owned())),
                _ => Err(RateKeyError(text.to_owned())),
            },
        }
    }
}

/// Writes what [`FromStr`] reads.
impl fmt::Display for RateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent => formatter.write_str("agent"),
            Self::Tenant => formatter.write_str("tenant"),
            Self::Model => formatter.write_str("model"),
            Self::Attribute(key) => write!(formatter, "attribute:{key}"),
        }
    }
}
