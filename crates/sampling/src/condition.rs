//! What a rule asks of a trace.

use std::fmt;
use std::time::Duration;

use regex::Regex;

/// Something that can be true of a trace.
///
/// Every condition looks at the spans one by one, or at sums over them, and is such that once it is true it stays
/// true, whatever else the trace does. That is what lets a trace be kept before it has ended.
///
/// Cost, tokens, models, agents, tools and guardrails are read in the words of the conventions, so the tail sampler
/// belongs behind the enricher and the guardrail detector. What is not recorded is unknown, and no condition is true of it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otel_genai_sampling::{Comparison, Condition, TextTest};
///
/// let slow_search = Condition::SpanSlowerThan {
///     name: TextTest::matching("^search")?,
///     duration: Duration::from_secs(5),
/// };
/// assert_eq!(slow_search, "span_slower_than=5s:~^search".parse()?);
/// let failed_on_server = Condition::number("http.response.status_code", Comparison::AtLeast, 500.0);
/// assert_eq!(failed_on_server, "attribute:http.response.status_code>=500".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// A span at any depth, the root included, has the status error, an `exception` event, or `error.type`.
    Error,
    /// From the first start to the last end of its spans, the trace took longer than this.
    SlowerThan(Duration),
    /// A span with such a name took longer than this.
    SpanSlowerThan {
        /// The span's name.
        name: TextTest,
        /// How long is too long.
        duration: Duration,
    },
    /// The model calls that have a price cost more than this together, in USD. A call that two libraries report costs once.
    DearerThan(f64),
    /// The model calls used more input and output tokens than this together.
    MoreTokensThan(u64),
    /// A guardrail fired (`triggered` or `modified`), found with medium or high confidence.
    Guarded,
    /// A tool call is an error, in the sense of [`Error`](Self::Error).
    ToolFailed,
    /// A tool was called this often with the same arguments (by `otel_genai.tool.arguments_hash`).
    Loop {
        /// How often, the first call included.
        calls: u32,
    },
    /// A span has such a name.
    Name(TextTest),
    /// A span has an attribute whose value, as text, is so. Of a list, one item is enough.
    Text {
        /// The attribute's key.
        key: String,
        /// What its value is.
        is: TextTest,
    },
    /// A span has an attribute whose value is such a number, or a text that holds one.
    Number {
        /// The attribute's key.
        key: String,
        /// How it compares with `number`.
        comparison: Comparison,
        /// What it is compared with.
        number: f64,
    },
    /// The run has this tag (`otel_genai.tags`).
    Tag(String),
    /// A model call asked for such a model, or was answered by it.
    Model(TextTest),
    /// A span names such an agent.
    Agent(TextTest),
    /// All of these are true of the trace, each perhaps by another of its spans.
    All(Vec<Self>),
}

/// How a text must be.
#[derive(Clone, Debug)]
pub enum TextTest {
    /// Exactly this.
    Is(String),
    /// Matched by this regular expression, anywhere in it.
    Matches(Regex),
}

/// How a number compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Below it.
    Below,
    /// Below it or equal.
    AtMost,
    /// Equal.
    Equal,
    /// Above it or equal.
    AtLeast,
    /// Above it.
    Above,
}

impl Condition {
    /// Returns the condition that a span has an attribute with such a text.
    pub fn text(key: impl Into<String>, is: TextTest) -> Self {
        Self::Text { key: key.into(), is }
    }

    /// Returns the condition that a span has an attribute with such a number.
    pub fn number(key: impl Into<String>, comparison: Comparison, number: f64) -> Self {
        Self::Number { key: key.into(), comparison, number }
    }
}

impl TextTest {
    /// Returns the test for exactly this text.
    pub fn is(text: impl Into<String>) -> Self {
        Self::Is(text.into())
    }

    /// Returns the test for a regular expression, which may match anywhere: `^` and `$` bind it.
    ///
    /// # Errors
    ///
    /// If the expression is invalid or too large.
    pub fn matching(expression: &str) -> Result<Self, regex::Error> {
        Regex::new(expression).map(Self::Matches)
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => wanted == text,
            Self::Matches(expression) => expression.is_match(text),
        }
    }
}

impl PartialEq for TextTest {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is(one), Self::Is(two)) => one == two,
            (Self::Matches(one), Self::Matches(two)) => one.as_str() == two.as_str(),
            _ => false,
        }
    }
}

impl Comparison {
    /// Every comparison; those with two signs first, for who reads them.
    pub(crate) const ALL: [Self; 5] = [Self::AtMost, Self::AtLeast, Self::Below, Self::Above, Self::Equal];

    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::AtLeast => ">=",
            Self::Above => ">",
        }
    }

    pub(crate) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Below => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::AtLeast => left >= right,
            Self::Above => left > right,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sign())
    }
}
