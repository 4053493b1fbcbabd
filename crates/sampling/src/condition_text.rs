//! The short text form of conditions, for settings and the command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::condition::{Comparison, Condition, TextTest};
use crate::quoted::{Quoted, split, unquote};

/// Why a text is no [`Condition`] or no [`Rule`](crate::Rule).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleTextError {
    /// Nothing is called so.
    #[error("\"{0}\" is no condition: use {WORDS}, several joined by \" and \"")]
    Unknown(String),
    /// The condition needs a value and has none, or has one and needs none.
    #[error("\"{text}\" must be written {form}")]
    Form {
        /// What was written.
        text: String,
        /// How to write it.
        form: &'static str,
    },
    /// The regular expression is invalid.
    #[error("\"{expression}\" is no regular expression: {reason}")]
    Expression {
        /// What was written after `~`.
        expression: String,
        /// What is wrong with it, in one line.
        reason: String,
    },
    /// An option of a rule, after a semicolon, that does not exist or has a wrong value.
    #[error("\"{0}\" is no option of a rule: use rate=0.1, quota=100/1m or name=…")]
    Option(String),
}

const WORDS: &str = "error, slower_than=60s, span_slower_than=5s:NAME, dearer_than=0.5, more_tokens_than=100000, \
    guarded, tool_failed, loop=3, name=NAME, attribute:KEY=VALUE, tag=TAG, model=MODEL or agent=AGENT \
    (~ in place of = for a regular expression, <, <=, ==, >= or > for numbers of attributes, \
    \"…\" around a value that holds ; or \" and \")";

/// Reads the short form; conditions joined by ` and ` become [`Condition::All`]. A value that holds `;` or ` and ` stands in
/// quotation marks, with a backslash before each `"` and `\` in it: `name="search and book"`.
///
/// | text | condition |
/// | --- | --- |
/// | `error` | [`Error`](Condition::Error) |
/// | `slower_than=60s` | [`SlowerThan`](Condition::SlowerThan); units `ms`, `s`, `m`, `h` |
/// | `span_slower_than=5s:search` | [`SpanSlowerThan`](Condition::SpanSlowerThan); `:~^search` for a pattern |
/// | `dearer_than=0.5` | [`DearerThan`](Condition::DearerThan), USD |
/// | `more_tokens_than=100000` | [`MoreTokensThan`](Condition::MoreTokensThan) |
/// | `guarded`, `tool_failed`, `loop=3` | [`Guarded`](Condition::Guarded), [`ToolFailed`](Condition::ToolFailed), [`Loop`](Condition::Loop) |
/// | `name=chat`, `model~^gpt-4`, `agent=planner` | [`Name`](Condition::Name), [`Model`](Condition::Model), [`Agent`](Condition::Agent) |
/// | `tag=beta` | [`Tag`](Condition::Tag) |
/// | `attribute:http.route=/pay`, `attribute:http.route~^/p` | [`Text`](Condition::Text) |
/// | `attribute:http.response.status_code>=500` | [`Number`](Condition::Number) |
impl FromStr for Condition {
    type Err = RuleTextError;

    fn from_str(text: &str) -> Result<Self, RuleTextError> {
        let is_cut = |text: &str| text.ends_with(" and") || text.starts_with("and ");
        if is_cut(text.trim()) {
            return Err(RuleTextError::Form {
                text: text.trim().to_owned(),
                form: "with a condition on both sides of \"and\"",
            });
        }
        let mut parts: Vec<Self> =
            split(text, " and ").into_iter().map(|part| parse_one(part.trim())).collect::<Result<_, _>>()?;
        match parts.len() {
            1 => Ok(parts.remove(0)),
            _ => Ok(Self::All(parts)),
        }
    }
}

/// Writes the short form.
impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => formatter.write_str("error"),
            Self::SlowerThan(duration) => write!(formatter, "slower_than={}", Written(*duration)),
            Self::SpanSlowerThan { name: TextTest::Is(name), duration } => {
                write!(formatter, "span_slower_than={}:{}", Written(*duration), Quoted(name))
            }
            Self::SpanSlowerThan { name: TextTest::Matches(name), duration } => {
                write!(formatter, "span_slower_than={}:~{}", Written(*duration), Quoted(name.as_str()))
            }
            Self::DearerThan(usd) => write!(formatter, "dearer_than={usd}"),
            Self::MoreTokensThan(tokens) => write!(formatter, "more_tokens_than={tokens}"),
            Self::Guarded => formatter.write_str("guarded"),
            Self::ToolFailed => formatter.write_str("tool_failed"),
            Self::Loop { calls } => write!(formatter, "loop={calls}"),
            Self::Name(test) => write!(formatter, "name{test}"),
            Self::Text { key, is } => write!(formatter, "attribute:{key}{is}"),
            Self::Number { key, comparison, number } => {
                write!(formatter, "attribute:{key}{comparison}{number}")
            }
            Self::Tag(tag) => write!(formatter, "tag={}", Quoted(tag)),
            Self::Model(test) => write!(formatter, "model{test}"),
            Self::Agent(test) => write!(formatter, "agent{test}"),
            Self::All(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
                write!(formatter, "{}{part}", if index > 0 { " and " } else { "" })
            }),
        }
    }
}

/// Writes `=text` or `~expression`.
impl fmt::Display for TextTest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => write!(formatter, "={}", Quoted(text)),
            Self::Matches(expression) => write!(formatter, "~{}", Quoted(expression.as_str())),
        }
    }
}

fn parse_one(text: &str) -> Result<Condition, RuleTextError> {
    let unknown = || RuleTextError::Unknown(text.to_owned());
    let form = |form| RuleTextError::Form { text: text.to_owned(), form };
    if let Some(rest) = text.strip_prefix("attribute:") {
        return parse_attribute(rest)?
            .ok_or_else(|| form("attribute:KEY=VALUE, attribute:KEY~PATTERN or attribute:KEY>=NUMBER"));
    }
    match text {
        "error" => return Ok(Condition::Error),
        "guarded" => return Ok(Condition::Guarded),
        "tool_failed" => return Ok(Condition::ToolFailed),
        _ => {}
    }
    let (word, value) = text.split_at(text.find(['=', '~']).ok_or_else(unknown)?);
    let plain = value.strip_prefix('=').map(str::trim).unwrap_or_default();
    match word.trim() {
        "slower_than" => {
            parse_duration(plain).map(Condition::SlowerThan).ok_or_else(|| form("slower_than=60s"))
        }
        "span_slower_than" => {
            let wrong = || form("span_slower_than=5s:NAME or span_slower_than=5s:~PATTERN");
            let (duration, name) = plain.split_once(':').ok_or_else(wrong)?;
            let duration = parse_duration(duration.trim()).ok_or_else(wrong)?;
            let name = match name.strip_prefix('~') {
                Some(expression) => parse_expression(expression)?,
                None if name.is_empty() => return Err(wrong()),
                None => TextTest::is(unquote(name)),
            };
            Ok(Condition::SpanSlowerThan { name, duration })
        }
        "dearer_than" => match plain.parse() {
            Ok(usd) if usd >= 0.0 && f64::is_finite(usd) => Ok(Condition::DearerThan(usd)),
            _ => Err(form("dearer_than=0.5, in USD")),
        },
        "more_tokens_than" => {
            plain.parse().map(Condition::MoreTokensThan).map_err(|_| form("more_tokens_than=100000"))
        }
        "loop" => match plain.parse() {
            Ok(calls) if calls >= 2 => Ok(Condition::Loop { calls }),
            _ => Err(form("loop=3, with at least 2 calls")),
        },
        "name" => parse_test(value, || form("name=NAME or name~PATTERN")).map(Condition::Name),
        "model" => parse_test(value, || form("model=MODEL or model~PATTERN")).map(Condition::Model),
        "agent" => parse_test(value, || form("agent=AGENT or agent~PATTERN")).map(Condition::Agent),
        "tag" if plain.is_empty() => Err(form("tag=TAG")),
        "tag" => Ok(Condition::Tag(unquote(plain).into_owned())),
        _ => Err(unknown()),
    }
}

/// Reads `KEY` and what is asked of it; `None` where there is no sign, key or number.
fn parse_attribute(text: &str) -> Result<Option<Condition>, RuleTextError> {
    let Some(at) = text.find(['=', '~', '<', '>']).filter(|at| *at > 0) else { return Ok(None) };
    let (key, rest) = text.split_at(at);
    // `!=` is not there, and no attribute has blanks in its name.
    let key = key.trim();
    if key.is_empty() || key.ends_with('!') || key.contains(char::is_whitespace) {
        return Ok(None);
    }
    let comparison = Comparison::ALL.into_iter().find(|comparison| rest.starts_with(comparison.sign()));
    if let Some(comparison) = comparison {
        let number =
            rest[comparison.sign().len()..].trim().parse().ok().filter(|number: &f64| number.is_finite());
        return Ok(number.map(|number| Condition::number(key, comparison, number)));
    }
    Ok(match rest.strip_prefix('~') {
        Some(expression) => Some(Condition::text(key, parse_expression(expression.trim())?)),
        None => rest.strip_prefix('=').map(|value| Condition::text(key, TextTest::is(unquote(value.trim())))),
    })
}

fn parse_test(value: &str, wrong: impl Fn() -> RuleTextError) -> Result<TextTest, RuleTextError> {
    match (value.strip_prefix('='), value.strip_prefix('~')) {
        (Some(text), _) if !text.trim().is_empty() => Ok(TextTest::is(unquote(text.trim()))),
        (_, Some(expression)) if !expression.trim().is_empty() => parse_expression(expression.trim()),
        _ => Err(wrong()),
    }
}

fn parse_expression(expression: &str) -> Result<TextTest, RuleTextError> {
    let expression = unquote(expression);
    TextTest::matching(&expression).map_err(|error| {
        // The last line says what is wrong; those before it draw an arrow, which a log line cannot show.
        let reason =
            error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        RuleTextError::Expression { expression: expression.into_owned(), reason }
    })
}

/// Reads `90s`, `1.5h` and the like.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

/// A duration in the largest unit that is whole.
pub(crate) struct Written(pub(crate) Duration);

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match self.0.subsec_nanos() {
            0 if seconds > 0 && seconds.is_multiple_of(3600) => write!(formatter, "{}h", seconds / 3600),
            0 if seconds > 0 && seconds.is_multiple_of(60) => write!(formatter, "{}m", seconds / 60),
            0 => write!(formatter, "{seconds}s"),
            _ => write!(formatter, "{}ms", self.0.as_nanos() as f64 / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let texts = [
            "error",
            "guarded",
            "tool_failed",
            "slower_than=1m",
            "slower_than=90s",
            "slower_than=250ms",
            "span_slower_than=5s:search the web",
            "span_slower_than=2h:~^search",
            "dearer_than=0.5",
            "more_tokens_than=100000",
            "loop=3",
            "name=GET /health",
            "name~^GET",
            "model~^gpt-4",
            "agent=planner",
            "tag=beta",
            "attribute:http.route=/pay?a=b",
            "attribute:http.route~^/p(ay)?",
            "attribute:http.response.status_code>=500",
            "attribute:x<0.5",
            "attribute:x==3",
            "agent=planner and error and dearer_than=1",
            r#"name="search and book" and error"#,
            r#"tag="a; b""#,
            r#"span_slower_than=5s:~"^~; \\\"x""#,
        ];
        for text in texts {
            let condition: Condition = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(condition.to_string(), text);
        }
        assert_eq!("slower_than=90000ms".parse(), Ok(Condition::SlowerThan(Duration::from_secs(90))));
        assert_eq!("slower_than = 1.5m".parse(), Ok(Condition::SlowerThan(Duration::from_secs(90))));
    }

    #[test]
    fn what_cannot_be_read_says_how_to_write_it() {
        let cases = [
            ("errors", "\"errors\" is no condition: use error, slower_than=60s"),
            ("", "\"\" is no condition"),
            ("colour=red", "\"colour=red\" is no condition"),
            ("slower_than=60", "\"slower_than=60\" must be written slower_than=60s"),
            ("slower_than=soon", "must be written slower_than=60s"),
            ("dearer_than=-1", "must be written dearer_than=0.5, in USD"),
            ("dearer_than=NaN", "must be written dearer_than=0.5, in USD"),
            ("loop=1", "must be written loop=3, with at least 2 calls"),
            ("name=", "must be written name=NAME"),
            ("tag=", "must be written tag=TAG"),
            ("attribute:=x", "must be written attribute:KEY=VALUE"),
            ("attribute:x>y", "must be written attribute:KEY=VALUE"),
            ("name~(", "\"(\" is no regular expression: unclosed group"),
            ("error and", "\"error and\" must be written with a condition on both sides"),
            ("agent=planner and ", "\"agent=planner and\" must be written with a condition on both sides"),
        ];
        for (text, expected) in cases {
            let error = text.parse::<Condition>().expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
