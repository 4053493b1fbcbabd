//! Checks of the agent's own guardrails as spans.

mod open;
mod verdict;

use std::future::poll_fn;
use std::pin::pin;

use otel_genai_semconv::{Enforcement, GuardrailCategory};
use tracing::Instrument;

pub use open::OpenGuardrail;
pub use verdict::Verdict;

/// A check that has not begun; made by [`guardrail`].
#[derive(Clone, Debug)]
#[must_use = "a guardrail checks nothing until it is given a check"]
pub struct Guardrail {
    name: String,
    category: GuardrailCategory,
    enforcement: Option<Enforcement>,
    policy_id: Option<String>,
}

/// Describes a check of one of the agent's guardrails, so that traces show what protected a run and what fired.
///
/// The check becomes a `tracing` span with the attributes `guardrail.name`, `.category`, `.status`, `.triggered`,
/// `.enforcement_mode`, `.policy_id` and `.reason`; those that nobody states are absent. Its status is
///
/// | `guardrail.status` | when | `guardrail.triggered` |
/// | --- | --- | --- |
/// | `triggered` | the check found what it looks for | true |
/// | `modified` | it found it and changed it | true |
/// | `not_triggered` | it found nothing | false |
/// | `failed` | it panicked or returned an error, so nobody knows; the span is an error | absent |
/// | `not_run` | it was dropped before it came to a result (a cancelled future) | absent |
///
/// What was checked is never recorded. Without a subscriber, or with one that is not OpenTelemetry's, the check runs all
/// the same. The span's target is `otel_genai_record::guardrail` and its level is info: a filter has to let that pass.
///
/// # Examples
///
/// A check that returns `bool` sets its own result. Two methods say which way round it is meant:
///
/// ```
/// use otel_genai_record::{Enforcement, GuardrailCategory, guardrail};
///
/// let text = "write to bob@example.com";
/// let has_address = guardrail("addresses", GuardrailCategory::Pii)
///     .enforcement(Enforcement::Block)
///     .policy_id("privacy-7")
///     .triggers_if(|| text.contains('@'));
/// assert!(has_address);
///
/// let is_short = guardrail("length", GuardrailCategory::InputValidation).passes_if(|| text.len() < 1000);
/// assert!(is_short);
/// ```
///
/// Async, with a check that can fail itself:
///
/// ```
/// use otel_genai_record::{GuardrailCategory, guardrail};
///
/// async fn moderate(text: &str) -> Result<bool, std::io::Error> {
///     Ok(text.contains("knife"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), std::io::Error> {
/// let is_flagged =
///     guardrail("moderation", GuardrailCategory::Moderation).triggers_if_async(moderate("hello")).await?;
/// assert!(!is_flagged);
/// # Ok(())
/// # }
/// ```
pub fn guardrail(name: impl Into<String>, category: GuardrailCategory) -> Guardrail {
    Guardrail { name: name.into(), category, enforcement: None, policy_id: None }
}

impl Guardrail {
    /// Says what happens when the guardrail fires.
    pub fn enforcement(mut self, enforcement: Enforcement) -> Self {
        self.enforcement = Some(enforcement);
        self
    }

    /// Says which policy the guardrail enforces.
    pub fn policy_id(mut self, id: impl Into<String>) -> Self {
        self.policy_id = Some(id.into());
        self
    }

    /// Runs a check that returns true when the guardrail fires, and returns what it returned.
    pub fn triggers_if<V: Verdict>(self, check: impl FnOnce() -> V) -> V {
        self.run(check, |found| found)
    }

    /// Runs a check that returns false when the guardrail fires, and returns what it returned.
    pub fn passes_if<V: Verdict>(self, check: impl FnOnce() -> V) -> V {
        self.run(check, |passed| !passed)
    }

    /// Awaits a check that returns true when the guardrail fires, and returns what it returned.
    pub async fn triggers_if_async<F>(self, check: F) -> F::Output
    where
        F: Future<Output: Verdict>,
    {
        self.run_async(check, |found| found).await
    }

    /// Awaits a check that returns false when the guardrail fires, and returns what it returned.
    pub async fn passes_if_async<F>(self, check: F) -> F::Output
    where
        F: Future<Output: Verdict>,
    {
        self.run_async(check, |passed| !passed).await
    }

    /// Begins a check that reports for itself: more than yes or no, a reason, something modified.
    pub fn open(self) -> OpenGuardrail {
        OpenGuardrail::new(&self)
    }

    fn run<V: Verdict>(self, check: impl FnOnce() -> V, has_fired: impl Fn(bool) -> bool) -> V {
        let mut open = self.open();
        let span = open.span().clone();
        let verdict = open.watch(|| span.in_scope(check));
        open.conclude(verdict.decision().map(has_fired));
        verdict
    }

    async fn run_async<F>(self, check: F, has_fired: impl Fn(bool) -> bool) -> F::Output
    where
        F: Future<Output: Verdict>,
    {
        let mut open = self.open();
        let mut check = pin!(check.instrument(open.span().clone()));
        let verdict = poll_fn(|task| open.watch(|| check.as_mut().poll(task))).await;
        open.conclude(verdict.decision().map(has_fired));
        verdict
    }
}
