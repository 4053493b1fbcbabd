//! Names of guardrail findings and coverage (`guardrail.*`).
//!
//! No convention for guardrails is agreed (2026-11); these are the names that existing tools write.

// Findings of one span

/// Findings of a span as a JSON array; evidence is an attribute key and a JSON pointer, never text
/// (string).
pub const FINDINGS: &str = "guardrail.findings";

/// Counts the findings of a span (integer).
pub const FINDING_COUNT: &str = "guardrail.finding.count";

// Summary of a trace, on its local root

/// Summary of a trace's findings and coverage (string, JSON).
pub const SUMMARY: &str = "guardrail.summary";

/// Lists the distinct categories that were found, sorted (strings).
pub const SUMMARY_DETECTED_CATEGORIES: &str = "guardrail.summary.detected_categories";

/// Lists the distinct categories that fired, sorted (strings).
pub const SUMMARY_TRIGGERED_CATEGORIES: &str = "guardrail.summary.triggered_categories";

/// Counts the guardrails that were expected and not seen (integer).
pub const SUMMARY_MISSING_COUNT: &str = "guardrail.summary.missing_count";

/// Tells how far the coverage can be trusted: `high`, `medium` or `low` (string).
pub const SUMMARY_COVERAGE_CONFIDENCE: &str = "guardrail.summary.coverage_confidence";

/// Lists the categories that a run does without on purpose, so that they are not missing (strings).
pub const SUPPRESS_MISSING: &str = "guardrail.suppress_missing";

// Metrics of findings

/// Counts findings by category, source, status and enforcement (counter).
pub const METRIC_FINDINGS: &str = "otel_genai.guardrail.findings";

/// Tells where a finding comes from: `explicit`, `provider_native` or `heuristic` (string).
pub const SOURCE: &str = "guardrail.source";

// What a guardrail itself reports

/// Names the guardrail (string).
pub const NAME: &str = "guardrail.name";

/// Category of the guardrail, such as `pii` or `prompt_injection` (string).
pub const CATEGORY: &str = "guardrail.category";

/// Tells whether the guardrail fired (boolean).
pub const TRIGGERED: &str = "guardrail.triggered";

/// What the guardrail does when it fires: `block`, `warn`, `modify`, `log_only` or `unknown` (string).
pub const ENFORCEMENT_MODE: &str = "guardrail.enforcement_mode";

/// Identifies the policy behind the guardrail (string).
pub const POLICY_ID: &str = "guardrail.policy_id";

/// How the check ended: `triggered`, `not_triggered`, `modified`, `not_run` or `failed` (string). [`TRIGGERED`] cannot tell
/// a check that found nothing from one that did not run.
pub const STATUS: &str = "guardrail.status";

/// Why the check ended so, in the words of the agent's code (string).
pub const REASON: &str = "guardrail.reason";

/// Kind of span in the words of MLflow, Traccia and others; `guardrail` on a guardrail's span (string).
pub const SPAN_TYPE: &str = "span.type";
