//! A check that runs.

use std::thread;

use otel_genai_semconv::GuardrailStatus;
use tracing::Span;
use tracing::field::Empty;

use super::{Enforcement, Guardrail};

/// A check that has begun; made by [`Guardrail::open`]. It ends when dropped.
///
/// Dropped without a result it is `failed` if that happens because the code around it panics, else `not_run`.
///
/// # Examples
///
/// ```
/// use otel_genai_record::{Enforcement, GuardrailCategory, guardrail};
///
/// fn mask(text: &str) -> String {
///     let check = guardrail("card numbers", GuardrailCategory::Pii).open();
///     let masked = check.span().in_scope(|| text.replace("4111111111111111", "****"));
///     if masked == text {
///         check.not_triggered();
///     } else {
///         check.reason("one card number").modified();
///     }
///     masked
/// }
/// assert_eq!(mask("card 4111111111111111"), "card ****");
/// ```
#[derive(Debug)]
#[must_use = "a check that is dropped at once has not run"]
pub struct OpenGuardrail {
    span: Span,
    is_concluded: bool,
    /// Whether a watched piece of the check is running: set still when dropped, it never returned. `None`: nothing of it
    /// is watched.
    is_running: Option<bool>,
    was_panicking: bool,
}

impl OpenGuardrail {
    pub(super) fn new(guardrail: &Guardrail) -> Self {
        let span = tracing::info_span!(
            target: "otel_genai_record::guardrail",
            "guardrail",
            otel.name = format!("guardrail {}", guardrail.name),
            otel.status_code = Empty,
            span.type = "guardrail",
            guardrail.name = guardrail.name,
            guardrail.category = guardrail.category.as_str(),
            guardrail.enforcement_mode = guardrail.enforcement.map(Enforcement::as_str),
            guardrail.policy_id = guardrail.policy_id,
            guardrail.status = Empty,
            guardrail.triggered = Empty,
            guardrail.reason = Empty,
        );
        Self { span, is_concluded: false, is_running: None, was_panicking: thread::panicking() }
    }

    /// Returns the span of the check, to run it in: `check.span().in_scope(|| …)`, or, for a future,
    /// `future.instrument(check.span().clone())`.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Says why the check ends as it does. The text is exported: it should not repeat what was checked.
    pub fn reason(self, reason: &str) -> Self {
        self.span.record("guardrail.reason", reason);
        self
    }

    /// Says what was done about it, if that differs from what was said when the check began.
    pub fn enforcement(self, enforcement: Enforcement) -> Self {
        self.span.record("guardrail.enforcement_mode", enforcement.as_str());
        self
    }

    /// Says which policy decided.
    pub fn policy_id(self, id: &str) -> Self {
        self.span.record("guardrail.policy_id", id);
        self
    }

    /// Ends the check: it found what it looks for.
    pub fn triggered(mut self) {
        self.end(GuardrailStatus::Triggered, Some(true));
    }

    /// Ends the check: it found nothing.
    pub fn not_triggered(mut self) {
        self.end(GuardrailStatus::NotTriggered, Some(false));
    }

    /// Ends the check: it found what it looks for, and changed it.
    pub fn modified(mut self) {
        self.end(GuardrailStatus::Modified, Some(true));
    }

    /// Ends the check: it was skipped.
    pub fn not_run(mut self) {
        self.end(GuardrailStatus::NotRun, None);
    }

    /// Ends the check: it broke, so nobody knows. The span becomes an error.
    pub fn failed(mut self) {
        self.end(GuardrailStatus::Failed, None);
    }

    /// Ends the check with whether it has fired, `None` when it failed.
    pub(super) fn conclude(self, has_fired: Option<bool>) {
        match has_fired {
            Some(true) => self.triggered(),
            Some(false) => self.not_triggered(),
            None => self.failed(),
        }
    }

    /// Runs a piece of the check and remembers if it never returned.
    pub(super) fn watch<T>(&mut self, piece: impl FnOnce() -> T) -> T {
        self.is_running = Some(true);
        let result = piece();
        self.is_running = Some(false);
        result
    }

    fn end(&mut self, status: GuardrailStatus, triggered: Option<bool>) {
        self.is_concluded = true;
        self.span.record("guardrail.status", status.as_str());
        if let Some(triggered) = triggered {
            self.span.record("guardrail.triggered", triggered);
        }
        if status == GuardrailStatus::Failed {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

impl Drop for OpenGuardrail {
    fn drop(&mut self) {
        if self.is_concluded {
            return;
        }
        // A future may be dropped by a panic that is none of its own, so what is watched is not asked about panics.
        let has_panicked = self.is_running.unwrap_or_else(|| thread::panicking() && !self.was_panicking);
        let status = if has_panicked { GuardrailStatus::Failed } else { GuardrailStatus::NotRun };
        self.end(status, None);
    }
}
