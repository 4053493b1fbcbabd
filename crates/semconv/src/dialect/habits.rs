//! How libraries are known to count.

use crate::usage::{Evidence, Hint, Meaning, is_openai_model};

/// What is known about how a library counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Its input contains what was cached, as the conventions say.
    InclusiveInput,
    /// Its input leaves out what was cached.
    ExclusiveInput,
    /// Its input leaves out what was cached, and its total is the sum of the counts it writes.
    ExclusiveInputAndTotal,
    /// Its output is estimated when the answer was streamed: it adds the first count of a stream to the last one, which
    /// holds it already. The first count is mostly one, but the span does not say.
    StreamAddsFirstCount,
}

/// A library, for whom it has a habit, and the habit.
struct Row {
    scope: &'static str,
    with: With,
    habit: Habit,
}

/// For whose models a library has a habit.
enum With {
    Everybody,
    /// Models on Bedrock but OpenAI's, whose counts Bedrock passes on with the cached input in them.
    BedrocksOwnCounts,
    Provider(&'static str),
    /// Models whose names contain this, whoever serves them.
    Models(&'static str),
}

/// Read from the libraries' output against the providers' own counts, 2026-11. Of several rows that fit, the first counts.
const ROWS: &[Row] = &[
    Row {
        scope: "opentelemetry.instrumentation.botocore",
        with: With::BedrocksOwnCounts,
        habit: Habit::ExclusiveInput,
    },
    Row {
        scope: "opentelemetry.instrumentation.genai.bedrock",
        with: With::BedrocksOwnCounts,
        habit: Habit::ExclusiveInput,
    },
    Row {
        scope: "opentelemetry.instrumentation.bedrock",
        with: With::BedrocksOwnCounts,
        habit: Habit::ExclusiveInputAndTotal,
    },
    Row { scope: "openlit.instrumentation.anthropic", with: With::Everybody, habit: Habit::ExclusiveInput },
    Row {
        scope: "openlit.instrumentation.bedrock",
        with: With::BedrocksOwnCounts,
        habit: Habit::ExclusiveInput,
    },
    // agent-framework 1.9, whose Anthropic client passes the input on as it is.
    Row { scope: "agent_framework", with: With::Provider("anthropic"), habit: Habit::ExclusiveInput },
    Row { scope: "mlflow", with: With::Provider("anthropic"), habit: Habit::ExclusiveInputAndTotal },
    // The AI SDK up to 5; from 6 on it writes what was not cached, and the numbers tell.
    Row { scope: "ai", with: With::Provider("anthropic"), habit: Habit::ExclusiveInputAndTotal },
    Row { scope: "ai", with: With::BedrocksOwnCounts, habit: Habit::ExclusiveInputAndTotal },
    // Claude behind Vertex or a gateway is counted as Anthropic counts.
    Row { scope: "ai", with: With::Models("claude"), habit: Habit::ExclusiveInputAndTotal },
    Row {
        scope: "opentelemetry.instrumentation.anthropic",
        with: With::Everybody,
        habit: Habit::StreamAddsFirstCount,
    },
    Row {
        scope: "opentelemetry.instrumentation.anthropic",
        with: With::Everybody,
        habit: Habit::InclusiveInput,
    },
    Row {
        scope: "opentelemetry.instrumentation.langchain",
        with: With::Everybody,
        habit: Habit::InclusiveInput,
    },
    Row {
        scope: "opentelemetry.instrumentation.openai",
        with: With::Everybody,
        habit: Habit::InclusiveInput,
    },
    Row {
        scope: "opentelemetry.instrumentation.genai.",
        with: With::Everybody,
        habit: Habit::InclusiveInput,
    },
    Row { scope: "opentelemetry.util.genai", with: With::Everybody, habit: Habit::InclusiveInput },
    Row { scope: "openinference.", with: With::Everybody, habit: Habit::InclusiveInput },
    Row { scope: "@arizeai/openinference", with: With::Everybody, habit: Habit::InclusiveInput },
    Row { scope: "com.anthropic.sdk.", with: With::Everybody, habit: Habit::InclusiveInput },
    Row { scope: "pydantic-ai", with: With::Everybody, habit: Habit::InclusiveInput },
    Row { scope: "logfire", with: With::Everybody, habit: Habit::InclusiveInput },
    Row { scope: "litellm", with: With::Everybody, habit: Habit::InclusiveInput },
    Row { scope: "langsmith", with: With::Everybody, habit: Habit::InclusiveInput },
    // The AI SDK 7.
    Row { scope: "gen_ai", with: With::Everybody, habit: Habit::InclusiveInput },
];

/// Scopes whose names are so short that they are only meant as a whole.
const WHOLE_NAMES: [&str; 2] = ["ai", "gen_ai"];

impl Row {
    fn fits(&self, scope: &str, hint: Hint<'_>) -> bool {
        let is_scope = if WHOLE_NAMES.contains(&self.scope) {
            scope == self.scope
        } else {
            scope.starts_with(self.scope)
        };
        is_scope
            && match self.with {
                With::Everybody => true,
                With::BedrocksOwnCounts => {
                    let is_bedrock = self.scope != "ai" || hint.provider == Some("aws.bedrock");
                    is_bedrock && !hint.model.is_some_and(is_openai_model)
                }
                With::Provider(name) => hint.provider == Some(name),
                With::Models(part) => hint.model.is_some_and(|name| name.contains(part)),
            }
    }
}

/// Tells whether a library adds the first count of a stream to the last one.
pub(super) fn adds_first_count(scope: &str, hint: Hint<'_>) -> bool {
    ROWS.iter().any(|row| row.habit == Habit::StreamAddsFirstCount && row.fits(scope, hint))
}

/// Returns what a library's input counts mean, where that is known.
pub(super) fn input_evidence(scope: &str, hint: Hint<'_>) -> Evidence {
    let library = |meaning, adds_up_total| Evidence::Library { meaning, adds_up_total };
    let evidence = |row: &Row| {
        Some(match row.habit {
            Habit::InclusiveInput => library(Meaning::Inclusive, false),
            Habit::ExclusiveInput => library(Meaning::Exclusive, false),
            Habit::ExclusiveInputAndTotal => library(Meaning::Exclusive, true),
            Habit::StreamAddsFirstCount => return None,
        })
    };
    ROWS.iter().filter(|row| row.fits(scope, hint)).find_map(evidence).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_depends_on_library_provider_and_model() {
        let meaning = |scope, provider, model| match input_evidence(
            scope,
            Hint { provider: Some(provider), model: Some(model) },
        ) {
            Evidence::Library { meaning, .. } => Some(meaning),
            _ => None,
        };
        let (inclusive, exclusive) = (Some(Meaning::Inclusive), Some(Meaning::Exclusive));
        let botocore = "opentelemetry.instrumentation.botocore.bedrock-runtime";
        let cases = [
            (botocore, "aws.bedrock", "us.anthropic.claude-sonnet-4-5-v1:0", exclusive),
            (botocore, "aws.bedrock", "amazon.nova-pro-v1:0", exclusive),
            (botocore, "aws.bedrock", "openai.gpt-oss-120b-1:0", None),
            (
                "opentelemetry.instrumentation.genai.bedrock",
                "aws.bedrock",
                "openai.gpt-oss-20b-1:0",
                inclusive,
            ),
            ("opentelemetry.instrumentation.genai.anthropic", "anthropic", "claude-sonnet-4-5", inclusive),
            ("openlit.instrumentation.anthropic", "anthropic", "claude-sonnet-4-5", exclusive),
            ("ai", "aws.bedrock", "openai.gpt-oss-120b-1:0", None),
            ("ai", "aws.bedrock", "amazon.nova-pro-v1:0", exclusive),
            ("ai", "openai", "gpt-4o", None),
            ("aime", "anthropic", "claude-sonnet-4-5", None),
            ("my.app", "anthropic", "claude-sonnet-4-5", None),
        ];
        for (scope, provider, model, expected) in cases {
            assert_eq!(meaning(scope, provider, model), expected, "{scope} {provider} {model}");
        }
    }
}
