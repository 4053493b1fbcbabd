//! Which traces are asked for.

use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use otel_genai::export::store::{TraceFilter, TraceStatus};

use crate::count;
use crate::failure::Failure;
use crate::moment;

/// What must hold of a trace; all that is stated.
#[derive(Args, Debug)]
pub(super) struct FilterArguments {
    /// Traces that began at this time or later: a day, a time such as 2026-11-20T09:30:00Z, or how long ago, such as 2h
    #[arg(long, value_name = "TIME|AGO", value_parser = moment::parse_or_ago, allow_hyphen_values = true, help_heading = "Filters")]
    since: Option<SystemTime>,

    /// Traces that began before this time
    #[arg(long, value_name = "TIME|AGO", value_parser = moment::parse_or_ago, allow_hyphen_values = true, help_heading = "Filters")]
    until: Option<SystemTime>,

    /// Traces that ended so, or that run
    #[arg(long, value_enum, help_heading = "Filters")]
    status: Option<Status>,

    /// Traces in which any span failed, whatever became of the whole
    #[arg(long, help_heading = "Filters")]
    errors: bool,

    /// Name of the trace, that of its root; * stands for any characters
    #[arg(long, help_heading = "Filters")]
    name: Option<String>,

    /// Project (`otel_genai.project`)
    #[arg(long, help_heading = "Filters")]
    project: Option<String>,

    /// Session (`session.id`, or `gen_ai.conversation.id`)
    #[arg(long, help_heading = "Filters")]
    session: Option<String>,

    /// User (`user.id`)
    #[arg(long, help_heading = "Filters")]
    user: Option<String>,

    /// Tenant (`otel_genai.tenant`)
    #[arg(long, help_heading = "Filters")]
    tenant: Option<String>,

    /// Agent that took part; * stands for any characters
    #[arg(long, help_heading = "Filters")]
    agent: Option<String>,

    /// Model that was asked for or answered; * stands for any characters
    #[arg(long, help_heading = "Filters")]
    model: Option<String>,

    /// Traces that cost this much or more
    #[arg(long, value_name = "USD", value_parser = dollars, allow_hyphen_values = true, help_heading = "Filters")]
    cost_above: Option<f64>,

    /// Traces that took this long or longer, such as 30s
    #[arg(long, value_name = "DURATION", value_parser = duration, allow_hyphen_values = true, help_heading = "Filters")]
    slower_than: Option<Duration>,

    /// Traces with this many tokens or more, input and output together
    #[arg(long, value_name = "TOKENS", value_parser = count::parse, allow_negative_numbers = true, help_heading = "Filters")]
    tokens_above: Option<u64>,

    /// Category of a guardrail's finding, such as pii; * stands for any characters
    #[arg(long, value_name = "CATEGORY", help_heading = "Filters")]
    finding: Option<String>,

    /// Words that all occur in spans; refund* finds whatever begins so
    #[arg(long, value_name = "WORDS", help_heading = "Filters")]
    pub(super) text: Option<String>,
}

/// [`TraceStatus`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Status {
    Running,
    Ok,
    Error,
    Interrupted,
}

impl From<Status> for TraceStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Running => Self::Running,
            Status::Ok => Self::Ok,
            Status::Error => Self::Error,
            Status::Interrupted => Self::Interrupted,
        }
    }
}

/// Adds a condition if there is a value for it.
fn with<T>(filter: TraceFilter, value: Option<T>, add: fn(TraceFilter, T) -> TraceFilter) -> TraceFilter {
    match value {
        Some(value) => add(filter, value),
        None => filter,
    }
}

impl FilterArguments {
    /// Refuses times between which no trace can have begun.
    pub(super) fn check(&self) -> Result<(), Failure> {
        moment::refuse_reversed(self.since, self.until)
    }

    /// Returns the filter.
    pub(super) fn filter(&self) -> TraceFilter {
        let filter = with(TraceFilter::new(), self.since, TraceFilter::since);
        let filter = with(filter, self.until, TraceFilter::until);
        let filter = with(filter, self.status.map(TraceStatus::from), TraceFilter::status);
        let filter = if self.errors { filter.with_errors() } else { filter };
        let filter = with(filter, self.name.as_deref(), TraceFilter::name);
        let filter = with(filter, self.project.as_deref(), TraceFilter::project);
        let filter = with(filter, self.session.as_deref(), TraceFilter::session);
        let filter = with(filter, self.user.as_deref(), TraceFilter::user);
        let filter = with(filter, self.tenant.as_deref(), TraceFilter::tenant);
        let filter = with(filter, self.agent.as_deref(), TraceFilter::agent);
        let filter = with(filter, self.model.as_deref(), TraceFilter::model);
        let filter = with(filter, self.cost_above, TraceFilter::min_cost);
        let filter = with(filter, self.slower_than, TraceFilter::min_duration);
        let filter = with(filter, self.tokens_above, TraceFilter::min_tokens);
        let filter = with(filter, self.finding.as_deref(), TraceFilter::finding);
        with(filter, self.text.as_deref(), TraceFilter::text)
    }
}

fn dollars(text: &str) -> Result<f64, String> {
    let dollars = text.strip_prefix('$').unwrap_or(text).parse().ok();
    dollars
        .filter(|dollars: &f64| dollars.is_finite() && *dollars >= 0.0)
        .ok_or_else(|| "expected US dollars from 0 on, such as 0.50".to_owned())
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    otel_genai::parse_duration(text)
        .ok_or_else(|| "expected a duration, such as 500ms, 30s, 2h or 7d".to_owned())
}
