//! Libraries that are known to count otherwise than the conventions say.

use crate::usage::Meaning;

/// What is known about how a library counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Its input leaves out what was cached.
    ExclusiveInput,
    /// Its output is estimated when the answer was streamed: it adds the first count of a stream to the last one, which
    /// holds it already. The first count is mostly one, but the span does not say.
    StreamAddsFirstCount,
}

/// A library, the providers for which it has a habit (none: all), and the habit.
struct Row {
    scope: &'static str,
    providers: &'static [&'static str],
    habit: Habit,
}

/// Read from the libraries' output against the providers' own counts, 2026-11.
const ROWS: &[Row] = &[
    Row { scope: "opentelemetry.instrumentation.botocore", providers: &[], habit: Habit::ExclusiveInput },
    Row {
        scope: "opentelemetry.instrumentation.genai.bedrock",
        providers: &[],
        habit: Habit::ExclusiveInput,
    },
    Row { scope: "opentelemetry.instrumentation.bedrock", providers: &[], habit: Habit::ExclusiveInput },
    Row { scope: "openlit.instrumentation.anthropic", providers: &[], habit: Habit::ExclusiveInput },
    Row { scope: "openlit.instrumentation.bedrock", providers: &[], habit: Habit::ExclusiveInput },
    Row { scope: "mlflow", providers: &["anthropic"], habit: Habit::ExclusiveInput },
    // The AI SDK up to 5; from 6 on it writes what was not cached, and the numbers tell.
    Row { scope: "ai", providers: &["anthropic", "aws.bedrock"], habit: Habit::ExclusiveInput },
    Row {
        scope: "opentelemetry.instrumentation.anthropic",
        providers: &[],
        habit: Habit::StreamAddsFirstCount,
    },
];

/// Tells whether a library has a habit with a provider.
pub(super) fn has(habit: Habit, scope: &str, provider: Option<&str>) -> bool {
    ROWS.iter().any(|row| {
        let is_scope = match row.scope {
            // A name this short is only meant as a whole.
            "ai" => scope == "ai",
            prefix => scope.starts_with(prefix),
        };
        row.habit == habit
            && is_scope
            && (row.providers.is_empty() || provider.is_some_and(|name| row.providers.contains(&name)))
    })
}

/// Returns what a library's input counts mean, where that is known.
pub(super) fn input_meaning(scope: &str, provider: Option<&str>) -> Option<Meaning> {
    has(Habit::ExclusiveInput, scope, provider).then_some(Meaning::Exclusive)
}
