//! The rules that are built in, as rows.
//!
//! Written from the vendors' public descriptions of their formats.

mod clouds;
mod code_hosts;
mod general;
mod messaging;
mod money;
mod national;
mod operations;
mod personal;
mod platforms;
mod providers;
mod services;

use crate::rule::Rule;

/// Returns every rule that is built in.
///
/// # Examples
///
/// ```
/// let rules: Vec<_> = otel_genai_redact::rules().collect();
/// assert!(rules.iter().any(|rule| rule.id() == "payment_card" && rule.is_validated()));
/// ```
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        personal::RULES,
        national::RULES,
        providers::RULES,
        clouds::RULES,
        code_hosts::RULES,
        messaging::RULES,
        money::RULES,
        operations::RULES,
        platforms::RULES,
        services::RULES,
        general::RULES,
    ]
    .into_iter()
    .flatten()
}
