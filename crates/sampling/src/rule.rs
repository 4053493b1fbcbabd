//! Which traces to keep, and how many of them.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use opentelemetry::StringValue;

use crate::condition::Condition;
use crate::condition_text::{RuleTextError, Written, parse_duration};
use crate::quoted::{Quoted, split, unquote};
use crate::{RatioError, Threshold};

/// A class of traces, and what share of them is kept.
///
/// The rules of a [`Sampling`](crate::Sampling) are asked in their order, and the first whose condition is true of the
/// trace decides, also when it decides against the trace.
///
/// # Examples
///
/// ```
/// use otel_genai_sampling::{Condition, Rule};
///
/// let rule = Rule::keep(Condition::Error).rate(0.5)?.named("half of the errors");
/// assert_eq!(rule, "error; rate=0.5; name=half of the errors".parse()?);
/// let never: Rule = "name=GET /health; rate=0".parse()?;
/// assert_eq!(never.threshold().probability(), 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    when: Condition,
    threshold: Threshold,
    ratio: f64,
    quota: Option<Quota>,
    name: StringValue,
}

/// How many traces a rule keeps at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) traces: NonZeroU32,
    pub(crate) per: Duration,
}

impl Rule {
    /// Returns the rule that keeps every trace of which the condition is true, named as the condition is written.
    pub fn keep(when: Condition) -> Self {
        let name = StringValue::from(std::sync::Arc::<str>::from(when.to_string()));
        Self { when, threshold: Threshold::ALWAYS, ratio: 1.0, quota: None, name }
    }

    /// Sets the share of the traces that is kept, 0 to 1. Which ones, the trace's randomness decides: what a lower rate
    /// keeps, a higher one keeps too.
    ///
    /// # Errors
    ///
    /// If the ratio is out of range; see [`Threshold::from_ratio`].
    pub fn rate(mut self, ratio: f64) -> Result<Self, RatioError> {
        self.threshold = Threshold::from_ratio(ratio)?;
        self.ratio = ratio;
        Ok(self)
    }

    /// Bounds how many traces the rule keeps in each span of time; those above are dropped, reason `quota`.
    ///
    /// What a quota keeps was not kept with a known probability, so it carries no threshold and totals cannot be
    /// extrapolated from it. A rate has no such cost.
    #[must_use]
    pub fn at_most(mut self, traces: NonZeroU32, per: Duration) -> Self {
        self.quota = Some(Quota { traces, per });
        self
    }

    /// Sets the name under which kept spans and the counts show the rule.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        // Counted, because each kept span gets it.
        self.name = StringValue::from(std::sync::Arc::<str>::from(name.into()));
        self
    }

    /// Returns the condition.
    pub fn when(&self) -> &Condition {
        &self.when
    }

    /// Returns the share that is kept, as a threshold.
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    pub(crate) fn name_value(&self) -> &StringValue {
        &self.name
    }

    pub(crate) fn quota(&self) -> Option<Quota> {
        self.quota
    }

    /// Tells whether a trace of this class is kept for certain.
    pub(crate) fn is_certain(&self) -> bool {
        self.threshold == Threshold::ALWAYS && self.quota.is_none()
    }
}

/// Reads a [`Condition`], and after semicolons `rate=0.1`, `quota=100/1m` (traces per time) and `name=…`.
impl FromStr for Rule {
    type Err = RuleTextError;

    fn from_str(text: &str) -> Result<Self, RuleTextError> {
        let mut parts = split(text, ";").into_iter();
        let mut rule = Self::keep(parts.next().unwrap_or_default().trim().parse()?);
        let mut given: Vec<&str> = Vec::new();
        for option in parts {
            let option = option.trim();
            let wrong = || RuleTextError::Option(option.to_owned());
            let (key, value) = option.split_once('=').ok_or_else(wrong)?;
            let (key, value) = (key.trim(), value.trim());
            if given.contains(&key) {
                return Err(wrong());
            }
            given.push(key);
            match key {
                "rate" => rule = rule.rate(value.parse().map_err(|_| wrong())?).map_err(|_| wrong())?,
                "quota" => {
                    let (traces, per) = value.split_once('/').ok_or_else(wrong)?;
                    let traces = traces.trim().parse().map_err(|_| wrong())?;
                    let per = parse_duration(per.trim()).filter(|per| !per.is_zero()).ok_or_else(wrong)?;
                    rule = rule.at_most(traces, per);
                }
                "name" if !value.is_empty() => rule = rule.named(unquote(value)),
                _ => return Err(wrong()),
            }
        }
        Ok(rule)
    }
}

/// Writes what [`FromStr`] reads.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.when)?;
        if self.ratio < 1.0 {
            write!(formatter, "; rate={}", self.ratio)?;
        }
        if let Some(quota) = self.quota {
            write!(formatter, "; quota={}/{}", quota.traces, Written(quota.per))?;
        }
        if self.name() != self.when.to_string() {
            write!(formatter, "; name={}", Quoted(self.name()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "error",
            "error; rate=0.25",
            "loop=3; rate=0; quota=100/1m; name=loops",
            "tag=a; quota=1/500ms",
            r#"name="a; b and c"; rate=0.5; name="x; y""#,
        ] {
            assert_eq!(text.parse::<Rule>().expect(text).to_string(), text);
        }
        for text in [
            "error; rate=2",
            "error; rate=x",
            "error; quota=5",
            "error; quota=0/1s",
            "error; quota=5/0s",
            "error; at=3",
            "error; rate=0.5; rate=0.1",
            "error;",
        ] {
            let error = text.parse::<Rule>().expect_err(text).to_string();
            assert!(error.contains("is no option of a rule: use rate=0.1"), "{text}: {error}");
        }
    }

    #[test]
    fn blanks_around_signs_say_nothing() {
        for (loose, strict) in [
            ("attribute:http.status >= 500", "attribute:http.status>=500"),
            ("attribute:gen_ai.request.model = gpt-4o", "attribute:gen_ai.request.model=gpt-4o"),
            ("model = gpt-4o ; rate = 0.5", "model=gpt-4o; rate=0.5"),
            ("name ~ ^search", "name~^search"),
        ] {
            assert_eq!(loose.parse::<Rule>().expect(loose), strict.parse().expect(strict), "{loose}");
        }
        for wrong in ["attribute:x!=3", "attribute: =3", "attribute:a b=3"] {
            assert!(wrong.parse::<Rule>().is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_and_written_alike_or_refused(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "error", "slower_than", "span_slower_than", "dearer_than", "loop", "name", "attribute:", "tag", " and ",
                    "=", "~", ":", ";", "\"", "\\", ">=", "<", "5", "0.5", "s", "ms", "rate=", "quota=", "/", "k", "(", "é", " ",
                ]),
                0..8,
            ),
        ) {
            if let Ok(rule) = parts.concat().parse::<Rule>() {
                proptest::prop_assert_eq!(rule.to_string().parse::<Rule>().expect("was written"), rule);
            }
        }
    }
}
