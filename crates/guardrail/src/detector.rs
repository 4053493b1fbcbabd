//! The stage.

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::MeterProvider;
use otel_genai_pipeline::{Segment, Span, Stage};
use otel_genai_semconv::GuardrailCategory;
use otel_genai_semconv::names::guardrail;

use crate::coverage::{Categories, Coverage, DEFAULT_REQUIREMENTS, Requirement};
use crate::finding::Finding;
use crate::json_writer::JsonWriter;
use crate::metrics::Metrics;
use crate::repeats::Memory;
use crate::scan::Scanner;

/// Finds what protected a run, what fired, and what was missing.
///
/// Stands behind the enricher, whose roles and marks it follows, and before the redactor, because it reads raw text. It
/// copies none of it: a finding's evidence is the place to read.
///
/// A span with findings gets `guardrail.findings` (JSON, see [`Finding`]) and `guardrail.finding.count`. What the spans
/// above a call and its twins of other libraries repeat is not found again. When a trace ends, its local root gets
/// `guardrail.summary` and what of it is asked for most: `.detected_categories`, `.triggered_categories`,
/// `.missing_count`, `.coverage_confidence`. The summary is of this process.
///
/// A span that has findings of a detector keeps them, so doing it twice is doing it once.
///
/// Memory: per trace [`REMEMBERED_EVENTS`](crate::REMEMBERED_EVENTS) events twice, 16 and 8 bytes each, and for a trace that
/// calls a model or a tool some 150 bytes; nothing for any other.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use opentelemetry_sdk::Resource;
/// use otel_genai_enrich::Enricher;
/// use otel_genai_guardrail::{Finding, GuardrailDetector};
/// use otel_genai_pipeline::Pipeline;
/// use otel_genai_pipeline::testing::SpanBuilder;
///
/// let call = SpanBuilder::new("chat claude-sonnet-4-5")
///     .attribute("gen_ai.operation.name", "chat")
///     .attribute("gen_ai.request.model", "claude-sonnet-4-5")
///     .attribute("gen_ai.response.finish_reasons", "refusal")
///     .build();
/// let mut spans = Vec::new();
/// let stages = (Enricher::default(), GuardrailDetector::default());
/// let mut replay = Pipeline::builder().stage(stages).replay(|_, written| {
///     spans.extend(written);
///     Ok::<_, std::convert::Infallible>(())
/// });
/// replay.push(&Arc::new(Resource::builder_empty().build()), call)?;
/// replay.finish()?;
///
/// let findings = spans[0].get_str("guardrail.findings").and_then(Finding::read_all).expect("found");
/// assert_eq!(findings[0].name, "refusal");
/// assert_eq!(findings[0].rule, "anthropic.stop_reason");
/// assert_eq!(findings[0].reason, "Anthropic's safety classifier ended the answer as a refusal; blocked");
/// assert_eq!(spans[0].get_str("guardrail.summary.coverage_confidence"), Some("medium"));
/// # Ok::<_, std::convert::Infallible>(())
/// ```
#[derive(Debug)]
pub struct GuardrailDetector {
    scanner: Scanner,
    requirements: Vec<Requirement>,
    suppressed: Categories,
    metrics: Option<Metrics>,
    /// The findings of the segment in hand, by the position of their span; kept to reuse its memory.
    found: Vec<Vec<Finding>>,
    /// Which of these are in their span already.
    are_known: Vec<bool>,
}

/// Builds a [`GuardrailDetector`].
///
/// # Examples
///
/// ```
/// use opentelemetry::metrics::noop::NoopMeterProvider;
/// use otel_genai_guardrail::{Capability, Confidence, GuardrailDetector, Requirement};
/// use otel_genai_semconv::GuardrailCategory;
///
/// let detector = GuardrailDetector::builder()
///     .heuristics(false)
///     .suppress_missing([GuardrailCategory::OutputValidation])
///     .require(Requirement::new(Capability::HandlesUserText, GuardrailCategory::Pii, Confidence::High))
///     .metrics(&NoopMeterProvider::new())
///     .build();
/// # let _ = detector;
/// ```
#[derive(Debug)]
pub struct GuardrailDetectorBuilder {
    heuristics: bool,
    requirements: Vec<Requirement>,
    suppressed: Categories,
    metrics: Option<Metrics>,
}

impl GuardrailDetectorBuilder {
    /// Switches guesses on or off; they are on by default, and of low confidence always.
    #[must_use]
    pub fn heuristics(mut self, are_on: bool) -> Self {
        self.heuristics = are_on;
        self
    }

    /// Leaves categories out of what is missing, in every run.
    ///
    /// A single run leaves them out by `RunContext::suppress_missing_guardrails`, or by the attribute
    /// `guardrail.suppress_missing` on any of its spans.
    #[must_use]
    pub fn suppress_missing(mut self, categories: impl IntoIterator<Item = GuardrailCategory>) -> Self {
        self.suppressed = self.suppressed | categories.into_iter().collect();
        self
    }

    /// Adds a requirement.
    #[must_use]
    pub fn require(mut self, requirement: Requirement) -> Self {
        self.requirements.push(requirement);
        self
    }

    /// Replaces all requirements, [`DEFAULT_REQUIREMENTS`] among them.
    #[must_use]
    pub fn requirements(mut self, requirements: impl IntoIterator<Item = Requirement>) -> Self {
        self.requirements = requirements.into_iter().collect();
        self
    }

    /// Counts findings with a meter of this provider: `otel_genai.guardrail.findings`, by category, source, status and
    /// enforcement.
    #[must_use]
    pub fn metrics(mut self, provider: &(impl MeterProvider + ?Sized)) -> Self {
        let scope =
            InstrumentationScope::builder(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION"));
        self.metrics = Some(Metrics::new(&provider.meter_with_scope(scope.build())));
        self
    }

    /// Builds the stage.
    pub fn build(self) -> GuardrailDetector {
        GuardrailDetector {
            scanner: Scanner::new(self.heuristics),
            requirements: self.requirements,
            suppressed: self.suppressed,
            metrics: self.metrics,
            found: Vec::new(),
            are_known: Vec::new(),
        }
    }
}

impl GuardrailDetector {
    /// Starts building one.
    pub fn builder() -> GuardrailDetectorBuilder {
        GuardrailDetectorBuilder {
            heuristics: true,
            requirements: DEFAULT_REQUIREMENTS.to_vec(),
            suppressed: Categories::default(),
            metrics: None,
        }
    }
}

impl Default for GuardrailDetector {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// What is remembered of a trace; of one that has nothing to do with models or guardrails, a null pointer.
#[derive(Debug, Default)]
struct TraceState(Option<Box<TraceMemory>>);

#[derive(Debug, Default)]
struct TraceMemory {
    coverage: Coverage,
    memory: Memory,
}

impl Stage for GuardrailDetector {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let root = segment.summary_root();
        let is_forced = segment.is_forced();
        let mut abilities = crate::coverage::Abilities::default();
        let mut suppressed = Categories::default();
        // Not empty where an earlier segment ended in a panic.
        self.found.clear();
        self.are_known.clear();
        let mut has_any = false;
        for span in segment.spans() {
            let seen = self.scanner.scan(span);
            abilities.add(seen.abilities);
            suppressed = suppressed | seen.suppressed;
            has_any |= !seen.findings.is_empty();
            self.found.push(seen.findings);
            self.are_known.push(seen.is_known);
        }
        let is_concerned = has_any || !abilities.is_empty() || suppressed != Categories::default();
        let parts = segment.split::<TraceState>();
        let spans = parts.spans;
        // Of a trace without models and guardrails nothing is remembered.
        if !is_concerned && parts.state.0.is_none() {
            return;
        }
        let state = parts.state.0.get_or_insert_default();
        state.coverage.abilities.add(abilities);
        state.coverage.suppressed = state.coverage.suppressed | suppressed;
        if has_any || !state.memory.is_empty() {
            state.memory.settle(spans, &mut self.found);
        }
        if has_any {
            let mut found = std::mem::take(&mut self.found);
            for ((span, findings), is_known) in spans.iter_mut().zip(&mut found).zip(&self.are_known) {
                findings.iter().for_each(|finding| state.coverage.add(finding));
                if !is_known {
                    self.write(span, findings);
                }
            }
            self.found = found;
        }
        if let Some(root) = root
            && !state.coverage.is_empty()
            && !has_summary(&spans[root])
        {
            state.coverage.write(&mut spans[root], &self.requirements, self.suppressed, is_forced);
        }
    }
}

impl GuardrailDetector {
    fn write(&self, span: &mut Span, findings: &mut [Finding]) {
        if findings.is_empty() {
            return;
        }
        let places: usize = findings.iter().map(|finding| finding.evidence.len()).sum();
        let mut json = JsonWriter::with_capacity(findings.len() * 384 + places * 192);
        json.open('[');
        for finding in findings.iter_mut() {
            if let Some(metrics) = &self.metrics {
                metrics.count(finding);
            }
            finding.explain();
            finding.write(&mut json);
        }
        json.close(']');
        span.set(guardrail::FINDINGS, json.finish());
        span.set(guardrail::FINDING_COUNT, i64::try_from(findings.len()).unwrap_or(i64::MAX));
    }
}

/// Tells whether an earlier detector summed up this root.
fn has_summary(root: &Span) -> bool {
    root.get_str(guardrail::SUMMARY).is_some_and(|summary| summary.contains("\"scope\":\"process\""))
}
