//! Whether recorded counts add up, and what was done where they did not.

use std::fmt;

/// Whether a total contains its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The total contains the parts, as the conventions say: cached tokens in the input, reasoning in the output.
    Inclusive,
    /// The parts stand beside the total, as Anthropic and Bedrock count cached input.
    Exclusive,
}

impl Meaning {
    /// Returns the meaning's name, as it stands in `otel_genai.usage.conservation`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inclusive => "inclusive",
            Self::Exclusive => "exclusive",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Inclusive, Self::Exclusive].into_iter().find(|meaning| meaning.as_str() == name)
    }
}

/// Whether recorded counts added up, and what was done if not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Conservation {
    /// The counts added up as recorded.
    #[default]
    Consistent,
    /// The counts were brought into the convention's meaning by a rule.
    Repaired(Rule),
    /// Whether the input contains what was cached could not be told: neither the library nor a total says it, and the
    /// model's provider counts cached input apart. This meaning was assumed.
    Assumed(Meaning),
    /// The counts contradict each other and no rule decides which is wrong: totals stay as recorded, and parts that do
    /// not fit into them were cut or left out.
    Contradictory,
}

/// A rule that repairs counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The library is known to record only the uncached input, or the user says so: cached tokens were added.
    ExclusiveLibrary,
    /// The recorded total equals input, cached and output together: cached tokens were added.
    ExclusiveByTotal,
    /// More was cached than the input holds, and the provider counts cached input apart: cached tokens were added.
    CachedAboveInput,
    /// The library is known to record only the uncached input, and the recorded total is input and output together:
    /// nothing was added.
    InclusiveByTotal,
    /// Bedrock's total leaves a remainder, which is cached input that was not recorded: it was added to the input.
    InputFromTotal,
    /// The input of the provider's own tools stands beside the prompt: it was added to the input.
    ToolUseBesideInput,
    /// The recorded total equals input, output and reasoning together, or there is more reasoning than output:
    /// reasoning was added to the output.
    ReasoningBesideOutput,
    /// A Google answer's total leaves a remainder, which are its thoughts: they were added to the output.
    OutputFromTotal,
    /// The cache writes by lifetime add up to more than their sum says: their sum was taken.
    WritesFromLifetimes,
}

impl Rule {
    const ALL: [Self; 9] = [
        Self::ExclusiveLibrary,
        Self::ExclusiveByTotal,
        Self::CachedAboveInput,
        Self::InclusiveByTotal,
        Self::InputFromTotal,
        Self::ToolUseBesideInput,
        Self::ReasoningBesideOutput,
        Self::OutputFromTotal,
        Self::WritesFromLifetimes,
    ];

    /// Returns the rule's name, as it stands in `otel_genai.usage.conservation`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExclusiveLibrary => "exclusive_library",
            Self::ExclusiveByTotal => "exclusive_by_total",
            Self::CachedAboveInput => "cached_above_input",
            Self::InclusiveByTotal => "inclusive_by_total",
            Self::InputFromTotal => "input_from_total",
            Self::ToolUseBesideInput => "tool_use_beside_input",
            Self::ReasoningBesideOutput => "reasoning_beside_output",
            Self::OutputFromTotal => "output_from_total",
            Self::WritesFromLifetimes => "writes_from_lifetimes",
        }
    }
}

impl Conservation {
    /// Reads the value of `otel_genai.usage.conservation`; anything unknown is consistent.
    pub fn from_name(name: &str) -> Self {
        let known = match name.split_once(':') {
            Some(("repaired", rule)) => {
                Rule::ALL.into_iter().find(|known| known.as_str() == rule).map(Self::Repaired)
            }
            Some(("assumed", meaning)) => Meaning::from_name(meaning).map(Self::Assumed),
            _ => (name == "contradictory").then_some(Self::Contradictory),
        };
        known.unwrap_or_default()
    }

    /// Takes over the more serious of two verdicts; of two equally serious ones the first stays.
    pub(crate) fn note(&mut self, other: Self) {
        let seriousness = |verdict: Self| match verdict {
            Self::Consistent => 0,
            Self::Repaired(_) => 1,
            Self::Assumed(_) => 2,
            Self::Contradictory => 3,
        };
        if seriousness(other) > seriousness(*self) {
            *self = other;
        }
    }
}

impl fmt::Display for Conservation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consistent => formatter.write_str("consistent"),
            Self::Repaired(rule) => write!(formatter, "repaired:{}", rule.as_str()),
            Self::Assumed(meaning) => write!(formatter, "assumed:{}", meaning.as_str()),
            Self::Contradictory => formatter.write_str("contradictory"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_read_back() {
        let repairs = Rule::ALL.map(Conservation::Repaired);
        let others = [
            Conservation::Consistent,
            Conservation::Assumed(Meaning::Inclusive),
            Conservation::Assumed(Meaning::Exclusive),
            Conservation::Contradictory,
        ];
        for verdict in repairs.into_iter().chain(others) {
            assert_eq!(Conservation::from_name(&verdict.to_string()), verdict);
        }
        for unknown in ["repaired:by_magic", "assumed:nothing", "fine"] {
            assert_eq!(Conservation::from_name(unknown), Conservation::Consistent);
        }
    }

    #[test]
    fn the_more_serious_verdict_stays() {
        let mut verdict = Conservation::Consistent;
        let repaired = Conservation::Repaired(Rule::ExclusiveByTotal);
        verdict.note(repaired);
        verdict.note(Conservation::Repaired(Rule::OutputFromTotal));
        assert_eq!(verdict, repaired);
        verdict.note(Conservation::Contradictory);
        verdict.note(Conservation::Assumed(Meaning::Inclusive));
        assert_eq!(verdict, Conservation::Contradictory);
    }
}
