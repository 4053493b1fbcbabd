//! Libraries that are known to count otherwise than the conventions say.

use crate::usage::{Hint, Meaning};

/// What is known about how a library counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Its input leaves out what was cached.
    ExclusiveInput,
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
    Providers(&'static [&'static str]),
    /// Models whose names contain this, whoever serves them.
    Models(&'static str),
}

/// Read from the libraries' output against the providers' own counts, 2026-11.
const ROWS: &[Row] = &[
    Row {
        scope: "opentelemetry.instrumentation.botocore",
        with: With::Everybody,
        habit: Habit::ExclusiveInput,
    },
    Row {
        scope: "opentelemetry.instrumentation.genai.bedrock",
        with: With::Everybody,
        habit: Habit::ExclusiveInput,
    },
    Row {
        scope: "opentelemetry.instrumentation.bedrock",
        with: With::Everybody,
        habit: Habit::ExclusiveInput,
    },
    Row { scope: "openlit.instrumentation.anthropic", with: With::Everybody, habit: Habit::ExclusiveInput },
    Row { scope: "openlit.instrumentation.bedrock", with: With::Everybody, habit: Habit::ExclusiveInput },
    Row { scope: "mlflow", with: With::Providers(&["anthropic"]), habit: Habit::ExclusiveInput },
    // The AI SDK up to 5; from 6 on it writes what was not cached, and the numbers tell.
    Row { scope: "ai", with: With::Providers(&["anthropic", "aws.bedrock"]), habit: Habit::ExclusiveInput },
    // Claude behind Vertex or a gateway is counted as Anthropic counts.
    Row { scope: "ai", with: With::Models("claude"), habit: Habit::ExclusiveInput },
    Row {
        scope: "opentelemetry.instrumentation.anthropic",
        with: With::Everybody,
        habit: Habit::StreamAddsFirstCount,
    },
];

/// Tells whether a library has a habit with a provider's model.
pub(super) fn has(habit: Habit, scope: &str, hint: Hint<'_>) -> bool {
    ROWS.iter().any(|row| {
        let is_scope = match row.scope {
            // A name this short is only meant as a whole.
            "ai" => scope == "ai",
            prefix => scope.starts_with(prefix),
        };
        let is_meant = || match row.with {
            With::Everybody => true,
            With::Providers(names) => hint.provider.is_some_and(|name| names.contains(&name)),
            With::Models(part) => hint.model.is_some_and(|name| name.contains(part)),
        };
        row.habit == habit && is_scope && is_meant()
    })
}

/// Returns what a library's input counts mean, where that is known.
pub(super) fn input_meaning(scope: &str, hint: Hint<'_>) -> Option<Meaning> {
    has(Habit::ExclusiveInput, scope, hint).then_some(Meaning::Exclusive)
}
